//! What the client of lesson 12 must do; run them with `cargo course check 12`.

//! `cargo course`.
fn main() {}

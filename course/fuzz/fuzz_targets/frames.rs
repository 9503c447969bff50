//! The frame decoders of lesson 13: any bytes are messages or an error, and the same by `read`, by `receive`,
//! and by the decoder of the fast stage, in whatever pieces.
//!
//! Run it: `cd course/fuzz`, then `cargo run --release -- corpus/frames -max_total_time=60`.
//! It grows the corpus by what it finds, and writes an input that fails to `crash-…`.
//!
//! The corpus is checked in; `solutions/13-process-pool/tests/corpus.rs` runs it on a stable compiler.

#![no_main]

#[path = "../../../solutions/13-process-pool/tests/corpus/decode.rs"]
mod decode;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decode::survives(bytes));

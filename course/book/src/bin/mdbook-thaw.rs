//! What `mdbook build book` and `mdbook serve book` start, by mdBook's protocol for preprocessors.
//!
//! book.toml names the command: `cargo run`, so it is built from this clone, and no reader installs it.

use std::io::{self, BufWriter};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> =
        std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let done = book::preprocess(&args, io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

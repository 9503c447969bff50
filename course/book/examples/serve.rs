//! Serves the book of a workspace on any free port, for the browser tests.
//!
//! `cargo run -p book --example serve -- ROOT` prints one line with the address, and serves until Ctrl-C.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let options = book::Serve { port: Some(0), ..book::Serve::default() };
    book::serve(Path::new(&root), options, |url| println!("{url}"), book::ctrl_c)
}

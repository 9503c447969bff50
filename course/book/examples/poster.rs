//! Draws the README's picture again from the recorded runs: `cargo run -p book --example poster`.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let (path, picture) = book::poster(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").as_path())?;
    Ok(std::fs::write(path, picture)?)
}

//! Draws the pictures of both READMEs again from the recorded runs: `cargo run -p book --example poster`.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    for (path, picture) in book::posters(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").as_path())? {
        std::fs::write(path, picture)?;
    }
    Ok(())
}

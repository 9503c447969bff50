//! x
pub use parts::process::work;
use practice::Visit;
use std::io;
/// x
pub fn run(_: &Visit) -> io::Result<()> {
    Ok(())
}

//! The course tool, its tables and the course itself, in one program: its tests mostly wait, and do so together.

mod authors;
#[cfg(unix)]
mod book;
mod calls;
#[path = "../common/mod.rs"]
mod common;
mod diffs;
#[cfg(unix)]
mod hangs;
#[cfg(unix)]
mod keys;
#[cfg(unix)]
mod live;
#[cfg(unix)]
mod outputs;
#[cfg(unix)]
mod printed;
mod progress;
mod rooms;
mod russian;
mod starters;
mod tasks;
mod tidy;
mod update;
mod verify;

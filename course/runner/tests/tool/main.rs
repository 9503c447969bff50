//! The course tool, its tables and the course itself, in one program: its tests mostly wait, and do so together.

mod authors;
mod calls;
#[path = "../common/mod.rs"]
mod common;
#[cfg(unix)]
mod hangs;
mod rooms;
mod tasks;
mod tidy;
mod verify;

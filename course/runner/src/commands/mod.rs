//! One file for each command.

pub mod answer;
pub mod bench;
pub mod build;
pub mod check;
pub mod diff;
pub mod edit;
pub mod hint;
pub mod list;
pub mod mutants;
pub mod open;
pub mod progress;
pub mod record;
pub mod reset;
pub mod room;
pub mod update;
pub mod verify;
pub mod watch;

//! To be the same loop made fast, once the plain one is done; until then it is the plain one.

pub use crate::{JoinHandle, Sleep, block_on, sleep, spawn, yield_now};

//! The page "In your own program": a service that stutters on purpose, and a watchdog to take along.
//!
//! ```text
//!   visit ──hello──▶ service ──▶ answer                answered at once,
//!   visit ──rate───▶ service ──▶ answer ──▶ backend    but not while the backend lets it wait
//! ```

pub mod measure;
pub mod service;
pub mod watchdog;

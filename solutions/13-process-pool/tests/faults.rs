//! Faults: many jobs through a pool of four, of each stage, while one worker after the other is killed in one way or another.
//!
//! `cargo test -p solution-13 --test faults` runs 500 jobs and 20 faults; with `-- --ignored`, 10 000 and 200.
//! `FAULTS_SEED`, `FAULTS_JOBS` and `FAULTS_FAULTS` choose others; the seed is printed.
//!
//! Every job is answered once, with its own answer or with the error that names its cause.
//! A wild write needs `unsafe`, which this workspace forbids: SIGSEGV is sent instead, until the process is dead,
//! since the standard library survives the first one.

#[cfg(unix)]
#[path = "faults/chaos.rs"]
mod chaos;
#[cfg(unix)]
#[path = "../src/fast_claims.rs"]
mod fast_claims;
#[cfg(unix)]
#[path = "faults/meter.rs"]
mod meter;
#[cfg(unix)]
#[path = "faults/run.rs"]
mod run;
#[cfg(unix)]
#[path = "faults/stage.rs"]
mod stage;
#[cfg(unix)]
#[path = "faults/system.rs"]
mod system;
#[cfg(unix)]
#[path = "faults/worker.rs"]
mod worker;

fn main() {
    #[cfg(unix)]
    run::main();
}

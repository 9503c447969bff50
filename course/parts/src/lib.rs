//! What earlier lessons built, for lesson 14, which puts it together, and 15, which hands its jobs on.
//!
//! Lessons never import one another: what the last two need of them, they find here, each part under its lesson.
//! `practice` holds the smaller parts: the heartbeat of lesson 01, the reading of lesson 03, the commands of lesson 04.

/// Lesson 09: a pool as wide as the machine, for jobs that compute.
pub mod cpu {
    pub use solution_09::{CpuPool, Wanted};
}

/// Lessons 12 and 13: named jobs, and a pool of worker processes to do them.
pub mod process {
    pub use solution_13::{
        Answer, Failure, Job, ProcessPool, Reply, Request, Settings, ShutDown, Stats, frame, work,
    };
}

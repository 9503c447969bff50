//! Where each command belongs, and what becomes of it there when it is cancelled.

/// A place where work runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// It takes a moment, and holds no thread.
    EventLoop,
    /// Lesson 04: it waits in a call, for a file or a timer.
    BlockingPool,
    /// Lesson 09: it computes, and looks whether it is wanted.
    CpuPool,
    /// Lesson 13: it may crash, or run for ever without a look.
    WorkerProcess,
}

impl Place {
    // ANCHOR: place
    /// Where a typed command belongs.
    pub fn of(line: &str) -> Place {
        match line.split(' ').next() {
            Some("/stats") => Place::EventLoop,
            Some("/read" | "/digest" | "/sleep") => Place::BlockingPool,
            Some("/primes") => Place::CpuPool,
            _ => Place::WorkerProcess,
        }
    }

    /// What becomes of a job that is cancelled.
    pub fn fate(self) -> &'static str {
        match self {
            Place::EventLoop => "it is dropped",
            Place::BlockingPool => "its thread is abandoned, and goes on",
            Place::CpuPool => "it stops at its next look",
            Place::WorkerProcess => "a worker that was at it is killed",
        }
    }
    // ANCHOR_END: place
}

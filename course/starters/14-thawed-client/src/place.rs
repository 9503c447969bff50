//! Where each command belongs.

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
    /// Where a typed command belongs.
    pub fn of(line: &str) -> Place {
        match line.split(' ').next() {
            Some("/stats") => Place::EventLoop,
            Some("/read" | "/digest" | "/sleep") => Place::BlockingPool,
            Some("/primes") => Place::CpuPool,
            _ => Place::WorkerProcess,
        }
    }
}

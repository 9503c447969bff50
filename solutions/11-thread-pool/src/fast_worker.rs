//! A thread of the fast stage: one lock for the end of a job and the beginning of the next.

use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, MutexGuard, atomic::Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use crate::fast_cell::Run;
use crate::fast_queue::{Queue, State};

/// About how long a thread takes to start.
const A_START: Duration = Duration::from_micros(100);

impl Queue {
    /// The lock, for a job that comes. Where only a thread is missing that wakes somebody, it waits a moment for that:
    /// mostly whoever was woken brings the job, and as long as a start takes it is no loss to hope.
    pub(crate) fn lock_to_add(&self) -> MutexGuard<'_, State> {
        let mut since = None;
        loop {
            let state = self.lock();
            let is_hope = self.is_short(&state) && state.threads > state.free + self.running(&state);
            if !is_hope || since.get_or_insert_with(Instant::now).elapsed() > A_START {
                return state;
            }
            drop(state);
            thread::yield_now();
        }
    }

    /// Whether each free thread has a job waiting for it already, and another one may start.
    fn is_short(&self, state: &State) -> bool {
        state.waiting.len() >= state.free && state.threads < self.settings.threads.max(1)
    }

    /// Starts a thread when one is missing.
    pub(crate) fn start_if_needed(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        if !self.is_short(state) {
            return Ok(());
        }
        let queue = self.clone();
        let thread = thread::Builder::new().name(format!("{} {}", self.settings.name, state.started + 1));
        let thread = thread.stack_size(self.settings.stack).spawn(move || queue.serve())?;
        state.handles.retain(|handle| !handle.is_finished());
        state.handles.push(thread);
        (state.started, state.threads, state.free) = (state.started + 1, state.threads + 1, state.free + 1);
        state.on_the_way += 1;
        Ok(())
    }

    // ANCHOR: serve
    /// The life of a thread: job after job, until none comes any more.
    fn serve(&self) {
        let (mut next, mut row) = (self.wait(self.arrive()), 0);
        while let Some(job) = next {
            // There is room for another job before anybody hears of the result and hands one in.
            job.run(&|| self.job_ended());
            // A result that nobody awaits goes with the job, and may panic or take long.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(job))).map_err(mem::forget);
            row += 1;
            next = self.next(&mut row);
        }
    }

    /// A job is done with, and its thread free: it takes the next one.
    fn next(&self, row: &mut usize) -> Option<Arc<dyn Run>> {
        let mut state = self.lock();
        state.free += 1;
        state.take().or_else(|| self.wait(self.linger(state, mem::take(row))))
    }
    // ANCHOR_END: serve

    fn job_ended(&self) {
        self.ended.fetch_add(1, Relaxed);
    }

    /// How many jobs have begun and have not ended.
    pub(crate) fn running(&self, state: &State) -> usize {
        state.begun - self.ended()
    }

    /// How many jobs have ended.
    pub(crate) fn ended(&self) -> usize {
        // Whoever must know of an end has heard of it, or has taken the lock after it: relaxed is enough.
        self.ended.load(Relaxed)
    }
}

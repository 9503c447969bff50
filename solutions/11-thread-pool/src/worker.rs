//! A thread of the pool: how it starts, what it does, and when it ends.

use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
    thread,
};

use crate::queue::{Queue, State, Work};

impl Queue {
    /// Starts a thread when each free one has a job waiting for it already.
    pub(crate) fn start_if_needed(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        if state.waiting.len() < state.free || state.threads == self.settings.threads.max(1) {
            return Ok(());
        }
        let queue = self.clone();
        let thread = thread::Builder::new().name(format!("{} {}", self.settings.name, state.started + 1));
        let thread = thread.stack_size(self.settings.stack).spawn(move || queue.serve())?;
        state.handles.retain(|handle| !handle.is_finished());
        state.handles.push(thread);
        (state.started, state.threads, state.free) = (state.started + 1, state.threads + 1, state.free + 1);
        Ok(())
    }

    // ANCHOR: next
    /// The life of a thread: job after job, until none comes any more.
    fn serve(&self) {
        while let Some(work) = self.next() {
            // A job's own panic is caught further in. What arrives here comes from a waker, or from the drop of
            // a result that nobody awaits; dropping what it carries could panic again.
            let _ = catch_unwind(AssertUnwindSafe(work)).map_err(mem::forget);
        }
    }

    /// Waits for the next job; `None` ends the thread, after a time without jobs or because the pool is closed.
    fn next(&self) -> Option<Work> {
        let idle = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let waited = self.comes.wait_timeout_while(self.lock(), self.settings.keep_alive, idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.free -= 1;
        let next = state.waiting.pop_first();
        if next.is_none() {
            state.threads -= 1;
            self.ends.notify_all();
        }
        next.map(|(_ticket, work)| work)
    }
    // ANCHOR_END: next

    /// A job has ended: its thread is free, before anybody hears of the result and hands in another job.
    pub(crate) fn job_ended(&self) {
        let mut state = self.lock();
        (state.free, state.finished) = (state.free + 1, state.finished + 1);
    }
}

//! A thread of the pool: how it starts, what it does, and when it ends.

use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::queue::{Queue, State, Work};

/// About how long a thread takes to start.
const A_START: Duration = Duration::from_micros(100);

impl Queue {
    /// The lock, for a job that comes. Where only a thread is missing that wakes somebody, it waits a moment for that:
    /// mostly whoever was woken brings the job, and as long as a start takes it is no loss to hope.
    pub(crate) fn lock_to_add(&self) -> MutexGuard<'_, State> {
        let mut since = None;
        loop {
            let state = self.lock();
            let is_hope = self.is_short(&state) && state.threads > state.free + state.running;
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
        Ok(())
    }

    // ANCHOR: next
    /// The life of a thread: job after job, until none comes any more.
    fn serve(&self) {
        let mut next = self.next(self.lock());
        while let Some(work) = next {
            // A job's own panic is caught further in. What arrives here comes from the drop of a result that
            // nobody awaits; dropping what it carries could panic again.
            let _ = catch_unwind(AssertUnwindSafe(work)).map_err(mem::forget);
            // Only now: whom it woke and what it dropped may have taken long.
            let mut state = self.lock();
            state.free += 1;
            next = self.next(state);
        }
    }

    /// Waits for the next job; `None` ends the thread, after a time without jobs or because the pool is closed.
    fn next(&self, state: MutexGuard<'_, State>) -> Option<Work> {
        let idle = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let waited = self.comes.wait_timeout_while(state, self.settings.keep_alive, idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.free -= 1;
        let next = state.waiting.pop_first();
        if next.is_some() {
            state.running += 1;
        } else {
            state.threads -= 1;
            self.ends.notify_all();
        }
        next.map(|(_ticket, work)| work)
    }
    // ANCHOR_END: next

    /// A job has ended: there is room for another, before anybody hears of the result and hands one in.
    pub(crate) fn job_ended(&self) {
        let mut state = self.lock();
        (state.running, state.finished) = (state.running - 1, state.finished + 1);
    }
}

//! A thread of the fast stage: it takes the next job before it delivers a result.

use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use crate::fast_cell::Run;
use crate::fast_queue::{Queue, State};

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
        state.on_the_way += 1;
        Ok(())
    }

    /// The life of a thread: job after job, until none comes any more.
    fn serve(&self) {
        let (mut next, mut row) = (self.arrive(), 0);
        while let Some(job) = next.take().or_else(|| self.wait()) {
            // A job's own panic is caught further in, and this one is a waker's.
            let run = AssertUnwindSafe(|| job.run(&mut || next = self.ended()));
            let _ = catch_unwind(run).map_err(mem::forget);
            row += 1;
            if next.is_none() {
                self.linger(mem::take(&mut row));
                next = self.arrive();
            }
            // A result that nobody awaits goes with the job, and may panic or take long.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(job))).map_err(mem::forget);
        }
    }

    // ANCHOR: ended
    /// A job has ended: its thread is free, and takes the next one or is on its way to look again.
    fn ended(&self) -> Option<Arc<dyn Run>> {
        let mut state = self.lock();
        (state.free, state.finished) = (state.free + 1, state.finished + 1);
        let next = state.take();
        state.on_the_way += usize::from(next.is_none());
        next
    }
    // ANCHOR_END: ended
}

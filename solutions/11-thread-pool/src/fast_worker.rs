//! A thread of the fast stage: it takes the next job before it delivers a result, and parks by itself.

use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, MutexGuard},
    thread::{self, Thread},
    time::Instant,
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
        let mut next = self.arrive();
        while let Some(job) = next.take().or_else(|| self.wait()) {
            // A job's own panic is caught further in, and this one is a waker's.
            let run = AssertUnwindSafe(|| job.run(&mut || next = self.ended()));
            let _ = catch_unwind(run).map_err(mem::forget);
            next = next.or_else(|| self.arrive());
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

    /// A thread that was on the way looks, and sends the next one if more jobs wait.
    fn arrive(&self) -> Option<Arc<dyn Run>> {
        let mut state = self.lock();
        state.on_the_way -= 1;
        let (job, next) = (state.take(), state.wake());
        drop(state);
        next.inspect(Thread::unpark);
        job
    }

    /// Waits for the next job; `None` ends the thread.
    fn wait(&self) -> Option<Arc<dyn Run>> {
        let (mut state, mut is_late) = (self.lock(), false);
        while state.waiting.is_empty() && !state.closed && !is_late {
            (state, is_late) = self.park(state);
        }
        let job = state.take();
        if job.is_none() {
            (state.threads, state.free) = (state.threads - 1, state.free - 1);
            self.ends.notify_all();
        }
        let next = state.wake();
        drop(state);
        next.inspect(Thread::unpark);
        job
    }

    // ANCHOR: park
    /// Parks until somebody wakes this thread, or until its time without a job is over, and says whether it is.
    fn park<'a>(&'a self, mut state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        let (me, since) = (thread::current(), Instant::now());
        let mut left = self.settings.keep_alive;
        state.parked.push(me.clone());
        loop {
            let is_lowest = state.parked[0].id() == me.id();
            drop(state);
            // A timer costs more than the park: only the thread that was parked for longest has one.
            if is_lowest {
                thread::park_timeout(left)
            } else {
                thread::park()
            };
            state = self.lock();
            if !state.parked.iter().any(|thread| thread.id() == me.id()) {
                state.on_the_way -= 1;
                return (state, false);
            }
            left = self.settings.keep_alive.saturating_sub(since.elapsed());
            if left.is_zero() && state.parked[0].id() == me.id() {
                state.parked.remove(0);
                state.parked.first().inspect(|lowest| lowest.unpark());
                return (state, true);
            }
        }
    }
    // ANCHOR_END: park
}

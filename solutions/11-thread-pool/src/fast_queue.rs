//! The queue of the fast stage: threads park by themselves, and one is woken at a time.

use std::{
    collections::VecDeque,
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle, Thread},
    time::Instant,
};

use crate::{Refused, Settings, fast_job::Run};

/// The queue of one pool, and the threads at its other end.
pub(crate) struct Queue {
    pub(crate) settings: Settings,
    state: Mutex<State>,
    pub(crate) ends: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    /// The jobs that wait, with their tickets, which only grow.
    pub(crate) waiting: VecDeque<(u64, Arc<dyn Run>)>,
    tickets: u64,
    pub(crate) threads: usize,
    pub(crate) free: usize,
    started: usize,
    /// The threads that are parked; the last one parked is the first woken.
    parked: Vec<Thread>,
    /// How many threads were unparked and have not looked yet.
    searching: usize,
    pub(crate) handles: Vec<JoinHandle<()>>,
    pub(crate) finished: usize,
    pub(crate) closed: bool,
}

impl State {
    /// Whom to unpark, if a job waits, a thread is parked, and none is on its way.
    fn wake(&mut self) -> Option<Thread> {
        if self.waiting.is_empty() || self.searching > 0 {
            return None;
        }
        let thread = self.parked.pop()?;
        self.searching += 1;
        Some(thread)
    }

    fn take(&mut self) -> Option<Arc<dyn Run>> {
        let (_, job) = self.waiting.pop_front()?;
        self.free -= 1;
        Some(job)
    }
}

impl Queue {
    pub(crate) fn new(settings: Settings) -> Arc<Queue> {
        let (state, ends) = Default::default();
        Arc::new(Queue { settings, state, ends })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn close(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.closed = true;
        state.searching += state.parked.len();
        state.parked.drain(..).for_each(|thread| thread.unpark());
        state
    }

    pub(crate) fn add(self: &Arc<Self>, job: Arc<dyn Run>) -> Result<u64, Refused> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        let started = self.start_if_needed(&mut state);
        let is_nested = state.handles.iter().any(|handle| handle.thread().id() == thread::current().id());
        let may_wait = if is_nested { 0 } else { self.settings.queue };
        match started {
            Err(error) if state.threads == 0 => return Err(Refused::NoThread(error.kind())),
            _ if state.waiting.len() < state.free + may_wait => {}
            _ => return Err(if is_nested { Refused::Nested } else { Refused::Full }),
        }
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting.push_back((ticket, job));
        let wake = state.wake();
        drop(state);
        wake.inspect(Thread::unpark);
        Ok(ticket)
    }

    pub(crate) fn cancel(&self, ticket: u64) {
        let mut state = self.lock();
        let place = state.waiting.binary_search_by_key(&ticket, |(ticket, _)| *ticket);
        let job = place.ok().and_then(|place| state.waiting.remove(place));
        drop(state);
        drop(job);
    }

    fn start_if_needed(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        if state.waiting.len() < state.free || state.threads == self.settings.threads.max(1) {
            return Ok(());
        }
        let queue = self.clone();
        let thread = thread::Builder::new().name(format!("{} {}", self.settings.name, state.started + 1));
        let thread = thread.stack_size(self.settings.stack).spawn(move || queue.serve())?;
        state.handles.retain(|handle| !handle.is_finished());
        state.handles.push(thread);
        (state.started, state.threads, state.free) = (state.started + 1, state.threads + 1, state.free + 1);
        state.searching += 1;
        Ok(())
    }

    fn serve(&self) {
        let mut next = self.wait();
        while let Some(job) = next.take() {
            let run = AssertUnwindSafe(|| {
                job.run(&mut || next = self.ended());
                drop(job);
            });
            let _ = catch_unwind(run).map_err(mem::forget);
            next = next.or_else(|| self.wait());
        }
    }

    fn ended(&self) -> Option<Arc<dyn Run>> {
        let mut state = self.lock();
        (state.free, state.finished) = (state.free + 1, state.finished + 1);
        let next = state.take();
        state.searching += usize::from(next.is_none());
        next
    }

    /// Waits for the next job; `None` ends the thread.
    fn wait(&self) -> Option<Arc<dyn Run>> {
        let (mut state, mut is_late) = (self.lock(), false);
        state.searching -= 1;
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

    /// Parks until somebody wakes this thread, or until its time without a job is over, and says whether it is.
    fn park<'a>(&'a self, mut state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        let (me, since) = (thread::current(), Instant::now());
        let mut left = self.settings.keep_alive;
        state.parked.push(me.clone());
        loop {
            let is_lowest = state.parked[0].id() == me.id();
            drop(state);
            // A timer costs more than a park: only the thread that was parked for longest has one.
            if is_lowest {
                thread::park_timeout(left)
            } else {
                thread::park()
            }
            state = self.lock();
            if !state.parked.iter().any(|thread| thread.id() == me.id()) {
                state.searching -= 1;
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
}

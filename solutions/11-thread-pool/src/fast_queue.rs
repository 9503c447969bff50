//! The queue of the fast stage: threads park by themselves, and one is woken at a time.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
    thread::{self, JoinHandle, Thread},
};

use crate::{Refused, Settings, fast_cell::Run};

/// The queue of one pool, and the threads at its other end.
pub(crate) struct Queue {
    /// How many threads, how many jobs that wait, and how long a thread does.
    pub(crate) settings: Settings,
    /// How many cores there are.
    pub(crate) cores: usize,
    /// Locked for moments only: no job runs and no closure is dropped under it.
    state: Mutex<State>,
    /// Notified when a thread ends.
    pub(crate) ends: Condvar,
    /// How many jobs have ended; whoever has heard of one finds it counted.
    pub(crate) ended: AtomicUsize,
}

#[derive(Default)]
pub(crate) struct State {
    /// The jobs that wait, by ticket: tickets only grow, so that one is found by bisection.
    pub(crate) waiting: VecDeque<(u64, Arc<dyn Run>)>,
    /// How many tickets were given out.
    tickets: u64,
    /// How many threads live.
    pub(crate) threads: usize,
    /// How many of them wait for a job, or are about to: none that still wakes somebody or drops a result.
    pub(crate) free: usize,
    /// How many jobs have begun.
    pub(crate) begun: usize,
    /// How many threads were started, for their names.
    pub(crate) started: usize,
    /// The threads that are parked, as a stack: the last one parked is the first one woken.
    pub(crate) parked: Vec<Thread>,
    /// How many threads will look for a job in a moment; while one does, nobody else is woken.
    pub(crate) on_the_way: usize,
    /// For joining the threads at the end, and for knowing one's own.
    pub(crate) handles: Vec<JoinHandle<()>>,
    /// Whether the pool takes no more jobs.
    pub(crate) closed: bool,
}

impl State {
    // ANCHOR: wake
    /// Whom to unpark, after the lock: one thread, if a job waits and nobody is on the way to it.
    ///
    /// Whoever takes a job asks again, so that a job that still waits gets a thread before the first one runs.
    pub(crate) fn wake(&mut self) -> Option<Thread> {
        if self.waiting.is_empty() || self.on_the_way > 0 {
            return None;
        }
        let thread = self.parked.pop();
        self.on_the_way += usize::from(thread.is_some());
        thread
    }
    // ANCHOR_END: wake

    /// The first job that waits.
    pub(crate) fn take(&mut self) -> Option<Arc<dyn Run>> {
        let (_, job) = self.waiting.pop_front()?;
        (self.free, self.begun) = (self.free - 1, self.begun + 1);
        Some(job)
    }
}

impl Queue {
    pub(crate) fn new(settings: Settings) -> Arc<Queue> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (state, ends, ended) = Default::default();
        Arc::new(Queue { settings, cores, state, ends, ended })
    }

    /// A foreign panic under this lock could only be the allocator's; the state is whole in any case.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the job a place, and a thread if one may start; or says why not, at once.
    pub(crate) fn add(self: &Arc<Self>, job: Arc<dyn Run>) -> Result<u64, Refused> {
        let me = thread::current().id();
        let mut state = self.lock_to_add();
        if state.closed {
            return Err(Refused::Closed);
        }
        let started = self.start_if_needed(&mut state);
        let is_nested = state.handles.iter().any(|handle| handle.thread().id() == me);
        let taken = self.running(&state) + state.waiting.len();
        match started {
            Err(error) if state.threads == 0 => return Err(Refused::NoThread(error.kind())),
            _ if is_nested && state.waiting.len() >= state.free => return Err(Refused::Nested),
            _ if taken >= state.threads.saturating_add(self.settings.queue) => return Err(Refused::Full),
            _ => {}
        }
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting.push_back((ticket, job));
        let wake = state.wake();
        drop(state);
        wake.inspect(Thread::unpark);
        Ok(ticket)
    }

    /// Takes a job that still waits out of the queue.
    pub(crate) fn cancel(&self, ticket: u64) {
        let mut state = self.lock();
        let place = state.waiting.binary_search_by_key(&ticket, |(ticket, _)| *ticket);
        let job = place.ok().and_then(|place| state.waiting.remove(place));
        drop(state);
        // The future that cancels it owns the closure still, and drops it last.
        drop(job);
    }
}

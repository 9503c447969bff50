//! What the threads of a pool share: the jobs that wait, and the counts by which a thread starts, waits or ends.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use crate::{Refused, Settings};

/// A job as the threads see it: run or dropped, it tells its own future.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// The queue of one pool, and the threads at its other end.
pub(crate) struct Queue {
    /// How many threads, how many that wait, and how long a thread does.
    pub(crate) settings: Settings,
    /// Locked for moments only: no job runs and no closure is dropped under it.
    state: Mutex<State>,
    /// Notified when a job comes, and when the pool closes.
    pub(crate) comes: Condvar,
    /// Notified when a thread ends.
    pub(crate) ends: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    /// The jobs that wait, by ticket: the lowest is the first.
    pub(crate) waiting: BTreeMap<u64, Work>,
    /// How many tickets were given out, so that each has a number of its own.
    tickets: u64,
    /// How many threads live.
    pub(crate) threads: usize,
    /// How many of them wait for a job, or are about to: none that still wakes somebody or drops a result.
    pub(crate) free: usize,
    /// How many jobs have begun and have not ended.
    pub(crate) running: usize,
    /// How many threads were started, for their names.
    pub(crate) started: usize,
    /// For joining them at the end, and for knowing one's own.
    pub(crate) handles: Vec<JoinHandle<()>>,
    /// How many jobs have ended.
    pub(crate) finished: usize,
    /// Whether the pool takes no more jobs; its threads then end when none waits.
    pub(crate) closed: bool,
}

/// A job's place in the queue; dropping it drops a job that still waits.
pub(crate) struct Place {
    /// The queue.
    queue: Arc<Queue>,
    /// The job's number there.
    ticket: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let work = self.queue.lock().waiting.remove(&self.ticket);
        // Its closure is dropped here, after the lock.
        drop(work);
    }
}

impl Queue {
    pub(crate) fn new(settings: Settings) -> Arc<Queue> {
        let (state, comes, ends) = Default::default();
        Arc::new(Queue { settings, state, comes, ends })
    }

    /// A foreign panic under this lock could only be the allocator's; the state is whole in any case.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on no job is taken, and threads end when none waits.
    pub(crate) fn close(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.closed = true;
        self.comes.notify_all();
        state
    }

    // ANCHOR: add
    /// Gives the job a place, and a thread if one may start; or says why not, at once.
    pub(crate) fn add(self: &Arc<Self>, work: Work) -> Result<Place, Refused> {
        let mut state = self.lock_to_add();
        if state.closed {
            return Err(Refused::Closed);
        }
        let started = self.start_if_needed(&mut state);
        let is_nested = state.handles.iter().any(|handle| handle.thread().id() == thread::current().id());
        let taken = state.running + state.waiting.len();
        match started {
            Err(error) if state.threads == 0 => return Err(Refused::NoThread(error.kind())),
            _ if is_nested && state.waiting.len() >= state.free => return Err(Refused::Nested),
            _ if taken >= state.threads.saturating_add(self.settings.queue) => return Err(Refused::Full),
            _ => {}
        }
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting.insert(ticket, work);
        drop(state);
        self.comes.notify_one();
        Ok(Place { queue: self.clone(), ticket })
    }
    // ANCHOR_END: add
}

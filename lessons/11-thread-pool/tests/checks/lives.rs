//! Which threads of a pool are alive, by what each of them drops at its end; and whether the pool is closed.

use std::{
    cell::RefCell,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Poll, Waker},
    thread::{self, ThreadId},
    time::Instant,
};

use checks::{Explain, check, patience};
use futures_util::future::join_all;
use thread_pool::Refused;

use super::common::{Gate, Pool, QUIET, THREADS, block_on, poll, thread_id};

/// How many of the threads that jobs ran on are alive; each lingers at its end, until somebody looks.
#[derive(Clone, Default)]
pub struct Lives(Arc<(Mutex<usize>, Condvar)>, Arc<AtomicBool>);

impl Lives {
    pub fn count(&self) -> usize {
        self.1.store(true, SeqCst);
        *self.0.0.lock().unwrap()
    }

    /// Waits until none is.
    pub fn none(&self) {
        self.1.store(true, SeqCst);
        let count = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(count, |count| *count > 0).unwrap());
    }
}

/// Is dropped by its thread at the thread's end.
struct Life(Lives);

impl Drop for Life {
    fn drop(&mut self) {
        let lingers = Instant::now();
        while !self.0.1.load(SeqCst) && lingers.elapsed() < QUIET {
            thread::yield_now();
        }
        *self.0.0.0.lock().unwrap() -= 1;
        self.0.0.1.notify_all();
    }
}

/// Makes as many threads of the pool busy at once, and says which they are.
pub fn live(pool: &Pool, threads: usize) -> (Lives, Vec<ThreadId>) {
    thread_local!(static LIFE: RefCell<Vec<Life>> = const { RefCell::new(Vec::new()) });
    let (lives, gate) = (Lives::default(), Gate::new());
    let counted = lives.clone();
    let count = move || {
        let life = counted.clone();
        *life.0.0.lock().unwrap() += 1;
        LIFE.with_borrow_mut(|lives| lives.push(Life(life)));
        thread_id()
    };
    let jobs: Vec<_> = (0..threads).map(|_| pool.run(gate.job(count.clone()))).collect();
    let most = gate.crowd(threads, patience() / 3);
    check(most >= threads, format!("{threads} jobs on as many threads"), format!("{most} at once"))
        .or_explain("no thread starts, although as many jobs wait as threads are free", THREADS);
    gate.open();
    let ids = block_on(join_all(jobs)).into_iter().map(|id| id.expect("an id")).collect();
    (lives, ids)
}

/// Waits until the pool takes no more jobs.
pub fn closed(pool: &Pool) {
    while !matches!(poll(&mut pool.run(|| ()), Waker::noop()), Poll::Ready(Err(Refused::Closed))) {
        thread::yield_now();
    }
}

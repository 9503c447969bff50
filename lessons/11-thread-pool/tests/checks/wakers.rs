//! Wakers that tell whom the pool wakes, and when; and those that do what a waker may do to it.

use std::{
    panic::resume_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Wake, Waker},
    thread,
};

use checks::patience;

use super::common::{Gate, Pool, Running, STAGES, Stage, poll};

/// Counts how often it is woken.
#[derive(Default)]
pub struct Count(pub AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Polls its job when it is woken, and does not return before another thread has handed in the next one.
pub struct Eager {
    pub pool: Pool,
    pub job: Mutex<Option<Running<u8>>>,
    pub told: mpsc::Sender<(Option<u8>, Option<Running<()>>)>,
}

impl Wake for Eager {
    fn wake(self: Arc<Self>) {
        let job = self.job.lock().unwrap().take();
        let polled = job.map(|mut job| poll(&mut job, Waker::noop()));
        let result =
            polled.and_then(|polled| if let Poll::Ready(Ok(result)) = polled { Some(result) } else { None });
        let pool = self.pool.clone();
        let next = thread::spawn(move || pool.run(|| ()));
        let _ = self.told.send((result, next.join().ok()));
    }
}

/// What runs on a thread of the pool when a job has ended, before the thread is free.
#[derive(Clone, Copy, Debug)]
pub enum Late {
    /// The wake of whoever awaits it.
    Wake,
    /// The drop of its result, which nobody awaits.
    Drop,
}

pub const LATE: [Late; 2] = [Late::Wake, Late::Drop];

impl Late {
    /// A job that runs, and waits at the gate; `late` runs when it has ended. Its future is to be kept.
    pub fn job(
        self,
        pool: &Pool,
        gate: &Gate,
        late: impl FnOnce() + Send + 'static,
    ) -> Option<Running<Once>> {
        let late = Once(Mutex::new(Some(Box::new(late))));
        match self {
            Late::Drop => {
                drop(pool.run_until_begun(gate, || late));
                None
            }
            Late::Wake => {
                let mut job = pool.run_until_begun(gate, || Once(Mutex::new(None)));
                let _ = poll(&mut job, &Arc::new(late).into());
                Some(job)
            }
        }
    }
}

/// Does what it has when it is woken or dropped, whichever comes first.
pub struct Once(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Once {
    fn run(&self) {
        let late = self.0.lock().unwrap().take();
        late.into_iter().for_each(|late| late());
    }
}

impl Wake for Once {
    fn wake(self: Arc<Self>) {
        self.run();
    }
}

impl Drop for Once {
    fn drop(&mut self) {
        self.run();
    }
}

/// Lets a job go when it is dropped, and is not gone before the pool's one thread has begun the next one.
pub struct Lingering {
    pub gate: Gate,
    pub begins: Mutex<mpsc::Receiver<()>>,
    pub told: mpsc::Sender<bool>,
}

impl Wake for Lingering {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Lingering {
    fn drop(&mut self) {
        self.gate.open();
        let goes_on = self.begins.get_mut().unwrap().recv_timeout(patience() / 3).is_ok();
        let _ = self.told.send(goes_on);
    }
}

/// Panics when it is woken.
pub struct Careless;

impl Wake for Careless {
    fn wake(self: Arc<Self>) {
        resume_unwind(Box::new("as it should"));
    }
}

/// Both stages, a wake and a drop, and whether another thread of the pool waits for a job.
pub fn every_late() -> impl Iterator<Item = (Stage, Late, bool)> {
    let late = LATE.into_iter().flat_map(|late| [(late, true), (late, false)]);
    STAGES.into_iter().flat_map(move |stage| late.clone().map(move |(late, idle)| (stage, late, idle)))
}

//! Wakers that tell whom the pool wakes, and when; and those that do what a waker may do to it.

use std::{
    panic::resume_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Wake, Waker},
};

use checks::patience;

use super::common::{Gate, Pool, Running, poll};

/// Counts how often it is woken.
#[derive(Default)]
pub struct Count(pub AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Polls its job and hands in another one when it is woken; tells the result, and whether the other was refused.
pub struct Eager {
    pub pool: Pool,
    pub job: Mutex<Option<Running<u8>>>,
    pub told: mpsc::Sender<(Option<u8>, bool)>,
}

impl Wake for Eager {
    fn wake(self: Arc<Self>) {
        let job = self.job.lock().unwrap().take();
        let polled = job.map(|mut job| poll(&mut job, Waker::noop()));
        let result =
            polled.and_then(|polled| if let Poll::Ready(Ok(result)) = polled { Some(result) } else { None });
        let refused = poll(&mut self.pool.run(|| ()), Waker::noop()).is_ready();
        let _ = self.told.send((result, refused));
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

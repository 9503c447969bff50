//! Pools that are a channel and a few threads, which end with it; a oneshot takes each result back.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use tokio::sync::oneshot;

/// A job on its way.
type Job = Box<dyn FnOnce() + Send>;

/// Where jobs go in.
type Entry = Box<dyn Fn(Job)>;

/// Threads that share the receiver of a crossbeam channel.
pub fn by_crossbeam(threads: usize) -> Entry {
    let (sender, jobs) = crossbeam_channel::unbounded::<Job>();
    for _ in 0..threads {
        let jobs = jobs.clone();
        thread::spawn(move || jobs.into_iter().for_each(|job| job()));
    }
    Box::new(move |job| sender.send(job).expect("threads"))
}

/// Threads that take turns, by a mutex, with the one receiver of `std::sync::mpsc`.
pub fn by_mpsc(threads: usize) -> Entry {
    let (sender, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..threads {
        let jobs = jobs.clone();
        thread::spawn(move || {
            let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
            while let Some(job) = next() {
                job();
            }
        });
    }
    Box::new(move |job| sender.send(job).expect("threads"))
}

/// Hands a job in, and gives what its result comes by.
pub fn call<T: Send + 'static>(
    entry: &dyn Fn(Job),
    job: impl FnOnce() -> T + Send + 'static,
) -> oneshot::Receiver<T> {
    let (sender, result) = oneshot::channel();
    // Whoever waits keeps its end.
    entry(Box::new(move || drop(sender.send(job()))));
    result
}

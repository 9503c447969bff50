//! What happens in a model of lesson 11: a few threads and jobs, small enough that a checker sees most of it.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use crate::Settings;

/// Polls on this thread, which parks in between.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let (mut future, waker) = (pin!(future), waker());
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// A waker that unparks the current thread, and is another one in each call.
pub fn waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Calls what it has when it is woken.
pub struct Calls(pub Box<dyn Fn() + Send + Sync>);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

/// A pool whose threads end by time whenever the checker likes.
pub fn settings(threads: usize, queue: usize) -> Settings {
    let keep_alive = Duration::from_secs(1);
    Settings { threads, queue, keep_alive, name: "pool", stack: 64 << 10 }
}

/// Counts what jobs do, and closures that are dropped.
#[derive(Clone, Default)]
pub struct Tally {
    /// How many jobs ran.
    pub ran: Arc<AtomicUsize>,
    /// How many closures are gone, run or not.
    pub gone: Arc<AtomicUsize>,
}

/// Is dropped with a closure.
pub struct Owned(Arc<AtomicUsize>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Tally {
    /// A job that counts, and gives `value`.
    pub fn job<T: Send + 'static>(&self, value: T) -> impl FnOnce() -> T + Send + use<T> {
        let (ran, owned) = (self.ran.clone(), Owned(self.gone.clone()));
        move || {
            let _owned = owned;
            ran.fetch_add(1, SeqCst);
            value
        }
    }

    /// How many ran, and how many closures are gone.
    pub fn told(&self) -> (usize, usize) {
        (self.ran.load(SeqCst), self.gone.load(SeqCst))
    }
}

/// The scenes, for the stage of the solution that stands in `$stage`.
#[macro_export]
macro_rules! scenes {
    ($name:ident, $stage:path) => {
        mod $name {
            use std::{
                sync::{
                    Arc,
                    atomic::{AtomicUsize, Ordering::SeqCst},
                },
                task::{Context, Poll},
                thread,
                time::Duration,
            };

            use $stage::{ThreadPool, run_in_executor};

            use $crate::scenes::{Calls, Tally, block_on, settings, waker};
            use $crate::{Queued, Refused, Shutdown};

            /// How many schedules of each scene are tried.
            const SCHEDULES: usize = 20_000;

            /// Ends a scene: all threads end, or the checker reports that they wait for ever.
            fn end(pool: &ThreadPool) -> Shutdown {
                let told = pool.shutdown(Queued::Finish, Duration::MAX);
                assert_eq!((told.abandoned, told.running), (0, 0));
                told
            }

            /// Three jobs, two threads: each runs once, and its result comes back.
            #[test]
            fn jobs_run_once_and_results_arrive() {
                models::explore(SCHEDULES, || {
                    let (pool, tally) = (ThreadPool::new(settings(2, 2)), Tally::default());
                    let jobs = [1, 2, 3].map(|number| run_in_executor(Some(&pool), tally.job(number)));
                    assert_eq!(jobs.map(|job| block_on(job)), [Ok(1), Ok(2), Ok(3)]);
                    end(&pool);
                    assert_eq!(tally.told(), (3, 3));
                });
            }

            /// Jobs one by one, while the one thread may end by time at any moment.
            #[test]
            fn no_job_is_lost_to_a_thread_that_ends() {
                models::explore(SCHEDULES, || {
                    let pool = ThreadPool::new(settings(2, 0));
                    for number in 0..3 {
                        assert_eq!(block_on(run_in_executor(Some(&pool), move || number)), Ok(number));
                    }
                    end(&pool);
                });
            }

            /// Many jobs in a row, and then one more, which finds its thread looking, parked or gone.
            #[test]
            fn a_job_after_many_finds_a_thread() {
                models::explore(SCHEDULES, || {
                    let pool = ThreadPool::new(settings(1, 5));
                    let jobs = [(); 6].map(|()| run_in_executor(Some(&pool), || ()));
                    assert_eq!(jobs.map(|job| block_on(job)), [Ok(()); 6]);
                    assert_eq!(block_on(run_in_executor(Some(&pool), || 7)), Ok(7));
                    end(&pool);
                });
            }

            /// Two callers at once, a queue of one: each hears a result or `Full`, and what ran was heard of.
            #[test]
            fn callers_hear_a_result_or_a_refusal() {
                models::explore(SCHEDULES, || {
                    let (pool, tally) = (Arc::new(ThreadPool::new(settings(1, 1))), Tally::default());
                    let (other, count) = (pool.clone(), tally.clone());
                    let caller = thread::spawn(move || {
                        [(); 2]
                            .map(|()| run_in_executor(Some(&other), count.job(())))
                            .map(|job| block_on(job))
                    });
                    let mine = block_on(run_in_executor(Some(&pool), tally.job(())));
                    let theirs = caller.join().expect("a caller");
                    let heard = theirs.iter().chain([&mine]);
                    assert!(heard.clone().all(|heard| matches!(heard, Ok(()) | Err(Refused::Full))));
                    let done = heard.filter(|heard| heard.is_ok()).count();
                    end(&pool);
                    assert_eq!(tally.told(), (done, 3));
                });
            }

            /// A future that is dropped at any moment: its job runs whole or not at all, and is gone at the end.
            #[test]
            fn dropped_jobs_run_once_or_never() {
                models::explore(SCHEDULES, || {
                    let (pool, tally) = (ThreadPool::new(settings(1, 2)), Tally::default());
                    let kept = run_in_executor(Some(&pool), tally.job(7));
                    let mut dropped = run_in_executor(Some(&pool), tally.job(8));
                    let _ = std::pin::Pin::new(&mut dropped).poll(&mut Context::from_waker(&waker()));
                    drop(dropped);
                    assert_eq!(block_on(kept), Ok(7));
                    let finished = end(&pool).finished;
                    let (ran, gone) = tally.told();
                    assert!((1..=2).contains(&ran) && gone == 2 && finished <= ran);
                });
            }

            /// The second waker is the one that is woken, whenever the job ends.
            #[test]
            fn last_waker_is_woken() {
                models::explore(SCHEDULES, || {
                    let pool = ThreadPool::new(settings(1, 0));
                    let mut job = run_in_executor(Some(&pool), || 7);
                    let first = thread::spawn(move || {
                        let polled = std::pin::Pin::new(&mut job).poll(&mut Context::from_waker(&waker()));
                        (job, polled)
                    });
                    let (job, polled) = first.join().expect("a thread");
                    // Whoever polls now is woken on this thread.
                    assert_eq!(if let Poll::Ready(result) = polled { result } else { block_on(job) }, Ok(7));
                    end(&pool);
                });
            }

            /// A shutdown beside a caller: the job is finished, abandoned or refused, and the counts agree.
            #[test]
            fn shutdown_beside_a_caller_counts_right() {
                for queued in [Queued::Finish, Queued::Abandon] {
                    models::explore(SCHEDULES / 2, move || {
                        let (pool, tally) = (Arc::new(ThreadPool::new(settings(1, 2))), Tally::default());
                        let (other, count) = (pool.clone(), tally.clone());
                        let caller = thread::spawn(move || {
                            [(); 2]
                                .map(|()| run_in_executor(Some(&other), count.job(())))
                                .map(|job| block_on(job))
                        });
                        let told = pool.shutdown(queued, Duration::MAX);
                        let heard = caller.join().expect("a caller");
                        let abandoned =
                            heard.iter().filter(|heard| **heard == Err(Refused::Abandoned)).count();
                        let done = heard.iter().filter(|heard| heard.is_ok()).count();
                        assert_eq!((told.abandoned, told.running), (abandoned, 0));
                        assert!(told.finished <= done && tally.told() == (done, 2));
                    });
                }
            }

            /// A shutdown whose limit is over at any moment: no job is lost, whatever it leaves.
            #[test]
            fn shutdown_with_a_limit_loses_nothing() {
                models::explore(SCHEDULES, || {
                    let (pool, tally) = (ThreadPool::new(settings(1, 2)), Tally::default());
                    let jobs = [(); 2].map(|()| run_in_executor(Some(&pool), tally.job(())));
                    let told = pool.shutdown(Queued::Finish, Duration::from_secs(1));
                    let heard = jobs.map(|job| block_on(job));
                    let abandoned = heard.iter().filter(|heard| **heard == Err(Refused::Abandoned)).count();
                    assert_eq!(told.abandoned, abandoned);
                    end(&pool);
                    assert_eq!(tally.told(), (2 - abandoned, 2));
                });
            }

            /// Inner jobs run at once or are refused: nobody waits for a thread that waits.
            #[test]
            fn nested_jobs_do_not_deadlock() {
                models::explore(SCHEDULES, || {
                    let pool = Arc::new(ThreadPool::new(settings(2, 2)));
                    let outer = [(); 2].map(|()| {
                        let inner = pool.clone();
                        run_in_executor(Some(&pool), move || block_on(run_in_executor(Some(&inner), || ())))
                    });
                    for heard in outer.map(|job| block_on(job)) {
                        assert!(matches!(heard, Ok(Ok(()) | Err(Refused::Nested))));
                    }
                    end(&pool);
                });
            }

            /// A wake that awaits a job of its own pool: another thread takes that one, or nobody does.
            #[test]
            fn waiting_wakes_do_not_deadlock() {
                models::explore(SCHEDULES, || {
                    let pool = Arc::new(ThreadPool::new(settings(2, 2)));
                    let (inner, heard) = (pool.clone(), Arc::new(AtomicUsize::new(0)));
                    let hears = heard.clone();
                    let wakes = Calls(Box::new(move || {
                        let answer = block_on(run_in_executor(Some(&inner), || ()));
                        assert!(matches!(answer, Ok(()) | Err(Refused::Nested | Refused::Closed)));
                        hears.fetch_add(1, SeqCst);
                    }));
                    let mut job = run_in_executor(Some(&pool), || 7);
                    let polled =
                        std::pin::Pin::new(&mut job).poll(&mut Context::from_waker(&Arc::new(wakes).into()));
                    let next = run_in_executor(Some(&pool), || 8);
                    assert_eq!(block_on(next), Ok(8));
                    end(&pool);
                    assert_eq!(heard.load(SeqCst), usize::from(polled.is_pending()));
                });
            }

            /// Threads that may fail to start: a refusal is heard, and one thread does all jobs.
            #[test]
            fn threads_that_do_not_start_lose_nothing() {
                models::explore(SCHEDULES, || {
                    let pool = Arc::new(ThreadPool::new($crate::Settings { stack: 0, ..settings(2, 2) }));
                    let other = pool.clone();
                    let caller = thread::spawn(move || block_on(run_in_executor(Some(&other), || ())));
                    let jobs = [(); 2].map(|()| run_in_executor(Some(&pool), || ()));
                    let theirs = caller.join().expect("a caller");
                    for heard in jobs.map(|job| block_on(job)).into_iter().chain([theirs]) {
                        assert!(matches!(heard, Ok(()) | Err(Refused::NoThread(_) | Refused::Full)));
                    }
                    end(&pool);
                });
            }

            /// A pool that is dropped at any moment finishes what waits, and its threads end.
            #[test]
            fn dropped_pool_finishes_what_waits() {
                models::explore(SCHEDULES, || {
                    let (pool, tally) = (ThreadPool::new(settings(2, 2)), Tally::default());
                    let jobs = [(); 3].map(|()| run_in_executor(Some(&pool), tally.job(())));
                    drop(pool);
                    assert_eq!(jobs.map(|job| block_on(job)), [Ok(()); 3]);
                });
            }
        }
    };
}

//! What both stages hold and no reader is asked for: ends from within, panics that meet, and pools without a bound.

use std::{
    cell::RefCell,
    panic::resume_unwind,
    pin::Pin,
    sync::{Arc, mpsc},
    task::{Context, Wake, Waker},
    thread,
    time::Duration,
};

use checks::{patience, within};
use solution_11::{Queued, Settings, Shutdown};

/// Panics when it is woken.
struct Careless;

impl Wake for Careless {
    fn wake(self: Arc<Self>) {
        resume_unwind(Box::new("as it should"));
    }
}

/// Panics when it is dropped, also by a panic.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        resume_unwind(Box::new("as it should"));
    }
}

/// Calls what it has at the end of its thread.
struct AtTheEnd(Option<Box<dyn FnOnce()>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(|call| call());
    }
}

thread_local!(static LAST: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) });

macro_rules! corners {
    ($stage:ident, $module:path) => {
        mod $stage {
            use $module::{ThreadPool, run_in_executor};

            use super::*;

            /// A destructor of a thread-local shuts its own pool down: its thread joins the others, and not itself.
            ///
            /// Windows ends one thread at a time, thread-locals and all: one that waits for others there waits for ever.
            #[cfg_attr(windows, ignore = "a thread of Windows cannot wait at its end")]
            #[test]
            fn a_thread_at_its_end_may_shut_its_pool_down() {
                for others in [0, 1] {
                    let ended = within(patience(), "both shutdowns return", move || {
                        let keep_alive = Duration::from_millis(1);
                        let pool = Arc::new(ThreadPool::new(Settings { keep_alive, ..Settings::default() }));
                        let (inner, (told, hears)) = (pool.clone(), mpsc::channel());
                        let own = run_in_executor(Some(&pool), move || {
                            let call = move || {
                                let _ = told.send(inner.shutdown(Queued::Finish, Duration::MAX));
                            };
                            LAST.set(Some(AtTheEnd(Some(Box::new(call)))));
                        });
                        let _others: Vec<_> =
                            (0..others).map(|_| run_in_executor(Some(&pool), || ())).collect();
                        let _own = own;
                        let from_within = hears.recv();
                        (from_within.is_ok(), pool.shutdown(Queued::Finish, Duration::MAX))
                    });
                    assert_eq!(ended.ok(), Some((true, Shutdown::default())));
                }
            }

            /// Somebody shuts the pool down while one of its threads does.
            #[test]
            fn two_may_shut_a_pool_down() {
                let ended = within(patience(), "both shutdowns return", || {
                    let pool = Arc::new(ThreadPool::new(Settings::default()));
                    let (inner, (told, hears)) = (pool.clone(), mpsc::channel());
                    let job = run_in_executor(Some(&pool), move || {
                        let call = move || {
                            let _ = told.send(inner.shutdown(Queued::Finish, Duration::MAX));
                        };
                        LAST.set(Some(AtTheEnd(Some(Box::new(call)))));
                    });
                    let running = pool.shutdown(Queued::Finish, Duration::MAX).running;
                    drop(job);
                    (running, hears.recv().is_ok())
                });
                assert_eq!(ended.ok(), Some((0, true)));
            }

            /// A wake that panics, and then the drop of a result that does: neither costs the thread or the process.
            #[test]
            fn panics_of_a_wake_and_a_drop_may_meet() {
                let same = within(patience(), "the thread goes on", || {
                    let pool = ThreadPool::new(Settings { threads: 1, ..Settings::default() });
                    let ((go, goes), (told, hears)) = (mpsc::channel::<()>(), mpsc::channel());
                    let first = told.clone();
                    let mut job = run_in_executor(Some(&pool), move || {
                        let _ = (first.send(thread::current().id()), goes.recv());
                        Fragile
                    });
                    let careless = Waker::from(Arc::new(Careless));
                    assert!(Pin::new(&mut job).poll(&mut Context::from_waker(&careless)).is_pending());
                    let first = hears.recv();
                    drop((job, go));
                    let _next = run_in_executor(Some(&pool), move || told.send(thread::current().id()));
                    (first, hears.recv())
                });
                assert!(same.is_ok_and(|(first, next)| first.is_ok() && first == next));
            }

            /// As many threads and places as can be said are no sum that overflows.
            #[test]
            fn bounds_may_be_endless() {
                let ran = within(patience(), "the jobs run", || {
                    let settings = Settings { threads: usize::MAX, queue: usize::MAX, ..Settings::default() };
                    let pool = ThreadPool::new(Settings { keep_alive: Duration::MAX, ..settings });
                    let (told, hears) = mpsc::channel();
                    let jobs =
                        [told.clone(), told].map(|told| run_in_executor(Some(&pool), move || told.send(())));
                    let heard = hears.iter().take(2).count();
                    drop(jobs);
                    (heard, pool.shutdown(Queued::Finish, Duration::MAX).running)
                });
                assert_eq!(ran.ok(), Some((2, 0)));
            }
        }
    };
}

corners!(plain, solution_11);
corners!(quick, solution_11::fast);

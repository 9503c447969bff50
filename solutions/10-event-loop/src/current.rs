//! Which event loop runs on this thread: `spawn` and `sleep` have no other way to find it.

use std::{cell::RefCell, rc::Rc, thread::LocalKey};

use practice::trace;

use crate::caught::caught;

/// A thread-local for the loop that runs on a thread.
pub(crate) type Current<L> = RefCell<Option<Rc<L>>>;

/// The loop in whose `block_on` the caller runs.
pub(crate) fn current<L>(key: &'static LocalKey<Current<L>>) -> Rc<L> {
    let current = key.with_borrow(Clone::clone);
    current.expect("no event loop runs on this thread: call this inside of `block_on`")
}

/// What `Entered` asks of a loop.
pub(crate) trait OwnsTasks {
    /// Drops the tasks that are not done, and those that are spawned meanwhile.
    fn drop_tasks(&self);
}

/// Makes a loop the current one until it is dropped, also when `block_on` panics.
pub(crate) struct Entered<L: OwnsTasks + 'static> {
    /// The loop.
    pub(crate) event_loop: Rc<L>,
    /// Where it is the current one.
    key: &'static LocalKey<Current<L>>,
}

impl<L: OwnsTasks> Entered<L> {
    /// # Panics
    /// When another loop runs on this thread: it would be blocked.
    pub(crate) fn new(key: &'static LocalKey<Current<L>>, event_loop: L) -> Entered<L> {
        let event_loop = Rc::new(event_loop);
        key.with_borrow_mut(|current| {
            assert!(current.is_none(), "`block_on` inside of `block_on`: await the future, or spawn it");
            *current = Some(event_loop.clone());
        });
        trace::own_loop();
        Entered { event_loop, key }
    }
}

impl<L: OwnsTasks> Drop for Entered<L> {
    fn drop(&mut self) {
        // While it is still the current one: what a task drops may spawn or sleep, and may panic.
        // The thread is free for another loop all the same, and what `main` gave is not lost.
        let _ = caught(|| self.event_loop.drop_tasks());
        self.key.set(None);
    }
}

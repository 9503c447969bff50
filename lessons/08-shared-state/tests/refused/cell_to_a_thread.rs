//! error[E0277]: `Rc<Cell<i64>>` cannot be sent between threads safely

use std::{cell::Cell, rc::Rc, thread};

/// A counted pointer whose count is not atomic goes to a thread, and stays here too.
pub fn withdraw_on_a_thread(balance: Rc<Cell<i64>>) {
    let shared = balance.clone();
    thread::spawn(move || shared.set(shared.get() - 100));
}

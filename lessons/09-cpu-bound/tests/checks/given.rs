//! What Tokio and rayon do by themselves: these checks are green before you change a line.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use checks::{Explain, check, patience};
use rayon::prelude::*;
use tokio::{runtime::Builder, task::spawn_blocking};

use super::common::{Gate, IDEA, TOO_MANY, on_a_loop};

const OTHER_TOKIO: &str = "this Tokio or rayon is not the one that the page describes";

/// As many jobs as the runtime has threads, computed inside of tasks, and no other task runs.
#[test]
fn inline_jobs_freeze_every_flavor() {
    for workers in [None, Some(1), Some(2), Some(4)] {
        let seen = freezes(workers, |gate| gate.pass());
        check(seen, "no task runs until the jobs end, then it does", format!("{workers:?} workers differ"))
            .or_explain(OTHER_TOKIO, IDEA);
    }
}

/// `spawn_blocking` runs forty jobs at once, however few cores there are.
#[test]
fn spawn_blocking_runs_forty_jobs_at_once() {
    let most = on_a_loop(async || {
        let gate = Arc::new(Gate::default());
        for _ in 0..40 {
            let gate = gate.clone();
            spawn_blocking(move || gate.pass());
        }
        gate.crowd(40, patience() / 2).await
    });
    let most = most.or_explain(OTHER_TOKIO, IDEA);
    check(most == 40, "40 jobs at once", format!("{most} at once")).or_explain(OTHER_TOKIO, IDEA);
}

/// `par_iter` in a task blocks that task's thread until all parts are done.
#[test]
fn par_iter_in_a_task_freezes_its_loop() {
    let seen = freezes(None, |gate| (0..8).into_par_iter().for_each(|_| gate.pass()));
    check(seen, "no task runs until the parts are done, then it does", "a task ran meanwhile")
        .or_explain(OTHER_TOKIO, IDEA);
}

/// Whether no task has a turn while each thread of a runtime is in `job`, and one has when the gate is open.
fn freezes(workers: Option<usize>, job: fn(&Gate)) -> bool {
    let runtime = match workers {
        None => Builder::new_current_thread().build(),
        Some(workers) => Builder::new_multi_thread().worker_threads(workers).build(),
    };
    let (runtime, gate) = (runtime.expect("a runtime"), Arc::new(Gate::default()));
    let handle = runtime.handle().clone();
    // A current-thread runtime runs its tasks inside of `block_on`.
    thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    for _ in 0..workers.unwrap_or(1) {
        let gate = gate.clone();
        handle.spawn(async move { job(&gate) });
    }
    let (turn, turns) = mpsc::channel();
    let busy = Builder::new_current_thread().enable_time().build().expect("a runtime");
    busy.block_on(gate.crowd(workers.unwrap_or(1), patience() / 2));
    handle.spawn(async move { turn.send(()) });
    let early = turns.recv_timeout(TOO_MANY).is_ok();
    gate.open();
    !early && turns.recv_timeout(patience() / 2).is_ok()
}

//! What holds while a worker dies and nobody is told yet: a first stage and a second one include this.
//!
//! The moment is short. Each look at it is right whether or not it has passed, and there are many.

use std::{fs, sync::Arc};

use process_pool::{Answer, Failure, Job, ProcessPool, Settings};
use tokio::task::{self, JoinSet};

use crate::common::{Outcome, Scratch, bound, calls, eventually, one, outcome, told, with_pool};

const TASK: &str = "13-process-pool.md#task-4-leave-nothing-behind";

/// A job that says that it has begun, and does not end; and the program of a worker that finds it.
struct Endless {
    begun: Scratch,
    job: Scratch,
    worker: Scratch,
}

impl Endless {
    fn new(name: &str) -> Endless {
        let begun = Scratch::file(&format!("{name}-begun"));
        let job = Scratch::script(name, &format!("touch {}; exec sleep 1000", begun.path()));
        Endless { begun, job, worker: Scratch::worker(&format!("{name}-worker")) }
    }

    fn settings(&self) -> Settings {
        Settings { program: Some(self.worker.0.clone()), waiting: 0, ..one() }
    }

    /// The worker is killed in the middle of it; its keeper has just heard of that.
    async fn dies(&self, pool: &Arc<ProcessPool>) -> JoinSet<Outcome> {
        let call = calls(pool, 1, || self.job.job());
        assert!(eventually(async || fs::remove_file(&self.begun.0).ok()).await.is_some(), "it begins");
        pool.stats().workers.into_iter().for_each(checks::kill);
        while !pool.stats().workers.is_empty() {
            task::yield_now().await;
        }
        call
    }
}

/// Its request is neither waiting nor killed, but answered: a shutdown waits for that, and counts it.
#[test]
fn shutdown_counts_what_dies() {
    for _ in 0..5 {
        let endless = Endless::new("counted");
        with_pool(endless.settings(), TASK, async move |pool| {
            let mut call = endless.dies(&pool).await;
            let stats = pool.stats();
            let ended = pool.shutdown(bound() / 2).await;
            assert_eq!((ended.finished, ended.killed), (1 - stats.answered, 0));
            assert!(matches!(told(&mut call).await, Some(Err(Failure::Died(_)))));
        });
    }
}

/// Its place may get another worker, so there is room for a request although none may wait.
#[test]
fn dying_worker_keeps_no_place() {
    for _ in 0..5 {
        let endless = Endless::new("replaced");
        with_pool(endless.settings(), TASK, async move |pool| {
            let mut call = endless.dies(&pool).await;
            let tea = outcome(&pool, Job::Upper("tea".into())).await;
            assert_eq!(tea, Ok(Answer::Text("TEA".into())));
            assert!(matches!(told(&mut call).await, Some(Err(Failure::Died(_)))));
        });
    }
}

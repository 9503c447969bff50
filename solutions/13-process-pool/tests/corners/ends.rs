//! How a pool ends while a worker dies: a first stage and a second one include this.
#![cfg(target_os = "linux")]

use process_pool::{Failure, Settings};
use tokio::task;

use crate::common::{Scratch, bound, calls, eventually, one, told, with_pool};

const TASK: &str = "13-process-pool.md#task-4-leave-nothing-behind";

/// A request whose worker has died, and whose caller is not told yet, is one that a shutdown waits for and counts.
#[test]
fn shutdown_counts_what_dies() {
    let begun = Scratch::file("dying-begun");
    let there = Scratch::worker("dying");
    // What has left the group, without its mark, holds stderr open: so the last words are awaited for a while.
    let leaves = format!("exec setsid env -i sh -c \"touch {}; sleep 1\"", begun.path());
    let leaves = Scratch::script("leaves", &leaves);
    with_pool(Settings { program: Some(there.0.clone()), ..one() }, TASK, async move |pool| {
        let mut dies = calls(&pool, 1, || leaves.job());
        assert!(eventually(async || begun.0.exists().then_some(())).await.is_some(), "the job begins");
        pool.stats().workers.into_iter().for_each(checks::kill);
        while !pool.stats().workers.is_empty() {
            task::yield_now().await;
        }
        let stats = pool.stats();
        assert_eq!(stats.running + stats.waiting, 1, "it is counted");
        let ended = pool.shutdown(bound() / 2).await;
        assert_eq!((ended.finished, ended.killed), (1, 0));
        let death = told(&mut dies).await;
        assert!(matches!(&death, Some(Err(Failure::Died(why))) if why.contains("SIGKILL")), "{death:?}");
    });
}

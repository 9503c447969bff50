//! Task 4, a pool for each kind: nested jobs end, and a thread is left for a name and a file.

use checks::{Client, Explain, ScriptedRoom, check, program};
use pool_limits::{Pools, runtime};
use tokio::{task::JoinSet, time::timeout};

use super::common::{Bench, IDEA, QUIET, answers, in_a_loop, name_and_file, told};

const KINDS: &str = "07-pool-limits.md#task-4-a-pool-for-each-kind";
const SAME_POOL: &str = "outer jobs hold the slots or the threads that their inner jobs wait for";
const SHORT_QUEUE: &str = "the pool of inner jobs has fewer places than there are outer jobs that run";

/// Nested jobs finish, also when every slot is taken by one that has not asked for its inner job yet.
#[test]
fn nested_jobs_do_not_deadlock() {
    for jobs in [2, 4] {
        let seen = in_a_loop(runtime, async move |bench| {
            let (pools, inner_jobs, mut callers) = (Pools::new(), Bench::new(), JoinSet::new());
            for number in 0..jobs {
                let (pools, outer, inner) = (pools.clone(), bench.job(number), inner_jobs.job(number));
                callers.spawn(async move { pools.nested(done(outer), inner).await });
            }
            bench.running(2).await;
            let _ = timeout(QUIET, bench.running(4)).await;
            bench.open();
            let _ = timeout(QUIET, inner_jobs.running(2)).await;
            inner_jobs.open();
            let answers = answers(&mut callers, jobs).await;
            (told(&answers), answers.len())
        });
        let (told, answered) =
            seen.or_explain("fewer than two nested jobs run at once: keep the two slots", KINDS);
        let expected = format!("{jobs} nested jobs have their results, within 3 s");
        check(told.starts_with(&format!("{jobs} results")), expected, told)
            .or_explain(if answered < jobs { SAME_POOL } else { SHORT_QUEUE }, KINDS);
    }
}

/// With every slot of every pool taken, a thread is left for a name and a file.
#[test]
fn name_and_file_pass_the_nested_jobs() {
    let seen = in_a_loop(runtime, async |bench| {
        let (pools, outer_jobs) = (Pools::new(), Bench::new());
        outer_jobs.open();
        for number in 0..8 {
            let (pools, outer, inner) = (pools.clone(), outer_jobs.job(number), bench.job(number));
            tokio::spawn(async move { pools.nested(done(outer), inner).await });
        }
        bench.running(1).await;
        let _ = timeout(QUIET, bench.running(2)).await;
        name_and_file().await
    });
    let seen = seen.or_explain(SAME_POOL, KINDS);
    seen.or_explain("the slots of all pools together are as many as the threads", KINDS);
}

/// Several `/nested` jobs end in the client too.
#[test]
fn client_finishes_nested_jobs() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("07"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    for time in ["0.3", "0.2", "0.1"] {
        client.type_line(&format!("/nested {time}"));
    }
    for _ in 0..3 {
        client.shows("== /nested 0.").or_explain(SAME_POOL, KINDS);
    }
}

/// The same job without its number, as an outer job is.
fn done(job: impl FnOnce() -> usize) -> impl FnOnce() {
    move || {
        job();
    }
}

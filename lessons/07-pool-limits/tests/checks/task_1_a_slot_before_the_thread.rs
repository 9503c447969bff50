//! Task 1, a slot before the thread: a job waits for its slot outside of the pool, and holds it to its end.

use std::{
    io::{self, ErrorKind::ResourceBusy},
    panic::resume_unwind,
    sync::Arc,
};

use checks::{Explain, check, patience};
use pool_limits::{Pool, Pools, runtime};
use tokio::{task::yield_now, time::timeout};

use super::common::{QUIET, SLOT, callers, in_a_loop, many_threads, name_and_file, values};

const NO_SLOT: &str = "`run` hands each job to the blocking pool at once, without a slot";
const LOST_SLOT: &str = "a panic skips the line that gives the permit back: let `drop` do it";

/// While slow jobs wait and all slots are taken, a name is looked up and a file is read.
#[test]
fn name_and_file_pass_the_slow_jobs() {
    let seen = in_a_loop(runtime, async |bench| {
        let pools = Pools::new();
        for number in 0..8 {
            let (pools, job) = (pools.clone(), bench.job(number));
            tokio::spawn(async move { pools.slow.run(job).await });
        }
        bench.running(1).await;
        settle().await;
        name_and_file().await
    });
    let seen = seen.or_explain("no slow job begins", SLOT);
    seen.or_explain(
        "slow jobs wait inside the blocking pool, ahead of the lookup: let them wait before it",
        SLOT,
    );
}

/// Of 200 jobs four run at once, all the time, and never five; each gives its own result.
#[test]
fn never_more_than_four_at_once_of_200() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(4, 196));
        let mut callers = callers(&pool, &bench, 0..200);
        bench.running(4).await;
        let _ = timeout(QUIET, bench.running(5)).await;
        for number in 0..200 {
            bench.running(4.min(200 - number)).await;
            bench.let_one_go().await;
        }
        let mut numbers = values(&mut callers).await;
        numbers.sort_unstable();
        (bench.peak(), numbers)
    });
    let (peak, numbers) =
        seen.or_explain("a job is refused although it may wait, or a slot stays empty", SLOT);
    check(peak == 4, "4 jobs at once, of 200", format!("{peak} at once")).or_explain(NO_SLOT, SLOT);
    check(numbers.into_iter().eq(0..200), "200 results, one of each job", "others")
        .or_explain("a job that was accepted is lost", SLOT);
}

/// A caller that goes away does not free the slot in which its job still runs.
#[test]
fn abandoned_job_keeps_its_slot() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(1, 1));
        let mut first = callers(&pool, &bench, 0..1);
        bench.running(1).await;
        first.shutdown().await;
        let mut second = callers(&pool, &bench, 1..2);
        let two = timeout(QUIET, bench.running(2)).await.is_ok();
        bench.open();
        (two, values(&mut second).await)
    });
    let (two, values) = seen.or_explain("the slot of an abandoned job never comes back", SLOT);
    check(!two, "the next job waits until the abandoned one is done", "both run, with one slot").or_explain(
        "the permit lives in the future of the caller: move it into the job, and bind it to a name there",
        SLOT,
    );
    check(values == [1], "the next job then runs", "it was refused or lost")
        .or_explain("the slot of an abandoned job never comes back", SLOT);
}

/// A job that panics is an error for its caller, and gives slot and place back.
#[test]
fn panicking_job_gives_its_slot_back() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(2, 1));
        let mut errors = Vec::new();
        for _ in 0..5 {
            let panics = pool.run(|| resume_unwind(Box::new("as it should")));
            let Ok(ended) = timeout(patience() / 4, panics).await else { break };
            errors.extend(ended.err().filter(|error: &io::Error| error.kind() != ResourceBusy));
        }
        if errors.len() < 5 {
            return (errors.len(), false, 0);
        }
        let mut callers = callers(&pool, &bench, 0..3);
        let two = timeout(patience() / 2, bench.running(2)).await.is_ok();
        bench.open();
        (errors.len(), two, values(&mut callers).await.len())
    });
    let (panics, two, values) = seen.or_explain("the panic of a job keeps its caller waiting", SLOT);
    check(panics == 5, "5 panics, one after the other, are errors of their callers", format!("{panics} are"))
        .or_explain(LOST_SLOT, SLOT);
    check(
        two && values == 3,
        "then 2 jobs run, and 1 waits for its turn",
        format!("{values} of 3 have a result"),
    )
    .or_explain(LOST_SLOT, SLOT);
}

/// Lets every task that is ready take its turns.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

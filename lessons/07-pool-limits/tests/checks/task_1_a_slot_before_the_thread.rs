//! Task 1, a slot before the thread: a job waits for its slot outside of the pool, and holds it to its end.

use std::{panic::resume_unwind, pin::pin, sync::Arc};

use checks::{Explain, check, patience, span};
use pool_limits::{Pool, Pools, runtime};
use tokio::{select, task::yield_now, time::timeout};

use super::common::{
    QUIET, SLOT, answers, callers, in_a_loop, is_busy, many_threads, missed, name_and_file, values,
};

const NO_SLOT: &str = "a job runs without a slot: it takes none, or gives it back before it ends";
const IN_THE_CALLER: &str =
    "the permit lives in the future of the caller: move it into the job, and bind it to a name there";
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
        let all = bench.runs(4).await;
        let _ = timeout(QUIET, bench.running(5)).await;
        if !all || bench.peak() > 4 {
            return (bench.peak(), Ok(Vec::new()));
        }
        for number in 0..200 {
            if !bench.runs(4.min(200 - number)).await {
                bench.open();
                let expected = "4 of 200 jobs run at once, until fewer are left";
                let answers = answers(&mut callers, 200).await;
                return (4, Err(missed(expected, &answers)));
            }
            bench.let_one_go().await;
        }
        let mut numbers = values(&mut callers).await;
        numbers.sort_unstable();
        (bench.peak(), Ok(numbers))
    });
    let (peak, numbers) = seen.or_explain("a job does not begin", SLOT);
    let likely = if peak > 4 { NO_SLOT } else { "a slot stays empty, although jobs wait for it" };
    check(peak == 4, "4 jobs at once, of 200", format!("{peak} at once")).or_explain(likely, SLOT);
    let numbers = numbers.or_explain("a job is refused although it may wait, or a slot stays empty", SLOT);
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
        let mut second = callers(&pool, &bench, 1..2);
        let two = async || timeout(QUIET, bench.running(2)).await.is_ok();
        let before = two().await;
        first.shutdown().await;
        let after = before || two().await;
        bench.open();
        (before, after, values(&mut second).await)
    });
    let (before, after, values) = seen.or_explain("no job begins", SLOT);
    check(!after, "the next job waits until the abandoned one is done", "both run, with one slot")
        .or_explain(if before { NO_SLOT } else { IN_THE_CALLER }, SLOT);
    check(values == [1], "the next job then runs", "it was refused or lost")
        .or_explain("the slot of an abandoned job never comes back", SLOT);
}

/// A job that has ended has given its slot back, although its caller has not looked at the result yet.
#[test]
fn ended_job_gives_its_slot_back_unheard() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(1, 1));
        let mut busy = pin!(pool.run(bench.job(0)));
        select! {
            _ = &mut busy => return false,
            () = bench.running(1) => {}
        }
        let _next = callers(&pool, &bench, 1..2);
        bench.let_one_go().await;
        // `busy` is not polled any more.
        bench.runs(1).await
    });
    let runs = seen.or_explain("no job begins", SLOT);
    let expected = format!("the next job begins when the first has ended, within {}", span(patience() / 4));
    check(runs, expected, "it waits").or_explain(
        "the permit comes back with the result, when the caller takes that: drop it in the job",
        SLOT,
    );
}

/// A job that panics is an error for its caller, and gives slot and place back.
#[test]
fn panicking_job_gives_its_slot_back() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(2, 1));
        let mut heard = Vec::new();
        while heard.len() < 5 && heard.iter().all(|answer| *answer == "an error") {
            heard.push(after_a_panic(pool.clone()).await);
        }
        let mut callers = callers(&pool, &bench, 0..3);
        let two = bench.runs(2).await;
        bench.open();
        (heard, two, values(&mut callers).await.len())
    });
    let (heard, two, values) = seen.or_explain("a job does not end", SLOT);
    let last = heard[heard.len() - 1];
    check(last == "an error", "an error, of each of 5 panics", format!("{last}, of panic {}", heard.len()))
        .or_explain(
            match last {
                "the panic itself" => "the error of the handle is unwrapped",
                "a result" => "the outcome of the job is made up",
                "a refusal" if heard.len() == 1 => {
                    "the panic is told as a refusal: `ResourceBusy` is for those who find no place"
                }
                "no answer" if heard.len() == 1 => "the panic of a job keeps its caller waiting",
                _ => LOST_SLOT,
            },
            SLOT,
        );
    let instead = format!("{values} of 3 have a result{}", if two { "" } else { ", one after the other" });
    check(two && values == 3, "then 2 jobs run, and 1 waits for its turn", instead)
        .or_explain(LOST_SLOT, SLOT);
}

/// What the caller of a job that panics hears.
async fn after_a_panic(pool: Arc<Pool>) -> &'static str {
    let panics = async move { pool.run(|| -> usize { resume_unwind(Box::new("as it should")) }).await };
    match timeout(patience() / 4, tokio::spawn(panics)).await {
        Ok(Ok(Err(error))) if is_busy(&error) => "a refusal",
        Ok(Ok(Err(_))) => "an error",
        Ok(Ok(Ok(_))) => "a result",
        Ok(Err(_)) => "the panic itself",
        Err(_) => "no answer",
    }
}

/// Lets every task that is ready take its turns.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

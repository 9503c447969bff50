//! Task 2, busy is an answer: what finds neither slot nor place is refused at once, and places come back.

use std::sync::Arc;

use checks::{Client, Ended, Explain, ScriptedRoom, check, program, thread_names};
use pool_limits::Pool;
use tokio::{runtime::Builder, task::JoinSet, time::timeout};

use super::common::{
    Answer, IDEA, QUIET, READER, SLOT, answers, callers, in_a_loop, is_busy, many_threads, told, values,
};

const BUSY: &str = "07-pool-limits.md#task-2-busy-is-an-answer";

/// Past the queue's length callers hear that it is busy, at once, and nothing that was accepted is lost.
#[test]
fn past_the_queue_it_is_busy_at_once() {
    for (slots, queue) in [(2, 3), (2, 0)] {
        let (places, excess) = (slots + queue, 12 - slots - queue);
        let seen = in_a_loop(many_threads, async move |bench| {
            let pool = Arc::new(Pool::new(slots, queue));
            let mut callers = callers(&pool, &bench, 0..12);
            let early = answers(&mut callers, excess).await;
            bench.open();
            (early, values(&mut callers).await.len())
        });
        let (early, accepted) = seen.or_explain("an accepted job has no result", BUSY);
        let busy = early.iter().filter(|answer| is_busy(answer)).count();
        check(
            busy == excess,
            format!("{excess} of 12 callers hear `ResourceBusy`, within 3 s"),
            told(&early),
        )
        .or_explain("`run` waits for a slot, however many wait already", BUSY);
        let expected =
            format!("{places} jobs, for {slots} slots and {queue} places to wait, have their results");
        check(accepted == places, expected, format!("{accepted} have"))
            .or_explain("a job that could run or wait is refused, or is lost", BUSY);
    }
}

/// When the jobs are done their places are free again.
#[test]
fn places_come_back() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(2, 3));
        bench.open();
        let mut results = 0;
        for round in 0..20 {
            results += values(&mut callers(&pool, &bench, round * 5..round * 5 + 5)).await.len();
        }
        results
    });
    let results = seen.or_explain("a place is not given back", BUSY);
    check(results == 100, "20 times 5 jobs are accepted", format!("{results} of 100 were"))
        .or_explain("a place is not given back", BUSY);
}

/// A caller that goes away while it waits gives its place back, and its job never runs.
#[test]
fn caller_that_goes_away_gives_its_place_back() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(1, 1));
        let mut first = callers(&pool, &bench, 0..1);
        bench.running(1).await;
        let mut refused = 0;
        for round in 1..=20 {
            // Two ask for one place: one is refused, then the other goes away.
            let mut two = callers(&pool, &bench, round * 10..round * 10 + 2);
            refused += refusals(&mut two, 1).await;
            two.shutdown().await;
            if refused < round {
                break;
            }
        }
        let mut last = callers(&pool, &bench, 1..2);
        let early = timeout(QUIET, last.join_next()).await.is_ok();
        bench.open();
        let done = values(&mut first).await.len() + values(&mut last).await.len();
        (refused, early, done, bench.done())
    });
    let (refused, early, done, ran) = seen.or_explain("the queue is without a bound, or never empty", BUSY);
    check(
        refused == 20 && !early,
        "20 times one of two is refused, then one waits",
        format!("{refused} refused, and the last one waits: {}", !early),
    )
    .or_explain("the place of a caller that went away is never free again", BUSY);
    check(
        done == 2 && ran == 2,
        "2 jobs run: the first and the last",
        format!("{ran} ran, {done} have a result"),
    )
    .or_explain("a job runs although its caller went away while it waited", BUSY);
}

/// A caller that goes away does not free the place in which its job still runs.
#[test]
fn abandoned_job_keeps_its_place() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(1, 1));
        let mut first = callers(&pool, &bench, 0..1);
        bench.running(1).await;
        first.shutdown().await;
        let mut two = callers(&pool, &bench, 1..3);
        let early = answers(&mut two, 1).await;
        bench.open();
        (told(&early), early.iter().all(is_busy) && !early.is_empty(), values(&mut two).await.len())
    });
    let (told, refused, values) = seen.or_explain("the place of an abandoned job never comes back", BUSY);
    check(
        refused,
        "beside an abandoned job that runs, 1 of 2 callers hears `ResourceBusy`, within 3 s",
        told,
    )
    .or_explain("the place is given back when the caller goes away: the job holds this permit too", BUSY);
    check(values == 1, "the other has its result when the jobs go on", format!("{values} have"))
        .or_explain("the place of an abandoned job never comes back", BUSY);
}

/// A hundred thousand callers leave ten jobs in memory, and no more threads than slots.
#[test]
fn hundred_thousand_callers_leave_ten_jobs() {
    let named = || Builder::new_current_thread().enable_all().thread_name("crowd").build();
    let seen = in_a_loop(named, async |bench| {
        let pool = Arc::new(Pool::new(2, 8));
        let mut accepted = callers(&pool, &bench, 0..1000);
        let mut refused = refusals(&mut accepted, 990).await;
        for round in 1..100 {
            if refused < round * 1000 - 10 {
                break;
            }
            let mut more = callers(&pool, &bench, round * 1000..(round + 1) * 1000);
            refused += refusals(&mut more, 1000).await;
        }
        let kept = bench.jobs_in_memory();
        let threads = thread_names(std::process::id()).unwrap_or_default();
        bench.open();
        let threads = threads.iter().filter(|name| *name == "crowd").count();
        (refused, kept, threads, values(&mut accepted).await.len())
    });
    let (refused, kept, threads, values) = seen.or_explain("an accepted job has no result", BUSY);
    check(refused == 99_990, "99990 of 100000 callers are refused at once", format!("{refused} are"))
        .or_explain("`run` waits for a slot, however many wait already", BUSY);
    check(kept <= 10 && threads <= 2, "10 jobs in memory, 2 pool threads", format!("{kept} and {threads}"))
        .or_explain(
            "jobs are kept although their callers were refused, or each job that waits has a thread",
            BUSY,
        );
    check(values == 10, "the 10 accepted jobs have their results", format!("{values} have"))
        .or_explain("an accepted job is lost in the crowd", BUSY);
}

/// `/slow` jobs are accepted, wait or are refused, and the client goes on with names, files and the room.
#[test]
fn client_answers_while_slow_jobs_fill_it() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("07"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    for _ in 0..4 {
        client.type_line("/slow 60");
    }
    client.type_line("/look localhost");
    client.shows("== /look localhost: ").or_explain("the lookup waits behind slow jobs and the prompt", SLOT);
    client.type_line("/read Cargo.toml");
    client.shows("== /read Cargo.toml: ").or_explain("the file waits behind slow jobs and the prompt", SLOT);
    client.type_line("/slow 61");
    client.shows("!! /slow 61: ").or_explain("the fifth slow job waits: it should hear `busy`", BUSY);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("the event loop is blocked", IDEA);
    client.end_input();
    let ended = client.exits().or_explain("something waits for the jobs at the end", READER);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("`run` does not return what `talk_with` returns", READER);
}

/// How many of the next answers are refusals.
async fn refusals(callers: &mut JoinSet<Answer>, count: usize) -> usize {
    answers(callers, count).await.iter().filter(|answer| is_busy(answer)).count()
}

//! Task 2, busy is an answer: what finds neither slot nor place is refused at once, and places come back.

use std::sync::Arc;

#[cfg(unix)]
use checks::Gate;
use checks::{Client, Ended, Explain, Missed, ScriptedRoom, check, patience, program, span, thread_names};
use pool_limits::{Pool, Pools, runtime};
use tokio::{
    runtime::Builder,
    task::{JoinSet, yield_now},
    time::timeout,
};

use super::common::{
    Answer, IDEA, QUIET, READER, SLOT, answers, callers, in_a_loop, many_threads, missed, refusals, values,
};

const BUSY: &str = "07-pool-limits.md#task-2-busy-is-an-answer";
const NO_BOUND: &str = "`run` waits for a slot, however many wait already";
const TOO_MANY_WAIT: &str = "more jobs wait than the pool has places for, or fewer";
const MORE_WAIT: &str = "more jobs wait than the pool has places for";
const LOST_PLACE: &str = "a place is not given back";

/// Past the queue's length callers hear that it is busy, at once, and nothing that was accepted is lost.
#[test]
fn past_the_queue_it_is_busy_at_once() {
    for (slots, queue) in [(2, 3), (2, 0)] {
        let (places, excess) = (slots + queue, 12 - slots - queue);
        let seen = in_a_loop(many_threads, async move |bench| {
            let pool = Arc::new(Pool::new(slots, queue));
            let mut callers = callers(&pool, &bench, 0..12);
            let early = answers(&mut callers, excess).await;
            let at_once = refusals(&early) == excess && is_refused_at_once(&pool).await;
            bench.open();
            (early, at_once, values(&mut callers).await.len())
        });
        let (early, at_once, accepted) = seen.or_explain("an accepted job has no result", BUSY);
        let expected = format!("{excess} of 12 callers hear `ResourceBusy`, within {}", span(patience() / 2));
        let busy = if refusals(&early) == excess { Ok(()) } else { Err(missed(expected, &early)) };
        busy.or_explain(if refusals(&early) == 0 { NO_BOUND } else { TOO_MANY_WAIT }, BUSY);
        check(at_once, "one more caller hears `ResourceBusy` at once", "it waits, while the loop turns")
            .or_explain("who finds no place waits, before it is refused", BUSY);
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
    let results = seen.or_explain(LOST_PLACE, BUSY);
    check(results == 100, "20 times 5 jobs are accepted", format!("{results} of 100 were"))
        .or_explain(LOST_PLACE, BUSY);
}

/// A caller that goes away while it waits gives its place back, and its job never runs.
#[test]
fn caller_that_goes_away_gives_its_place_back() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(1, 1));
        let mut first = callers(&pool, &bench, 0..1);
        bench.running(1).await;
        for round in 1..=20 {
            // Two ask for one place: one is refused, then the other goes away.
            let mut two = callers(&pool, &bench, round * 10..round * 10 + 2);
            let refused = answers(&mut two, 1).await;
            let other = timeout(QUIET / 10, two.join_next()).await.is_err();
            two.shutdown().await;
            if refusals(&refused) != 1 || !other {
                return Err((round, refusals(&refused)));
            }
        }
        let mut last = callers(&pool, &bench, 1..2);
        let early = timeout(QUIET, last.join_next()).await.is_ok();
        bench.open();
        let done = values(&mut first).await.len() + values(&mut last).await.len();
        Ok((early, done, bench.done()))
    });
    let seen = seen.or_explain("the queue is without a bound, or never empty", BUSY);
    let (early, done, ran) = seen
        .map_err(|(round, refused)| {
            let expected = "20 times two ask for one place: one is refused, and the other waits";
            let instead = if refused == 0 { "nobody is refused" } else { "both are refused" };
            Missed::new(expected, format!("{instead}, in round {round}")).because(match (refused, round) {
                (0, _) => MORE_WAIT,
                (_, 1) => "a job that could wait is refused",
                _ => "the place of a caller that went away is never free again",
            })
        })
        .or_explain(LOST_PLACE, BUSY);
    check(!early, "then one waits", "it does not")
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
        let mut two = callers(&pool, &bench, 1..3);
        let before = answers(&mut two, 1).await;
        if refusals(&before) != 1 {
            return (before, Vec::new(), 0);
        }
        two.shutdown().await;
        first.shutdown().await;
        let mut two = callers(&pool, &bench, 3..5);
        let early = answers(&mut two, 1).await;
        bench.open();
        (before, early, values(&mut two).await.len())
    });
    let (before, early, values) = seen.or_explain("the place of an abandoned job never comes back", BUSY);
    let refused = |answers: &[Answer], beside: &str| {
        let expected =
            format!("beside {beside}, 1 of 2 callers hears `ResourceBusy`, within {}", span(patience() / 2));
        if refusals(answers) == 1 { Ok(()) } else { Err(missed(expected, answers)) }
    };
    refused(&before, "a job that runs").or_explain(MORE_WAIT, BUSY);
    refused(&early, "an abandoned job that runs")
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
        let mut refused = refused_of(&mut accepted, 990).await;
        for round in 1..100 {
            if refused < round * 1000 - 10 {
                break;
            }
            let mut more = callers(&pool, &bench, round * 1000..(round + 1) * 1000);
            refused += refused_of(&mut more, 1000).await;
        }
        let kept = bench.jobs_in_memory();
        let threads = thread_names(std::process::id()).unwrap_or_default();
        bench.open();
        let threads = threads.iter().filter(|name| *name == "crowd").count();
        (refused, kept, threads, values(&mut accepted).await.len())
    });
    let (refused, kept, threads, values) = seen.or_explain("who finds no place waits long", BUSY);
    check(refused == 99_990, "99990 of 100000 callers are refused at once", format!("{refused} are"))
        .or_explain("callers wait, or are refused with an error of another kind", BUSY);
    check(kept <= 10, "10 jobs in memory", kept.to_string())
        .or_explain("jobs are kept although their callers were refused", BUSY);
    check(threads <= 2, "2 pool threads", threads.to_string())
        .or_explain("each job that waits has a thread", BUSY);
    check(values == 10, "the 10 accepted jobs have their results", format!("{values} have"))
        .or_explain("an accepted job is lost in the crowd", BUSY);
}

/// The client's slow jobs have two slots, and two places to wait.
#[test]
fn slow_pool_keeps_its_numbers() {
    let seen = in_a_loop(runtime, async |bench| {
        let (pools, mut callers) = (Pools::new(), JoinSet::new());
        for number in 0..5 {
            let (pools, job) = (pools.clone(), bench.job(number));
            callers.spawn(async move { pools.slow.run(job).await });
        }
        let early = answers(&mut callers, 1).await;
        let _ = timeout(QUIET, bench.running(3)).await;
        let ran = bench.peak();
        bench.open();
        (refusals(&early), ran, values(&mut callers).await.len())
    });
    let (refused, ran, results) = seen.or_explain("a slow job has no result", BUSY);
    check(
        (refused, ran, results) == (1, 2, 4),
        "of 5 slow jobs 2 run, 2 wait, and 1 is refused",
        format!("{ran} run, {refused} is refused at first, and {results} have a result in the end"),
    )
    .or_explain("keep the numbers in `Pool::new(2, 2)`, and refuse at once", BUSY);
}

/// `/slow` jobs are accepted, wait or are refused, and the client goes on with names, files and the room.
#[test]
fn client_answers_while_slow_jobs_fill_it() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("07"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.type_line("/slow 0");
    client.shows("== /slow 0: ").or_explain("the answer of a slow job does not reach the screen", IDEA);
    for _ in 0..4 {
        client.type_line("/slow 60");
    }
    for (line, waits) in [
        ("/look localhost", "the lookup waits behind slow jobs and the prompt"),
        ("/read Cargo.toml", "the file waits behind slow jobs and the prompt"),
    ] {
        client.type_line(line);
        client.shows(&format!("{line}: ")).or_explain(waits, SLOT);
        let screen = client.screen();
        let refused = screen.lines().find(|shown| shown.starts_with(&format!("!! {line}: ")));
        check(refused.is_none(), format!("`== {line}: …`"), format!("`{}`", refused.unwrap_or_default()))
            .or_explain("it asks for a slot among the slow jobs: names and files need none", SLOT);
    }
    client.type_line("/slow 61");
    client.shows("!! /slow 61: ").or_explain("the fifth slow job waits: it should hear `busy`", BUSY);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("the event loop is blocked", IDEA);
    client.idles(20).or_explain("who waits asks for a slot again and again: `acquire_owned` sleeps", SLOT);
    let refused = client.screen().matches("!! /slow 60").count();
    check(refused == 0, "the four accepted jobs run or wait", format!("{refused} of them are refused"))
        .or_explain("a job that could wait is refused, or waits for a time only", BUSY);
    client.end_input();
    let ended = client.exits().or_explain("something waits for the jobs at the end", READER);
    check(ended == Ended::Status(0), "exit status 0", ended.to_string())
        .or_explain("`run` does not return what `talk_with` returns", READER);
}

/// Two files that are slow to read are read at once, while slow jobs have their slots: no command waits for a file's.
#[cfg(unix)]
#[test]
fn client_reads_two_files_at_once() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("07"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    let mut files = [Gate::shut(), Gate::shut()];
    for file in &mut files {
        client.type_line(&file.command());
        file.blocks_a_job().unwrap_or_else(|missed| {
            let likely = match room.is_silent() {
                true => "the event loop reads the file itself, where `tokio::fs` has the pool read it",
                false => "a file waits for a slot of some pool: files need none",
            };
            Err(missed).or_explain(likely, SLOT)
        });
    }
    for file in &mut files {
        file.open("hot water");
        client.shows(": 9 bytes").or_explain("the answer of `/read` does not reach the screen", IDEA);
    }
}

/// Whether a full pool refuses a caller before the loop has turned often: no clock runs meanwhile. A busy machine has three tries.
async fn is_refused_at_once(pool: &Arc<Pool>) -> bool {
    for _ in 0..3 {
        let pool = pool.clone();
        let caller = tokio::spawn(async move { pool.run(|| 0).await });
        for _ in 0..10_000 {
            if caller.is_finished() {
                return true;
            }
            yield_now().await;
        }
        caller.abort();
    }
    false
}

/// How many of the next answers are refusals.
async fn refused_of(callers: &mut JoinSet<Answer>, count: usize) -> usize {
    refusals(&answers(callers, count).await)
}

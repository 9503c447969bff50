//! Task 3, ask once, wait together: one computes the rate, all have it, and a lost one leaves nobody waiting.

use std::{
    io,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use checks::{Client, Explain, ScriptedRoom, check, program};
use futures_util::future::join_all;
use shared_state::Bank;
use tokio::{sync::Semaphore, task::yield_now};

use super::common::{IDEA, NO_JOIN, on_one_thread};

const ONCE: &str = "08-shared-state.md#task-3-ask-once-wait-together";

/// A hundred ask before the first answer is there: it is asked for once, and all have it; so has whoever comes later.
#[test]
fn hundred_askers_share_one_answer() {
    let seen = on_one_thread(async || {
        let (bank, gate) = (Arc::new(Bank::new(0)), Arc::new(Semaphore::new(0)));
        let (asked, computed) = (counter(), counter());
        let askers = [(); 100].map(|()| {
            let (bank, gate) = (bank.clone(), gate.clone());
            let (asked, computed) = (asked.clone(), computed.clone());
            tokio::spawn(async move {
                asked.fetch_add(1, SeqCst);
                bank.rate(counted(computed, opened(gate))).await
            })
        });
        until(&asked, 100).await;
        gate.close();
        let rates = join_all(askers).await.into_iter().filter(|rate| matches!(rate, Ok(Ok(1.08)))).count();
        let later = bank.rate(counted(computed.clone(), async { Ok(2.0) })).await.ok();
        (rates, later, computed.load(SeqCst))
    });
    let (rates, later, computed) = seen.or_explain("an asker is never woken", ONCE);
    check(computed == 1, "one computation for 100 askers", format!("{computed} computations"))
        .or_explain("they all find the cache empty before the first one fills it", ONCE);
    check(
        (rates, later) == (100, Some(1.08)),
        "all have 1.08",
        format!("{rates} of 100, and later {later:?}"),
    )
    .or_explain("only the one that computes has the answer", ONCE);
}

/// An error is not kept: whoever asks next computes again, and that answer is kept.
#[test]
fn failed_answer_is_asked_for_again() {
    let seen = on_one_thread(async || {
        let (bank, computed) = (Bank::new(0), counter());
        let failed = bank.rate(counted(computed.clone(), async { Err(io::Error::other("no line")) })).await;
        let again = bank.rate(counted(computed.clone(), async { Ok(1.08) })).await.ok();
        let kept = bank.rate(counted(computed.clone(), async { Ok(2.0) })).await.ok();
        (failed.is_err_and(|error| error.to_string() == "no line"), again, kept, computed.load(SeqCst))
    });
    let seen = seen.or_explain("who asks after a failure waits for ever", ONCE);
    let expected = "`no line`, then 1.08 twice, from two computations";
    check(seen == (true, Some(1.08), Some(1.08), 2), expected, format!("{seen:?}"))
        .or_explain("the error is kept as if it were the answer", ONCE);
}

/// The one who computes panics: those who wait have an answer all the same.
#[test]
fn panicking_computation_leaves_no_one_waiting() {
    let likely = "who waits is woken by an answer only, and whoever computed it panicked";
    let rate = on_one_thread(async || rate_without_the_first(true).await).or_explain(likely, ONCE);
    check(rate == Some(1.08), "1.08 for the second asker", format!("{rate:?}")).or_explain(likely, ONCE);
}

/// The one who computes is dropped: those who wait have an answer all the same.
#[test]
fn dropped_asker_leaves_no_one_waiting() {
    let likely = "who waits is woken by an answer only, and whoever computed it was dropped";
    let rate = on_one_thread(async || rate_without_the_first(false).await).or_explain(likely, ONCE);
    check(rate == Some(1.08), "1.08 for the second asker", format!("{rate:?}")).or_explain(likely, ONCE);
}

/// Three ask for the rate: the client asks for it once, and all three have it; a fourth has it at once.
#[test]
fn typed_rates_share_one_answer() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_raw(&"/rate\n".repeat(3));
    (0..3).for_each(|_| client.shows("== /rate: 1.08").or_explain("an asker has no answer", ONCE));
    client.type_line("/rate");
    client.shows("== /rate: 1.08").or_explain("an asker has no answer", ONCE);
    let computed = client.screen().matches(".. rate").count();
    check(computed == 1, "the rate is asked for once", format!("{computed} times"))
        .or_explain("they all find the cache empty before the first one fills it", ONCE);
}

/// The rate that a second asker gets when the first one is lost while it computes: by a panic, or dropped.
async fn rate_without_the_first(panics: bool) -> Option<f64> {
    let (bank, gate) = (Arc::new(Bank::new(0)), Arc::new(Semaphore::new(0)));
    let (computed, asked) = (counter(), counter());
    let (shared, closed, counts) = (bank.clone(), gate.clone(), asked.clone());
    let lost = counted(computed.clone(), async move {
        let rate = opened(closed).await;
        if panics { resume_unwind(Box::new("as it should")) } else { rate }
    });
    let first = tokio::spawn(async move { shared.rate(lost).await });
    until(&computed, 1).await;
    let second = tokio::spawn(async move { counted(counts, bank.rate(async { Ok(1.08) })).await });
    until(&asked, 1).await;
    if !panics {
        first.abort();
    }
    gate.close();
    second.await.ok()?.ok()
}

fn counter() -> Arc<AtomicUsize> {
    Arc::default()
}

/// Counts, and then does the work.
async fn counted<T>(counter: Arc<AtomicUsize>, work: impl Future<Output = T>) -> T {
    counter.fetch_add(1, SeqCst);
    work.await
}

/// A rate that comes when the gate is closed for good, which lets all through.
async fn opened(gate: Arc<Semaphore>) -> io::Result<f64> {
    let _ = gate.acquire().await;
    Ok(1.08)
}

/// Waits until so many were counted; on one thread they then wait for something else.
async fn until(counter: &AtomicUsize, count: usize) {
    while counter.load(SeqCst) < count {
        yield_now().await;
    }
}

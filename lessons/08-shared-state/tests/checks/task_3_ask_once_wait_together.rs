//! Task 3, ask once, wait together: one computes the rate, all have it, and a lost one leaves nobody waiting.

use std::{
    future::ready,
    io,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use checks::{Client, Ended, Explain, Missed, ScriptedRoom, check, patience, program};
use futures_util::future::join_all;
use shared_state::Bank;
use tokio::{sync::Semaphore, task::yield_now, time::timeout};

use super::common::{IDEA, NO_JOIN, at_the_same_moment, on_one_thread, yes};

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
        let together = computed.load(SeqCst);
        let later = bank.rate(counted(computed.clone(), async { Ok(2.0) })).await;
        (rates, together, later, computed.load(SeqCst))
    });
    let (rates, together, later, computed) = seen.or_explain("an asker is never woken", ONCE);
    let likely = match together {
        0 => "nobody computes",
        100 => "they all find the cache empty before the first one fills it",
        _ => "more than one computes: those who wait must not ask as well",
    };
    let instead = format!("{together} computation{}", if together == 1 { "" } else { "s" });
    check(together == 1, "one computation for 100 askers", instead).or_explain(likely, ONCE);
    check(rates == 100, "100 askers have 1.08", format!("{rates} have"))
        .or_explain("only the one that computes has the answer", ONCE);
    let later = told(later);
    let instead = format!(
        "{later}, by {} more",
        if computed == 1 { "no computation".into() } else { format!("{} computation", computed - 1) }
    );
    check(later == "1.08" && computed == 1, "whoever asks later has 1.08, by no computation", instead)
        .or_explain("the answer is shared by those who wait, and not kept", ONCE);
}

/// Again and again two threads ask at the same moment: one of them computes, and both have its answer.
#[test]
fn threads_share_one_answer() {
    let asks = async |bank: &Bank| {
        let computed = counter();
        let rate = bank.rate(counted(computed.clone(), ready(Ok(1.08)))).await;
        (computed.load(SeqCst), rate.is_ok_and(|rate| rate == 1.08))
    };
    let is_right = |one: &(usize, bool), two: &(usize, bool)| one.0 + two.0 == 1 && one.1 && two.1;
    let seen = at_the_same_moment(Duration::from_millis(150), asks, is_right);
    let (rounds, not_so) = seen.or_explain("an asker is never woken", ONCE);
    let expected = "each time one of two askers computes, and both have 1.08";
    check(not_so == 0, expected, format!("not so {not_so} times of {rounds}"))
        .or_explain("the look and what follows are two steps, and another thread comes in between", ONCE);
}

/// While the rate is awaited, a withdrawal, the balance and a receipt go their way.
#[test]
fn only_those_who_ask_for_the_rate_wait() {
    let seen = on_one_thread(async || {
        let (bank, gate) = (Arc::new(Bank::new(100)), Arc::new(Semaphore::new(0)));
        let (shared, asked) = (bank.clone(), counter());
        let rate = counted(asked.clone(), opened(gate.clone()));
        let asker = tokio::spawn(async move { shared.rate(rate).await });
        until(&asked, 1).await;
        let others = async {
            let withdrawn = bank.withdraw(100, yes()).await.is_ok();
            (withdrawn, bank.balance().await, bank.receipt(async |_| yes().await).await.is_ok())
        };
        let others = timeout(patience() / 4, others).await;
        gate.close();
        let _ = asker.await;
        others
    });
    let others = seen.or_explain("an asker is never woken", ONCE);
    let expected = "a withdrawal, the balance and a receipt, while the rate is awaited";
    let others = others.map_err(|_| Missed::new(expected, "one of them waits for the rate"));
    let others = others.or_explain("one lock guards the rate and what has nothing to do with it", ONCE);
    check(others == (true, 0, true), expected, "one of them is refused")
        .or_explain("they disturb each other", ONCE);
}

/// An error is not kept, however many came: whoever asks next computes again, and that answer is kept, also a zero.
#[test]
fn failed_answer_is_asked_for_again() {
    let seen = on_one_thread(async || {
        let (bank, computed) = (Bank::new(0), counter());
        for _ in 0..20 {
            let _ = bank.rate(async { Err(io::Error::other("no line")) }).await;
        }
        let failed = bank.rate(counted(computed.clone(), async { Err(io::Error::other("no line")) })).await;
        let again = bank.rate(counted(computed.clone(), async { Ok(1.08) })).await;
        let kept = bank.rate(counted(computed.clone(), async { Ok(2.0) })).await;
        let other = Bank::new(0);
        let first = other.rate(async { Ok(0.0) }).await;
        let zero = other.rate(async { Ok(2.0) }).await;
        ([failed, again, kept, first, zero].map(told), computed.load(SeqCst))
    });
    let ([failed, again, kept, first, zero], computed) =
        seen.or_explain("who asks after a failure waits for ever", ONCE);
    check(failed == "the error `no line`", "the error `no line`, of a computation that fails", failed)
        .or_explain("an error is not handed on as it is", ONCE);
    check(again == "1.08", "then 1.08, from a computation that does not fail", again)
        .or_explain("the error is kept as if it were the answer", ONCE);
    check(
        kept == "1.08" && computed == 2,
        "then 1.08 again, from 2 computations",
        format!("{kept}, from {computed}"),
    )
    .or_explain("the answer is not kept", ONCE);
    check(first == "0", "then 0 of another bank, from a computation of its own", first)
        .or_explain("all banks share one answer: it is kept outside of them", ONCE);
    check(zero == "0", "then 0 again", zero).or_explain("a rate of 0 stands for one that nobody knows", ONCE);
}

/// The one who computes fails: who waits computes next, and has an answer of its own.
#[test]
fn failed_computation_leaves_no_one_waiting() {
    next_asker_computes(
        Lost::Fails,
        "who waits has the error of the one who computed: it should compute next",
    );
}

/// The one who computes panics: those who wait have an answer all the same.
#[test]
fn panicking_computation_leaves_no_one_waiting() {
    next_asker_computes(
        Lost::Panics,
        "who waits is woken by an answer only, and whoever computed it panicked",
    );
}

/// The one who computes is dropped: those who wait have an answer all the same.
#[test]
fn dropped_asker_leaves_no_one_waiting() {
    next_asker_computes(
        Lost::Dropped,
        "who waits is woken by an answer only, and whoever computed it was dropped",
    );
}

/// Three ask for the rate: the client asks for it once, and all three have it; a fourth has it at once. Then the room closes.
#[test]
fn typed_rates_share_one_answer() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_raw(&"/rate\r".repeat(3));
    (0..3).for_each(|_| client.shows("== /rate: 1.08").or_explain("an asker has no answer", ONCE));
    client.type_line("/rate");
    client.shows("== /rate: 1.08").or_explain("an asker has no answer", ONCE);
    let computed = client.screen().matches(".. rate").count();
    check(computed == 1, "the rate is asked for once", format!("{computed} times"))
        .or_explain("they all find the cache empty before the first one fills it", ONCE);
    room.close("closing time");
    let ended = client.exits().or_explain("the room's close frame reaches nobody", IDEA);
    check(ended == Ended::Status(3), "exit status 3, since the room closed", ended.to_string())
        .or_explain("`run` does not return what `talk` returns", IDEA);
}

/// How the one who computes is lost.
#[derive(Clone, Copy, PartialEq)]
enum Lost {
    Fails,
    Panics,
    Dropped,
}

/// Ten askers wait while the first one computes and is lost: the next of them computes, alone, and all have a rate.
#[track_caller]
fn next_asker_computes(lost: Lost, likely: &str) {
    let seen = on_one_thread(async move || rates_without_the_first(lost).await);
    let (at_once, rates) = seen.or_explain(likely, ONCE);
    let other = rates.into_iter().find(|rate| rate != "1.08");
    check(other.is_none(), "1.08 for each of those who wait", other.unwrap_or_default())
        .or_explain(likely, ONCE);
    check(at_once <= 1, "one of those who wait computes next", format!("{at_once} do, at the same time"))
        .or_explain(
            "whoever waits computes when the first one is lost, and no longer waits for anybody",
            ONCE,
        );
}

/// How many compute at once when the first one is lost while it computes, and what those hear who waited.
async fn rates_without_the_first(lost: Lost) -> (usize, Vec<String>) {
    let (bank, gate) = (Arc::new(Bank::new(0)), Arc::new(Semaphore::new(0)));
    let (computed, asked) = (counter(), counter());
    let (shared, closed, counts) = (bank.clone(), gate.clone(), asked.clone());
    let computation = counted(computed.clone(), async move {
        let rate = opened(closed).await;
        match lost {
            Lost::Fails => Err(io::Error::other("no line")),
            Lost::Panics => resume_unwind(Box::new("as it should")),
            Lost::Dropped => rate,
        }
    });
    let first = tokio::spawn(async move { shared.rate(computation).await });
    until(&computed, 1).await;
    let (next, last) = (counter(), Arc::new(Semaphore::new(0)));
    let waiting = [(); 10].map(|()| {
        let (bank, counts) = (bank.clone(), counts.clone());
        let computation = counted(next.clone(), opened(last.clone()));
        tokio::spawn(async move { counted(counts, bank.rate(computation)).await })
    });
    until(&asked, 10).await;
    if lost == Lost::Dropped {
        first.abort();
    }
    gate.close();
    // So that whoever is to compute has begun.
    for _ in 0..100 {
        yield_now().await;
    }
    let at_once = next.load(SeqCst);
    last.close();
    let rates = join_all(waiting).await.into_iter();
    (at_once, rates.map(|rate| rate.map_or("a panic".into(), told)).collect())
}

/// A rate, or why there is none, in words.
fn told(rate: io::Result<f64>) -> String {
    rate.map_or_else(|error| format!("the error `{error}`"), |rate| rate.to_string())
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

//! Task 2, give back what was not taken: an error, a panic or a drop lets the money go back.

use std::{
    future::ready,
    io::{self, ErrorKind},
    panic::resume_unwind,
    sync::{Arc, Barrier},
};

use checks::{Explain, Missed, check};
use shared_state::Bank;
use tokio::task::yield_now;

use super::common::{
    BACK, Started, Verdict, WAITS, first_unsound, for_a_while, on_one_thread, on_two_threads, start, yes,
};

const LATE: &str = "the money comes back only later: `Drop` leaves it to a task or to a thread";

/// The error of an approval comes back as it was, and the money goes back: as much as was taken, whatever others took.
#[test]
fn refused_approval_gives_the_money_back() {
    let seen = on_one_thread(async || {
        let bank = Arc::new(Bank::new(100));
        let not_today = async { Err(io::Error::new(ErrorKind::TimedOut, "not today")) };
        let refused = bank.withdraw(100, not_today).await;
        let told =
            refused.map_or_else(|error| (error.to_string(), Some(error.kind())), |()| ("done".into(), None));
        (told, bank.balance().await, comes_back(&bank).await)
    });
    let ((told, kind), left, comes_back) = seen.or_explain(WAITS, BACK);
    check(told == "not today", "the approval's own error, `not today`", format!("`{told}`"))
        .or_explain("the error of the approval is not handed on", BACK);
    check(
        kind == Some(ErrorKind::TimedOut),
        "the approval's own error, of the kind `TimedOut`",
        format!("{kind:?}"),
    )
    .or_explain("another error is made of the text of the approval's", BACK);
    let likely = match left {
        ..100 if comes_back => LATE,
        ..100 => "`?` leaves the function before the money is given back",
        _ => "it is given back twice",
    };
    check(left == 100, "100 left, after an approval with an error", format!("{left} left"))
        .or_explain(likely, BACK);
    let seen = on_one_thread(async || {
        let bank = Arc::new(Bank::new(300));
        let [mut one, mut two] = [(); 2].map(|()| Started::withdrawal(&bank));
        one.asked.recv().await;
        two.asked.recv().await;
        two.says(Verdict::Yes);
        let _ = two.answer.await;
        one.says(Verdict::No);
        let _ = one.answer.await;
        bank.balance().await
    });
    let left = seen.or_explain(WAITS, BACK);
    check(
        left == 200,
        "200 left of 300, when one of two approvals of 100 is an error",
        format!("{left} left"),
    )
    .or_explain(
        "not the amount comes back, but the balance of before, and others have changed it since",
        BACK,
    );
}

/// A panic in an approval gives the money back, and the account serves others.
#[test]
fn panicking_approval_gives_the_money_back() {
    let seen = on_one_thread(async || {
        let bank = Arc::new(Bank::new(100));
        let panicked = start(&bank, 100, async { resume_unwind(Box::new("as it should")) }).await;
        let taken = matches!(panicked, Ok(Ok(())));
        (taken, bank.balance().await, start(&bank, 100, yes()).await)
    });
    let (taken, left, next) = seen.or_explain(WAITS, BACK);
    check(!taken, "no success, of an approval that panicked", "a success")
        .or_explain("the outcome of the approval is made up", BACK);
    check(left == 100, "100 left, after an approval that panicked", format!("{left} left"))
        .or_explain("nothing gives the money back when the approval panics", BACK);
    let (instead, likely) = match next {
        Ok(Ok(())) => return,
        Ok(Err(error)) => (format!("`{error}`"), "a withdrawal of all that is there is refused"),
        Err(_) => ("it panics".into(), "the lock is poisoned"),
    };
    check(false, "then a withdrawal of 100 from 100 succeeds", instead).or_explain(likely, BACK);
}

/// A withdrawal that is dropped while it waits gives the money back.
#[test]
fn dropped_withdrawal_gives_the_money_back() {
    let seen = on_one_thread(async || {
        let bank = Arc::new(Bank::new(100));
        let mut started = Started::withdrawal(&bank);
        started.asked.recv().await;
        started.answer.abort();
        let _ = started.answer.await;
        (bank.balance().await, comes_back(&bank).await, bank.withdraw(100, yes()).await.is_ok())
    });
    let (left, comes_back, next) = seen.or_explain(WAITS, BACK);
    let never = "the money is given back after the await, which a dropped future never reaches";
    check(left == 100, "100 left, after a withdrawal was dropped", format!("{left} left"))
        .or_explain(if comes_back { LATE } else { never }, BACK);
    check(next, "then a withdrawal succeeds", "it does not")
        .or_explain("something else is not given back", BACK);
}

/// Two threads take money whose approvals fail: in the end all of it is there.
#[test]
fn threads_give_back_what_they_took() {
    let make = || (Bank::new(1000), Barrier::new(2));
    let left = on_two_threads(make, async |_, (bank, both)| {
        for () in for_a_while() {
            let _ = bank.withdraw(1, ready(Err(io::Error::other("not today")))).await;
        }
        both.wait();
        bank.balance().await
    });
    let [left, _] = left.or_explain(WAITS, BACK);
    check(left == 1000, "1000 left of 1000, after many approvals with an error", format!("{left} left"))
        .or_explain("it is given back in two steps, or not at all", BACK);
}

/// One approval fails, one panics, others pass: in each of the 945 orders no money is lost, and none is made.
#[test]
fn money_is_neither_lost_nor_made() {
    let verdict = |asked| match asked {
        0 => Verdict::No,
        1 => Verdict::Panic,
        _ => Verdict::Yes,
    };
    let unsound = on_one_thread(async move || first_unsound(verdict).await).or_explain(WAITS, BACK);
    if let Some(seen) = unsound {
        let expected = "one withdrawal succeeds if one was approved, and none otherwise";
        Err(Missed::new(expected, seen.to_string())).or_explain(seen.likely(), BACK)
    }
}

/// Whether the balance is 100 when others have had their turns.
async fn comes_back(bank: &Bank) -> bool {
    for _ in 0..100 {
        yield_now().await;
    }
    bank.balance().await == 100
}

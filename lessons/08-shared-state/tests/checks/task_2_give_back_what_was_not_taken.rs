//! Task 2, give back what was not taken: an error, a panic or a drop lets the money go back.

use std::{io, panic::resume_unwind, sync::Arc};

use checks::{Explain, check};
use shared_state::Bank;

use super::common::{BACK, Started, Verdict, WAITS, first_unsound, on_one_thread, start, yes};

/// The error of an approval comes back as it was, and the money goes back.
#[test]
fn refused_approval_gives_the_money_back() {
    let seen = on_one_thread(async || {
        let bank = Bank::new(100);
        let refused = bank.withdraw(100, async { Err(io::Error::other("not today")) }).await;
        let text = refused.map_or_else(|error| error.to_string(), |()| "done".into());
        (text, bank.balance().await, bank.withdraw(100, yes()).await.is_ok())
    });
    let seen = seen.or_explain(WAITS, BACK);
    check(
        seen == ("not today".into(), 100, true),
        "`not today`, 100 left, then a success",
        format!("{seen:?}"),
    )
    .or_explain("`?` leaves the function before the money is given back", BACK);
}

/// A panic in an approval gives the money back, and the account serves others.
#[test]
fn panicking_approval_gives_the_money_back() {
    let seen = on_one_thread(async || {
        let bank = Arc::new(Bank::new(100));
        let panicked = start(&bank, 100, async { resume_unwind(Box::new("as it should")) }).await;
        let next = start(&bank, 100, yes()).await;
        (panicked.is_err(), matches!(next, Ok(Ok(()))), bank.balance().await)
    });
    let seen = seen.or_explain(WAITS, BACK);
    check(seen == (true, true, 0), "a panic, then a success that leaves 0", format!("{seen:?}"))
        .or_explain("nothing gives the money back when the approval panics, or the lock is poisoned", BACK);
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
        (bank.balance().await, bank.withdraw(100, yes()).await.is_ok())
    });
    let seen = seen.or_explain(WAITS, BACK);
    check(seen == (100, true), "100 left, then a success", format!("{seen:?}"))
        .or_explain("the money is given back after the await, which a dropped future never reaches", BACK);
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
    let instead = unsound.map(|seen| seen.to_string());
    check(
        instead.is_none(),
        "one withdrawal succeeds if one was approved, and none otherwise",
        instead.unwrap_or_default(),
    )
    .or_explain("check and act are two steps, or what failed is given back twice or not at all", BACK);
}

//! Task 4, no guard across an await: two receipts at once are printed, each with a number of its own.

use std::{cell::RefCell, collections::BTreeSet};

use checks::{Client, Ended, Explain, ScriptedRoom, check, patience, program, within};
use futures_util::future::join_all;
use shared_state::Bank;
use tokio::{join, runtime::Builder, task::yield_now};

use super::common::{IDEA, NO_JOIN, on_one_thread, yes};

const GUARD: &str = "08-shared-state.md#task-4-no-guard-across-an-await";
const HELD: &str =
    "a guard lives across the await: the second lock blocks the thread that would go on with the first";

/// Two receipts in one `join!`, on one thread: both are printed.
#[test]
fn two_receipts_at_once_are_printed() {
    let bounded = within(patience(), "two receipts in one `join!` are printed", || {
        let both = async {
            let bank = Bank::new(0);
            join!(bank.receipt(|_| yes()), bank.receipt(|_| yes()))
        };
        Builder::new_current_thread().build().expect("a runtime").block_on(both)
    });
    let (one, two) = bounded.or_explain(HELD, GUARD);
    check(one.is_ok() && two.is_ok(), "two numbers", format!("{one:?} and {two:?}"))
        .or_explain("an error is made up", GUARD);
}

/// Five receipts at once: each has a number that no other has, and returns the one that was printed.
#[test]
fn each_receipt_has_its_own_number() {
    let seen = on_one_thread(async || {
        let (bank, printed) = (Bank::new(0), RefCell::new(BTreeSet::new()));
        let print = async |number| {
            yield_now().await;
            printed.borrow_mut().insert(number);
            Ok(())
        };
        let given = join_all([(); 5].map(|()| bank.receipt(&print))).await;
        (given.into_iter().flatten().collect::<BTreeSet<u32>>(), printed.into_inner())
    });
    let (given, printed) = seen.or_explain(HELD, GUARD);
    check(printed.len() == 5, "five receipts with five numbers", format!("the numbers {printed:?}"))
        .or_explain("the number is read under one lock, and written under another", GUARD);
    check(given == printed, format!("the numbers {printed:?}"), format!("{given:?}"))
        .or_explain("the number that is returned is not the one that was printed", GUARD);
}

/// Two receipts are printed while the room goes on; then `/quit` ends the client.
#[test]
fn typed_receipts_are_printed() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/receipts");
    room.pongs(2).or_explain("the event loop is blocked", GUARD);
    client.shows("== /receipts: numbers 1 and 2").or_explain(HELD, GUARD);
    client.type_line("/withdraw a lot");
    client
        .shows("!! /withdraw a lot: how much? Try /withdraw 100")
        .or_explain("the answer was changed", IDEA);
    client.type_line("/quit");
    let ended = client.exits().or_explain("something waits for a job", GUARD);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("`run` does not return what `talk` returns", IDEA);
}

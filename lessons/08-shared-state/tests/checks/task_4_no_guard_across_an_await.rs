//! Task 4, no guard across an await: two receipts at once are printed, each with a number of its own.

use std::{cell::RefCell, collections::BTreeSet, io};

use checks::{Client, Ended, Explain, ScriptedRoom, check, patience, program, thread_names, within};
use futures_util::future::join_all;
use shared_state::Bank;
use tokio::{join, runtime::Builder, task::yield_now};

use super::common::{IDEA, NO_JOIN, for_a_while, on_one_thread, on_two_threads, yes};

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
    check(one.is_ok() && two.is_ok(), "two numbers", "an error").or_explain("an error is made up", GUARD);
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
    check(printed.len() == 5, "five receipts with five numbers", format!("the numbers {}", told(&printed)))
        .or_explain("the number is read under one lock, and written under another", GUARD);
    check(given == printed, format!("the numbers {}", told(&printed)), told(&given))
        .or_explain("the number that is returned is not the one that was printed", GUARD);
}

/// Two threads ask for receipts at the same moment: no number is given twice.
#[test]
fn threads_share_no_number() {
    let given = on_two_threads(
        || Bank::new(0),
        async |_, bank| {
            let mut given = Vec::new();
            for () in for_a_while() {
                given.extend(bank.receipt(async |_| Ok(())).await.ok());
            }
            given
        },
    );
    let mut given = given.or_explain("an asker is never woken", GUARD).concat();
    let receipts = given.len();
    given.sort_unstable();
    given.dedup();
    let expected = format!("{receipts} numbers for as many receipts");
    check(given.len() == receipts, expected, given.len().to_string())
        .or_explain("the number is raised in one step, and read in another", GUARD);
}

/// What fails to be printed is an error, and the next receipt has a number of its own.
#[test]
fn failed_receipt_is_an_error() {
    let seen = on_one_thread(async || {
        let bank = Bank::new(0);
        let failed = bank.receipt(async |_| Err(io::Error::other("no paper"))).await;
        (failed.err().map(|error| error.to_string()), bank.receipt(async |_| Ok(())).await.is_ok())
    });
    let (failed, next) = seen.or_explain(HELD, GUARD);
    let told = failed.map_or("a number".into(), |error| format!("the error `{error}`"));
    check(told == "the error `no paper`", "the error `no paper`, of a receipt that is not printed", told)
        .or_explain("the error of `print` is not handed on", GUARD);
    check(next, "then a receipt", "an error")
        .or_explain("a receipt that failed has left something behind", GUARD);
}

/// A receipt that fails after another one was printed takes no number back: the next one has a number of its own.
#[test]
fn failed_receipt_takes_no_number_back() {
    let seen = on_one_thread(async || {
        let bank = Bank::new(0);
        let fails_late = async |_| {
            for _ in 0..20 {
                yield_now().await;
            }
            Err(io::Error::other("no paper"))
        };
        let (_, second) = join!(bank.receipt(fails_late), bank.receipt(async |_| Ok(())));
        let third = bank.receipt(async |_| Ok(())).await;
        let mut failed = None;
        let fails = async |number| {
            failed = Some(number);
            Err(io::Error::other("no paper"))
        };
        let _ = bank.receipt(fails).await;
        [second.ok(), third.ok(), failed, bank.receipt(async |_| Ok(())).await.ok()]
    });
    let [second, third, failed, next] = seen.or_explain(HELD, GUARD);
    let told = |number: Option<u32>| number.map_or("an error".into(), |number| number.to_string());
    let expected = format!("another number than {}, which was printed while a receipt failed", told(second));
    check(second != third, expected, told(third))
        .or_explain("a receipt that fails lowers the count, and others have raised it since", GUARD);
    let expected = format!("another number than {}, whose receipt failed", told(failed));
    check(failed != next, expected, told(next))
        .or_explain("a receipt that fails lowers the count: the next one has its number, too", GUARD);
}

/// Two receipts are printed while the room goes on; then `/quit` ends the client.
#[test]
fn typed_receipts_are_printed() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/balance");
    client.shows("== /balance: 100").or_explain("the balance is not told", IDEA);
    let process = client.process();
    let threads = || thread_names(process).map(|names| names.len());
    let before = threads();
    client.type_line("/receipts");
    room.pongs(2).or_explain("the event loop is blocked", GUARD);
    client.shows("== /receipts: numbers ").or_explain(HELD, GUARD);
    client.shows(" and ").or_explain(HELD, GUARD);
    let screen = client.screen();
    let told = screen.lines().find(|line| line.starts_with("== /receipts: ")).unwrap_or_default();
    check(screen.contains("numbers 1 and "), "two receipts, counted from 1", format!("`{told}`")).or_explain(
        "the first receipt has another number than 1, or `receipt` returns another than it printed",
        GUARD,
    );
    if let (Some(before), Some(after)) = (before, threads()) {
        let expected = "2 threads for 2 receipts, at most: one for each that is printed";
        check(after <= before + 2, expected, format!("{}", after - before))
            .or_explain("a thread of the pool only waits for the two: `join!` them where they are", GUARD);
    }
    client.type_line("/withdraw a lot");
    client
        .shows("!! /withdraw a lot: how much? Try /withdraw 100")
        .or_explain("the answer was changed", IDEA);
    client.type_line("/quit");
    let ended = client.exits().or_explain("something waits for a job", GUARD);
    check(ended == Ended::Status(0), "exit status 0", ended.to_string())
        .or_explain("`run` does not return what `talk` returns", IDEA);
}

/// Numbers in words.
fn told(numbers: &BTreeSet<u32>) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

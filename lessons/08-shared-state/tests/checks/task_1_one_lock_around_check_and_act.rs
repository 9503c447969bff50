//! Task 1, one lock around check and act: what is there is taken once, and nobody waits for an approval of others.

use std::{future::ready, sync::Arc, time::Duration};

use checks::{Client, Explain, Missed, ScriptedRoom, check, patience, program, within};
use futures_util::future::join_all;
use shared_state::Bank;
use tokio::{runtime::Builder, time::timeout};

use super::common::{
    BACK, IDEA, NO_JOIN, ONE_LOCK, STANDS, Started, Verdict, WAITS, at_the_same_moment, first_unsound,
    for_a_while, on_one_thread, on_two_threads, start, yes,
};

const TWO_STEPS: &str = "check and act are two steps, and another thread comes in between";

/// Two approvals are awaited at once, and the balance answers meanwhile: nobody waits for the approval of somebody else.
#[test]
fn withdrawals_wait_for_nobody() {
    let seen = on_one_thread(async || {
        let bank = Arc::new(Bank::new(200));
        let [mut one, mut two] = [(); 2].map(|()| Started::withdrawal(&bank));
        for asked in [&mut one.asked, &mut two.asked] {
            let expected = "two withdrawals of 100 from 200 await their approvals at once";
            match timeout(patience() / 4, asked.recv()).await {
                Ok(Some(())) => {}
                Ok(None) => {
                    let missed = Missed::new(expected, "one is refused, while the other awaits its approval");
                    return Err(missed.because("a withdrawal is refused, although there is enough for both"));
                }
                Err(_) => {
                    return Err(Missed::new(expected, "one waits, while the other awaits its approval"));
                }
            }
        }
        let balance = timeout(patience() / 4, bank.balance()).await;
        let no_answer = |_| Missed::new("the balance is told while approvals are awaited", "no answer");
        let balance = balance.map_err(no_answer)?;
        let mut third = Started::withdrawal(&bank);
        let asks = timeout(patience() / 4, third.asked.recv()).await.ok().flatten().is_some();
        third.says(Verdict::No);
        check(
            asks == (balance >= 100),
            format!("a balance of {balance}, which can be withdrawn"),
            told(asks),
        )
        .map_err(|missed| missed.because("`balance` tells another amount than can be withdrawn now"))?;
        one.says(Verdict::Yes);
        two.says(Verdict::Yes);
        let taken = [one.answer.await, two.answer.await].into_iter().flatten().flatten().count();
        Ok((taken, bank.balance().await))
    });
    let (taken, left) = seen.or_explain(WAITS, ONE_LOCK).or_explain(WAITS, ONE_LOCK);
    check(
        (taken, left) == (2, 0),
        "two withdrawals of 100 take 200",
        format!("{taken} succeed, and {left} is left"),
    )
    .or_explain("an approved withdrawal is refused, or takes another amount", ONE_LOCK);
}

/// Of five withdrawals of 100 from 100 exactly one succeeds, in each of the 945 orders of starts and approvals.
#[test]
fn exactly_one_of_five_succeeds() {
    let unsound = on_one_thread(async || first_unsound(|_| Verdict::Yes).await).or_explain(STANDS, ONE_LOCK);
    if let Some(seen) = unsound {
        let missed = Missed::new("one of five withdrawals of 100 from 100 succeeds", seen.to_string());
        Err(missed).or_explain(seen.likely(), ONE_LOCK)
    }
}

/// Threads that ask at the same time take what is there, and no more: 200 of 400 succeed.
#[test]
fn threads_at_once_take_what_is_there() {
    let taken = within(patience(), "400 withdrawals on four threads", || {
        let runtime = Builder::new_multi_thread().worker_threads(4).build().expect("a runtime");
        runtime.block_on(async {
            let bank = Arc::new(Bank::new(200));
            let tasks = [(); 400].map(|()| start(&bank, 1, yes()));
            let answers = join_all(tasks).await;
            let succeeded = answers.into_iter().flatten().filter(Result::is_ok).count();
            (succeeded, bank.balance().await)
        })
    });
    let (taken, left) = taken.or_explain(STANDS, ONE_LOCK);
    let instead = format!("{taken} succeed, and {left} are left");
    check((taken, left) == (200, 0), "200 of 400 withdrawals succeed, and 0 are left", instead)
        .or_explain(TWO_STEPS, ONE_LOCK);
}

/// Again and again two threads reach for the same money at the same moment: one of them has it.
#[test]
fn two_threads_take_the_same_money_once() {
    let withdraws = async |bank: &Bank| bank.withdraw(100, ready(Ok(()))).await.is_ok();
    let seen = at_the_same_moment(Duration::from_millis(350), withdraws, |one, two| one != two);
    let (rounds, not_one) = seen.or_explain(STANDS, ONE_LOCK);
    let expected = "each time one of two withdrawals of 100 from 100 succeeds";
    check(not_one == 0, expected, format!("not so {not_one} times of {rounds}"))
        .or_explain(TWO_STEPS, ONE_LOCK);
}

/// Whoever asks for too much is refused, and nobody asked to approve it: others, on another thread, do not notice.
#[test]
fn refusal_disturbs_nobody() {
    let asks = on_one_thread(async || Started::withdrawal(&Arc::new(Bank::new(99))).asked.recv().await);
    let expected = "a withdrawal of 100 from 99 is refused without an approval";
    check(asks.or_explain(STANDS, ONE_LOCK).is_none(), expected, "it asks for its approval")
        .or_explain("the approval is awaited before anybody looks at the balance", ONE_LOCK);
    let large = on_one_thread(async || {
        let bank = Bank::new(10_000_000_000);
        (bank.withdraw(u32::MAX, yes()).await.is_ok(), bank.balance().await)
    });
    let (succeeds, left) = large.or_explain(STANDS, ONE_LOCK);
    let (what, likely) = match succeeds {
        true => ("it succeeds", "the amount is another number than the one that is asked for"),
        false => ("it is refused", "the balance is looked at as a number that it does not fit into"),
    };
    let instead = format!("{what}, and {left} are left");
    check(succeeds && left == 5_705_032_705, "a withdrawal of 4294967295 from ten billion succeeds", instead)
        .or_explain(likely, ONE_LOCK);
    let counted = on_two_threads(
        || Bank::new(1_000_000_000),
        async |number, bank| {
            let amount = if number == 0 { u32::MAX } else { 1 };
            let mut counts = [0, 0];
            for () in for_a_while() {
                counts[usize::from(bank.withdraw(amount, ready(Ok(()))).await.is_err())] += 1;
            }
            counts
        },
    );
    let [paid, [_, refused]] = counted.or_explain(STANDS, ONE_LOCK);
    let instead = format!("{} succeed", paid[0]);
    check(paid[0] == 0, format!("withdrawals of {} from a billion are refused", u32::MAX), instead)
        .or_explain("the amount is another number than the one that is asked for", ONE_LOCK);
    let instead = format!("{refused} are refused, while others ask for too much");
    check(refused == 0, "withdrawals of 1 from a billion succeed", instead)
        .or_explain("what is to be refused is subtracted first, and missing for a moment", ONE_LOCK);
}

/// Five withdrawals, typed as fast as a terminal takes them: one success, four refusals, and nothing is left.
#[test]
fn five_typed_withdrawals_give_one_success() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_raw(&"/withdraw 100\r".repeat(5));
    room.pongs(2).or_explain("the event loop is blocked", IDEA);
    (0..5).for_each(|_| client.shows("/withdraw 100: ").or_explain("a withdrawal has no answer", ONE_LOCK));
    let screen = client.screen();
    let counts =
        ["== /withdraw 100: done", "!! /withdraw 100: refused"].map(|text| screen.matches(text).count());
    let likely = match counts[0] {
        0 => "no withdrawal succeeds, or the answers are others than the starter's",
        _ => "check and act are two steps, and others come in between",
    };
    check(counts == [1, 4], "one success and four refusals", format!("{} and {}", counts[0], counts[1]))
        .or_explain(likely, ONE_LOCK);
    client.type_line("/balance");
    client.shows("== /balance: 0").or_explain("money is lost or made", BACK);
}

/// What came of a withdrawal of 100 before its approval.
fn told(asks: bool) -> &'static str {
    if asks { "a withdrawal of 100 asks for its approval" } else { "a withdrawal of 100 is refused" }
}

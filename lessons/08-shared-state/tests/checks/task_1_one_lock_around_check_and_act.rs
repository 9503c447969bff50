//! Task 1, one lock around check and act: what is there is taken once, and nobody waits for an approval of others.

use std::sync::Arc;

use checks::{Client, Explain, ScriptedRoom, check, patience, program, within};
use futures_util::future::join_all;
use shared_state::Bank;
use tokio::{join, runtime::Builder, sync::Barrier};

use super::common::{
    BACK, IDEA, NO_JOIN, ONE_LOCK, Verdict, WAITS, first_unsound, on_one_thread, start, yes,
};

/// Two approvals meet, and the balance answers meanwhile: nobody waits for the approval of somebody else.
#[test]
fn withdrawals_wait_for_nobody() {
    let met = on_one_thread(async || {
        let (bank, both) = (Bank::new(200), Barrier::new(3));
        let approval = async || {
            both.wait().await;
            both.wait().await;
            Ok(())
        };
        let asks = async {
            both.wait().await;
            let balance = bank.balance().await;
            both.wait().await;
            balance
        };
        let (one, two, meanwhile) =
            join!(bank.withdraw(100, approval()), bank.withdraw(100, approval()), asks);
        (one.is_ok() && two.is_ok(), meanwhile >= 0, bank.balance().await)
    });
    let met = met.or_explain(WAITS, ONE_LOCK);
    check(met == (true, true, 0), "two withdrawals of 100 take 200", format!("{met:?}"))
        .or_explain("the second one is refused, although there is enough for both", ONE_LOCK);
}

/// Of five withdrawals of 100 from 100 exactly one succeeds, in each of the 945 orders of starts and approvals.
#[test]
fn exactly_one_of_five_succeeds() {
    let unsound = on_one_thread(async || first_unsound(|_| Verdict::Yes).await).or_explain(WAITS, ONE_LOCK);
    let instead = unsound.map(|seen| seen.to_string());
    check(instead.is_none(), "one of five withdrawals of 100 from 100 succeeds", instead.unwrap_or_default())
        .or_explain("check and act are two steps, and others come in between", ONE_LOCK);
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
    let taken = taken.or_explain(WAITS, ONE_LOCK);
    let instead = format!("{} succeed, and {} are left", taken.0, taken.1);
    check(taken == (200, 0), "200 of 400 withdrawals succeed, and 0 are left", instead)
        .or_explain("check and act are two steps, and another thread comes in between", ONE_LOCK);
}

/// Five withdrawals, typed as fast as a terminal takes them: one success, four refusals, and nothing is left.
#[test]
fn five_typed_withdrawals_give_one_success() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_raw(&"/withdraw 100\n".repeat(5));
    room.pongs(2).or_explain("the event loop is blocked", IDEA);
    (0..5).for_each(|_| client.shows("/withdraw 100: ").or_explain("a withdrawal has no answer", ONE_LOCK));
    let screen = client.screen();
    let counts =
        ["== /withdraw 100: done", "!! /withdraw 100: refused"].map(|text| screen.matches(text).count());
    check(counts == [1, 4], "one success and four refusals", format!("{} and {}", counts[0], counts[1]))
        .or_explain("check and act are two steps, and others come in between", ONE_LOCK);
    client.type_line("/balance");
    client.shows("== /balance: 0").or_explain("money is lost or made", BACK);
}

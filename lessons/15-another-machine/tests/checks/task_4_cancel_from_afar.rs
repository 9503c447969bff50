//! Task 4, cancel from afar: what nobody waits for never begins, or is killed where it runs.

use another_machine::{Failure, Settings};
use checks::{Client, Door, Explain, Host, ScriptedRoom, check, patience, program};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::common::{
    GIVEN, TASK_1, TASK_3, TASK_4, call, caller_at, heard, is_done, is_gone, job, outcome, said, soon,
    with_server,
};

const STAYS: &str = "a job that nobody waits for stays in the engine";
const GOES_ON: &str = "the machine does not hear that nobody waits any more, or lets the job go on";

/// A job that is cancelled before a machine has it never begins.
#[test]
fn cancelled_job_never_begins() {
    with_server(TASK_4, async |world| {
        let machines = world.caller().await;
        let cancelled = call(&machines, job("tea"));
        world.holds(1, 0).await.or_explain("nobody keeps a job until a machine comes", TASK_1);
        cancelled.abort();
        world.holds(0, 0).await.or_explain(STAYS, TASK_4);
        let _machine = world.patient_machine().await;
        is_done(call(&machines, job("milk")), "milk").await.or_explain(GIVEN, TASK_4);
        let runs = world.runs("tea").len();
        check(runs == 0, "a cancelled job never begins", format!("it began {runs} times"))
            .or_explain(STAYS, TASK_4);
    });
}

/// A job that is cancelled while it runs is killed, and its machine does the next one.
#[test]
fn cancelled_job_is_killed() {
    with_server(TASK_4, async |world| {
        let _machine = world.patient_machine().await;
        let machines = world.caller().await;
        let _held = world.hold("tea");
        let cancelled = call(&machines, job("tea"));
        let begun = world.begins("tea", 1).await.or_explain(GIVEN, TASK_4);
        cancelled.abort();
        is_gone(begun[0]).await.or_explain(GOES_ON, TASK_4);
        world.holds(0, 0).await.or_explain(STAYS, TASK_4);
        is_done(call(&machines, job("milk")), "milk")
            .await
            .or_explain("a cancel takes the machine along", TASK_4);
        check(world.runs("tea").len() == 1, "a cancelled job is not begun again", "it was")
            .or_explain(STAYS, TASK_4);
    });
}

/// A machine whose line is broken when its job is cancelled sees it when the line is back.
#[test]
fn missed_word_is_looked_for() {
    with_server(TASK_4, async |world| {
        let door = Door::to(&world.server);
        let machine = world.machine_at(&door);
        let machines = world.caller().await;
        let _held = world.hold("tea");
        let cancelled = call(&machines, job("tea"));
        let begun = world.begins("tea", 1).await.or_explain(GIVEN, TASK_4);
        door.shut();
        cancelled.abort();
        world.holds(0, 0).await.or_explain(STAYS, TASK_4);
        door.open();
        let likely = "a machine that missed the word never looks whether its job is still there";
        is_gone(begun[0]).await.or_explain(likely, TASK_4);
        is_done(call(&machines, job("milk")), "milk")
            .await
            .or_explain("a cancel takes the machine along", TASK_4);
        drop(machine);
    });
}

/// A job that is cancelled while its hand-in is on its way never begins either.
#[test]
fn cancel_overtakes_no_hand_in() {
    with_server(TASK_4, async |world| {
        let mut hand_ins = heard(&world.server.url(), "thaw.jobs.>").await;
        let door = Door::to(&world.server);
        let machines = caller_at(&door, Settings::default()).await;
        door.shut();
        let cancelled = call(&machines, job("tea"));
        door.knocks(1).or_explain("the caller does not come back by itself", TASK_4);
        cancelled.abort();
        let _ = cancelled.await;
        door.open();
        // It comes late, where it comes at all.
        let _ = timeout(patience(), hand_ins.next()).await;
        let likely = "the job is cancelled before the engine has it, and handed in then";
        world.holds(0, 0).await.or_explain(likely, TASK_4);
        let _machine = world.patient_machine().await;
        is_done(call(&machines, job("milk")), "milk").await.or_explain("the line does not come back", TASK_4);
        let runs = world.runs("tea").len();
        check(runs == 0, "a cancelled job never begins", format!("it began {runs} times"))
            .or_explain(likely, TASK_4);
    });
}

/// A cancel takes along no other job: neither one that waits beside it, nor one that a machine is at.
#[test]
fn cancel_reaches_its_own_job_alone() {
    with_server(TASK_4, async |world| {
        let url = world.server.url();
        let mut words = heard(&url, "thaw.cancelled.>").await;
        let _machine = world.machine_with(patience()).await;
        let machines = world.caller().await;
        let held = world.hold("tea");
        let runs = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_4);
        let (waits, cancelled) = (call(&machines, job("milk")), call(&machines, job("sugar")));
        world.holds(3, 0).await.or_explain("nobody keeps a job until a machine comes", TASK_1);
        cancelled.abort();
        let told = timeout(soon(), words.next()).await.is_ok();
        check(told, "a word that nobody waits any more", "none").or_explain(GOES_ON, TASK_4);
        // Between two looks at the engine, both of which come after the word, the machine has heard that one.
        let mut looks = heard(&url, "$JS.ACK.>").await;
        for _ in 0..2 {
            let _ = timeout(soon(), looks.next()).await;
        }
        drop(held);
        let likely = "a cancel takes out more than its own job: purge its subject alone";
        is_done(waits, "milk").await.or_explain(likely, TASK_4);
        let likely = "the machine gives its job up at the word that another one is cancelled";
        is_done(runs, "tea").await.or_explain(likely, TASK_4);
        world.holds(0, 0).await.or_explain(STAYS, TASK_4);
    });
}

/// The time that a call has is the job's, too: both ends stop at it, although neither can tell the other.
#[test]
fn deadline_reaches_the_machine() {
    with_server(TASK_4, async |world| {
        let _machine = world.patient_machine().await;
        let door = Door::to(&world.server);
        let machines = caller_at(&door, Settings::default()).await;
        let _held = world.hold("tea");
        let limit = patience() / 3;
        let timed = {
            let machines = machines.clone();
            tokio::spawn(async move { machines.call_within(job("tea"), limit).await })
        };
        let begun = world.begins("tea", 1).await;
        let begun = begun.or_explain("the job does not begin before its deadline", TASK_4);
        door.shut();
        let told = outcome(timed).await;
        check(told == Err(Failure::TimedOut(limit)), format!("`TimedOut({limit:?})`"), said(&told))
            .or_explain("the caller waits for longer than its limit", TASK_4);
        let likely = "the machine gives the job more time than its message says";
        is_gone(begun[0]).await.or_explain(likely, TASK_4);
        door.open();
        is_done(call(&machines, job("milk")), "milk")
            .await
            .or_explain("a deadline takes the machine along", TASK_4);
        let likely = "an answer for which nobody waits is never confirmed, although its job has no name";
        world.holds(0, 0).await.or_explain(likely, TASK_3);
    });
}

/// A client that leaves cancels what it has asked for, and does not wait for an engine that is gone.
#[test]
fn client_that_leaves_cancels() {
    with_server(TASK_4, async |world| {
        let _machine = world.patient_machine().await;
        let join = |url: &str| {
            let room = ScriptedRoom::open();
            let client = Client::on_pipes_with(&program!("15"), &room, &["--nats", url]);
            room.joined().or_explain("`run` returned before it joined the room", TASK_4);
            (client, room)
        };
        let early = "the client ends before it has cancelled its jobs";
        let (mut client, _room) = join(&world.server.url());
        let _held = world.hold("tea");
        client.type_line("/run sh job tea");
        let begun = world.begins("tea", 1).await.or_explain(GIVEN, TASK_4);
        client.end_input();
        client.exits().or_explain("the client waits for its jobs", TASK_4);
        is_gone(begun[0]).await.or_explain(early, TASK_4);
        world.holds(0, 0).await.or_explain(STAYS, TASK_4);
        let door = Door::to(&world.server);
        let (mut client, _room) = join(&door.url());
        client.type_line("/run sh job tea");
        world.begins("tea", 2).await.or_explain(GIVEN, TASK_4);
        door.shut();
        client.end_input();
        client.exits().or_explain("the client waits, without a limit, for an engine that is gone", TASK_4);
        // While it waits for the engine, it tries to come back to it.
        door.knocks(2).or_explain(early, TASK_4);
    });
}

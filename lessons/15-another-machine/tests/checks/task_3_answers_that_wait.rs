//! Task 3, answers that wait: whoever was away gets them, and each is fetched once.

use another_machine::{Answer, Job, Settings};
use async_nats::jetstream;
use checks::{Door, Explain, Host, Missed, check, span};

use super::common::{
    ANSWER_STAYS, GIVEN, TASK_1, TASK_2, TASK_3, World, call, call_as, caller_at, eventually, is_done, job,
    outcome, said, soon, with_server,
};

const NOT_KEPT: &str = "an answer goes to whoever listens at that moment, and nobody keeps it";

/// A caller whose line breaks gets its answer when the line is back; one for which nobody waits any more is gone then.
#[test]
fn answer_waits_for_its_caller() {
    with_server(TASK_3, async |world| {
        let _machine = world.patient_machine().await;
        let door = Door::to(&world.server);
        let machines = caller_at(&door, Settings::default()).await;
        let held = world.hold("tea");
        let waiting = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_3);
        door.shut();
        drop(held);
        world.holds(0, 1).await.or_explain(NOT_KEPT, TASK_3);
        door.open();
        is_done(waiting, "tea")
            .await
            .or_explain("a caller that comes back does not ask for what it missed", TASK_3);
        world.holds(0, 0).await.or_explain(ANSWER_STAYS, TASK_3);
        let held = world.hold("milk");
        let given_up = call(&machines, job("milk"));
        world.begins("milk", 1).await.or_explain(GIVEN, TASK_3);
        door.shut();
        drop(held);
        world.holds(0, 1).await.or_explain(NOT_KEPT, TASK_3);
        given_up.abort();
        door.open();
        let likely = "an answer of no use is never confirmed: its job has no name, and nobody waits for it";
        world.holds(0, 0).await.or_explain(likely, TASK_3);
    });
}

/// A server that is killed and started again has all that it had: jobs that run, and jobs that wait.
#[test]
fn server_comes_back_with_all() {
    with_server(TASK_3, async |world| {
        let _machine = world.patient_machine().await;
        let machines = world.caller().await;
        let held = world.hold("tea");
        let first = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_3);
        let jobs = [first, call(&machines, job("milk")), call(&machines, job("sugar"))];
        world.holds(3, 0).await.or_explain("a job is confirmed before it is done", TASK_2);
        world.server.kill();
        // It is done while nobody can be told.
        drop(held);
        world.server.start_again();
        has_streams(world)
            .await
            .or_explain("what the streams hold ends with the server, as in memory", TASK_3);
        for (name, job) in ["tea", "milk", "sugar"].iter().zip(jobs) {
            let likely =
                "an answer that the engine has not confirmed is not handed in again, or its job is confirmed";
            is_done(job, name).await.or_explain(likely, TASK_3);
        }
        world.holds(0, 0).await.or_explain(ANSWER_STAYS, TASK_3);
    });
}

/// Waits until the engine has both streams.
async fn has_streams(world: &World) -> Result<(), Missed> {
    let client = async_nats::connect(world.server.url()).await.expect("a line to the server");
    let engine = jetstream::new(client);
    let both = async || {
        engine.get_stream("THAW_JOBS").await.ok()?;
        engine.get_stream("THAW_ANSWERS").await.ok().map(drop)
    };
    let missed = || Missed::new(format!("both streams in the engine, within {}", span(soon())), "not both");
    eventually(both).await.ok_or_else(missed)
}

/// A caller that ends and comes back asks by name: its job has run once, and the answer is there.
#[test]
fn named_job_is_done_once() {
    with_server(TASK_3, async |world| {
        let _machine = world.patient_machine().await;
        let kitchen = Settings { caller: Some("kitchen".to_owned()), ..Settings::default() };
        let held = world.hold("tea");
        let machines = world.caller_with(kitchen.clone()).await;
        let first = call_as(&machines, "tea");
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_3);
        first.abort();
        let _ = first.await;
        drop(machines);
        drop(held);
        world.holds(0, 1).await.or_explain(NOT_KEPT, TASK_3);
        let machines = world.caller_with(kitchen).await;
        // Another answer comes after it: so the first one has been seen, and was kept.
        is_done(call(&machines, job("milk")), "milk").await.or_explain(GIVEN, TASK_3);
        let likely = "an answer for which nobody waits yet is confirmed, and gone";
        world.holds(0, 1).await.or_explain(likely, TASK_3);
        let second = call_as(&machines, "tea");
        is_done(second, "tea").await.or_explain(likely, TASK_3);
        let runs = world.runs("tea").len();
        check(runs == 1, "the job runs once", format!("it ran {runs} times"))
            .or_explain("a hand-in bears no message id, or another one each time", TASK_1);
        world.holds(0, 0).await.or_explain(ANSWER_STAYS, TASK_3);
    });
}

/// A consumer that the engine has lost is opened again, by a caller and by a machine.
#[test]
fn lost_consumer_is_opened_again() {
    with_server(TASK_3, async |world| {
        let _machine = world.patient_machine().await;
        let machines = world.caller().await;
        // Whoever is answered has opened its consumer.
        is_done(call(&machines, job("first")), "first").await.or_explain(GIVEN, TASK_3);
        let held = world.hold("tea");
        let waiting = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_3);
        world.forgets_consumers("THAW_ANSWERS").await;
        drop(held);
        let likely = "a caller whose consumer the engine has lost does not open another one";
        is_done(waiting, "tea").await.or_explain(likely, TASK_3);
        world.holds(0, 0).await.or_explain(ANSWER_STAYS, TASK_3);
        world.forgets_consumers("THAW_JOBS").await;
        let likely = "a machine whose consumer the engine has lost does not open another one";
        is_done(call(&machines, job("milk")), "milk").await.or_explain(likely, TASK_3);
    });
}

/// Two callers at once hear their own answers, and none of the other one's.
#[test]
fn callers_hear_their_own_answers() {
    with_server(TASK_3, async |world| {
        let _both = (world.patient_machine().await, world.patient_machine().await);
        let callers = [world.caller().await, world.caller().await];
        let mut calls = Vec::new();
        for number in 0..20 {
            let text = format!("tea {number}");
            calls.push((text.to_uppercase(), call(&callers[number % 2], Job::Upper(text))));
        }
        for (expected, call) in calls {
            let (expected, answer) = (Ok(Answer::Text(expected)), outcome(call).await);
            check(answer == expected, said(&expected), said(&answer))
                .or_explain("both callers share one consumer, and take each other's answers", TASK_3);
        }
        world.holds(0, 0).await.or_explain(ANSWER_STAYS, TASK_3);
    });
}

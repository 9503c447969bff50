//! Task 1, jobs that are kept: the engine has a job from its hand-in on, and gives it to one machine that is free.

use std::time::Instant;

use another_machine::{Answer, Failure, Job, Settings};
use async_nats::jetstream::{self, stream::Stream};
use checks::{Door, Explain, Host, Missed, check};
use futures_util::{StreamExt, TryStreamExt};
use tokio::{task::JoinSet, time::timeout};

use super::common::{
    GIVEN, JOB_STAYS, TASK_1, TASK_3, World, bound, call, caller_at, heard, is_done, job, outcome, said,
    soon, with_server,
};

const NOT_KEPT: &str = "the job goes to whoever listens at that moment, and nobody keeps it";
const OWN_CONSUMER: &str = "each machine has a consumer of its own, and so each gets every job";
const BEHIND: &str = "jobs wait behind a slow one, in the machine that has it: it asks for more than one, or is given \
                      them without asking";

/// A job that is handed in while no machine is there waits for one.
#[test]
fn job_waits_until_a_machine_comes() {
    with_server(TASK_1, async |world| {
        let machines = world.caller().await;
        let waiting = call(&machines, job("tea"));
        world.holds(1, 0).await.or_explain(NOT_KEPT, TASK_1);
        let _machine = world.patient_machine().await;
        is_done(waiting, "tea").await.or_explain(NOT_KEPT, TASK_1);
    });
}

/// While one machine is at a long job, the other one does all the rest.
#[test]
fn free_machine_takes_the_next_job() {
    with_server(TASK_1, async |world| {
        let _both = (world.patient_machine().await, world.patient_machine().await);
        let machines = world.caller().await;
        let held = world.hold("slow");
        let slow = call(&machines, job("slow"));
        world.begins("slow", 1).await.or_explain(GIVEN, TASK_1);
        let quick: Vec<_> =
            (0..20).map(|number| call(&machines, Job::Upper(format!("tea {number}")))).collect();
        for (number, quick) in quick.into_iter().enumerate() {
            let answer = outcome(quick).await;
            let expected = Ok(Answer::Text(format!("TEA {number}")));
            let seen = check(answer == expected, said(&expected), said(&answer));
            told_why(world, seen).await.or_explain(BEHIND, TASK_1);
        }
        drop(held);
        is_done(slow, "slow").await.or_explain(GIVEN, TASK_1);
    });
}

/// Names the cause where the engine gives out no job, as so many are not confirmed.
async fn told_why(world: &World, seen: Result<(), Missed>) -> Result<(), Missed> {
    let Err(missed) = seen else { return Ok(()) };
    let client = async_nats::connect(world.server.url()).await.expect("a line to the server");
    let jobs: Stream = jetstream::new(client).get_stream("THAW_JOBS").await.expect("a stream");
    let names: Vec<String> = jobs.consumer_names().try_collect().await.expect("names");
    for name in names {
        let consumer = jobs.consumer_info(&name).await.expect("a consumer that is there");
        let most = usize::try_from(consumer.config.max_ack_pending).unwrap_or(usize::MAX);
        if consumer.num_pending > 0 && (1..=consumer.num_ack_pending).contains(&most) {
            return Err(
                missed.because("`max_ack_pending` counts the jobs of all machines, and the others wait")
            );
        }
    }
    Err(missed)
}

/// Each job has one machine: while that one is at it, the other one does what comes behind.
#[test]
fn job_has_one_machine() {
    with_server(TASK_1, async |world| {
        let machines = world.caller().await;
        let held = world.hold("tea");
        let tea = call(&machines, job("tea"));
        world.holds(1, 0).await.or_explain(NOT_KEPT, TASK_1);
        let names = ["milk", "sugar", "lemon"];
        let others = names.map(|name| call(&machines, job(name)));
        world.holds(4, 0).await.or_explain(NOT_KEPT, TASK_1);
        let _both = (world.patient_machine().await, world.patient_machine().await);
        for (name, other) in names.iter().zip(others) {
            let done = is_done(other, name).await;
            // The first job is first for each machine that gets them all, and nobody is left for the others.
            let is_done_twice = world.runs("tea").len() > 1;
            done.map_err(|missed| if is_done_twice { missed.because(OWN_CONSUMER) } else { missed })
                .or_explain(BEHIND, TASK_1);
        }
        drop(held);
        is_done(tea, "tea").await.or_explain(GIVEN, TASK_1);
        let runs = ["tea", "milk", "sugar", "lemon"].map(|name| world.runs(name).len());
        check(runs == [1; 4], "each of four jobs runs once", said(&runs)).or_explain(OWN_CONSUMER, TASK_1);
    });
}

/// A machine that is killed while it waits costs nothing.
#[test]
fn idle_death_costs_nothing() {
    with_server(TASK_1, async |world| {
        let mut idle = world.machine();
        let machines = world.caller().await;
        is_done(call(&machines, job("first")), "first").await.or_explain(GIVEN, TASK_1);
        idle.kill();
        let waiting = [call(&machines, job("tea")), call(&machines, job("milk"))];
        let _other = world.machine();
        for (waiting, name) in waiting.into_iter().zip(["tea", "milk"]) {
            is_done(waiting, name)
                .await
                .or_explain("a job is given to a machine that has not asked for it", TASK_1);
        }
    });
}

/// An engine that is full says so at once, and loses nothing.
#[test]
fn full_engine_is_busy() {
    with_server(TASK_1, async |world| {
        let machines = world.caller_with(Settings { waiting: 3, ..Settings::default() }).await;
        let names = ["tea", "milk", "sugar"];
        let jobs = names.map(|name| call(&machines, job(name)));
        world.holds(3, 0).await.or_explain(NOT_KEPT, TASK_1);
        let refused = outcome(call(&machines, job("lemon"))).await;
        let likely = "the engine has no bound, or throws the oldest job away, or its \"no\" is no answer";
        check(refused == Err(Failure::Busy(3)), "`Busy(3)` for the fourth of three", said(&refused))
            .or_explain(likely, TASK_1);
        let _machine = world.patient_machine().await;
        for (name, job) in names.iter().zip(jobs) {
            is_done(job, name).await.or_explain("the oldest job is thrown away for the newest", TASK_1);
        }
        is_done(call(&machines, job("lemon")), "lemon").await.or_explain(GIVEN, TASK_1);
        check(world.runs("lemon").len() == 1, "a refused job never runs", "it did").or_explain(GIVEN, TASK_1);
    });
}

/// A hand-in whose confirmation is lost is tried again, and the job still runs once.
#[test]
fn second_hand_in_is_no_second_job() {
    with_server(TASK_1, async |world| {
        let _both = (world.patient_machine().await, world.patient_machine().await);
        let mut hand_ins = heard(&world.server.url(), "thaw.jobs.>").await;
        let door = Door::to(&world.server);
        let (machines, others) = (caller_at(&door, Settings::default()).await, world.caller().await);
        let held = world.hold("tea");
        door.deafen();
        let waiting = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(NOT_KEPT, TASK_1);
        door.open();
        door.cut();
        for number in ["first", "second"] {
            let came = timeout(soon(), hand_ins.next()).await.is_ok();
            check(came, format!("a {number} hand-in"), "none: its confirmation was lost on the way")
                .or_explain("the hand-in is not confirmed, or not tried again", TASK_1);
        }
        let likely =
            "a hand-in bears no message id, or another one each time: the engine takes it for another job";
        // The other machine is free for this, unless it has taken the same job again.
        is_done(call(&others, job("milk")), "milk").await.or_explain(likely, TASK_1);
        drop(held);
        is_done(waiting, "tea").await.or_explain(NOT_KEPT, TASK_1);
        let runs = world.runs("tea").len();
        check(runs == 1, "the job runs once", format!("it ran {runs} times")).or_explain(likely, TASK_1);
        world.holds_jobs(0).await.or_explain(likely, TASK_1);
    });
}

/// Ten thousand jobs wait with nobody there, and then each gets its own answer.
#[test]
fn ten_thousand_jobs_wait() {
    const JOBS: usize = 10_000;
    with_server(TASK_1, async |world| {
        let machines = world.caller().await;
        let mut jobs = JoinSet::new();
        for number in 0..JOBS {
            let machines = machines.clone();
            jobs.spawn(async move { (number, machines.call(Job::Upper(format!("tea {number}"))).await) });
        }
        world
            .holds_within(JOBS as u64, 0, bound())
            .await
            .or_explain("the engine has less room than its settings say", TASK_1);
        let _both = (world.patient_machine().await, world.patient_machine().await);
        let (began, mut done) = (Instant::now(), 0);
        while let Ok(Some(joined)) = timeout(bound().saturating_sub(began.elapsed()), jobs.join_next()).await
        {
            let (number, answer) = joined.expect("no panic");
            let expected = Ok(Answer::Text(format!("TEA {number}")));
            check(answer == expected, said(&expected), said(&answer))
                .or_explain("answers are mixed up", TASK_3);
            done += 1;
        }
        check(done == JOBS, format!("{JOBS} answers"), done.to_string()).or_explain(NOT_KEPT, TASK_1);
        world.holds_jobs(0).await.or_explain(JOB_STAYS, TASK_1);
    });
}

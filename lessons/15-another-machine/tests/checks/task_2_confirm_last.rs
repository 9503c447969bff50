//! Task 2, confirm last: what a machine has is done by another one when it falls silent.

use std::time::Duration;

use another_machine::{Answer, Failure, Job};
use async_nats::jetstream::{
    self,
    stream::{Config, DiscardPolicy},
};
use checks::{Door, Explain, Host, check, descendants, patience};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::common::{
    GIVEN, JOB_STAYS, TASK_2, TASK_3, World, call, call_as, heard, holder, is_done, is_gone, job, outcome,
    said, soon, with_server,
};

const EARLY: &str =
    "a machine confirms its job before it is done, so nobody does it when the machine is gone";

/// A machine that is killed at a job costs time, and no job; nothing that it has started outlives it.
#[test]
fn killed_machine_loses_no_job() {
    with_server(TASK_2, async |world| {
        let mut both = [world.machine(), world.machine()];
        let machines = world.caller().await;
        let held = world.hold("tea");
        let waiting = call(&machines, job("tea"));
        let begun = world.begins("tea", 1).await.or_explain(GIVEN, TASK_2);
        let at = holder(&both, begun[0]).unwrap_or_default();
        let started = descendants(both[at].process()).unwrap_or_default();
        both[at].kill();
        world.begins("tea", 2).await.or_explain(EARLY, TASK_2);
        for process in started {
            is_gone(process).await.or_explain("what a killed machine has started goes on", TASK_2);
        }
        drop(held);
        is_done(waiting, "tea").await.or_explain(EARLY, TASK_2);
        world.holds_jobs(0).await.or_explain(JOB_STAYS, TASK_2);
    });
}

/// A machine that dies between its answer and its confirmation: the job runs again, and its caller hears of it once.
#[test]
fn second_answer_is_not_heard() {
    with_server(TASK_2, async |world| {
        let door = Door::to(&world.server);
        let mut first = world.machine_at(&door);
        door.swallow_from(confirms);
        let machines = world.caller().await;
        // Of a job with a name, an answer that nobody has asked for would be kept.
        let waiting = call_as(&machines, "tea");
        let early = "a job is confirmed before its answer is out, or never answered";
        is_done(waiting, "tea").await.or_explain(early, TASK_2);
        door.has_swallowed(4).or_explain("the job is never confirmed", TASK_2);
        first.kill();
        let _second = world.machine();
        world.begins("tea", 2).await.or_explain(EARLY, TASK_2);
        let likely = "the answer has no message id, so the engine keeps the second one, for nobody";
        world.holds(0, 0).await.or_explain(likely, TASK_3);
        let answer = outcome(call(&machines, Job::Upper("milk".into()))).await;
        check(answer == Ok(Answer::Text("MILK".into())), "its own answer for the next job", said(&answer))
            .or_explain("the second answer is taken for that of another job", TASK_3);
    });
}

/// Whether a machine says here that it is done with a job; "in progress" and "not done" are said likewise.
fn confirms(piece: &[u8]) -> bool {
    let text = String::from_utf8_lossy(piece);
    let mut said = text.split("PUB $JS.ACK.").skip(1).filter_map(|said| said.split("\r\n").nth(1));
    said.any(|said| is_done_with(said.as_bytes()))
}

/// Whether a machine that says this of a job is done with it.
fn is_done_with(said: &[u8]) -> bool {
    said.is_empty() || ["+ACK", "+NXT", "+TERM"].iter().any(|word| said.starts_with(word.as_bytes()))
}

/// The engine, and how it keeps answers.
async fn stream_of_answers(world: &World) -> (jetstream::Context, Config) {
    let client = async_nats::connect(world.server.url()).await.expect("a line to the server");
    let engine = jetstream::new(client);
    let answers = engine.get_stream("THAW_ANSWERS").await.expect("a stream");
    let config = answers.cached_info().config.clone();
    (engine, config)
}

/// While the engine does not take an answer, its job stays there: what is confirmed nobody would do again.
#[test]
fn untaken_answer_leaves_its_job() {
    with_server(TASK_2, async |world| {
        let _machine = world.patient_machine().await;
        let machines = world.caller().await;
        let held = world.hold("tea");
        let waiting = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_2);
        world.holds_jobs(1).await.or_explain(EARLY, TASK_2);
        let (engine, config) = stream_of_answers(world).await;
        // No message is so short.
        engine
            .update_stream(Config { max_message_size: 1, ..config.clone() })
            .await
            .expect("another setting");
        let mut answers = heard(&world.server.url(), "thaw.answers.>").await;
        drop(held);
        for time in 1..=6 {
            let came = timeout(soon(), answers.next()).await.is_ok();
            let expected = "an answer that is handed in again and again, while the engine takes none";
            let likely = match time {
                1 => "no answer is handed in",
                _ => "a hand-in is given up before the engine has confirmed it",
            };
            check(came, expected, format!("it is handed in {} times", time - 1)).or_explain(likely, TASK_2);
        }
        world.holds_jobs(1).await.or_explain("a job is confirmed before the engine has its answer", TASK_2);
        engine.update_stream(config).await.expect("the setting as it was");
        world.holds_jobs(0).await.or_explain(JOB_STAYS, TASK_2);
        is_done(waiting, "tea").await.or_explain("an answer is handed in, and not told", TASK_3);
    });
}

/// What the engine refuses to take is not handed in: the job stays, and is done again when there is room.
#[test]
fn refused_answer_leaves_its_job() {
    with_server(TASK_2, async |world| {
        let _machine = world.machine_with(patience() / 2).await;
        let machines = world.caller().await;
        let held = world.hold("tea");
        let waiting = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_2);
        let (engine, config) = stream_of_answers(world).await;
        // There is room for none, which is no use to try again.
        let full = Config { max_bytes: 1, discard: DiscardPolicy::New, ..config.clone() };
        engine.update_stream(full).await.expect("another setting");
        let mut answers = heard(&world.server.url(), "thaw.answers.>").await;
        let mut words = heard(&world.server.url(), "$JS.ACK.>").await;
        drop(held);
        let came = timeout(soon(), answers.next()).await.is_ok();
        check(came, "an answer that is handed in", "none").or_explain("no answer is handed in", TASK_2);
        let is_confirmed = async {
            loop {
                match &words.next().await?.payload[..] {
                    b"+WPI" => (),
                    word => return Some(is_done_with(word)),
                }
            }
        };
        let is_confirmed = timeout(soon(), is_confirmed).await.ok().flatten();
        check(
            is_confirmed != Some(true),
            "a job that stays, as the engine refuses its answer",
            "it is confirmed",
        )
        .or_explain("the job is confirmed, whatever `hand_in` returns", TASK_2);
        engine.update_stream(config).await.expect("the setting as it was");
        is_done(waiting, "tea").await.or_explain("the job is given up when its answer is refused", TASK_2);
        world.holds_jobs(0).await.or_explain(JOB_STAYS, TASK_2);
    });
}

/// A machine that stood still and goes on answers a second time, and nobody hears of it.
#[test]
fn late_machine_is_not_heard() {
    with_server(TASK_2, async |world| {
        let mut both = [world.machine(), world.machine()];
        let machines = world.caller().await;
        let held = world.hold("tea");
        let waiting = call_as(&machines, "tea");
        let begun = world.begins("tea", 1).await.or_explain(GIVEN, TASK_2);
        let late = holder(&both, begun[0]).unwrap_or_default();
        both[late].signal("STOP");
        world.begins("tea", 2).await.or_explain(EARLY, TASK_2);
        drop(held);
        is_done(waiting, "tea").await.or_explain(EARLY, TASK_2);
        both[late].signal("CONT");
        both[1 - late].kill();
        // It does one after the other: when this is done, so is its old job.
        is_done(call(&machines, job("milk")), "milk")
            .await
            .or_explain("a machine that was late takes no more", TASK_2);
        let likely = "the answer has no message id, so the engine keeps the second one, for nobody";
        world.holds(0, 0).await.or_explain(likely, TASK_3);
    });
}

/// A job that takes longer than a machine may be silent stays with its machine.
#[test]
fn long_job_stays_with_its_machine() {
    with_server(TASK_2, async |world| {
        let silence = patience() / 2;
        let _both = (world.machine_with(silence).await, world.machine_with(silence).await);
        let machines = world.caller().await;
        let held = world.hold("tea");
        let waiting = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_2);
        let again = timeout(silence * 2, world.begins("tea", 2)).await;
        check(
            again.is_err(),
            "one machine at the job, for twice as long as it may be silent",
            "another one began it",
        )
        .or_explain("nobody says \"in progress\" while the job runs", TASK_2);
        drop(held);
        is_done(waiting, "tea").await.or_explain(EARLY, TASK_2);
    });
}

/// A job over which three machines die gets no fourth one, and its caller hears why.
#[test]
fn deadly_job_has_an_end() {
    with_server(TASK_2, async |world| {
        let mut doomed: Vec<_> = (0..3).map(|_| world.machine()).collect();
        let machines = world.caller().await;
        let deadly = call(&machines, Job::Run("sh deadly".into()));
        let killed = world.begins("deadly", 3).await;
        let is_told = deadly.is_finished();
        killed
            .map_err(|missed| if is_told { missed.because("the bound is another one") } else { missed })
            .or_explain("a job is not done again when its machine is gone", TASK_2);
        doomed.iter_mut().for_each(|machine| drop(machine.exits()));
        let survivor = world.machine();
        let told = outcome(deadly).await;
        let likely = match world.runs("deadly").len() {
            3 => "nobody gets the job any more, and so nobody tells its caller",
            _ => "a job that kills its machines is given to every machine there is",
        };
        check(matches!(&told, Err(Failure::Died(_))), "`Died`, over 3 machines", said(&told))
            .or_explain(likely, TASK_2);
        let has_cause = matches!(&told, Err(Failure::Died(why)) if why.contains('3'));
        check(has_cause, "`Died`, and that 3 machines fell silent", said(&told))
            .or_explain("the caller does not hear how many machines fell silent before this one", TASK_2);
        let runs = world.runs("deadly").len();
        check(runs == 3, "three machines began it", runs.to_string())
            .or_explain("the bound is another one", TASK_2);
        is_done(call(&machines, job("tea")), "tea").await.or_explain("the last machine is gone, too", TASK_2);
        world.holds_jobs(0).await.or_explain("the job is never confirmed, and stays in the engine", TASK_2);
        drop(survivor);
    });
}

/// A job whose worker process crashes is answered by the machine, once, and costs no machine.
#[test]
fn crash_is_an_answer() {
    with_server(TASK_2, async |world| {
        let machine = world.machine();
        let machines = world.caller().await;
        let told = outcome(call(&machines, Job::Crash)).await;
        check(matches!(&told, Err(Failure::Died(_))), "`Died`", said(&told)).or_explain(GIVEN, TASK_2);
        let cause = if cfg!(unix) { "SIGABRT" } else { "0xc0000409" };
        let is_own = matches!(&told, Err(Failure::Died(why)) if why.contains(cause));
        let likely = match said(&told).contains("silent") {
            true => "the job of a worker that crashed is handed back, and done again",
            false => GIVEN,
        };
        check(is_own, format!("`Died`, with `{cause}`"), said(&told)).or_explain(likely, TASK_2);
        is_done(call(&machines, job("tea")), "tea")
            .await
            .or_explain("a crash takes the machine along", TASK_2);
        check(descendants(machine.process()).is_none_or(|all| all.len() <= 1), "one worker process", "more")
            .or_explain(GIVEN, TASK_2);
    });
}

/// A machine that is asked to end hands its job back: another one begins it without waiting for a silence.
#[test]
fn machine_that_leaves_hands_its_job_back() {
    with_server(TASK_2, async |world| {
        let silence = Duration::from_secs(3600);
        let mut first = world.machine();
        let machines = world.caller().await;
        let held = world.hold("tea");
        let waiting = call(&machines, job("tea"));
        world.begins("tea", 1).await.or_explain(GIVEN, TASK_2);
        // From now on nobody waits for a silence of the first one.
        let _second = world.machine_with(silence).await;
        let mut words = heard(&world.server.url(), "$JS.ACK.>").await;
        first.signal("INT");
        let status = first.exits().or_explain("Ctrl-C does not end a machine that is at a job", TASK_2);
        check(status == Some(0), "status 0 for Ctrl-C", said(&status)).or_explain(GIVEN, TASK_2);
        world
            .begins("tea", 2)
            .await
            .or_explain("a machine that ends keeps its job until it counts as dead", TASK_2);
        let handed_back = async {
            loop {
                let word = words.next().await?.payload;
                if word.starts_with(b"-NAK") {
                    break Some(String::from_utf8_lossy(&word).into_owned());
                }
            }
        };
        let back = timeout(soon(), handed_back).await.ok().flatten().unwrap_or_default();
        check(!back.contains("delay"), "a job that is handed back for whoever is free", back)
            .or_explain("the job is handed back for later, and waits although a machine is free", TASK_2);
        drop(held);
        is_done(waiting, "tea").await.or_explain(EARLY, TASK_2);
    });
}

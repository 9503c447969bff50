//! Lengths, names and counts: what is past a limit is refused at once, and what is within it is taken.

use std::{collections::HashSet, time::Duration};

use async_nats::jetstream::{
    self,
    consumer::{PullConsumer, pull},
    stream::Config,
};
use checks::{Host, NatsServer, patience};
use futures_util::{StreamExt, future::join_all};
use solution_15::{Failure, Job, Machines, Settings};
use tokio::{join, select};

use crate::common::{
    beside_a_machine, beside_a_machine_with, bounded, caller, engine, holds, is_tea, says, settings, tea,
};

/// More than the 1000 messages for which the engine waits by itself, before it gives anybody another one.
const MANY: usize = 1001;

/// What is longer than the server takes is refused with both lengths: the job at once, the answer when it is there.
#[test]
fn too_long() {
    let Some(server) = NatsServer::start_with("jetstream: enabled, max_payload: 65536") else { return };
    bounded(async {
        let caller = caller(&server, settings()).await;
        let refused = refusal(&caller, 100_000).await;
        says(&refused, &["bytes", "the server takes 64512"]);
        let answers = async {
            // 108 894 bytes, for a request of a few.
            let run = if cfg!(windows) { "cmd /c dir /s /b C:\\Windows\\System32" } else { "seq 20000" };
            let long = caller.call_within(Job::Run(run.to_owned()), patience()).await.expect_err("too long");
            says(&long, &["bytes", "the server takes 64512"]);
            tea(&caller).await
        };
        assert_eq!(beside_a_machine(&server.url(), answers).await, is_tea());
        // The longest job that is taken waits here for a machine.
        let (length, text) = (100_000, refused.to_string());
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
        let (frame, most): (usize, usize) = (numbers.next().unwrap(), numbers.next().unwrap());
        let longest = length - (frame - most);
        says(&refusal(&caller, longest + 1).await, &["64513 bytes"]);
        let engine = engine(&server).await;
        select! {
            outcome = caller.call(Job::Echo(vec![7; longest])) => panic!("{outcome:?}"),
            () = holds(&engine, "THAW_JOBS", 1) => {}
        }
        // Its name stands in the message, too: with this one it is longer than the server takes.
        let outcome = caller.call_as(&"a".repeat(2000), Job::Echo(vec![7; longest]), patience()).await;
        assert!(matches!(outcome, Err(Failure::Refused(_))), "{outcome:?}");
    });
}

async fn refusal(caller: &Machines, length: usize) -> Failure {
    caller.call_within(Job::Echo(vec![7; length]), patience()).await.expect_err("too long")
}

/// Names become parts of subjects: what is no word is refused, and named; so is one for which somebody waits.
#[test]
fn names_are_words() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let kitchen = Settings { caller: Some("kitchen-2".to_owned()), ..settings() };
        let caller = caller(&server, kitchen).await;
        let tea = |name| caller.call_as(name, Job::Upper("tea".to_owned()), patience());
        for name in ["", "tea.cup", "tea cup", "*", ">", "_tea", "th\u{e9}"] {
            let refused = tea(name).await.expect_err("no word");
            says(&refused, &[&format!("`{name}` is no word of letters, digits and dashes")]);
            let settings = Settings { caller: Some(name.to_owned()), ..settings() };
            let refused = Machines::connect(&server.url(), settings).await.err();
            says(&refused.expect("no word"), &[&format!("`{name}` is no word")]);
        }
        let engine = engine(&server).await;
        let second = async {
            holds(&engine, "THAW_JOBS", 1).await;
            tea("tea-2").await.expect_err("somebody waits")
        };
        select! {
            outcome = tea("tea-2") => panic!("{outcome:?}"),
            refused = second => says(&refused, &["somebody waits for `kitchen-2.tea-2` already"]),
        }
        // It is named, so it is still there.
        assert_eq!(beside_a_machine(&server.url(), tea("tea-2")).await, is_tea());
    });
}

/// An engine that will not have a job for another reason than its bound is not busy: the hand-in is tried again.
#[test]
fn other_refusals_pass() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let caller = caller(&server, settings()).await;
        let client = async_nats::connect(server.url()).await.unwrap();
        let mut hand_ins = client.subscribe("thaw.jobs.>").await.unwrap();
        let engine = jetstream::new(client);
        let own = engine.get_stream("THAW_JOBS").await.unwrap().cached_info().config.clone();
        engine.update_stream(Config { max_message_size: 1, ..own.clone() }).await.unwrap();
        let opened = async {
            hand_ins.next().await.unwrap();
            hand_ins.next().await.unwrap();
            engine.update_stream(own).await.unwrap();
        };
        let url = server.url();
        let (done, ()) = join!(beside_a_machine(&url, tea(&caller)), opened);
        assert_eq!(done, is_tea());
    });
}

/// A caller for whom many answers wait that nobody has asked for hears the next one.
#[test]
fn many_early_answers() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let kitchen = Settings { caller: Some("kitchen".to_owned()), ..settings() };
        let caller = caller(&server, kitchen).await;
        publish(&server, "thaw.answers.kitchen").await;
        assert_eq!(beside_a_machine(&server.url(), tea(&caller)).await, is_tea());
    });
}

/// As many machines may be at a job as there are.
#[test]
fn many_machines() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        // None of these jobs is given out again meanwhile.
        let patient = Settings { silence: Duration::from_secs(3600), ..settings() };
        let caller = caller(&server, patient.clone()).await;
        assert_eq!(beside_a_machine_with(patient, &server.url(), tea(&caller)).await, is_tea());
        publish(&server, "thaw.jobs.guest").await;
        let jobs = engine(&server).await.get_stream("THAW_JOBS").await.unwrap();
        let machines: PullConsumer = jobs.get_consumer::<pull::Config>("machines").await.unwrap();
        let given = machines.batch().max_messages(MANY).expires(patience()).messages().await.unwrap();
        let given = given.map(|job| job.unwrap().info().unwrap().stream_sequence);
        assert_eq!(given.collect::<HashSet<_>>().await.len(), MANY);
    });
}

/// Has the engine keep a few more than [`MANY`] messages, which nobody can read.
async fn publish(server: &NatsServer, below: &str) {
    let engine = engine(server).await;
    let sent = (0..MANY + 10).map(|number| engine.publish(format!("{below}.{number}"), "tea".into()));
    for confirmation in join_all(sent).await {
        confirmation.unwrap().await.unwrap();
    }
}

//! What is left when a caller or a machine ends, or when a line does.

use std::{thread, time::Duration};

use async_nats::jetstream::stream::Stream;
use checks::{Door, Host, NatsServer, patience};
use futures_util::TryStreamExt;
use solution_15::{Job, Machine, Settings};
use tokio::{join, runtime::Builder, spawn, sync::oneshot, task::spawn_blocking};

use crate::common::{beside_a_machine, bounded, caller, engine, eventually, holds, is_tea, settings};

/// A second, for which answers are kept, and callers remembered who do not ask for them.
const SHORT: Duration = Duration::from_secs(1);

/// A caller that has ended is forgotten after a while, and so is an answer that nobody fetches.
#[test]
fn caller_that_ends_is_forgotten() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let kitchen = Settings { caller: Some("kitchen".to_owned()), kept: SHORT, ..settings() };
        let caller = caller(&server, kitchen).await;
        let engine = engine(&server).await;
        let answers = engine.get_stream("THAW_ANSWERS").await.unwrap();
        let asks = async |name: &str| consumers(&answers).await.iter().any(|asks| asks == name);
        eventually(async || asks("kitchen").await).await;
        engine.publish("thaw.answers.guest.tea", "tea".into()).await.unwrap().await.unwrap();
        holds(&engine, "THAW_ANSWERS", 0).await;
        // As long as it is there, it asks.
        assert!(asks("kitchen").await);
        drop(caller);
        eventually(async || !asks("kitchen").await).await;
    });
}

async fn consumers(stream: &Stream) -> Vec<String> {
    stream.consumer_names().try_collect().await.unwrap()
}

/// An answer that a broken line has swallowed comes again, as soon as a machine would count as dead.
#[test]
fn swallowed_answer_comes_again() {
    let Some(server) = NatsServer::start() else { return };
    let door = Door::to(&server);
    bounded(async {
        let kitchen = Settings { caller: Some("kitchen".to_owned()), ..settings() };
        let caller = caller(&door, kitchen).await;
        let answers = engine(&server).await.get_stream("THAW_ANSWERS").await.unwrap();
        let state = async || answers.consumer_info("kitchen").await.ok();
        eventually(async || state().await.is_some_and(|state| state.num_waiting > 0)).await;
        door.deafen();
        let waiting =
            spawn(async move { caller.call_within(Job::Upper("tea".to_owned()), 2 * patience()).await });
        let told = async {
            eventually(async || state().await.is_some_and(|state| state.num_ack_pending > 0)).await;
            door.open();
            door.cut();
            waiting.await.unwrap()
        };
        assert_eq!(beside_a_machine(&server.url(), told).await, is_tea());
    });
}

/// A machine that is asked to end, and whose last answer the engine has not confirmed yet, hands it in before.
#[test]
fn last_answer_is_handed_in() {
    let Some(server) = NatsServer::start() else { return };
    let door = Door::to(&server);
    let (url, (stop, stopped), (told, hears)) = (door.url(), oneshot::channel::<()>(), oneshot::channel());
    // Its tasks end with its loop, as with a program.
    let machine = thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            // Nobody gives its job to another machine before this test ends.
            let settings = Settings { silence: 4 * patience(), ..settings() };
            let machine = Machine::connect(&url, settings).await.expect("a machine");
            let stop = async {
                stopped.await.unwrap();
                told.send(()).unwrap();
            };
            machine.work(stop).await;
        });
    });
    // It is open until the machine has ended.
    let _door = bounded(async {
        door.swallow_from(|said| String::from_utf8_lossy(said).contains("PUB thaw.answers."));
        let caller = caller(&server, settings()).await;
        let ending = async {
            let door = spawn_blocking(move || door.has_swallowed(1).map(|()| door)).await.unwrap().unwrap();
            stop.send(()).unwrap();
            hears.await.unwrap();
            door.open();
            // What was thrown away may have held more than that; a new line says it all again.
            door.cut();
            door
        };
        let (outcome, door) = join!(caller.call_within(Job::Upper("tea".to_owned()), 2 * patience()), ending);
        assert_eq!(outcome, is_tea());
        door
    });
    machine.join().unwrap();
}

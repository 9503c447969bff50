//! What these tests share: a loop that ends, a machine beside a caller, and a look into the engine.

use std::{fmt::Display, future::pending, path::PathBuf, time::Duration};

use async_nats::jetstream::{self, stream::Stream};
use checks::{Host, NatsServer, patience};
use solution_15::{Answer, Job, Machine, Machines, Outcome, Settings};
use tokio::{
    runtime::Builder,
    time::{sleep, timeout},
};

/// Does something on a loop of one thread, and no longer than a check may wait.
pub fn bounded<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { timeout(4 * patience(), work).await }).expect("an end in time")
}

/// The machine's worker process: the program of the solution.
pub fn settings() -> Settings {
    let program = Some(PathBuf::from(env!("CARGO_BIN_EXE_solution-15")));
    Settings { program, ..Settings::default() }
}

/// A caller with settings of its own.
pub async fn caller(host: &impl Host, settings: Settings) -> Machines {
    Machines::connect(&host.url(), settings).await.expect("a caller")
}

/// A machine that works for as long as `with` does.
pub async fn beside_a_machine<T>(url: &str, with: impl Future<Output = T>) -> T {
    beside_a_machine_with(settings(), url, with).await
}

/// As [`beside_a_machine`], with settings of its own.
pub async fn beside_a_machine_with<T>(settings: Settings, url: &str, with: impl Future<Output = T>) -> T {
    let machine = Machine::connect(url, settings).await.expect("a machine");
    tokio::select! { () = machine.work(pending()) => unreachable!("it works on"), value = with => value }
}

pub async fn tea(caller: &Machines) -> Outcome {
    caller.call_within(Job::Upper("tea".to_owned()), patience()).await
}

pub fn is_tea() -> Outcome {
    Ok(Answer::Text("TEA".to_owned()))
}

/// Checks that something is said in one line, with all of `parts`.
pub fn says(error: &impl Display, parts: &[&str]) {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in parts {
        assert!(text.contains(part), "`{text}` does not say `{part}`");
    }
}

/// The engine of a server, as somebody else sees it.
pub async fn engine(server: &NatsServer) -> jetstream::Context {
    jetstream::new(async_nats::connect(server.url()).await.unwrap())
}

/// Waits until a stream holds so many messages.
pub async fn holds(engine: &jetstream::Context, stream: &str, messages: u64) {
    let stream: Stream = engine.get_stream(stream).await.unwrap();
    eventually(async || stream.get_info().await.unwrap().state.messages == messages).await;
}

/// Waits until something is so that is told only when it is asked for; the test's own bound ends that.
pub async fn eventually(mut is_so: impl AsyncFnMut() -> bool) {
    while !is_so().await {
        sleep(Duration::from_millis(5)).await;
    }
}

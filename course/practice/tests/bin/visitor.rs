//! A client for the tests of the trace: it blocks its loop, a thread and the pool, each once, and ends by itself.
//!
//! Run it: `cargo run -p practice --bin visitor -- --trace FILE`; with `WORKERS=2` it has two worker threads.

use std::{env, io, process::ExitCode, thread, time::Duration};

use futures_util::{SinkExt, StreamExt};
use practice::{Heartbeat, Visit, println, trace};
use tokio::{runtime::Builder, task};
use tokio_tungstenite::tungstenite::Message;

fn main() -> ExitCode {
    practice::visit_or_work(run, || Err(io::Error::other("this worker has no work")))
}

fn run(visit: &Visit) -> io::Result<()> {
    let workers = env::var("WORKERS").ok().and_then(|count| count.parse().ok());
    let mut builder = workers.map_or_else(Builder::new_current_thread, |count| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(count);
        builder
    });
    let runtime = trace::event_loop(builder.enable_all()).build()?;
    let url = visit.url.clone();
    runtime.block_on(async { task_or_body(workers.is_some(), stay(url)).await })
}

/// On a multi-thread runtime the body of `block_on` runs on no worker.
async fn task_or_body(
    is_task: bool,
    stay: impl Future<Output = io::Result<()>> + Send + 'static,
) -> io::Result<()> {
    if is_task { tokio::spawn(stay).await? } else { stay.await }
}

async fn stay(url: String) -> io::Result<()> {
    let mut room = practice::connect(&url).await?;
    let heartbeat = Heartbeat::start();
    thread::Builder::new().name("reading thread".into()).spawn(|| {
        trace::typed("hello");
        // Abandoned: the span is still open when the trace is written.
        trace::blocked("read_line", thread::park);
    })?;
    task::spawn_blocking(|| trace::job("digest", || thread::sleep(Duration::from_millis(20)))).await?;
    let request = trace::request(4711, "/upper");
    trace::blocked("read_line", || thread::sleep(Duration::from_millis(300)));
    drop(request);
    drop(trace::request(4712, "/primes"));
    drop(trace::request(4711, "/primes"));
    room.send(Message::text("hello")).await.map_err(io::Error::other)?;
    while let Some(Ok(message)) = room.next().await {
        if let Message::Text(text) = &message {
            println!("<< {text}");
            trace::shown(text);
            break;
        }
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    room.close(None).await.map_err(io::Error::other)?;
    while let Some(Ok(_)) = room.next().await {}
    Ok(())
}

//! The client ends at once and loses nothing, whoever ends it.
//!
//! Run it: `cargo run -p solution-05`, then press Ctrl-C, or Ctrl-D, or type `/quit`.
//! You will see the last messages, the farewell, and your shell, without another Enter.
//!
//! ```text
//!   /quit, EOF, room gone ──▶ wait for jobs ──▶ goodbye ──▶ abandon the thread in read_line
//!   Ctrl-C ──────────────────────────────────▶ goodbye ──▶ abandon it, and the jobs
//!   Ctrl-C twice ────────────────────────────────────────▶ abandon all at once
//! ```

use std::{io, pin::pin, process::ExitCode, time::Duration};

use futures_util::{SinkExt, StreamExt};
use practice::{Heartbeat, Socket, Visit, is_command, read_line, run_command, show, trace};
use tokio::{runtime::Builder, select, signal, sync::mpsc, task, time::timeout};
use tokio_tungstenite::tungstenite::Message;

/// How long the client waits for jobs and for the room's goodbye.
const GRACE: Duration = Duration::from_millis(400);

/// Why the visit ended; the exit status is the number, and 130 is what a shell expects after Ctrl-C.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Left = 0,
    Lost = 1,
    Closed = 3,
    Interrupted = 130,
}

// ANCHOR: run
/// Joins the room, and says by the exit status why the visit ended.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let ended = runtime.block_on(chat(&visit.url));
    // Dropping the runtime would wait for the thread in `read_line`: it is abandoned instead.
    runtime.shutdown_background();
    let end = ended?;
    println!("ended: {end:?}");
    Ok(ExitCode::from(end as u8))
}
// ANCHOR_END: run

/// Runs `job` on the blocking pool and awaits its result; a panic comes back as an error.
pub async fn offload<T: Send + 'static>(
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    task::spawn_blocking(job).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

async fn chat(url: &str) -> io::Result<End> {
    let mut interrupts = interrupts();
    let mut room = select! {
        room = practice::connect(url) => room?,
        _ = interrupts.recv() => return Ok(End::Interrupted),
    };
    let heartbeat = Heartbeat::start();
    let mut jobs = task::JoinSet::new();
    let mut prompt = pin!(offload(read_line));
    let end = loop {
        select! {
            _ = interrupts.recv() => break End::Interrupted,
            line = &mut prompt => {
                let Some(line) = line? else { break End::Left };
                prompt.set(offload(read_line));
                let quit = line == "/quit";
                if is_command(&line) {
                    jobs.spawn(answer(line));
                } else {
                    // A broken connection shows itself where the next message is awaited.
                    let _ = room.send(Message::text(line)).await;
                }
                if quit {
                    break End::Left;
                }
            }
            Some(_) = jobs.join_next() => {}
            message = room.next() => match message {
                Some(Ok(message)) => show(&message),
                Some(Err(_)) => break End::Lost,
                None => break End::Closed,
            },
        }
    };
    select! {
        () = farewell(end, &mut jobs, &mut room) => {}
        _ = interrupts.recv() => {}
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    Ok(end)
}

// ANCHOR: farewell
/// Waits for the jobs, unless interrupted, and for the room's goodbye; no longer than [`GRACE`] in all.
async fn farewell(end: End, jobs: &mut task::JoinSet<()>, room: &mut Socket) {
    let goodbye = async {
        while end != End::Interrupted && jobs.join_next().await.is_some() {}
        let _ = room.close(None).await;
        while let Some(Ok(message)) = room.next().await {
            show(&message);
        }
    };
    let _ = timeout(GRACE, goodbye).await;
    if !jobs.is_empty() {
        println!("abandoned: {} jobs", jobs.len());
    }
}
// ANCHOR_END: farewell

/// One item for each Ctrl-C, which from now on no longer ends the process by itself.
fn interrupts() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move { while signal::ctrl_c().await.is_ok() && sender.send(()).await.is_ok() {} });
    receiver
}

/// Runs the command off the event loop, and prints what came of it.
async fn answer(line: String) {
    let typed = line.clone();
    match offload(move || run_command(&line)).await {
        Ok(result) => println!("== {typed}: {result}"),
        Err(error) => println!("!! {typed}: {error}"),
    }
}

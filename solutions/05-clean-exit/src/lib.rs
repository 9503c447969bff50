//! The client ends within a second and loses nothing, whoever ends it.
//!
//! Run it: `cargo run -p solution-05`, then type `/quit`, end the input, or press Ctrl-C.
//! You will see the room's last words, why the visit ended, and your shell, without another Enter.
//!
//! ```text
//!   event loop                                blocking pool
//!   talk ──▶ farewell, 0.5 s at most ──▶ end   read_line: abandoned
//! ```

use std::{io, pin::pin, process::ExitCode, time::Duration};

use futures_util::{SinkExt, StreamExt, future::join};
use practice::{Heartbeat, Socket, Visit, is_command, println, read_line, run_command, show, trace};
use tokio::{runtime::Builder, select, signal::ctrl_c, task, task::JoinSet, time::timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Why a visit ended: in words, and as the exit status.
type End = (&'static str, u8);
const LEFT: End = ("you left", 0);
const CLOSED: End = ("the room closed", 3);
const INTERRUPTED: End = ("you pressed Ctrl-C", 130);

// ANCHOR: run
/// Joins the room, and says why the visit ended.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let ended = runtime.block_on(chat(&visit.url));
    // Dropping the runtime would wait for `read_line`: its thread is abandoned instead.
    runtime.shutdown_background();
    let (why, status) = ended?;
    println!("ended: {why}");
    Ok(ExitCode::from(status))
}
// ANCHOR_END: run

/// Runs `job` on the blocking pool and awaits its result; a panic comes back as an error.
pub async fn offload<T: Send + 'static>(
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    task::spawn_blocking(job).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

// ANCHOR: chat
async fn chat(url: &str) -> io::Result<End> {
    let mut room = practice::connect(url).await?;
    let heartbeat = Heartbeat::start();
    let mut jobs = JoinSet::new();
    let ended = select! {
        ended = talk(&mut room, &mut jobs) => ended,
        // The terminal has written `^C`: what follows begins on a new line.
        Ok(()) = ctrl_c() => { println!(); Ok(INTERRUPTED) }
    };
    // Whoever presses Ctrl-C a second time does not want to wait.
    select! { () = farewell(&mut room, &mut jobs) => {}, Ok(()) = ctrl_c() => println!() }
    if !jobs.is_empty() {
        println!("abandoned: {} of your commands", jobs.len());
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}
// ANCHOR_END: chat

/// Sends what is typed, runs commands, and shows what is said, until somebody leaves.
async fn talk(room: &mut Socket, jobs: &mut JoinSet<()>) -> io::Result<End> {
    let mut prompt = pin!(offload(read_line));
    loop {
        select! {
            // Keys first: a room that never stops talking must not delay them.
            biased;
            // `/quit` is an end of input that can be typed.
            line = &mut prompt => match line?.filter(|line| line != "/quit") {
                Some(line) => {
                    prompt.set(offload(read_line));
                    if is_command(&line) {
                        jobs.spawn(answer(line));
                    } else {
                        // An error waits: what the room said before it broke is shown first.
                        let _ = room.send(Message::text(line)).await;
                    }
                }
                None => return Ok(LEFT),
            },
            Some(_) = jobs.join_next() => {}
            message = room.next() => {
                let Some(message) = message.transpose().map_err(gone)? else { return Ok(CLOSED) };
                show(&message);
                if message.is_close() { return Ok(CLOSED) }
            }
        }
    }
}

/// Runs the command that was typed, and prints what came of it.
async fn answer(line: String) {
    let typed = line.clone();
    match offload(move || run_command(&line)).await {
        Ok(result) => println!("== {typed}: {result}"),
        Err(error) => println!("!! {typed}: {error}"),
    }
}

// ANCHOR: farewell
/// Waits for the room's last words and for running jobs, but not for long.
async fn farewell(room: &mut Socket, jobs: &mut JoinSet<()>) {
    let goodbye = async {
        let _ = room.close(None).await;
        while let Some(Ok(message)) = room.next().await {
            show(&message);
        }
    };
    let answers = async { while jobs.join_next().await.is_some() {} };
    let _ = timeout(Duration::from_millis(500), join(goodbye, answers)).await;
}
// ANCHOR_END: farewell

/// Why a connection that broke ends the client.
fn gone(error: Error) -> io::Error {
    io::Error::other(format!("the room is gone: {error}"))
}

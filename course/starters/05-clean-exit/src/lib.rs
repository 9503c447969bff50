//! The client of lesson 04: it never freezes while it runs, and then it does not exit.
//!
//! Run it: `cargo run -p lesson-05`, type `/quit`, and wait for your shell.
//! You will see the report of the freeze, and no shell until you press Enter.
//!
//! ```text
//!   event loop                      blocking pool
//!   chat returns                    read_line ◀── waits for you
//!   drop(runtime) ───── waits ────▶ for as long as it takes
//! ```

use std::{io, pin::pin, time::Duration};

use futures_util::{SinkExt, StreamExt};
use practice::{Heartbeat, Socket, Visit, is_command, println, read_line, run_command, show, trace};
use tokio::{runtime::Builder, select, task, time::timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Joins the room, talks and runs commands until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    runtime.block_on(chat(&visit.url))
}

/// Runs `job` on the blocking pool and awaits its result; a panic comes back as an error.
pub async fn offload<T: Send + 'static>(
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    task::spawn_blocking(job).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

async fn chat(url: &str) -> io::Result<()> {
    let mut room = practice::connect(url).await?;
    let heartbeat = Heartbeat::start();
    let ended = talk(&mut room).await;
    leave(&mut room).await;
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// Sends what is typed, runs commands, and shows what is said, whichever comes next.
async fn talk(room: &mut Socket) -> io::Result<()> {
    let mut jobs = task::JoinSet::new();
    let mut prompt = pin!(offload(read_line));
    loop {
        select! {
            // Keys first: a room that never stops talking must not delay them.
            biased;
            line = &mut prompt => match line? {
                Some(line) => {
                    prompt.set(offload(read_line));
                    if is_command(&line) {
                        jobs.spawn(answer(line));
                    } else {
                        room.send(Message::text(line)).await.map_err(gone)?;
                    }
                }
                None => return Ok(()),
            },
            Some(_) = jobs.join_next() => {}
            message = room.next() => match message {
                Some(message) => show(&message.map_err(gone)?),
                None => return Ok(()),
            },
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

/// Says goodbye with a close frame, and shows what arrives until the room has answered it.
async fn leave(room: &mut Socket) {
    let goodbye = async {
        room.close(None).await?;
        while let Some(message) = room.next().await {
            show(&message?);
        }
        Ok::<_, Error>(())
    };
    // A room that is gone or does not answer is left all the same.
    let _ = timeout(Duration::from_secs(1), goodbye).await;
}

/// Why a connection that broke ends the client.
fn gone(error: Error) -> io::Error {
    io::Error::other(format!("the room is gone: {error}"))
}

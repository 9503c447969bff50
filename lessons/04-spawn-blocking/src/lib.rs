//! The client runs commands, and each of them stops everything, as the prompt does.
//!
//! Run it: `cargo run -p lesson-04`, talk, type `/sleep 3`, and end the input.
//! You will see no message until the end, when all come at once; `/sleep -1` ends the client.
//!
//! ```text
//!   event loop
//!   offload(read_line)     blocks here until Enter
//!   offload(run_command)   blocks here until it is done; a panic ends the client
//! ```

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt};
use practice::{Heartbeat, Socket, Visit, is_command, println, read_line, run_command, show, trace};
use tokio::{runtime::Builder, select, time::timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Joins the room, talks and runs commands until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    runtime.block_on(chat(&visit.url))
}

// New: a function with its arguments goes in, its result comes out. `practice` has `read_line` and `show` now.
/// Runs `job`, and gives its result: but on the thread of the event loop.
pub async fn offload<T: Send + 'static>(
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    job()
}

async fn chat(url: &str) -> io::Result<()> {
    let mut room = practice::connect(url).await?;
    let heartbeat = Heartbeat::start();
    let ended = talk(&mut room).await;
    leave(&mut room).await;
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

// New: the prompt is offloaded, and so is a line that is a command.
/// Sends what is typed, runs commands, and shows what is said, whichever comes next.
async fn talk(room: &mut Socket) -> io::Result<()> {
    loop {
        select! {
            // Keys first: a room that never stops talking must not delay them.
            biased;
            line = offload(read_line) => match line? {
                Some(line) => {
                    if is_command(&line) {
                        answer(line).await;
                    } else {
                        room.send(Message::text(line)).await.map_err(gone)?;
                    }
                }
                None => return Ok(()),
            },
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

//! The client runs commands, and each of them stops everything, the prompt too.
//!
//! Run it: `cargo run -p lesson-04`, press Enter now and then, and type `/sleep 3`.
//! You will see no message until the command is done; `/sleep -1` ends the client.
//!
//! ```text
//!   event loop
//!   offload(job)   runs the job right here: value, error, or the panic that ends the client
//! ```

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt};
use practice::{Heartbeat, Socket, Visit, is_command, read_line, run_command, show, trace};
use tokio::{runtime::Builder, select, task::JoinSet, time::timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Joins the room, talks and runs commands until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    runtime.block_on(chat(&visit.url))
}

/// New here: takes a function with its arguments, and gives its result; but it runs on the event loop.
pub async fn offload<T: Send + 'static>(
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    job()
}

async fn chat(url: &str) -> io::Result<()> {
    let mut room = practice::connect(url).await?;
    let heartbeat = Heartbeat::start();
    let mut jobs = JoinSet::new();
    loop {
        select! {
            line = offload(read_line) => match line? {
                Some(line) => {
                    if is_command(&line) {
                        jobs.spawn(answer(line));
                    } else {
                        room.send(Message::text(line)).await.map_err(io::Error::other)?;
                    }
                }
                None => break leave(&mut room).await,
            },
            Some(_) = jobs.join_next() => {}
            message = room.next() => match message {
                Some(message) => show(&message.map_err(io::Error::other)?),
                None => break,
            },
        }
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    Ok(())
}

/// Runs the command off the event loop, and prints what came of it.
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
    // A room that does not answer is left all the same.
    let _ = timeout(Duration::from_secs(1), goodbye).await;
}

//! The client reads stdin behind a channel, and is frozen all the same.
//!
//! Run it: `cargo run -p lesson-03`, wait, type a line or two, then end the input.
//! You will see nothing until then: find out on which thread `read_line` runs.
//!
//! ```text
//!   event loop
//!   read_line ──▶ channel ──▶ select! ◀──▶ room
//!   blocks here, and all else with it
//! ```

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt};
use practice::{Heartbeat, Socket, Visit, println, stdin, trace};
use tokio::{runtime::Builder, select, sync::mpsc, time::timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Joins the room and talks until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    runtime.block_on(chat(&visit.url))
}

async fn chat(url: &str) -> io::Result<()> {
    let mut room = practice::connect(url).await?;
    let heartbeat = Heartbeat::start();
    let ended = talk(&mut room).await;
    leave(&mut room).await;
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// Sends what is typed and shows what is said, whichever comes next.
async fn talk(room: &mut Socket) -> io::Result<()> {
    let mut lines = typed_lines()?;
    loop {
        select! {
            line = lines.recv() => match line {
                Some(line) => room.send(Message::text(line?)).await.map_err(gone)?,
                None => return Ok(()),
            },
            message = room.next() => match message {
                Some(message) => show(&message.map_err(gone)?),
                None => return Ok(()),
            },
        }
    }
}

/// Reads stdin behind a channel, which closes at the end of input.
fn typed_lines() -> io::Result<mpsc::Receiver<io::Result<String>>> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        while let Some(line) = read_line().transpose() {
            if sender.send(line).await.is_err() {
                break;
            }
        }
    });
    Ok(receiver)
}

/// Blocks the calling thread until Enter; `None` at the end of input.
fn read_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let bytes = trace::blocked("read_line", || stdin().read_line(&mut line))?;
    let line = line.trim_end().to_owned();
    trace::typed(&line);
    Ok((bytes > 0).then_some(line))
}

/// Says goodbye with a close frame, and shows what arrives until the room answers.
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

fn show(message: &Message) {
    match message {
        Message::Text(text) => println!("<< {text}"),
        Message::Close(Some(frame)) => println!("the room closed: {}", frame.reason),
        _ => return,
    }
    trace::shown(&message.to_string());
}

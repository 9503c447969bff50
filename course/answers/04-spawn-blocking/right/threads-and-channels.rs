//! RIGHT: no blocking pool at all: a thread for each job with a oneshot channel, a reading thread, `FuturesUnordered`.

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, stream::FuturesUnordered};
use practice::{Heartbeat, Socket, Visit, is_command, read_line, run_command, show, trace};
use tokio::{
    runtime::Builder,
    select,
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Joins the room, talks and runs commands until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    runtime.block_on(chat(&visit.url))
}

/// Runs `job` on a thread of its own and awaits its result; a panic comes back as an error.
pub async fn offload<T: Send + 'static>(
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().name("job".into()).spawn(move || {
        let caught = catch_unwind(AssertUnwindSafe(job));
        let _ = sender.send(caught.unwrap_or_else(|panic| Err(io::Error::other(text(&*panic)))));
    })?;
    receiver.await.map_err(io::Error::other)?
}

fn text(panic: &(dyn Any + Send)) -> String {
    let owned = panic.downcast_ref::<String>().cloned();
    owned.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default()
}

async fn chat(url: &str) -> io::Result<()> {
    let mut room = practice::connect(url).await?;
    let heartbeat = Heartbeat::start();
    let ended = talk(&mut room).await;
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

async fn talk(room: &mut Socket) -> io::Result<()> {
    let mut lines = typed_lines()?;
    let mut answers = FuturesUnordered::new();
    loop {
        select! {
            Some(()) = answers.next() => {}
            line = lines.recv() => match line.transpose()? {
                Some(line) if is_command(&line) => answers.push(answer(line)),
                Some(line) => room.send(Message::text(line)).await.map_err(gone)?,
                None => return leave(room).await,
            },
            message = room.next() => match message.transpose().map_err(gone)? {
                Some(message) => show(&message),
                None => return Ok(()),
            },
        }
    }
}

/// Starts the one thread that reads stdin, as in lesson 03.
fn typed_lines() -> io::Result<mpsc::Receiver<io::Result<String>>> {
    let (sender, receiver) = mpsc::channel(1);
    let reading =
        move || while read_line().transpose().is_some_and(|line| sender.blocking_send(line).is_ok()) {};
    thread::Builder::new().name("reading thread".into()).spawn(reading)?;
    Ok(receiver)
}

/// Runs the command that was typed, and prints what came of it.
async fn answer(line: String) {
    let command = line.clone();
    let result = offload(move || run_command(&command)).await;
    println!(
        "{}",
        result.map_or_else(|error| format!("!! {line}: {error}"), |text| format!("== {line}: {text}"))
    );
}

/// Says goodbye with a close frame, and shows what arrives until the room has answered it.
async fn leave(room: &mut Socket) -> io::Result<()> {
    let goodbye = async {
        room.close(None).await?;
        while let Some(message) = room.next().await {
            show(&message?);
        }
        Ok::<_, Error>(())
    };
    // A room that does not answer is left all the same.
    let _ = timeout(Duration::from_secs(1), goodbye).await;
    Ok(())
}

/// Why a connection that broke ends the client.
fn gone(error: Error) -> io::Error {
    io::Error::other(format!("the room is gone: {error}"))
}

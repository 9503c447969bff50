//! RIGHT: a task of its own for the prompt and for each command, which report to the loop through one channel.

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt};
use practice::{Heartbeat, Socket, Visit, is_command, read_line, run_command, show, trace};
use tokio::{
    runtime::Builder,
    sync::mpsc::{self, Sender},
    task,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{Error, Message};

/// What the loop is told, besides what the room says.
enum News {
    /// A line was typed; `None` at the end of input.
    Typed(io::Result<Option<String>>),
    /// A command has ended.
    Done(String),
}

/// Joins the room, talks and runs commands until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    runtime.block_on(async {
        let mut room = practice::connect(&visit.url).await?;
        let heartbeat = Heartbeat::start();
        let ended = talk(&mut room).await;
        println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
        ended
    })
}

/// Runs `job` on the blocking pool; a panic is taken out of the error of the handle.
pub async fn offload<T: Send + 'static>(
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match task::spawn_blocking(job).await {
        Ok(result) => result,
        Err(ended) if ended.is_panic() => {
            let panic = ended.into_panic();
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text");
            Err(io::Error::other(text.to_owned()))
        }
        Err(cancelled) => Err(io::Error::other(cancelled)),
    }
}

async fn talk(room: &mut Socket) -> io::Result<()> {
    let (news, mut inbox) = mpsc::channel(16);
    task::spawn(prompt(news.clone()));
    loop {
        tokio::select! {
            Some(what) = inbox.recv() => match what {
                News::Done(answer) => println!("{answer}"),
                News::Typed(line) => match line? {
                    Some(line) if is_command(&line) => drop(task::spawn(answer(line, news.clone()))),
                    Some(line) => room.send(Message::text(line)).await.map_err(gone)?,
                    None => return leave(room).await,
                },
            },
            message = room.next() => match message {
                Some(message) => show(&message.map_err(gone)?),
                None => return Ok(()),
            },
        }
    }
}

/// Reads line after line, until the end of input or of the loop.
async fn prompt(news: Sender<News>) {
    loop {
        let line = offload(read_line).await;
        let is_last = !matches!(line, Ok(Some(_)));
        if news.send(News::Typed(line)).await.is_err() || is_last {
            break;
        }
    }
}

/// Runs the command that was typed, and tells the loop what came of it.
async fn answer(line: String, news: Sender<News>) {
    let typed = line.clone();
    let answer = match offload(move || run_command(&line)).await {
        Ok(result) => format!("== {typed}: {result}"),
        Err(error) => format!("!! {typed}: {error}"),
    };
    // The loop may have ended meanwhile: then nobody wants the answer.
    let _ = news.send(News::Done(answer)).await;
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

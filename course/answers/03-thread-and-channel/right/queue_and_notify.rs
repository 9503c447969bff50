//! RIGHT: there is no channel: a queue behind a mutex, and a `Notify` that wakes the loop.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use practice::{Heartbeat, Socket, Visit, trace};
use tokio::{runtime::Builder, select, sync::Notify, time::timeout};
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
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// Sends what is typed and shows what is said, whichever comes next.
async fn talk(room: &mut Socket) -> io::Result<()> {
    let keys = read_stdin()?;
    loop {
        let (lines, is_over) = keys.take();
        for line in lines {
            room.send(Message::text(line)).await.map_err(gone)?;
        }
        if is_over {
            return leave(room).await;
        }
        select! {
            () = keys.typed.notified() => {}
            message = room.next() => match message {
                Some(message) => show(&message.map_err(gone)?),
                None => return Ok(()),
            },
        }
    }
}

/// What the reading thread and the loop share.
#[derive(Default)]
struct Keys {
    /// Lines that the loop has not taken yet, and whether stdin has ended.
    lines: Mutex<(Vec<String>, bool)>,
    /// Wakes the loop.
    typed: Notify,
}

impl Keys {
    fn take(&self) -> (Vec<String>, bool) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut lines.0), lines.1)
    }

    fn put(&self, line: Option<String>) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.1 = line.is_none();
        lines.0.extend(line);
        drop(lines);
        self.typed.notify_one();
    }
}

fn read_stdin() -> io::Result<Arc<Keys>> {
    let keys = Arc::new(Keys::default());
    let reader = keys.clone();
    thread::Builder::new().name("reading thread".into()).spawn(move || {
        while let Ok(Some(line)) = read_line() {
            reader.put(Some(line));
        }
        reader.put(None);
    })?;
    Ok(keys)
}

/// Blocks the calling thread until Enter; `None` at the end of input.
fn read_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let bytes = trace::blocked("read_line", || io::stdin().read_line(&mut line))?;
    let line = line.trim_end().to_owned();
    trace::typed(&line);
    Ok((bytes > 0).then_some(line))
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

fn show(message: &Message) {
    match message {
        Message::Text(text) => println!("<< {text}"),
        Message::Close(Some(frame)) => println!("the room closed: {}", frame.reason),
        _ => return,
    }
    trace::shown(&message.to_string());
}

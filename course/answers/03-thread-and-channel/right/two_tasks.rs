//! RIGHT: the connection is split between two tasks on a multi-thread runtime; the first that ends decides.

use std::{io, thread, time::Duration};

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use practice::{Heartbeat, Socket, Visit, read_line, trace};
use tokio::{runtime::Builder, select, sync::mpsc, time::timeout};
use tokio_tungstenite::tungstenite::Message;

/// Joins the room and talks until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_multi_thread().worker_threads(2).enable_all()).build()?;
    runtime.block_on(chat(&visit.url))
}

async fn chat(url: &str) -> io::Result<()> {
    let (outgoing, incoming) = practice::connect(url).await?.split();
    let heartbeat = Heartbeat::start();
    let (lines, typed) = mpsc::channel(1);
    thread::Builder::new().name("reading thread".into()).spawn(move || read_all(&lines))?;
    let mut showing = tokio::spawn(show_all(incoming));
    let sending = tokio::spawn(send_all(typed, outgoing));
    let ended = select! {
        ended = &mut showing => ended?,
        // After the close frame there may still be something to show.
        sent = sending => match sent? {
            Ok(()) => timeout(Duration::from_secs(1), showing).await.unwrap_or(Ok(Ok(())))?,
            Err(error) => Err(error),
        },
    };
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

fn read_all(lines: &mpsc::Sender<io::Result<String>>) {
    while let Some(line) = read_line().transpose() {
        if lines.blocking_send(line).is_err() {
            break;
        }
    }
}

async fn send_all(
    mut lines: mpsc::Receiver<io::Result<String>>,
    mut room: SplitSink<Socket, Message>,
) -> io::Result<()> {
    let mut ended = Ok(());
    while let (Ok(()), Some(line)) = (&ended, lines.recv().await) {
        match line {
            Ok(line) => room.send(Message::text(line)).await.map_err(io::Error::other)?,
            Err(error) => ended = Err(error),
        }
    }
    room.close().await.map_err(io::Error::other).and(ended)
}

async fn show_all(mut room: SplitStream<Socket>) -> io::Result<()> {
    while let Some(message) = room.next().await {
        match message.map_err(io::Error::other)? {
            Message::Text(text) => println!("<< {text}"),
            Message::Close(Some(frame)) => println!("the room closed: {}", frame.reason),
            _ => {}
        }
    }
    Ok(())
}

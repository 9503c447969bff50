//! RIGHT: an unbounded channel and the room are merged into one stream of events; there is no `select!`.

use std::{io, iter, thread};

use futures_util::{SinkExt, StreamExt, stream};
use practice::{Heartbeat, Visit, read_line, trace};
use tokio::{runtime::Builder, sync::mpsc};
use tokio_tungstenite::tungstenite::{Error, Message};

/// What can happen to the client.
enum Event {
    /// A line was typed, or stdin failed.
    Typed(io::Result<String>),
    /// Stdin has ended.
    EndOfInput,
    /// The room said something, or broke.
    Said(Result<Message, Error>),
    /// The room is gone.
    EndOfRoom,
}

/// Joins the room and talks until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    runtime.block_on(chat(&visit.url))
}

async fn chat(url: &str) -> io::Result<()> {
    let (mut outgoing, incoming) = practice::connect(url).await?.split();
    let heartbeat = Heartbeat::start();
    let (keys, mut typed) = mpsc::unbounded_channel();
    thread::Builder::new().name("reading thread".into()).spawn(move || {
        let lines = iter::from_fn(|| read_line().transpose()).map(Event::Typed);
        let _ = lines.chain([Event::EndOfInput]).try_for_each(|event| keys.send(event));
    })?;
    let typed = stream::poll_fn(move |context| typed.poll_recv(context));
    let said = incoming.map(Event::Said).chain(stream::iter([Event::EndOfRoom]));
    let mut events = stream::select(typed, said);
    let mut ended = Ok(());
    while let Some(event) = events.next().await {
        let done = match event {
            Event::Typed(Ok(line)) => outgoing.send(Message::text(line)).await,
            Event::Typed(Err(error)) => {
                ended = Err(error);
                outgoing.close().await
            }
            Event::EndOfInput => outgoing.close().await,
            Event::Said(message) => message.map(|message| show(&message)),
            Event::EndOfRoom => break,
        };
        if done.is_err() {
            ended = ended.and(done.map_err(io::Error::other));
            break;
        }
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

fn show(message: &Message) {
    match message {
        Message::Text(text) => println!("<< {text}"),
        Message::Close(Some(frame)) => println!("the room closed: {}", frame.reason),
        _ => {}
    }
}

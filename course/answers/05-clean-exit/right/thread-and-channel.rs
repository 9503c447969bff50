//! RIGHT: stdin and each command have a plain thread, as in lesson 03, so the runtime may be dropped: no pool holds it.

use std::{io, process::ExitCode, thread, time::Duration};

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use practice::{Heartbeat, Socket, Visit, is_command, read_line, run_command, show};
use tokio::{
    select, signal,
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

/// How long the last words may take.
const GRACE: Duration = Duration::from_millis(400);

/// What happens to the visit.
enum Event {
    Typed(io::Result<Option<String>>),
    Closed,
    Broke(String),
    Interrupted,
}

/// Joins the room, and says why the visit ended.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (why, status) = runtime.block_on(chat(&visit.url))?;
    drop(runtime);
    println!("ended: {why}");
    Ok(ExitCode::from(status))
}

async fn chat(url: &str) -> io::Result<(&'static str, u8)> {
    let (room, heartbeat) = (practice::connect(url).await?, Heartbeat::start());
    let (events, mut happened) = mpsc::channel(16);
    let (mut sink, stream) = room.split();
    let (over, silent) = watch::channel(());
    tokio::spawn(listen(stream, events.clone(), over));
    tokio::spawn(interrupts(events.clone()));
    keys(events)?;
    let mut answers = JoinSet::new();
    let end = talk(&mut sink, &mut happened, &mut answers).await;
    let second = async { while !matches!(happened.recv().await, Some(Event::Interrupted)) {} };
    select! {
        _ = timeout(GRACE, farewell(sink, silent, &mut answers)) => {}
        () = second => {}
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    match end {
        Event::Typed(line) => line.map(|_| ("you had nothing more to say", 0)),
        Event::Broke(why) => Err(io::Error::other(format!("the room is lost: {why}"))),
        Event::Closed => Ok(("the room had nothing more to say", 3)),
        Event::Interrupted => Ok(("Ctrl-C", 130)),
    }
}

/// Sends what is typed, and returns the event that ends the visit.
async fn talk(
    sink: &mut SplitSink<Socket, Message>,
    happened: &mut mpsc::Receiver<Event>,
    answers: &mut JoinSet<()>,
) -> Event {
    loop {
        match happened.recv().await.unwrap_or(Event::Closed) {
            Event::Typed(Ok(Some(line))) if line == "/quit" => return Event::Typed(Ok(None)),
            Event::Typed(Ok(Some(line))) if is_command(&line) => drop(answers.spawn(answer(line))),
            Event::Typed(Ok(Some(line))) => drop(sink.send(Message::text(line)).await),
            end => return end,
        }
    }
}

/// Shows what the room says until it says no more, and keeps `_over` until then.
async fn listen(mut stream: SplitStream<Socket>, events: mpsc::Sender<Event>, _over: watch::Sender<()>) {
    let mut end = Event::Closed;
    while let Some(message) = stream.next().await {
        match message {
            Ok(message) => {
                show(&message);
                if message.is_close() {
                    let _ = events.send(Event::Closed).await;
                }
            }
            Err(error) => end = Event::Broke(error.to_string()),
        }
    }
    let _ = events.send(end).await;
}

async fn interrupts(events: mpsc::Sender<Event>) {
    while signal::ctrl_c().await.is_ok() {
        println!();
        let _ = events.send(Event::Interrupted).await;
    }
}

/// Starts the one thread that reads stdin.
fn keys(events: mpsc::Sender<Event>) -> io::Result<()> {
    let reading = move || {
        loop {
            let line = read_line();
            let is_end = !matches!(line, Ok(Some(_)));
            if events.blocking_send(Event::Typed(line)).is_err() || is_end {
                break;
            }
        }
    };
    thread::Builder::new().name("reading thread".into()).spawn(reading).map(drop)
}

/// Says goodbye, and waits until the room has, and until all answers are there.
async fn farewell(
    mut sink: SplitSink<Socket, Message>,
    mut silent: watch::Receiver<()>,
    answers: &mut JoinSet<()>,
) {
    let _ = sink.send(Message::Close(None)).await;
    while answers.join_next().await.is_some() {}
    while silent.changed().await.is_ok() {}
}

/// Runs a command on a thread of its own; the thread is abandoned if nobody waits for it.
async fn answer(line: String) {
    let (sender, receiver) = oneshot::channel();
    let job = line.clone();
    let started =
        thread::Builder::new().name("command".into()).spawn(move || sender.send(run_command(&job)));
    match (started, receiver.await) {
        (_, Ok(Ok(result))) => println!("== {line}: {result}"),
        (_, Ok(Err(error))) => println!("!! {line}: {error}"),
        (_, Err(_)) => println!("!! {line}: it ended without a result"),
    }
}

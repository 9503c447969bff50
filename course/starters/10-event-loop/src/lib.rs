//! The client of lesson 03 on an event loop of your own: it works, burns a core, and freezes.
//!
//! Run it: `cargo run -p lesson-10`, then type `/sleep 3`, a line of chat, and press Ctrl-D.
//! You will see nothing for three seconds, although the task only sleeps; a monitor shows a busy core all the time.
//!
//! ```text
//!   reading thread           main thread: the event loop         reactor thread
//!   read_line ──▶ channel ──▶ select! and commands               "the socket is ready"
//!                   wakes ──▶ nobody: the loop asks again and again ◀── wakes
//! ```
//!
//! The client below is done. Yours are `event_loop`, `run_queue`, `task` and `timers`; `fast` may follow.

mod current;
mod event_loop;
pub mod fast;
mod run_queue;
mod task;
mod timers;

use std::{io, thread, time::Duration};

use futures_util::{SinkExt, StreamExt};
use practice::{Failure, Heartbeat, Socket, Visit, is_command, println, read_line, show, trace};
use tokio::{select, sync::mpsc};
use tokio_tungstenite::tungstenite::{Error, Message};

pub use event_loop::block_on;
pub use task::{JoinHandle, spawn, yield_now};
pub use timers::{Sleep, sleep};

/// Joins the room and talks until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    // It watches sockets on a thread of its own, and wakes this loop from there.
    let reactor = practice::reactor()?;
    let _inside = reactor.enter();
    block_on(chat(&visit.url))
}

async fn chat(url: &str) -> io::Result<()> {
    let mut room = practice::connect(url).await?;
    let (heartbeat, beating) = Heartbeat::on(sleep);
    let ended = select! { ended = talk(&mut room) => ended, () = beating => Ok(()) };
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// Sends what is typed and shows what is said, whichever comes next; a command is a task.
async fn talk(room: &mut Socket) -> io::Result<()> {
    let mut lines = typed_lines()?;
    loop {
        select! {
            line = lines.recv() => match line {
                Some(Ok(line)) if is_command(&line) => drop(spawn(answer(line))),
                Some(Ok(line)) => room.send(Message::text(line)).await.map_err(gone)?,
                end => return leave(room).await.and(end.transpose().map(drop)),
            },
            message = room.next() => match message {
                Some(message) => show(&message.map_err(gone)?),
                None => return Ok(()),
            },
        }
    }
}

/// Starts the one thread that reads stdin; each line wakes the loop, and so does the end of input.
fn typed_lines() -> io::Result<mpsc::Receiver<io::Result<String>>> {
    let (sender, receiver) = mpsc::channel(16);
    thread::Builder::new().name("reading thread".into()).spawn(move || {
        while let Some(line) = read_line().transpose() {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    })?;
    Ok(receiver)
}

/// Runs a command as another task, and prints what became of it.
async fn answer(line: String) {
    let text = match spawn(command(line.clone())).await {
        Ok(text) => format!("== {line}: {text}"),
        Err(Failure::Panicked(why)) => format!("!! {line}: the task panicked: {why}"),
        Err(Failure::Lost) => return,
    };
    println!("{text}");
    trace::shown(&text);
}

/// Does what a line that starts with `/` asks for; panics when that is no number, as a careless task does.
async fn command(line: String) -> &'static str {
    let (name, seconds) = line.split_once(' ').unwrap_or((&line, ""));
    let seconds = || Duration::from_secs_f64(seconds.parse().unwrap_or_else(|_| panic!("how many seconds?")));
    match name {
        "/sleep" => sleep(seconds()).await,
        // What lesson 01 did, now on a loop of your own.
        "/freeze" => trace::blocked("thread::sleep", || thread::sleep(seconds())),
        _ => return "the commands are /sleep SECONDS and /freeze SECONDS",
    }
    "awake again"
}

/// Says goodbye with a close frame, and shows what arrives until the room answers.
async fn leave(room: &mut Socket) -> io::Result<()> {
    let goodbye = async {
        room.close(None).await?;
        while let Some(message) = room.next().await {
            show(&message?);
        }
        Ok::<_, Error>(())
    };
    // A room that does not answer is left all the same.
    select! { _ = goodbye => {}, () = sleep(Duration::from_secs(1)) => {} }
    Ok(())
}

/// Why a connection that broke ends the client.
fn gone(error: Error) -> io::Error {
    io::Error::other(format!("the room is gone: {error}"))
}

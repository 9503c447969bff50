//! The client of lesson 05 on an event loop of your own: it works, burns a core, and freezes.
//!
//! Run it: `cargo run -p lesson-10`, then type `/sleep 3`, a line of chat, and end the input.
//! You will see nothing for three seconds, although the task only sleeps; a monitor shows a busy core all the time.
//!
//! ```text
//!   reading thread           main thread: the event loop         reactor thread
//!   read_line ──▶ channel ──▶ select! and commands               "the socket is ready"
//!                   wakes ──▶ nobody: the loop asks again and again ◀── wakes
//! ```
//!
//! The client below is done. Yours are `event_loop`, `run_queue`, `task` and `timers`; `fast` may follow.

mod caught;
mod command;
mod current;
mod event_loop;
pub mod fast;
mod run_queue;
mod task;
mod timers;

use std::{io, process::ExitCode, time::Duration};

use futures_util::{SinkExt, StreamExt, future::join, stream::FuturesUnordered};
use practice::{Heartbeat, Socket, Visit, is_command, println, show, typed_lines};
use tokio::{select, signal::ctrl_c};
use tokio_tungstenite::tungstenite::{Error, Message};

pub use event_loop::block_on;
pub use task::{JoinHandle, spawn, yield_now};
pub use timers::{Sleep, sleep};

/// Why a visit ended: in words, and as the exit status.
type End = (&'static str, u8);
/// The commands that are not answered yet.
type Running = FuturesUnordered<JoinHandle<()>>;

/// Joins the room, and says why the visit ended.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    // It watches sockets and signals on a thread of its own, and wakes this loop from there.
    let reactor = practice::reactor()?;
    let _inside = reactor.enter();
    let (why, status) = block_on(chat(&visit.url))?;
    println!("ended: {why}");
    Ok(ExitCode::from(status))
}

async fn chat(url: &str) -> io::Result<End> {
    let mut room = practice::connect(url).await?;
    let mut running = Running::new();
    let visit = async {
        let ended = select! {
            ended = talk(&mut room, &mut running) => ended,
            Ok(()) = ctrl_c() => { println!(); Ok(("you pressed Ctrl-C", 130)) }
        };
        // Whoever presses Ctrl-C a second time does not want to wait.
        select! { () = farewell(&mut room, &mut running) => {}, Ok(()) = ctrl_c() => println!() }
        ended
    };
    let (heartbeat, beating) = Heartbeat::on(sleep);
    let ended = select! { ended = visit => ended, () = beating => unreachable!("a heart that stops") };
    if !running.is_empty() {
        println!("abandoned: {} of your commands", running.len());
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// Sends what is typed and shows what is said, whichever comes next; a command is a task.
async fn talk(room: &mut Socket, running: &mut Running) -> io::Result<End> {
    let mut lines = typed_lines()?;
    loop {
        select! {
            // `/quit` is an end of input that can be typed.
            line = lines.recv() => match line.transpose()?.filter(|line| line != "/quit") {
                Some(line) if is_command(&line) => running.push(spawn(command::answer(line))),
                // An error waits: what the room said before it broke is shown first.
                Some(line) => drop(room.send(Message::text(line)).await),
                None => return Ok(("you left", 0)),
            },
            Some(_) = running.next() => {}
            message = room.next() => {
                let gone = |error: Error| io::Error::other(format!("the room is gone: {error}"));
                let message = message.transpose().map_err(gone)?;
                message.iter().for_each(show);
                if message.is_none_or(|message| message.is_close()) {
                    return Ok(("the room closed", 3));
                }
            }
        }
    }
}

/// Waits for the room's last words and for running commands, but not for long.
async fn farewell(room: &mut Socket, running: &mut Running) {
    let goodbye = async {
        let _ = room.close(None).await;
        while let Some(Ok(message)) = room.next().await {
            show(&message);
        }
    };
    select! { _ = join(goodbye, running.count()) => {}, () = sleep(Duration::from_millis(500)) => {} }
}

//! The client of `talk`, for a lesson that reads its own lines: one command after the other, on a keyboard of its own.

use std::{io, pin::pin, process::ExitCode};

use futures_util::{SinkExt, StreamExt};
use tokio::{runtime::Runtime, select, sync::mpsc, task::JoinSet};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Heartbeat, Socket, Visit, connect, is_command, progress, show,
    talk::{End, farewell, finish, interrupts},
    trace,
};

/// Joins the room and talks on `runtime`, with the lines that `next` takes from `keyboard`.
///
/// A line that starts with `/` goes to `command`, which has the keyboard to itself until its answer is printed;
/// what the room says is shown meanwhile. `/jobs` prints what jobs have done until now. At the end a command that still runs is dropped,
/// and jobs still on a pool are abandoned.
///
/// # Errors
/// When no room answers, or the keyboard fails.
pub fn converse<K>(
    visit: &Visit,
    runtime: Runtime,
    mut keyboard: K,
    next: impl AsyncFn(&mut K) -> io::Result<Option<String>>,
    command: impl AsyncFn(&mut K, &str) -> io::Result<String>,
) -> io::Result<ExitCode> {
    let conversation = async |room: mpsc::Sender<String>| {
        while let Some(line) = next(&mut keyboard).await? {
            if line == "/jobs" {
                print(&line, Ok(progress().to_string()));
            } else if is_command(&line) {
                let result = command(&mut keyboard, &line).await;
                print(&line, result);
            } else if room.send(line).await.is_err() {
                break;
            }
        }
        Ok(())
    };
    let ended = runtime.block_on(chat(&visit.url, conversation));
    finish(runtime, ended)
}

/// Prints what came of a command; the trace shows it too.
fn print(line: &str, result: io::Result<String>) {
    let text = match result {
        Ok(result) => format!("== {line}: {result}"),
        Err(error) => format!("!! {line}: {error}"),
    };
    println!("{text}");
    trace::shown(&text);
}

async fn chat(
    url: &str,
    conversation: impl AsyncFnOnce(mpsc::Sender<String>) -> io::Result<()>,
) -> io::Result<End> {
    let mut interrupts = interrupts();
    let mut room = select! {
        room = connect(url) => room?,
        _ = interrupts.recv() => return Ok(End::Interrupted),
    };
    let heartbeat = Heartbeat::start();
    let ended = relay(&mut room, &mut interrupts, conversation).await;
    let end = ended.as_ref().map_or(End::Left, |end| *end);
    let mut no_jobs = JoinSet::new();
    select! {
        () = farewell(end, &mut no_jobs, &mut room) => {}
        _ = interrupts.recv() => {}
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// Relays lines and messages until something ends the visit; then the conversation is dropped.
async fn relay(
    room: &mut Socket,
    interrupts: &mut mpsc::Receiver<()>,
    conversation: impl AsyncFnOnce(mpsc::Sender<String>) -> io::Result<()>,
) -> io::Result<End> {
    let (say, mut said) = mpsc::channel(16);
    let mut conversation = pin!(conversation(say));
    let mut is_over = false;
    loop {
        select! {
            _ = interrupts.recv() => return Ok(End::Interrupted),
            ended = &mut conversation, if !is_over => {
                ended?;
                // Its sender is gone with it: what it said last is relayed, then the channel ends.
                is_over = true;
            }
            line = said.recv() => {
                let Some(line) = line else { return Ok(End::Left) };
                let is_last = line == "/quit";
                // A broken connection shows itself where the next message is awaited.
                let _ = room.send(Message::text(line)).await;
                if is_last {
                    return Ok(End::Left);
                }
            }
            message = room.next() => match message {
                Some(Ok(message)) => show(&message),
                Some(Err(_)) => return Ok(End::Lost),
                None => return Ok(End::Closed),
            },
        }
    }
}

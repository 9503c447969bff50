//! The client that lesson 05 ends with, for the lessons after it: they bring the runtime, the lines and the commands.

use std::{future::Future, io, pin::pin, process::ExitCode, thread, time::Duration};

use futures_util::{SinkExt, StreamExt, future::join};
use tokio::{runtime::Runtime, select, signal::ctrl_c, sync::mpsc, task::JoinSet, time::timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::{
    ask::{Asker, Waiting},
    command::is_command,
    connect::{Socket, connect},
    given::{read_line, show},
    heartbeat::Heartbeat,
    println, trace,
    visit::Visit,
    work::progress,
};

/// How long the client waits for running commands and for the room's goodbye.
const GRACE: Duration = Duration::from_millis(500);

/// Why a visit ended: in words, and as the exit status.
type End = (&'static str, u8);
const LEFT: End = ("you left", 0);
const CLOSED: End = ("the room closed", 3);
const INTERRUPTED: End = ("you pressed Ctrl-C", 130);

/// Joins the room and talks on `runtime`; a line that starts with `/` goes to `command`, whose answer is printed.
///
/// Stdin is read on a thread of its own, outside every pool. Commands run at the same time;
/// at the end they have 500 ms, then their futures are cancelled, and jobs still on a pool are abandoned.
///
/// # Errors
/// When no room answers, the connection breaks, or stdin cannot be read.
pub fn talk<F>(visit: &Visit, runtime: Runtime, command: impl Fn(String) -> F) -> io::Result<ExitCode>
where
    F: Future<Output = io::Result<String>> + Send + 'static,
{
    talk_with(visit, runtime, typed_lines, command)
}

/// As [`talk`], with a source of typed lines of the lesson's own, which is opened on `runtime`; it ends with the input.
///
/// An error in it ends the visit, too, and is the visit's.
///
/// # Errors
/// As [`talk`], and when the source cannot be opened.
pub fn talk_with<F>(
    visit: &Visit,
    runtime: Runtime,
    typed_lines: impl FnOnce() -> io::Result<mpsc::Receiver<io::Result<String>>>,
    command: impl Fn(String) -> F,
) -> io::Result<ExitCode>
where
    F: Future<Output = io::Result<String>> + Send + 'static,
{
    talk_as(visit, runtime, Waiting::new(), typed_lines, |_, line| command(line))
}

/// As [`talk`], with commands that may tell the room something and wait for its answer.
///
/// # Errors
/// As [`talk`].
pub fn talk_and_ask<F>(
    visit: &Visit,
    runtime: Runtime,
    command: impl Fn(Asker, String) -> F,
) -> io::Result<ExitCode>
where
    F: Future<Output = io::Result<String>> + Send + 'static,
{
    let waiting = Waiting::new();
    let asker = |room: &mpsc::Sender<String>| Asker::new(room.downgrade(), waiting.clone());
    talk_as(visit, runtime, waiting.clone(), typed_lines, |room, line| command(asker(room), line))
}

fn talk_as<F>(
    visit: &Visit,
    runtime: Runtime,
    waiting: Waiting,
    typed_lines: impl FnOnce() -> io::Result<mpsc::Receiver<io::Result<String>>>,
    command: impl Fn(&mpsc::Sender<String>, String) -> F,
) -> io::Result<ExitCode>
where
    F: Future<Output = io::Result<String>> + Send + 'static,
{
    let conversation = async |room: mpsc::Sender<String>, running: &mut JoinSet<()>| {
        let mut lines = typed_lines()?;
        loop {
            select! {
                // `/quit` is an end of input that can be typed.
                line = lines.recv() => {
                    let Some(line) = line.transpose()?.filter(|line| line != "/quit") else { return Ok(()) };
                    if is_command(&line) {
                        running.spawn(answer(line.clone(), command(&room, line)));
                    } else if room.send(line).await.is_err() {
                        return Ok(());
                    }
                }
                Some(_) = running.join_next() => {}
            }
        }
    };
    visit_with(visit, runtime, waiting, conversation)
}

/// As [`talk`], with the lines that `next` takes from `keyboard`, and one command after the other.
///
/// A command has the keyboard to itself until its answer is printed; what the room says is shown meanwhile.
/// `/jobs` prints what jobs have done until now. At the end a command that still runs is dropped.
///
/// # Errors
/// As [`talk`], and when the keyboard fails.
pub fn converse<K>(
    visit: &Visit,
    runtime: Runtime,
    mut keyboard: K,
    next: impl AsyncFn(&mut K) -> io::Result<Option<String>>,
    command: impl AsyncFn(&mut K, &str) -> io::Result<String>,
) -> io::Result<ExitCode> {
    let conversation = async |room: mpsc::Sender<String>, _: &mut JoinSet<()>| {
        while let Some(line) = next(&mut keyboard).await?.filter(|line| line != "/quit") {
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
    visit_with(visit, runtime, Waiting::new(), conversation)
}

/// Runs one visit, abandons what still blocks after it, and says why it ended.
fn visit_with(
    visit: &Visit,
    runtime: Runtime,
    waiting: Waiting,
    conversation: impl AsyncFnOnce(mpsc::Sender<String>, &mut JoinSet<()>) -> io::Result<()>,
) -> io::Result<ExitCode> {
    let ended = runtime.block_on(chat(&visit.url, waiting, conversation));
    runtime.shutdown_background();
    let (why, status) = ended?;
    println!("ended: {why}");
    Ok(ExitCode::from(status))
}

async fn chat(
    url: &str,
    waiting: Waiting,
    conversation: impl AsyncFnOnce(mpsc::Sender<String>, &mut JoinSet<()>) -> io::Result<()>,
) -> io::Result<End> {
    let mut room = connect(url).await?;
    let heartbeat = Heartbeat::start();
    let mut running = JoinSet::new();
    let ended = select! {
        ended = relay(&mut room, &waiting, conversation, &mut running) => ended,
        Ok(()) = ctrl_c() => {
            begin_a_line();
            Ok(INTERRUPTED)
        }
    };
    waiting.close();
    // Whoever presses Ctrl-C a second time does not want to wait.
    select! { () = farewell(&mut room, &mut running) => {}, Ok(()) = ctrl_c() => begin_a_line() }
    if !running.is_empty() {
        println!("abandoned: {} of your commands", running.len());
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// After Ctrl-C the terminal has written `^C`: what follows begins on a new line.
fn begin_a_line() {
    println!();
}

/// Relays lines and messages until something ends the visit; then the conversation is dropped.
async fn relay(
    room: &mut Socket,
    waiting: &Waiting,
    conversation: impl AsyncFnOnce(mpsc::Sender<String>, &mut JoinSet<()>) -> io::Result<()>,
    running: &mut JoinSet<()>,
) -> io::Result<End> {
    let gone = |error: Error| io::Error::other(format!("the room is gone: {error}"));
    let (say, mut said) = mpsc::channel(16);
    let mut conversation = pin!(conversation(say, running));
    let mut is_over = None;
    loop {
        select! {
            // Its sender ends with it: what it said last is relayed, then the channel closes.
            ended = &mut conversation, if is_over.is_none() => is_over = Some(ended),
            line = said.recv() => match line {
                // An error waits: what the room said before it broke is shown first.
                Some(line) => drop(room.send(Message::text(line)).await),
                None => return is_over.unwrap_or(Ok(())).map(|()| LEFT),
            },
            message = room.next() => {
                let Some(message) = message.transpose().map_err(gone)? else { return Ok(CLOSED) };
                show(&message);
                waiting.heard(&message);
                if message.is_close() {
                    return Ok(CLOSED);
                }
            }
        }
    }
}

/// Waits for the room's last words and for running commands, but not for long.
async fn farewell(room: &mut Socket, running: &mut JoinSet<()>) {
    let goodbye = async {
        let _ = room.close(None).await;
        while let Some(Ok(message)) = room.next().await {
            show(&message);
        }
    };
    let answers = async { while running.join_next().await.is_some() {} };
    let _ = timeout(GRACE, join(goodbye, answers)).await;
}

/// Starts the one thread that reads stdin, for whoever has no source of lines yet; the channel closes at the end of input.
///
/// It needs no runtime: whichever event loop awaits the channel is woken by each line.
///
/// # Errors
/// When the system has no thread left.
pub fn typed_lines() -> io::Result<mpsc::Receiver<io::Result<String>>> {
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

async fn answer(line: String, command: impl Future<Output = io::Result<String>>) {
    print(&line, command.await);
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

//! The client that lesson 05 ends with, for the lessons after it: they bring the runtime and the commands.

use std::{future::Future, io, process::ExitCode, thread, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{runtime::Runtime, select, signal, sync::mpsc, task::JoinSet, time::timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::{Heartbeat, Socket, Visit, connect, read_line, show, trace};

/// How long the client waits for running commands and for the room's goodbye.
const GRACE: Duration = Duration::from_millis(400);

/// Why a visit ended; the number is the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By `/quit` or at the end of input.
    Left = 0,
    /// The connection broke.
    Lost = 1,
    /// The room closed it.
    Closed = 3,
    /// By Ctrl-C.
    Interrupted = 130,
}

/// Joins the room and talks on `runtime`; a line that starts with `/` goes to `command`, whose answer is printed.
///
/// Stdin is read on a thread of its own, outside every pool. Commands run at the same time;
/// at the end they have 400 ms, then their futures are cancelled, and jobs still on a pool are abandoned.
///
/// # Errors
/// When no room answers.
pub fn talk<F>(visit: &Visit, runtime: Runtime, command: impl Fn(String) -> F) -> io::Result<ExitCode>
where
    F: Future<Output = io::Result<String>> + Send + 'static,
{
    talk_with(visit, runtime, typed_lines, command)
}

/// As [`talk`], with a source of typed lines of the lesson's own, which is opened on `runtime`; it ends with the input.
///
/// # Errors
/// When no room answers, or the source cannot be opened.
pub fn talk_with<F>(
    visit: &Visit,
    runtime: Runtime,
    typed_lines: impl FnOnce() -> io::Result<mpsc::Receiver<String>>,
    command: impl Fn(String) -> F,
) -> io::Result<ExitCode>
where
    F: Future<Output = io::Result<String>> + Send + 'static,
{
    let ended = runtime.block_on(chat(&visit.url, typed_lines, command));
    finish(runtime, ended)
}

/// Abandons what still blocks, and turns the end into an exit status.
pub(crate) fn finish(runtime: Runtime, ended: io::Result<End>) -> io::Result<ExitCode> {
    runtime.shutdown_background();
    let end = ended?;
    println!("ended: {end:?}");
    Ok(ExitCode::from(end as u8))
}

async fn chat<F>(
    url: &str,
    typed_lines: impl FnOnce() -> io::Result<mpsc::Receiver<String>>,
    command: impl Fn(String) -> F,
) -> io::Result<End>
where
    F: Future<Output = io::Result<String>> + Send + 'static,
{
    let mut interrupts = interrupts();
    let mut room = select! {
        room = connect(url) => room?,
        _ = interrupts.recv() => return Ok(End::Interrupted),
    };
    let heartbeat = Heartbeat::start();
    let mut lines = typed_lines()?;
    let mut running = JoinSet::new();
    let end = loop {
        select! {
            _ = interrupts.recv() => break End::Interrupted,
            line = lines.recv() => match line {
                None => break End::Left,
                Some(line) if line.starts_with('/') && line != "/quit" => {
                    running.spawn(answer(line.clone(), command(line)));
                }
                Some(line) => {
                    let is_last = line == "/quit";
                    // A broken connection shows itself where the next message is awaited.
                    let _ = room.send(Message::text(line)).await;
                    if is_last {
                        break End::Left;
                    }
                }
            },
            Some(_) = running.join_next() => {}
            message = room.next() => match message {
                Some(Ok(message)) => show(&message),
                Some(Err(_)) => break End::Lost,
                None => break End::Closed,
            },
        }
    };
    select! {
        () = farewell(end, &mut running, &mut room) => {}
        _ = interrupts.recv() => {}
    }
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    Ok(end)
}

/// Starts the one thread that reads stdin; the channel closes at the end of input.
fn typed_lines() -> io::Result<mpsc::Receiver<String>> {
    let (sender, receiver) = mpsc::channel(16);
    thread::Builder::new().name("reading thread".into()).spawn(move || {
        while let Ok(Some(line)) = read_line() {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    })?;
    Ok(receiver)
}

/// Prints what came of a command; the trace shows it too.
async fn answer(line: String, command: impl Future<Output = io::Result<String>>) {
    let text = match command.await {
        Ok(result) => format!("== {line}: {result}"),
        Err(error) => format!("!! {line}: {error}"),
    };
    println!("{text}");
    trace::shown(&text);
}

/// Waits for running commands, unless interrupted, and for the room's goodbye; no longer than [`GRACE`] in all.
pub(crate) async fn farewell(end: End, running: &mut JoinSet<()>, room: &mut Socket) {
    let goodbye = async {
        while end != End::Interrupted && running.join_next().await.is_some() {}
        let _ = room.close(None).await;
        while let Some(Ok(message)) = room.next().await {
            show(&message);
        }
    };
    let _ = timeout(GRACE, goodbye).await;
    if !running.is_empty() {
        println!("abandoned: {} commands", running.len());
    }
}

/// One item for each Ctrl-C, which from now on no longer ends the process by itself.
pub(crate) fn interrupts() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move { while signal::ctrl_c().await.is_ok() && sender.send(()).await.is_ok() {} });
    receiver
}

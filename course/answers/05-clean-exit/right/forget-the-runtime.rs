//! RIGHT: a runtime with two workers is forgotten, Ctrl-C comes through a channel, and one loop knows all the ends.

use std::{
    io, mem,
    process::{ExitCode, Termination},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt, future::OptionFuture};
use practice::{Heartbeat, Socket, Visit, is_command, read_line, run_command, show, trace};
use tokio::{
    runtime::Builder,
    select, signal,
    sync::mpsc,
    task::{JoinSet, spawn_blocking},
    time::{sleep_until, timeout_at},
};
use tokio_tungstenite::tungstenite::Message;

/// Why the visit ended.
#[derive(Clone, Copy)]
pub enum End {
    /// By `/quit`, or at the end of input.
    Left,
    /// By the room.
    Closed,
    /// By Ctrl-C.
    Interrupted,
}

impl Termination for End {
    fn report(self) -> ExitCode {
        let (why, status) = match self {
            End::Left => ("goodbye", 0),
            End::Closed => ("the room is closed", 3),
            End::Interrupted => ("interrupted", 130),
        };
        println!("ended: {why}");
        status.into()
    }
}

/// Joins the room and talks; the end is reported when all else is done.
pub fn run(visit: &Visit) -> io::Result<End> {
    let runtime = trace::event_loop(Builder::new_multi_thread().worker_threads(2).enable_all()).build()?;
    let ended = runtime.block_on(chat(&visit.url));
    mem::forget(runtime);
    ended
}

async fn chat(url: &str) -> io::Result<End> {
    let (presses, mut interrupts) = mpsc::channel(2);
    tokio::spawn(async move {
        while signal::ctrl_c().await.is_ok() {
            println!();
            let _ = presses.send(()).await;
        }
    });
    let mut room = select! {
        room = practice::connect(url) => room?,
        Some(()) = interrupts.recv() => return Ok(End::Interrupted),
    };
    let heartbeat = Heartbeat::start();
    let ended = talk(&mut room, &mut interrupts).await;
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// Talks until there is an end, and then until the deadline, the last answer, or another Ctrl-C.
async fn talk(room: &mut Socket, interrupts: &mut mpsc::Receiver<()>) -> io::Result<End> {
    let mut jobs = JoinSet::new();
    let mut prompt = OptionFuture::from(Some(spawn_blocking(read_line)));
    let mut end: Option<(io::Result<End>, Instant)> = None;
    let mut is_open = true;
    loop {
        let deadline = end.as_ref().map_or(far(), |(_, deadline)| *deadline);
        if end.is_some() && !is_open && jobs.is_empty() {
            break;
        }
        let reason = select! {
            () = sleep_until(deadline.into()) => break,
            Some(()) = interrupts.recv() => match end {
                Some(_) => break,
                None => Ok(End::Interrupted),
            },
            Some(line) = &mut prompt, if end.is_none() => match line.unwrap_or_else(|error| Err(error.into())) {
                Err(error) => Err(error),
                Ok(Some(line)) if line != "/quit" => {
                    prompt = Some(spawn_blocking(read_line)).into();
                    if is_command(&line) {
                        jobs.spawn(answer(line));
                    } else {
                        let _ = timeout_at((Instant::now() + GRACE).into(), room.send(Message::text(line))).await;
                    }
                    continue;
                }
                Ok(_) => Ok(End::Left),
            },
            Some(_) = jobs.join_next() => continue,
            message = room.next(), if is_open => match message {
                Some(Ok(message)) => {
                    show(&message);
                    if !message.is_close() {
                        continue;
                    }
                    Ok(End::Closed)
                }
                Some(Err(error)) => {
                    is_open = false;
                    Err(io::Error::other(format!("the connection broke: {error}")))
                }
                None => {
                    is_open = false;
                    Ok(End::Closed)
                }
            },
        };
        if end.is_none() {
            let deadline = Instant::now() + GRACE;
            let _ = timeout_at(deadline.into(), room.close(None)).await;
            end = Some((reason, deadline));
        }
    }
    end.map_or(Ok(End::Left), |(end, _)| end)
}

/// How long the last words may take.
const GRACE: Duration = Duration::from_millis(600);

/// A deadline for those who have none.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}

async fn answer(line: String) {
    let job = line.clone();
    match spawn_blocking(move || run_command(&job)).await {
        Ok(Ok(result)) => println!("== {line}: {result}"),
        Ok(Err(error)) => println!("!! {line}: {error}"),
        Err(panic) => println!("!! {line}: {panic}"),
    }
}

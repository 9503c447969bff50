//! RIGHT: the offloaded job is a future of its own, which cancels when it is dropped; the token is a watch channel.

use std::{
    future::Future,
    io,
    ops::ControlFlow,
    pin::Pin,
    process::ExitCode,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use practice::{Visit, read_line, trace, work, work_part};
use tokio::{
    runtime::Builder,
    sync::{mpsc, watch},
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

/// Joins the room and talks.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_multi_thread().worker_threads(1).enable_all()).build()?;
    practice::converse(visit, runtime, Keyboard::new(read_line)?, Keyboard::line, command)
}

/// Hears of the cancel.
#[derive(Clone)]
pub struct Token(watch::Receiver<bool>);

impl Token {
    /// Whether the job should stop.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }
}

/// A job on the pool.
pub struct Offloaded<T> {
    /// Tells the job.
    cancel: watch::Sender<bool>,
    /// Gives its result.
    handle: JoinHandle<T>,
}

impl<T> Future for Offloaded<T> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        Pin::new(&mut self.handle).poll(context).map_err(io::Error::from)
    }
}

impl<T> Drop for Offloaded<T> {
    fn drop(&mut self) {
        self.cancel.send_replace(true);
    }
}

/// Runs `job` at once, before anybody polls.
pub fn offload<T: Send + 'static>(job: impl FnOnce(&Token) -> T + Send + 'static) -> Offloaded<T> {
    let (cancel, cancelled) = watch::channel(false);
    Offloaded { cancel, handle: spawn_blocking(move || job(&Token(cancelled))) }
}

/// Runs `job`, and asks for what it has after `limit`.
pub async fn limited<T: Send + 'static>(
    limit: Duration,
    job: impl FnOnce(&Token) -> T + Send + 'static,
) -> io::Result<T> {
    let mut running = offload(job);
    match timeout(limit, &mut running).await {
        Ok(done) => done,
        Err(_) => {
            running.cancel.send_replace(true);
            timeout(Duration::from_secs(1), running).await?
        }
    }
}

/// Does one part after the other.
pub fn in_parts<R>(parts: usize, token: &Token, mut part: impl FnMut(usize) -> R) -> Vec<R> {
    let mut kept = Vec::with_capacity(parts.min(1024));
    let _ = (0..parts).try_for_each(|number| {
        if token.is_cancelled() {
            return ControlFlow::Break(());
        }
        kept.push(part(number));
        ControlFlow::Continue(())
    });
    kept
}

/// What is typed, and whether it is over.
pub struct Keyboard(mpsc::UnboundedReceiver<io::Result<Option<String>>>);

impl Keyboard {
    /// Starts the one thread that calls `read`.
    pub fn new(
        read: impl Fn() -> io::Result<Option<String>> + Send + Sync + 'static,
    ) -> io::Result<Keyboard> {
        let (sender, lines) = mpsc::unbounded_channel();
        let reading = move || {
            loop {
                let line = read();
                if matches!(line, Ok(None)) || sender.send(line).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("reading thread".into()).spawn(reading)?;
        Ok(Keyboard(lines))
    }

    /// The next line.
    pub async fn line(&mut self) -> io::Result<Option<String>> {
        self.0.recv().await.unwrap_or(Ok(None))
    }
}

async fn command(keyboard: &mut Keyboard, line: &str) -> io::Result<String> {
    let limit = Duration::from_secs(1);
    match line.split(' ').collect::<Vec<_>>()[..] {
        ["/slow", parts] => {
            let parts: usize = parts.parse().map_err(|_| io::Error::other("how many parts?"))?;
            let slow = move |token: &Token| work("/slow", || in_parts(parts, token, work_part));
            let done = limited(limit, slow).await?.len();
            Ok(format!("stopped after {done} of {parts} parts"))
        }
        ["/ask"] => {
            println!("?? your name?");
            let name = timeout(limit, keyboard.line()).await??;
            Ok(format!("hello, {}", name.as_deref().unwrap_or("nobody")))
        }
        _ => Err(io::Error::other("no such command")),
    }
}

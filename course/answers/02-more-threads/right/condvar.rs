//! RIGHT: the task notes the time of its last beat under a lock, and the thread waits at a condition variable.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, mem, thread};

use futures_util::{SinkExt, StreamExt, stream};
use practice::{Socket, Visit, read_line, show, trace};
use tokio::runtime::{Builder, Handle};
use tokio::{sync::mpsc, task::JoinHandle, time};
use tokio_tungstenite::tungstenite::Message;

/// Joins the room and talks until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    // New: one worker thread for each core.
    let runtime = trace::event_loop(Builder::new_multi_thread().enable_all()).build()?;
    let watchdog = Watchdog::start(runtime.handle(), Duration::from_millis(500), |line| {
        println!("watchdog: {line}");
        trace::shown(line);
    })?;
    let ended = runtime.block_on(chat(&visit.url));
    println!("longest freeze: {:.2} s", watchdog.stop().as_secs_f64());
    ended
}

async fn chat(url: &str) -> io::Result<()> {
    let (outgoing, incoming) = practice::connect(url).await?.split();
    let (answered, answer) = mpsc::channel(1);
    let listening = tokio::spawn(listen(incoming, answered)); // New: two tasks, for two workers.
    tokio::spawn(talk(outgoing, answer)).await??;
    let _ = time::timeout(Duration::from_secs(1), listening).await; // A silent room is left too.
    Ok(())
}

/// Shows every message, and tells `talk` when its line is answered.
async fn listen(mut room: stream::SplitStream<Socket>, answered: mpsc::Sender<()>) {
    let mut asked = false;
    while let Some(Ok(message)) = room.next().await {
        show(&message);
        let Message::Text(text) = message else { continue };
        // The room repeats a line to its author; what follows is the answer.
        if mem::replace(&mut asked, text.starts_with("you: ")) {
            let _ = answered.send(()).await;
        }
    }
}

/// Prompts, sends the line, waits a little for an answer, and prompts again.
async fn talk(mut out: stream::SplitSink<Socket, Message>, mut answer: mpsc::Receiver<()>) -> io::Result<()> {
    for prompt in 1.. {
        println!("prompt {prompt}: type a line");
        let Some(line) = read_line()? else { break };
        let sent = out.send(Message::text(line)).await;
        let answer = time::timeout(Duration::from_millis(1500), answer.recv()).await;
        if sent.is_err() || answer == Ok(None) {
            return Err(io::Error::other("the room is gone"));
        }
    }
    out.close().await.map_err(io::Error::other)
}

/// What the event loop and the thread that watches it share.
struct Shared {
    /// The state of the loop, as far as it is known.
    pulse: Mutex<Pulse>,
    /// Notified when the watchdog is to end.
    ending: Condvar,
}

/// The state of the loop, as far as it is known.
struct Pulse {
    /// When the loop ran last.
    last: Instant,
    /// The longest freeze that has ended.
    longest: Duration,
    /// Whether the watchdog is to end.
    ended: bool,
}

impl Shared {
    fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reports each freeze of the event loop, from outside of it.
pub struct Watchdog {
    /// Beats inside the event loop.
    beating: JoinHandle<()>,
    /// Looks at the last beat from time to time.
    watching: thread::JoinHandle<()>,
    /// Shared with both.
    shared: Arc<Shared>,
}

impl Watchdog {
    /// Starts it; `report` gets a line for each freeze longer than `limit`, and one for its end.
    pub fn start(on: &Handle, limit: Duration, report: impl Fn(&str) + Send + 'static) -> io::Result<Self> {
        let pulse = Pulse { last: Instant::now(), longest: Duration::ZERO, ended: false };
        let shared = Arc::new(Shared { pulse: Mutex::new(pulse), ending: Condvar::new() });
        let (beaten, watched) = (shared.clone(), shared.clone());
        let beating = on.spawn(async move {
            loop {
                time::sleep(limit / 20).await;
                let mut pulse = beaten.pulse();
                pulse.longest = pulse.longest.max(pulse.last.elapsed());
                pulse.last = Instant::now();
            }
        });
        let watching = thread::Builder::new().name("watchdog".into());
        let watching = watching.spawn(move || watch(&watched, limit, report))?;
        Ok(Watchdog { beating, watching, shared })
    }

    /// Ends it, and returns the longest freeze.
    pub fn stop(self) -> Duration {
        self.beating.abort();
        self.shared.pulse().ended = true;
        self.shared.ending.notify_all();
        let _ = self.watching.join();
        let pulse = self.shared.pulse();
        pulse.longest.max(pulse.last.elapsed())
    }
}

fn watch(shared: &Shared, limit: Duration, report: impl Fn(&str)) {
    let (mut pulse, mut frozen) = (shared.pulse(), None);
    while !pulse.ended {
        let waited = shared.ending.wait_timeout(pulse, limit / 10);
        pulse = waited.unwrap_or_else(PoisonError::into_inner).0;
        match frozen {
            None if pulse.last.elapsed() > limit => {
                frozen = Some(pulse.last);
                report(&format!(
                    "the event loop has not run for {:.1} s",
                    pulse.last.elapsed().as_secs_f64()
                ));
            }
            Some(since) if pulse.last > since => {
                frozen = None;
                report(&format!("it runs again, after {:.1} s", (pulse.last - since).as_secs_f64()));
            }
            _ => {}
        }
    }
}

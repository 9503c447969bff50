//! The client on the multi-thread runtime: it freezes all the same, and its watchdog barks too late.
//!
//! Run it: `cargo run -p lesson-02`, type a line, wait some seconds at prompt 2, then press Enter.
//! You will see messages arrive at prompt 1 and none at prompt 2; the watchdog speaks only after Enter.
//!
//! ```text
//!   worker 1:  room ──▶ listen ──▶ channel ──▶ talk, stopped by read_line
//!              no beats ─────────▶ channel ──▶ watch, which stops too
//!   worker 2:  sleeps, since nobody wakes it
//! ```

use std::time::{Duration, Instant};
use std::{io, mem};

use futures_util::{SinkExt, StreamExt, stream};
use practice::{Socket, Visit, println, read_line, show, trace};
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
    let ended = tokio::spawn(talk(outgoing, answer)).await?;
    let _ = time::timeout(Duration::from_secs(1), listening).await; // A silent room is left too.
    ended
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

/// Prompts, sends the line, waits a little for an answer, and prompts again; an error of stdin is no reason to go without a word.
async fn talk(mut out: stream::SplitSink<Socket, Message>, mut answer: mpsc::Receiver<()>) -> io::Result<()> {
    for prompt in 1.. {
        println!("prompt {prompt}: type a line");
        let line = read_line();
        let Ok(Some(line)) = line else {
            return out.close().await.map_err(io::Error::other).and(line.map(drop));
        };
        let sent = out.send(Message::text(line)).await.is_ok();
        if !sent || time::timeout(Duration::from_millis(1500), answer.recv()).await == Ok(None) {
            return Err(io::Error::other("the room is gone"));
        }
    }
    Ok(())
}

/// New: reports each freeze of the event loop. Yours to mend: it is part of the loop that freezes.
pub struct Watchdog {
    /// Beats inside the event loop, half a beat away from the ticks of the room's bots.
    beating: JoinHandle<()>,
    /// Waits for the beats, and returns the longest freeze.
    watching: JoinHandle<Duration>,
    /// Runs both.
    runtime: Handle,
}

impl Watchdog {
    /// Starts it; `report` gets a line for each freeze longer than `limit`, and one for its end.
    pub fn start(on: &Handle, limit: Duration, report: impl Fn(&str) + Send + 'static) -> io::Result<Self> {
        let (beats, heard) = mpsc::unbounded_channel();
        let beating = on.spawn(async move {
            let mut ticks = time::interval_at(time::Instant::now() + limit / 10, limit / 5);
            ticks.set_missed_tick_behavior(time::MissedTickBehavior::Skip);
            while beats.send(()).is_ok() {
                ticks.tick().await; // Late after a freeze: at once when the loop runs again.
            }
        });
        let watching = on.spawn(watch(heard, limit, report));
        Ok(Watchdog { beating, watching, runtime: on.clone() })
    }

    /// Ends it, and returns the longest freeze.
    pub fn stop(self) -> Duration {
        self.beating.abort();
        self.runtime.block_on(self.watching).unwrap_or_default()
    }
}

/// Reports each silence between two beats that is longer than `limit`; ends with the beats.
async fn watch(mut beats: mpsc::UnboundedReceiver<()>, limit: Duration, report: impl Fn(&str)) -> Duration {
    let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
    while beats.recv().await.is_some() {
        let silence = last.elapsed().saturating_sub(limit / 5);
        if silence > limit {
            report(&format!("the event loop has not run for {:.1} s", silence.as_secs_f64()));
            report(&format!("it runs again, after {:.1} s", silence.as_secs_f64()));
        }
        (last, longest) = (Instant::now(), longest.max(silence));
    }
    longest.max(last.elapsed().saturating_sub(limit / 5))
}

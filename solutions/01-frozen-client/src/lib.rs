//! A client that reads stdin inside its event loop: all else stops until Enter.
//!
//! Run it: `cargo run -p solution-01`, wait at the prompt for some seconds, type a line, end the input.
//! You will see nothing at the prompt, then a burst, and at the end how long the freeze was.
//!
//! ```text
//!   show ◀── room.next() ◀── room      one thread runs both lines:
//!   next_line() ──▶ send ──▶ room      blocked in read_line, it runs neither
//! ```

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use practice::{Socket, Visit, print, println, show, stdin, trace};
use tokio::{runtime::Builder, select, time};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Joins the room and talks until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    runtime.block_on(chat(&visit.url))
}

async fn chat(url: &str) -> io::Result<()> {
    let mut room = practice::connect(url).await?;
    let heartbeat = Heartbeat::start();
    let ended = talk(&mut room).await;
    let longest = heartbeat.longest_freeze(); // Before the farewell: the last freeze may last until here.
    leave(&mut room).await;
    println!("longest freeze: {:.2} s", longest.as_secs_f64());
    ended
}

/// Shows what is said and sends what is typed, whichever comes next.
async fn talk(room: &mut Socket) -> io::Result<()> {
    let gone = |error: Error| io::Error::other(format!("the room is gone: {error}"));
    loop {
        select! {
            biased;
            message = room.next() => match message {
                Some(message) => show(&message.map_err(gone)?),
                None => return Ok(()),
            },
            line = next_line() => match line? {
                Some(line) => {
                    room.send(Message::text(&line)).await.map_err(gone)?;
                    println!("sent: {line}");
                }
                None => return Ok(()),
            },
        }
    }
}

// ANCHOR: next-line
/// Prompts once nothing has arrived for 100 ms; `None` at the end of input.
async fn next_line() -> io::Result<Option<String>> {
    time::sleep(Duration::from_millis(100)).await;
    print!("> ");
    let mut line = String::new();
    let read_line = || stdin().read_line(&mut line);
    let bytes = trace::blocked("read_line", read_line)?;
    trace::typed(line.trim_end());
    Ok((bytes > 0).then(|| line.trim_end().to_owned()))
}
// ANCHOR_END: next-line

/// Says goodbye with a close frame, and shows what arrives until the room has answered it.
async fn leave(room: &mut Socket) {
    println!();
    // A room that is gone or does not answer is left all the same.
    let _ = room.close(None).await;
    while let Ok(Some(Ok(message))) = time::timeout(Duration::from_secs(1), room.next()).await {
        show(&message);
    }
}

/// The heart beats this often while the loop is free.
const PERIOD: Duration = Duration::from_millis(10);

/// Beats inside the event loop: a gap between two beats is a time for which the loop did not run.
pub struct Heartbeat(Arc<Mutex<Pulse>>);

/// What the beating task and whoever asks it share.
struct Pulse {
    /// When the loop ran last.
    last: Instant,
    /// The longest gap that a beat has ended.
    longest: Duration,
}

impl Heartbeat {
    /// Starts measuring on the current runtime.
    pub fn start() -> Heartbeat {
        let pulse = Arc::new(Mutex::new(Pulse { last: Instant::now(), longest: Duration::ZERO }));
        tokio::spawn(beat(pulse.clone()));
        Heartbeat(pulse)
    }

    // ANCHOR: ask
    /// The longest freeze until now, one that still lasts included.
    pub fn longest_freeze(&self) -> Duration {
        let pulse = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pulse.longest.max(pulse.last.elapsed()).saturating_sub(PERIOD)
    }
    // ANCHOR_END: ask
}

// ANCHOR: beat
async fn beat(pulse: Arc<Mutex<Pulse>>) {
    loop {
        time::sleep(PERIOD).await;
        let mut pulse = pulse.lock().unwrap_or_else(PoisonError::into_inner);
        pulse.longest = pulse.longest.max(pulse.last.elapsed());
        pulse.last = Instant::now();
    }
}
// ANCHOR_END: beat

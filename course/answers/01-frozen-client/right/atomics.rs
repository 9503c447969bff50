//! RIGHT: an `interval` and two atomic numbers, where the solution sleeps and locks; the period is not taken off.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use practice::{Socket, Visit, show, trace};
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
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
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
                None => return leave(room).await,
            },
        }
    }
}

/// Prompts once nothing has arrived for 100 ms; `None` at the end of input.
async fn next_line() -> io::Result<Option<String>> {
    time::sleep(Duration::from_millis(100)).await;
    print!("> ");
    io::stdout().flush()?;
    let mut line = String::new();
    let read_line = || io::stdin().read_line(&mut line);
    let bytes = trace::blocked("read_line", read_line)?;
    trace::typed(line.trim_end());
    Ok((bytes > 0).then(|| line.trim_end().to_owned()))
}

/// Says goodbye with a close frame, and shows what arrives until the room has answered it.
async fn leave(room: &mut Socket) -> io::Result<()> {
    println!();
    // A room that is gone or does not answer is left all the same.
    let _ = room.close(None).await;
    while let Ok(Some(Ok(message))) = time::timeout(Duration::from_secs(1), room.next()).await {
        show(&message);
    }
    Ok(())
}

/// Microseconds since the start, and the longest gap in microseconds.
#[derive(Default)]
struct Gaps {
    /// The last beat.
    last: AtomicU64,
    /// The longest gap between two beats.
    longest: AtomicU64,
}

/// Beats on the runtime's clock.
pub struct Heartbeat {
    /// What all times are counted from.
    start: time::Instant,
    /// Shared with the beating task.
    gaps: Arc<Gaps>,
}

impl Heartbeat {
    /// Starts measuring on the current runtime.
    pub fn start() -> Heartbeat {
        let (start, gaps) = (time::Instant::now(), Arc::new(Gaps::default()));
        let beating = gaps.clone();
        tokio::spawn(async move {
            let mut beats = time::interval(Duration::from_millis(10));
            loop {
                beats.tick().await;
                let now = micros(start);
                beating.longest.fetch_max(now - beating.last.swap(now, Relaxed), Relaxed);
            }
        });
        Heartbeat { start, gaps }
    }

    /// The longest freeze until now, one that still lasts included.
    pub fn longest_freeze(&self) -> Duration {
        let lasting = micros(self.start) - self.gaps.last.load(Relaxed);
        Duration::from_micros(lasting.max(self.gaps.longest.load(Relaxed)))
    }
}

fn micros(start: time::Instant) -> u64 {
    start.elapsed().as_micros() as u64
}

//! RIGHT: the task sends each beat through a channel, and the gaps are counted when somebody asks.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::mpsc;
use std::time::{Duration, Instant};

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

/// Receives the moments at which the loop ran.
pub struct Heartbeat {
    /// Beats that nobody has looked at yet.
    beats: mpsc::Receiver<Instant>,
    /// The last beat that was looked at, and the longest gap up to it.
    known: RefCell<(Instant, Duration)>,
}

impl Heartbeat {
    /// Starts measuring on the current runtime.
    pub fn start() -> Heartbeat {
        let (sender, beats) = mpsc::channel();
        tokio::spawn(async move {
            while sender.send(Instant::now()).is_ok() {
                time::sleep(Duration::from_millis(10)).await;
            }
        });
        Heartbeat { beats, known: RefCell::new((Instant::now(), Duration::ZERO)) }
    }

    /// The longest freeze until now, one that still lasts included.
    pub fn longest_freeze(&self) -> Duration {
        let mut known = self.known.borrow_mut();
        for beat in self.beats.try_iter() {
            *known = (beat, known.1.max(beat - known.0));
        }
        known.1.max(known.0.elapsed())
    }
}

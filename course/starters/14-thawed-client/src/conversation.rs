//! The conversation: what is typed goes to the room or to a pool, until something ends the visit.

use std::{
    io,
    pin::{Pin, pin},
    time::Duration,
};

use futures_util::future::join;
use practice::is_command;
use tokio::{select, signal::ctrl_c, sync::mpsc, time::timeout};

use crate::{
    commands::Commands,
    connection::Connection,
    screen::Screen,
    terminal::{Terminal, Typed},
};

/// How long the client waits for the room's goodbye, and for answers.
const GRACE: Duration = Duration::from_millis(500);

/// Why a visit ended: in words, and as the exit status.
pub type End = (&'static str, u8);
const LEFT: End = ("you left", 0);
const CLOSED: End = ("the room closed", 3);
const INTERRUPTED: End = ("you pressed Ctrl-C", 130);

/// Joins the room at `url` and talks; says why the visit ended.
///
/// # Errors
/// When no room answers.
pub async fn hold(url: &str, terminal: &mut Terminal, screen: &Screen) -> io::Result<End> {
    let (say, said) = mpsc::channel(16);
    let mut connection = Connection::new(url, said, screen.clone());
    let mut kept = Box::pin(connection.keep());
    let mut commands = Commands::new(screen.clone())?;
    let end = converse(terminal, say, kept.as_mut(), &mut commands).await?;
    let mut left = Ok(());
    let goodbye = async {
        if end != CLOSED {
            left = kept.as_mut().await;
        }
    };
    let _ = timeout(GRACE, join(goodbye, commands.all_ended())).await;
    screen.say_at_once(&commands.last_words());
    // A pipe may end before the first try has failed.
    left.map(|()| end)
}

/// Passes on what is typed, until something ends the visit.
async fn converse(
    terminal: &mut Terminal,
    say: mpsc::Sender<String>,
    mut kept: Pin<&mut impl Future<Output = io::Result<()>>>,
    commands: &mut Commands,
) -> io::Result<End> {
    let mut interrupted = pin!(ctrl_c());
    loop {
        let (typed, place) = select! {
            // What has ended is counted first: Ctrl-C concerns what still runs.
            biased;
            () = commands.ended() => continue,
            Ok(()) = &mut interrupted => {
                interrupted.set(ctrl_c());
                (Typed::Interrupt, None)
            }
            typed = next(terminal, &say) => typed,
            ended = &mut kept => return ended.map(|()| CLOSED),
        };
        match typed {
            Typed::Line(line) if line == "/quit" => return Ok(LEFT),
            Typed::Line(line) if line == "/bug" => panic!("a bug in the client, typed on purpose"),
            Typed::Line(line) if is_command(&line) => commands.start(line),
            Typed::Line(line) => {
                if let Some(place) = place {
                    place.send(line);
                }
            }
            Typed::Interrupt if commands.cancel() => {}
            Typed::Interrupt => return Ok(INTERRUPTED),
            Typed::Leave | Typed::End => return Ok(LEFT),
            Typed::Lost => return Err(io::Error::other("nobody reads the keyboard any more")),
        }
    }
}

/// What is typed next, and a place for it in the outbox: a line that has none is not taken from the terminal.
async fn next<'a>(
    terminal: &mut Terminal,
    say: &'a mpsc::Sender<String>,
) -> (Typed, Option<mpsc::Permit<'a, String>>) {
    let place = say.reserve().await.ok();
    (terminal.typed().await, place)
}

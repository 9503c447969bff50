//! The conversation: what is typed goes to the room or to a pool, until something ends the visit.

use std::{
    io,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join;
use practice::is_command;
use tokio::{
    select,
    signal::ctrl_c,
    sync::{Notify, mpsc},
    time::sleep,
};

use crate::{
    commands::Commands,
    connection::Connection,
    outbox::Outbox,
    signals::terminated,
    terminal::{Terminal, Typed},
};

/// How long the client waits at the end for the next sign of the room, and for answers.
const GRACE: Duration = Duration::from_millis(500);
/// The same where a pipe has ended, and nobody waits at a keyboard.
const LONG_GRACE: Duration = Duration::from_secs(5);

/// Why a visit ended: in words, and as the exit status.
pub type End = (&'static str, u8);
const LEFT: End = ("you left", 0);
const NO_MORE: End = ("there was no more input", 0);
const CLOSED: End = ("the room closed", 3);
const INTERRUPTED: End = ("you pressed Ctrl-C", 130);
const TERMINATED: End = ("the system asked for it", 143);

/// Joins the room at `url` and talks; says why the visit ended.
///
/// # Errors
/// When no room answers.
pub async fn hold(url: &str, terminal: &mut Terminal) -> io::Result<End> {
    let screen = terminal.screen();
    let (say, said) = mpsc::channel(16);
    let confirmed = Arc::new(Notify::new());
    let mut connection = Connection::new(url, Outbox::new(said, confirmed.clone()), screen.clone());
    let mut kept = Box::pin(connection.keep());
    let mut commands = Commands::new(screen.clone())?;
    let end = converse(terminal, say, kept.as_mut(), &mut commands).await?;
    let goodbye = async {
        if end != CLOSED {
            let _ = kept.as_mut().await;
        }
    };
    let patience = if end == NO_MORE { LONG_GRACE } else { GRACE };
    linger(join(goodbye, commands.all_ended()), &confirmed, patience).await;
    drop(kept);
    connection.unsaid().for_each(|line| screen.say_at_once(&format!("!! not sent: {line}")));
    screen.say_at_once(&commands.last_words());
    Ok(end)
}

// ANCHOR: converse
/// Passes on what is typed, until something ends the visit. Nothing in here takes long, and nothing waits for a pool.
async fn converse(
    terminal: &mut Terminal,
    say: mpsc::Sender<String>,
    mut kept: Pin<&mut impl Future<Output = io::Result<()>>>,
    commands: &mut Commands,
) -> io::Result<End> {
    let (mut interrupted, mut terminated) = (pin!(ctrl_c()), pin!(terminated()));
    loop {
        let (typed, place) = select! {
            // What has ended is counted first: Ctrl-C concerns what still runs.
            biased;
            () = commands.ended() => continue,
            Ok(()) = &mut interrupted => {
                interrupted.set(ctrl_c());
                (Typed::Interrupt, None)
            }
            () = &mut terminated => return Ok(TERMINATED),
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
            Typed::Leave => return Ok(LEFT),
            Typed::End => return Ok(NO_MORE),
        }
    }
}
// ANCHOR_END: converse

/// What is typed next, and a place for it in the outbox: a line that has none is not taken from the terminal.
async fn next<'a>(
    terminal: &mut Terminal,
    say: &'a mpsc::Sender<String>,
) -> (Typed, Option<mpsc::Permit<'a, String>>) {
    let place = say.reserve().await.ok();
    (terminal.typed().await, place)
}

/// Awaits the end, but not for long; whenever the room confirms a line, it is worth while to await the next.
async fn linger(end: impl Future, confirmed: &Notify, patience: Duration) {
    let mut end = pin!(end);
    loop {
        select! {
            _ = &mut end => return,
            () = sleep(patience) => return,
            () = confirmed.notified() => {}
        }
    }
}

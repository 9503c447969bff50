//! The conversation: what is typed goes to the room or to a pool, until something ends the visit.

use std::{
    io,
    pin::{Pin, pin},
    sync::Arc,
};

use futures_util::future::join;
use practice::is_command;
use tokio::{
    select,
    signal::ctrl_c,
    sync::{Notify, mpsc},
    time::timeout,
};

use crate::{
    commands::Commands,
    connection::Connection,
    end::{End, GRACE},
    outbox::Outbox,
    screen::Screen,
    signals::terminated,
    terminal::{Terminal, Typed},
};

/// Joins the room at `url` and talks; says why the visit ended.
///
/// # Errors
/// When no room answers.
pub async fn hold(url: &str, terminal: &mut Terminal, screen: &Screen) -> io::Result<End> {
    let (say, said) = mpsc::channel(16);
    let confirmed = Arc::new(Notify::new());
    let mut connection = Connection::new(url, Outbox::new(said, confirmed.clone()), screen.clone());
    let mut kept = Box::pin(connection.keep());
    let mut commands = Commands::new(screen.clone())?;
    let end = converse(terminal, say, kept.as_mut(), &mut commands).await?;
    let mut left = Ok(());
    let goodbye = async {
        if end != End::Closed {
            left = kept.as_mut().await;
        }
    };
    let last_words = join(goodbye, commands.all_ended());
    // Whoever presses Ctrl-C now does not want to wait.
    select! { () = end.linger(last_words, &confirmed) => {}, Ok(()) = ctrl_c() => {} }
    drop(kept);
    let unsaid = async {
        for line in connection.unsaid() {
            screen.say(&format!("!! not sent: {line}")).await;
        }
    };
    // There may be more of them than a terminal that hangs would ever take.
    let _ = timeout(GRACE, unsaid).await;
    screen.say_at_once(&commands.last_words());
    // A pipe may end before the first try has failed.
    left.map(|()| end)
}

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
            () = &mut terminated => return Ok(End::Terminated),
            typed = next(terminal, &say) => typed,
            ended = &mut kept => return ended.map(|()| End::Closed),
        };
        match typed {
            Typed::Line(line) if line == "/quit" => return Ok(End::Left),
            Typed::Line(line) if line == "/bug" => panic!("a bug in the client, typed on purpose"),
            Typed::Line(line) if is_command(&line) => commands.start(line),
            Typed::Line(line) => {
                if let Some(place) = place {
                    place.send(line);
                }
            }
            Typed::Interrupt if commands.cancel() => {}
            Typed::Interrupt => return Ok(End::Interrupted),
            Typed::Leave => return Ok(End::Left),
            Typed::End => return Ok(End::NoMore),
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

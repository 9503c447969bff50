//! `cargo course room`: a practice room for several terminals.

use std::process::ExitCode;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use practice::{Event, Mood, Room, Rules, harmless};

use crate::language::said;
use crate::say::{self, say};
use crate::stop::Stop;

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);

/// How long the guests have to take the room's goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// What kind of room.
#[derive(Debug, Args)]
pub struct Options {
    /// The port of the room
    #[arg(long, default_value_t = 7070)]
    port: u16,
    /// Drop a client that does not answer pings
    #[arg(long, conflicts_with = "lenient")]
    strict: bool,
    /// Keep a client that does not answer pings; the usual mood
    #[arg(long)]
    lenient: bool,
}

/// Opens the room, and says who comes and goes until Ctrl-C, or until nobody listens.
pub fn run(options: &Options) -> Result<ExitCode> {
    let stop = Stop::on_interrupt()?;
    let mood = if options.strict { Mood::Strict } else { Mood::Lenient };
    let rules = Rules { mood, port: options.port, ..Rules::default() };
    let (room, events) = Room::open_watched(rules).with_context(|| {
        let other = options.port.checked_add(1).unwrap_or(7070);
        said!(
            "the room cannot open on port {port}. Try `cargo course room --port {other}`",
            port = options.port,
            other = other
        )
    })?;
    let url = room.url();
    say!("{}", said!("The room is open at {url} until you press Ctrl-C.", url = url));
    say!("{}", said!("next, in other terminals: cargo run -p lesson-03 -- --server {url}", url = url));
    while !stop.is_raised() && say::is_heard() {
        match events.recv_timeout(TICK) {
            Ok(event) => tell(&event),
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    room.close("the room closes");
    // The process would end before its goodbye is out.
    room.last_seen(GOODBYE);
    Ok(ExitCode::SUCCESS)
}

/// One line for what a person at the door would see.
fn tell(event: &Event) {
    match event {
        Event::Joined(guest) => say!("guest {guest} came in"),
        Event::Said(guest, text) => say!("guest {guest}: {}", harmless(text)),
        Event::Ping(_) | Event::Pong(_) => (),
        Event::Left(guest, saw, leaving) => say!("guest {guest} is gone ({leaving:?}): {saw}"),
    }
}

//! A room whose script the check writes.

use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use practice::{Event, Leaving, Mood, Room, Rules, Saw};

use crate::{
    client::Host,
    missed::{Missed, patience, span},
};

/// A client that answers none of the room's pings for so long is frozen: four of them came meanwhile.
const SILENCE: Duration = Duration::from_secs(1);

/// Why a client answers no ping: one that has left is not frozen.
const GONE: &str =
    "the client left of its own accord, so nothing is frozen: an end too early, an error or a panic";

/// A real room without bots: it says what the check says, when the check says it.
///
/// ```
/// let room = checks::ScriptedRoom::open();
/// room.say("nobody is here yet");
/// assert!(room.url().starts_with("ws://127.0.0.1:"));
/// ```
pub struct ScriptedRoom {
    /// The room.
    room: Room,
    /// What it saw, shared with the clients of this check.
    watch: Watch,
}

impl ScriptedRoom {
    /// Opens a lenient room that relays what guests say.
    pub fn open() -> ScriptedRoom {
        ScriptedRoom::with(Rules { bots: false, ..Rules::default() })
    }

    /// Opens a room that drops a guest from whom it hears nothing for a second, or longer where checks wait longer.
    pub fn strict() -> ScriptedRoom {
        let rules = Rules { bots: false, mood: Mood::Strict, ..Rules::default() };
        ScriptedRoom::with(Rules { patience: patience() / 6, ..rules })
    }

    /// Opens a room with rules of the check's own.
    pub fn with(rules: Rules) -> ScriptedRoom {
        let (room, events) = Room::open_watched(rules).expect("a practice room on a free port");
        ScriptedRoom { room, watch: Watch(Arc::new(Mutex::new(Watched::new(stamped(events))))) }
    }

    /// The address for `--server`.
    pub fn url(&self) -> String {
        self.room.url()
    }

    /// Sends a text to every guest.
    pub fn say(&self, text: &str) {
        self.room.say(text);
    }

    /// Closes every connection in order, with this reason.
    pub fn close(&self, reason: &str) {
        self.room.close(reason);
    }

    /// Cuts every connection without a word.
    pub fn vanish(&self) {
        self.room.vanish();
    }

    /// Waits until a guest has come in.
    pub fn joined(&self) -> Result<(), Missed> {
        let expected = "the client joins the room";
        self.watch.wait(patience(), expected, |event| matches!(event, Event::Joined(_)).then_some(()))
    }

    /// Waits until a guest says exactly `line`; earlier lines are passed over.
    pub fn hears(&self, line: &str) -> Result<(), Missed> {
        let expected = format!("the line `{line}` reaches the room");
        self.watch.wait(patience(), &expected, |event| match event {
            Event::Said(_, said) if said == line => Some(()),
            _ => None,
        })
    }

    /// Waits for the next line, whatever it is.
    pub fn next_line(&self) -> Result<String, Missed> {
        self.watch.wait(patience(), "a line reaches the room", |event| match event {
            Event::Said(_, said) => Some(said.clone()),
            _ => None,
        })
    }

    /// Waits for the next line, which must be `line`.
    pub fn hears_next(&self, line: &str) -> Result<(), Missed> {
        let expected = format!("`{line}` is the next line to reach the room");
        match self.next_line() {
            Ok(said) if said == line => Ok(()),
            Ok(said) => Err(Missed::new(expected, format!("`{said}` came"))),
            Err(missed) => {
                Err(Missed::new(format!("{expected}, within {}", span(patience())), missed.instead))
            }
        }
    }

    /// Whether the client is here and has answered no ping for a second: the sign of a freeze.
    pub fn is_silent(&self) -> bool {
        let is_silent = self.watch.silent_for().is_none_or(|silence| silence > SILENCE);
        is_silent && !self.watch.watched().closed_itself()
    }

    /// Waits for `count` answered pings that the room sees from now on.
    pub fn pongs(&self, count: usize) -> Result<(), Missed> {
        self.watch.forget();
        for _ in 0..count {
            let expected = "the client answers the room's pings";
            let pong = |event: &Event| matches!(event, Event::Pong(_)).then_some(());
            self.watch.wait(patience(), expected, pong).map_err(|missed| self.unless_gone(missed))?;
        }
        Ok(())
    }

    /// Waits until the room, from now on, has sent `count` pings, answered or not: a silence that has a cause.
    pub fn pings(&self, count: usize) -> Result<(), Missed> {
        self.watch.forget();
        for _ in 0..count {
            let expected = "the client stays in the room";
            self.watch.wait(patience(), expected, |event| matches!(event, Event::Ping(_)).then_some(()))?;
        }
        Ok(())
    }

    /// Waits until the room, from now on, has sent `count` pings in a row that nobody answered.
    ///
    /// This is how a check keeps its stdin silent for a time that has a cause: pings come every 250 ms.
    pub fn unanswered_pings(&self, count: usize) -> Result<(), Missed> {
        self.watch.forget();
        let (in_a_row, pongs) = (Cell::new(0), Cell::new(0));
        let expected = format!("{count} pings in a row stay unanswered");
        let waited = self.watch.wait(patience(), &expected, |event| {
            match event {
                Event::Ping(_) => in_a_row.set(in_a_row.get() + 1),
                Event::Pong(_) => {
                    in_a_row.set(0);
                    pongs.set(pongs.get() + 1);
                }
                _ => {}
            }
            (in_a_row.get() >= count).then_some(())
        });
        waited.map_err(|missed| match pongs.get() {
            0 => self.unless_gone(missed),
            answered => Missed::new(missed.expected, format!("the client answered {answered} pings")),
        })
    }

    fn unless_gone(&self, missed: Missed) -> Missed {
        if self.watch.watched().closed_itself() { missed.because(GONE) } else { missed }
    }

    /// How many pongs the room has seen since it was asked last.
    pub fn pongs_since(&self) -> usize {
        self.watch.watched().drain().iter().filter(|event| matches!(event, Event::Pong(_))).count()
    }

    /// Waits until a guest has left, and says what the room saw and how it left.
    pub fn left(&self) -> Result<(Saw, Leaving), Missed> {
        self.watch.wait(patience(), "the client leaves the room", |event| match event {
            Event::Left(_, saw, leaving) => Some((saw.clone(), leaving.clone())),
            _ => None,
        })
    }
}

impl Host for ScriptedRoom {
    fn url(&self) -> String {
        ScriptedRoom::url(self)
    }

    fn silence(&self) -> Box<dyn Fn() -> String + Send> {
        let watch = self.watch.clone();
        Box::new(move || watch.silence())
    }

    fn lends(&self, panic: Box<dyn Fn() -> Option<String> + Send>) {
        self.watch.watched().panics.push(panic);
    }
}

/// What a room saw; a client is lent one, to say in its failures how long the room heard nothing.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Mutex<Watched>>);

struct Watched {
    /// Where the room puts its events, with the time of each.
    events: Receiver<(Instant, Event)>,
    /// Events that came while something else was waited for, oldest first.
    kept: Vec<Event>,
    /// When a line or a pong was heard last.
    heard: Option<Instant>,
    /// When a guest left last, and how.
    left: Option<(Instant, Leaving)>,
    /// What says of each client whether it ended by a panic.
    panics: Vec<Box<dyn Fn() -> Option<String> + Send>>,
}

impl Watched {
    fn new(events: Receiver<(Instant, Event)>) -> Watched {
        Watched { events, kept: Vec::new(), heard: None, left: None, panics: Vec::new() }
    }

    /// Takes one event in, within `limit`.
    fn take(&mut self, limit: Duration) -> bool {
        let Ok((at, event)) = self.events.recv_timeout(limit) else { return false };
        match &event {
            Event::Ping(_) => {}
            Event::Left(_, _, leaving) => self.left = Some((at, leaving.clone())),
            _ => self.heard = Some(at),
        }
        self.kept.push(event);
        true
    }

    /// Whether the client left of its own accord.
    fn closed_itself(&self) -> bool {
        matches!(self.left, Some((_, Leaving::Closed | Leaving::Quit | Leaving::Vanished(_))))
    }

    /// Everything that happened and was not waited for yet.
    fn drain(&mut self) -> Vec<Event> {
        while self.take(Duration::ZERO) {}
        std::mem::take(&mut self.kept)
    }
}

impl Watch {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes over pings and pongs that came before now.
    fn forget(&self) {
        let mut watched = self.watched();
        let kept = watched.drain();
        watched.kept =
            kept.into_iter().filter(|event| !matches!(event, Event::Ping(_) | Event::Pong(_))).collect();
    }

    /// Waits for an event that `wanted` picks; only that one is taken away.
    fn wait<T>(
        &self,
        limit: Duration,
        expected: &str,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Result<T, Missed> {
        let deadline = Instant::now() + limit;
        let mut watched = self.watched();
        let mut next = 0;
        loop {
            while next < watched.kept.len() {
                if let Some(found) = wanted(&watched.kept[next]) {
                    watched.kept.remove(next);
                    return Ok(found);
                }
                next += 1;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !watched.take(left) {
                drop(watched);
                return Err(Missed::new(format!("{expected}, within {}", span(limit)), self.instead()));
            }
        }
    }

    /// How long the room has heard nothing; `None` where it never heard anything.
    fn silent_for(&self) -> Option<Duration> {
        let mut watched = self.watched();
        while watched.take(Duration::ZERO) {}
        watched.heard.map(|heard| heard.elapsed())
    }

    /// Says how long the room has heard nothing, and whether the client has left meanwhile.
    pub fn silence(&self) -> String {
        let Some(silence) = self.silent_for() else {
            return "the room heard nothing from the client at all".into();
        };
        let text = match silence {
            // A pong is no line: what was waited for did not come, but nothing is frozen.
            awake if awake < SILENCE => format!("the client is awake: it was heard {} ago", span(awake)),
            silent => format!("the room has heard nothing from the client for {}", span(silent)),
        };
        match &self.watched().left {
            None => text,
            Some((at, leaving)) => {
                format!("the client left the room {} ago: {leaving}", span(at.elapsed()))
            }
        }
    }

    /// What came instead: the silence, and of a client that is gone the panic that it went with.
    fn instead(&self) -> String {
        let silence = self.silence();
        let watched = self.watched();
        let panic = watched.panics.iter().find_map(|panic| panic()).filter(|_| watched.left.is_some());
        panic.map_or(silence.clone(), |panic| format!("{silence}; {panic}"))
    }
}

/// Notes when each event came, also while no check is waiting for one.
fn stamped(events: Receiver<Event>) -> Receiver<(Instant, Event)> {
    let (sender, receiver) = mpsc::channel();
    let stamping = move || {
        for event in events {
            if sender.send((Instant::now(), event)).is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("watch".into()).spawn(stamping).expect("a thread that watches");
    receiver
}

//! The hall of a room: who is here, and how the room and the tasks of its guests reach one another.
//!
//! ```text
//!   the room's thread, whoever says something      the task of each guest
//!   Hall: a Seat per guest ── queue, ending ─────▶ Place
//!         events, last_seen ◀───── tell, event, unseat
//! ```

use std::{
    collections::HashMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc as std_mpsc},
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    event::{Event, Leaving, Saw},
    rules::Rules,
};

/// What the guests' tasks share.
pub(crate) struct Hall {
    /// What the room does and bears.
    pub rules: Rules,
    /// Where events go, if anybody watches.
    events: Option<std_mpsc::Sender<Event>>,
    /// Who is here.
    state: Mutex<State>,
    /// Notified whenever a guest has left, for [`Hall::last_seen`].
    emptied: Condvar,
}

/// Who is here, and who was.
#[derive(Default)]
struct State {
    /// Numbers guests from 1.
    last_id: u64,
    /// One seat for each guest.
    seats: HashMap<u64, Seat>,
    /// Kept for [`Hall::last_seen`].
    last_seen: Option<Saw>,
}

/// The way to one guest's task.
struct Seat {
    /// Messages on their way to the guest; bounded by [`Rules::queue`].
    queue: mpsc::Sender<Message>,
    /// Asks the guest's task to end.
    ending: mpsc::Sender<Ending>,
}

/// How a guest's task is to end.
#[derive(Clone)]
pub(crate) enum Ending {
    /// With a close frame, waiting for the guest's.
    Close(String),
    /// With a close frame, not waiting.
    Drop(String),
    /// Without a word.
    Cut,
}

/// The receiving halves of a [`Seat`].
pub(crate) struct Place {
    /// The guest's number.
    pub id: u64,
    /// What to send.
    pub queue: mpsc::Receiver<Message>,
    /// When to end.
    pub ending: mpsc::Receiver<Ending>,
}

impl Hall {
    /// An empty hall.
    pub(crate) fn new(rules: Rules, events: Option<std_mpsc::Sender<Event>>) -> Hall {
        Hall { rules, events, state: Mutex::default(), emptied: Condvar::new() }
    }

    /// Tells whoever watches, if anybody does.
    pub(crate) fn event(&self, event: Event) {
        if let Some(events) = &self.events {
            let _ = events.send(event);
        }
    }

    /// Gives a guest a seat and announces it.
    pub(crate) fn seat(&self) -> Place {
        let (queue, queued) = mpsc::channel(self.rules.queue);
        let (ending, ended) = mpsc::channel(1);
        let mut state = self.state();
        state.last_id += 1;
        let id = state.last_id;
        state.seats.insert(id, Seat { queue, ending });
        drop(state);
        self.event(Event::Joined(id));
        Place { id, queue: queued, ending: ended }
    }

    /// Sends `text` to all, or to all but the one who said it.
    pub(crate) fn tell(&self, but: Option<u64>, text: &str) {
        for (id, seat) in &self.state().seats {
            if Some(*id) != but && seat.queue.try_send(Message::text(text)).is_err() {
                let reason = format!("you read too slowly: {} messages wait for you", self.rules.queue);
                let _ = seat.ending.try_send(Ending::Drop(reason));
            }
        }
    }

    /// Takes the seat away, and says what was seen.
    pub(crate) fn unseat(&self, id: u64, saw: Saw, leaving: Leaving) {
        let mut state = self.state();
        state.seats.remove(&id);
        state.last_seen = Some(saw.clone());
        drop(state);
        self.emptied.notify_all();
        self.event(Event::Left(id, saw, leaving));
    }

    /// Asks the task of every guest to end.
    pub(crate) fn end(&self, ending: &Ending) {
        for seat in self.state().seats.values() {
            let _ = seat.ending.try_send(ending.clone());
        }
    }

    /// Blocks up to `limit` until nobody is here, and says what was seen of the guest that left last.
    pub(crate) fn last_seen(&self, limit: Duration) -> Option<Saw> {
        let empty = self.emptied.wait_timeout_while(self.state(), limit, |state| !state.seats.is_empty());
        let (state, _) = empty.unwrap_or_else(PoisonError::into_inner);
        state.last_seen.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

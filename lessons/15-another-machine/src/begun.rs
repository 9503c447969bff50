//! Which machine has begun which job, for the timeline: a machine says so, and nothing depends on that.

use std::{
    collections::HashMap,
    str::from_utf8,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::StreamExt;
use practice::trace;
use tokio::task::{self, AbortHandle};

use crate::{
    id::{BEGUN, Id},
    line::Line,
};

/// The spans of the calls of one caller.
type Spans = Mutex<HashMap<Id, (&'static str, Option<trace::Request>)>>;

/// Draws the calls of one caller, each in the lane of the machine that has it.
pub struct Begun {
    /// Those that wait, with what their jobs are called.
    spans: Arc<Spans>,
    /// Hears what machines say; `None` when nothing is recorded.
    hearing: Option<AbortHandle>,
}

/// A call, from its beginning to its end.
pub struct Drawn {
    /// Shared with other calls.
    spans: Arc<Spans>,
    /// The job's name.
    id: Id,
}

impl Begun {
    /// Hears, from now on, which machines begin the jobs of `caller`.
    pub fn hear(line: &Line, caller: &str) -> Begun {
        let spans = Arc::new(Spans::default());
        let hear = hear(spans.clone(), line.clone(), format!("{BEGUN}.{caller}.*"));
        let hearing = trace::is_on().then(|| task::spawn(hear).abort_handle());
        Begun { spans, hearing }
    }

    /// Draws a call until what this returns is dropped.
    pub fn draw(&self, id: &Id, name: &'static str) -> Option<Drawn> {
        self.hearing.as_ref()?;
        lock(&self.spans).insert(id.clone(), (name, None));
        Some(Drawn { spans: self.spans.clone(), id: id.clone() })
    }
}

async fn hear(spans: Arc<Spans>, line: Line, subject: String) {
    let Ok(mut words) = line.client.subscribe(subject).await else { return };
    while let Some(word) = words.next().await {
        let machine = from_utf8(&word.payload).ok().and_then(|machine| machine.parse().ok());
        if let (Some(machine), Some((name, span))) = (machine, lock(&spans).get_mut(&Id::of(&word.subject))) {
            // Where another machine had it, that one has it no longer.
            *span = None;
            *span = Some(trace::request(machine, name));
        }
    }
}

fn lock(spans: &Spans) -> MutexGuard<'_, HashMap<Id, (&'static str, Option<trace::Request>)>> {
    spans.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Drawn {
    fn drop(&mut self) {
        lock(&self.spans).remove(&self.id);
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(hearing) = &self.hearing {
            hearing.abort();
        }
    }
}

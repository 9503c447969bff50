//! WRONG: the task asks to be notified when it begins, and misses what came before.
//! rejected-by: interrupt_cancels_the_jobs_first
//! sentence: Ctrl-C misses a job that was started just before
//! instead-of: commands.rs

use std::{future::pending, io, sync::Arc};

use tokio::{sync::Notify, task::JoinSet};

use crate::{places::Places, screen::Screen};

/// How many commands may run at once.
const MOST: usize = 64;

/// The commands of a client. Dropping it cancels them.
pub struct Commands {
    /// Where they run.
    places: Arc<Places>,
    /// Those that run, one task for each.
    running: JoinSet<()>,
    /// Told when they are to be cancelled.
    cancel: Arc<Notify>,
    /// Where answers go.
    screen: Screen,
}

impl Commands {
    /// Makes the pools, from inside of a runtime.
    ///
    /// # Errors
    /// When the system has no threads for them.
    pub fn new(screen: Screen) -> io::Result<Commands> {
        let places = Arc::new(Places::new(screen.clone())?);
        Ok(Commands { places, running: JoinSet::new(), cancel: Arc::default(), screen })
    }

    /// Starts a command; its answer is shown when it comes.
    pub fn start(&mut self, line: String) {
        let cancel = self.cancel.clone();
        let (places, screen, is_busy) =
            (self.places.clone(), self.screen.clone(), self.running.len() >= MOST);
        self.running.spawn(async move {
            let cancelled = cancel.notified_owned();
            let said = match is_busy {
                true => format!("!! {line}: busy: {MOST} commands run already"),
                false => places.answer(&line, cancelled).await,
            };
            screen.say(&said).await;
        });
    }

    /// Cancels all commands; false when none runs.
    pub fn cancel(&mut self) -> bool {
        self.cancel.notify_waiters();
        !self.running.is_empty()
    }

    /// Awaits the end of a command; pending while none runs. Cancelling it loses nothing.
    pub async fn ended(&mut self) {
        if self.running.join_next().await.is_none() {
            pending().await
        }
    }

    /// Awaits the end of all commands.
    pub async fn all_ended(&mut self) {
        while self.running.join_next().await.is_some() {}
    }

    /// What is to be said at the end.
    pub fn last_words(&self) -> String {
        let freeze = format!("longest freeze: {:.2} s", self.places.heartbeat.longest_freeze().as_secs_f64());
        match self.running.len() {
            0 => freeze,
            running => format!("abandoned: {running} of your commands\n{freeze}"),
        }
    }
}

//! Commands: started and counted by the event loop.

use std::{future::pending, io, sync::Arc};

use tokio::task::JoinSet;

use crate::{places::Places, screen::Screen};

/// How many commands may run at once.
const MOST: usize = 64;

/// The commands of a client. Dropping it cancels them.
pub struct Commands {
    /// Where they run.
    places: Arc<Places>,
    /// Those that run, one task for each.
    running: JoinSet<()>,
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
        Ok(Commands { places, running: JoinSet::new(), screen })
    }

    /// Starts a command; its answer is shown when it comes.
    pub fn start(&mut self, line: String) {
        let (places, screen, is_busy) =
            (self.places.clone(), self.screen.clone(), self.running.len() >= MOST);
        self.running.spawn(async move {
            let said = match is_busy {
                true => format!("!! {line}: busy: {MOST} commands run already"),
                false => places.answer(&line).await,
            };
            screen.say(&said).await;
        });
    }

    /// Is to cancel all commands; false when none runs.
    pub fn cancel(&mut self) -> bool {
        false
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

//! RIGHT: the tasks are aborted, and who joins them tells of it.
//! instead-of: commands.rs

use std::{collections::HashMap, future::pending, io, sync::Arc};

use tokio::{
    sync::Notify,
    task::{Id, JoinError, JoinSet},
};

use crate::{places::Places, screen::Screen};

/// How many commands may run at once.
const MOST: usize = 64;

/// The commands of a client. Dropping it cancels them.
pub struct Commands {
    /// Where they run.
    places: Arc<Places>,
    /// Those that run, one task for each.
    running: JoinSet<()>,
    /// What each of them does.
    lines: HashMap<Id, String>,
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
        Ok(Commands { places, running: JoinSet::new(), lines: HashMap::new(), screen })
    }

    /// Starts a command; its answer is shown when it comes.
    pub fn start(&mut self, line: String) {
        let (places, screen, is_busy) =
            (self.places.clone(), self.screen.clone(), self.running.len() >= MOST);
        let command = line.clone();
        let task = self.running.spawn(async move {
            let said = match is_busy {
                true => format!("!! {line}: busy: {MOST} commands run already"),
                // Nobody notifies this one.
                false => places.answer(&line, Arc::new(Notify::new()).notified_owned()).await,
            };
            screen.say(&said).await;
        });
        self.lines.insert(task.id(), command);
    }

    /// Cancels all commands; false when none runs.
    pub fn cancel(&mut self) -> bool {
        let is_one = !self.running.is_empty();
        self.running.abort_all();
        is_one
    }

    /// Awaits the end of a command; pending while none runs.
    pub async fn ended(&mut self) {
        match self.running.join_next_with_id().await {
            Some(Ok((id, ()))) => drop(self.lines.remove(&id)),
            Some(Err(error)) => self.tell(&error),
            None => pending().await,
        }
    }

    /// Tells of a command that was aborted, and clears the prompt.
    fn tell(&mut self, error: &JoinError) {
        let line = self.lines.remove(&error.id()).unwrap_or_default();
        self.screen.say_at_once(&format!("!! {line}: cancelled"));
        let screen = self.screen.clone();
        tokio::spawn(async move { screen.progress("", "").await });
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

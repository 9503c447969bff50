//! What the checks share: both kinds of event loop, a future that never ends, and a folder for the plugin.

use std::{env, fs, future::pending, io, path::PathBuf, process};

use checks::{Client, Explain, Missed, ScriptedRoom, check, on_a_loop, program};
use practice::Rules;
use the_way_back::CallError;
use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

pub const IDEA: &str = "16-the-way-back.md#the-idea";
pub const HAND: &str = "16-the-way-back.md#task-1-hand-the-future-to-the-loop";
pub const ENDS: &str = "16-the-way-back.md#task-2-an-answer-for-every-end";
pub const REFUSE: &str = "16-the-way-back.md#task-3-refuse-to-wait-on-the-loop";
pub const CANCEL: &str = "16-the-way-back.md#task-4-cancel-what-nobody-waits-for";
pub const NO_JOIN: &str = "`run` returned before it joined the room";
pub const WAITS: &str = "the loop's own thread waits for the job, and the job waits for the loop";

/// Both kinds of event loop.
#[derive(Clone, Copy, PartialEq)]
pub enum Flavor {
    Current,
    Multi,
}

impl Flavor {
    pub const BOTH: [Flavor; 2] = [Flavor::Current, Flavor::Multi];

    pub fn name(self) -> &'static str {
        match self {
            Flavor::Current => "a current-thread loop",
            Flavor::Multi => "a multi-thread loop",
        }
    }

    /// A loop with four threads for jobs.
    pub fn build(self) -> io::Result<Runtime> {
        let mut builder = match self {
            Flavor::Current => Builder::new_current_thread(),
            Flavor::Multi => Builder::new_multi_thread(),
        };
        builder.worker_threads(2).max_blocking_threads(4).enable_all().build()
    }

    /// Runs `work` on such a loop.
    pub fn run<T: Send + 'static>(
        self,
        what: &str,
        work: impl AsyncFnOnce() -> T + Send + 'static,
    ) -> Result<T, Missed> {
        on_a_loop(move || self.build(), &format!("{what}, on {}", self.name()), work)
    }
}

/// A future that never ends, and what tells that it began, and by its close that it was dropped.
pub fn endless() -> (impl Future<Output = ()> + Send + 'static, UnboundedReceiver<()>) {
    let (tells, told) = unbounded_channel();
    (begun(tells), told)
}

async fn begun(tells: UnboundedSender<()>) {
    let _ = tells.send(());
    pending().await
}

/// What came of a call, in words.
pub fn outcome<T: std::fmt::Debug>(result: &Result<T, CallError>) -> String {
    match result {
        Ok(value) => format!("the result `{value:?}`"),
        Err(error) => format!("`CallError::{error:?}`"),
    }
}

/// The call must have ended with this error.
pub fn ended_with<T: std::fmt::Debug>(
    result: Result<T, CallError>,
    due: CallError,
    of: &str,
) -> Result<(), Missed> {
    let holds = result.as_ref().is_err_and(|error| *error == due);
    check(holds, format!("`CallError::{due:?}`, of {of}"), outcome(&result))
}

/// A folder whose files `a` and `b` hold the word that a plugin looks for; it goes when this is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = env::temp_dir().join(format!("lesson 16 {name} {}", process::id()));
        fs::create_dir_all(&path).expect("a folder");
        for (file, text) in [("a", "ice"), ("b", "some ice"), ("c", "water")] {
            fs::write(path.join(file), text).expect("a file");
        }
        Folder(path)
    }

    /// What the client types to search it.
    pub fn scan(&self) -> String {
        format!("/scan ice {}", self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A room that answers when the check says so.
pub fn silent_room() -> ScriptedRoom {
    ScriptedRoom::with(Rules { bots: false, relay: false, ..Rules::default() })
}

/// A client that has come in.
pub fn guest(room: &ScriptedRoom) -> Client {
    let client = Client::on_terminal(&program!("16"), room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client
}

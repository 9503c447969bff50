//! A job that blocks until the check lets it go, `/read` of a named pipe, and a client that its trace keeps from ending.

use std::{
    env,
    fs::{self, File},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

use nix::libc::O_NONBLOCK;

use crate::{
    let_children_hear,
    missed::{Missed, patience, within},
};

/// How many gates this process has made, so that each has a name of its own.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A named pipe that blocks whoever reads it. Unix only; dropping it lets the job go, and removes the pipe.
///
/// ```
/// let mut gate = checks::Gate::shut();
/// let command = gate.command();
/// let job = std::thread::spawn(move || std::fs::read_to_string(&command["/read ".len()..]));
/// gate.blocks_a_job().unwrap();
/// gate.open("the kettle boils");
/// assert_eq!(job.join().unwrap().unwrap(), "the kettle boils");
/// ```
pub struct Gate {
    /// Where the pipe is.
    path: PathBuf,
    /// The writing end, once a job has opened the other one.
    pipe: Option<File>,
}

impl Gate {
    /// Makes a pipe that nobody has written to.
    ///
    /// # Panics
    /// When the system makes none.
    pub fn shut() -> Gate {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("gate-{}-{number}", process::id()));
        let_children_hear().expect("handlers for signals");
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.is_ok_and(|status| status.success()), "mkfifo {} failed", path.display());
        Gate { path, pipe: None }
    }

    /// What to type for a job that blocks in the pipe.
    pub fn command(&self) -> String {
        format!("/read {}", self.path.display())
    }

    /// Waits until a job has opened the pipe: from then on it blocks until [`Gate::open`].
    pub fn blocks_a_job(&mut self) -> Result<(), Missed> {
        let path = self.path.clone();
        // Opening the writing end blocks until somebody opens the reading end.
        let opened = within(patience(), "the command begins", || File::options().write(true).open(path));
        let opened = opened.map_err(|missed| Missed::new(missed.expected, "no job has opened its file"))?;
        self.pipe = Some(opened.map_err(|error| Missed::new("a pipe that opens", error.to_string()))?);
        Ok(())
    }

    /// Lets the job go: it has read `text`.
    ///
    /// A job that is gone reads nothing; the check notices by what it waits for next.
    pub fn open(&mut self, text: &str) {
        if let Some(mut pipe) = self.pipe.take() {
            let _ = pipe.write_all(text.as_bytes());
        }
    }
}

/// A named pipe that is full: whoever writes to it waits for as long as it is there. Unix only.
///
/// A client writes its trace when all else is done. One that is started with `--trace` and this path has left the room
/// and said its last word, and its process stays: what its threads do then can be seen.
pub struct Held(Gate);

impl Held {
    /// Makes a pipe, and fills it.
    ///
    /// # Panics
    /// When the system makes none.
    pub fn full() -> Held {
        let mut gate = Gate::shut();
        let pipe = File::options().read(true).write(true).custom_flags(O_NONBLOCK).open(&gate.path);
        let mut pipe = pipe.expect("both ends of a pipe");
        // A write of many bytes is refused while some fit.
        for size in [4096, 1] {
            while pipe.write_all(&[b' '; 4096][..size]).is_ok() {}
        }
        gate.pipe = Some(pipe);
        Held(gate)
    }

    /// What `--trace` is given.
    pub fn path(&self) -> &str {
        self.0.path.to_str().expect("a path of letters")
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

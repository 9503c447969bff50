//! What a child prints, line by line as it comes, and never waited for without a bound.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// Longer than any line takes, even while all cores are busy.
const LONG: Duration = Duration::from_secs(60);

/// The lines of a child's stdout.
pub struct Printed(Receiver<String>);

impl Printed {
    pub fn by(child: &mut Child) -> Self {
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let work = move || stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok());
        std::thread::Builder::new().name("lines".to_owned()).spawn(work).unwrap();
        Self(lines)
    }

    /// The next line; an empty one where the child ended without another.
    #[track_caller]
    pub fn line(&self) -> String {
        match self.0.recv_timeout(LONG) {
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("no line was printed"),
            line => line.unwrap_or_default(),
        }
    }

    /// Waits for a line with this in it.
    #[track_caller]
    pub fn sees(&self, part: &str) {
        let deadline = Instant::now() + LONG;
        loop {
            match self.0.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(part) => return,
                Ok(_) => (),
                Err(error) => panic!("`{part}` was not printed: {error}"),
            }
        }
    }
}

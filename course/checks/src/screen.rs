//! What the client has printed so far, and a wait for more of it.

use std::{
    io::Read,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Filled by a thread that reads the client's output; shared with whoever waits for a text.
#[derive(Clone, Default)]
pub(crate) struct Screen(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// What was printed.
    text: Mutex<Text>,
    /// Notified on every change.
    changed: Condvar,
}

#[derive(Default)]
struct Text {
    /// All of it, carriage returns taken out.
    all: String,
    /// Up to where a wait has already found something.
    seen: usize,
    /// The readers that have not met the end of output yet.
    open: usize,
}

impl Screen {
    /// Copies `output` onto the screen until it ends, on a thread of its own.
    pub fn copy(&self, output: impl Read + Send + 'static) {
        self.text().open += 1;
        let screen = self.clone();
        let copying = move || screen.copy_to_end(output);
        thread::Builder::new().name("screen".into()).spawn(copying).expect("a thread for the screen");
    }

    fn copy_to_end(&self, mut output: impl Read) {
        let mut buffer = [0; 4096];
        // A terminal whose program is gone reports an error instead of an end.
        while let Ok(read @ 1..) = output.read(&mut buffer) {
            let piece = String::from_utf8_lossy(&buffer[..read]).replace('\r', "");
            self.text().all.push_str(&piece);
            self.0.changed.notify_all();
        }
        self.text().open -= 1;
        self.0.changed.notify_all();
    }

    /// Waits until `part` is printed after what earlier waits found; says whether it was.
    pub fn wait_for(&self, part: &str, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut text = self.text();
        loop {
            if let Some(at) = text.all[text.seen..].find(part) {
                text.seen += at + part.len();
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || text.open == 0 {
                return false;
            }
            text = self.0.changed.wait_timeout(text, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the output has ended, and returns all of it.
    pub fn at_end(&self, limit: Duration) -> Option<String> {
        let ended = self.0.changed.wait_timeout_while(self.text(), limit, |text| text.open > 0);
        let (text, timeout) = ended.unwrap_or_else(PoisonError::into_inner);
        (!timeout.timed_out()).then(|| text.all.clone())
    }

    /// Whether the output has ended.
    pub fn is_over(&self) -> bool {
        self.text().open == 0
    }

    /// All that was printed until now.
    pub fn all(&self) -> String {
        self.text().all.clone()
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.0.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

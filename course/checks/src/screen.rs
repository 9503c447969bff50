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
    /// The same as bytes, carriage returns and all, until somebody takes them.
    bytes: Vec<u8>,
    /// Whether nothing is read for now: then whoever prints may have to wait.
    paused: bool,
    /// Up to where a wait has already found something.
    seen: usize,
    /// The readers that have not met the end of output yet.
    open: usize,
    /// The process that runs in the shell of a terminal, once the shell has told.
    process: Option<u32>,
    /// The status with which it ended, as the shell tells it.
    status: Option<u32>,
}

impl Text {
    /// Whether nothing more will be printed.
    fn is_over(&self) -> bool {
        self.open == 0 || self.status.is_some()
    }

    /// Takes out what the shell says to the harness, which a terminal would not show either.
    fn hear_the_shell(&mut self) {
        while let Some(start) = self.all.find(TOLD) {
            let told = &self.all[start + TOLD.len()..];
            let Some(length) = told.find('\u{7}') else { return };
            match told[..length].split_once(';').map(|(what, number)| (what, number.parse().ok())) {
                Some(("process", number)) => self.process = number,
                Some(("status", number)) => self.status = number,
                _ => {}
            }
            self.all.replace_range(start..=start + TOLD.len() + length, "");
            self.seen = self.seen.min(start);
        }
    }
}

/// How what a program prints becomes the text in which a wait searches.
pub(crate) trait ToText: Default + Send + 'static {
    /// The text of the next bytes, without carriage returns.
    fn text(&mut self, bytes: &[u8]) -> String;

    /// What the terminal would answer to it; mostly nothing.
    fn answer(&mut self) -> String {
        String::new()
    }
}

/// The bytes as they are; a letter may come in two pieces.
#[derive(Default)]
pub(crate) struct Decoder {
    /// The beginning of a letter whose end has not come yet.
    begun: Vec<u8>,
}

impl ToText for Decoder {
    fn text(&mut self, bytes: &[u8]) -> String {
        self.begun.extend_from_slice(bytes);
        let mut text = String::new();
        let mut taken = 0;
        for chunk in self.begun.utf8_chunks() {
            text.push_str(chunk.valid());
            taken += chunk.valid().len();
            let rest = &self.begun[taken..];
            // At the very end it may still become a letter.
            if !chunk.invalid().is_empty() && (rest.len() > chunk.invalid().len() || !may_go_on(rest)) {
                text.push(char::REPLACEMENT_CHARACTER);
                taken += chunk.invalid().len();
            }
        }
        self.begun.drain(..taken);
        text.replace('\r', "")
    }
}

/// Whether these bytes are the beginning of a letter, and no letter yet.
fn may_go_on(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// What the shell says begins so: a command to the terminal that none knows, and so none shows.
pub(crate) const TOLD: &str = "\u{1b}]thaw;";

impl Screen {
    /// Copies `output` onto the screen until it ends, on a thread of its own.
    ///
    /// `reply` is typed what the output asks for itself.
    pub fn copy<T: ToText>(
        &self,
        output: impl Read + Send + 'static,
        reply: impl FnMut(&str) + Send + 'static,
    ) {
        self.text().open += 1;
        let screen = self.clone();
        let copying = move || screen.copy_to_end(output, T::default(), reply);
        thread::Builder::new().name("screen".into()).spawn(copying).expect("a thread for the screen");
    }

    fn copy_to_end(&self, mut output: impl Read, mut to_text: impl ToText, mut reply: impl FnMut(&str)) {
        let mut buffer = [0; 4096];
        // A terminal whose program is gone reports an error instead of an end.
        while let Ok(read @ 1..) = output.read(&mut buffer) {
            let piece = to_text.text(&buffer[..read]);
            reply(&to_text.answer());
            let unpaused = self.0.changed.wait_while(self.text(), |text| text.paused);
            let mut text = unpaused.unwrap_or_else(PoisonError::into_inner);
            text.bytes.extend_from_slice(&buffer[..read]);
            text.all.push_str(&piece);
            text.hear_the_shell();
            drop(text);
            self.0.changed.notify_all();
        }
        self.text().open -= 1;
        self.0.changed.notify_all();
    }

    /// Stops reading, or reads on.
    pub fn pause(&self, paused: bool) {
        self.text().paused = paused;
        self.0.changed.notify_all();
    }

    /// Waits for bytes that nobody has taken yet, and takes them; none when the output has ended, or the time is up.
    pub fn take_bytes(&self, limit: Duration) -> Vec<u8> {
        let is_idle = |text: &mut Text| text.bytes.is_empty() && !text.is_over();
        let waited = self.0.changed.wait_timeout_while(self.text(), limit, is_idle);
        std::mem::take(&mut waited.unwrap_or_else(PoisonError::into_inner).0.bytes)
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
            if left.is_zero() || text.is_over() {
                return false;
            }
            text = self.0.changed.wait_timeout(text, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the output has ended, and returns all of it.
    pub fn at_end(&self, limit: Duration) -> Option<String> {
        self.once(limit, |text| text.is_over().then(|| text.all.clone()))
    }

    /// Waits for the process that the shell of a terminal has started.
    pub fn process(&self, limit: Duration) -> Option<u32> {
        self.once(limit, |text| text.process)
    }

    /// Waits for the status with which it ended; all that it printed is on the screen then.
    pub fn status(&self, limit: Duration) -> Option<u32> {
        self.once(limit, |text| text.is_over().then_some(text.status))?
    }

    /// Waits until `found` finds something.
    fn once<T>(&self, limit: Duration, found: impl Fn(&Text) -> Option<T>) -> Option<T> {
        let waited = self.0.changed.wait_timeout_while(self.text(), limit, |text| found(text).is_none());
        found(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Whether the output has ended.
    pub fn is_over(&self) -> bool {
        self.text().is_over()
    }

    /// All that was printed until now.
    pub fn all(&self) -> String {
        self.text().all.clone()
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.0.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(pieces: &[&str]) -> Text {
        let mut text = Text { open: 1, ..Text::default() };
        for piece in pieces {
            text.all.push_str(piece);
            text.hear_the_shell();
        }
        text
    }

    /// What the shell says is heard and not shown, however it is cut into pieces.
    #[test]
    fn shell_is_heard_and_not_shown() {
        let text = heard(&["\u{1b}]tha", "w;process;42", "\u{7}hello\n\u{1b}]thaw;status;3\u{7}"]);
        assert_eq!((text.all.as_str(), text.process, text.status), ("hello\n", Some(42), Some(3)));
        assert!(text.is_over());
    }

    /// A letter that comes in pieces is one letter; bytes that are none are told as such.
    #[test]
    fn letters_come_in_pieces() {
        let mut decoder = Decoder::default();
        let mut told = String::new();
        for byte in "é\r\n→𝄞!".bytes().chain(*b"\xff\xc3\xe2\x82x") {
            told.push_str(&decoder.text(&[byte]));
        }
        assert_eq!(told, "é\n→𝄞!\u{fffd}\u{fffd}\u{fffd}x");
        assert_eq!(Decoder::default().text("é→x".as_bytes()), "é→x");
    }

    /// What the client says to a terminal stays.
    #[test]
    fn other_commands_stay() {
        assert_eq!(heard(&["\u{1b}]0;title\u{7}"]).all, "\u{1b}]0;title\u{7}");
    }
}

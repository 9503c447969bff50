//! A place in a lesson's sources, as panics and the compiler name it, and the link that a terminal makes of it.

use std::fmt::{self, Write};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A source of a lesson and a line of it; the compiler of Windows writes paths its own way.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"lessons[/\\]([\w-]+)[/\\]src[/\\]([\w/\\-]+\.rs):(\d+)").expect("a constant pattern")
});

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, below the root: `lessons/03-thread-and-channel/src/lib.rs`.
    pub file: String,
    /// The line, from one on.
    pub line: u32,
}

impl Place {
    /// The first place in the sources of a lesson, by its full name, that a text names.
    pub fn first_in(text: &str, lesson: &str) -> Option<Self> {
        let ours = PLACE.captures_iter(text).find(|found| &found[1] == lesson)?;
        Self::of(&ours)
    }

    /// Where the sources of a lesson panicked first.
    pub fn of_panic(text: &str, lesson: &str) -> Option<Self> {
        text.split("panicked at ").skip(1).find_map(|rest| {
            let found = PLACE.captures_at(rest, 0)?;
            let is_next = found.get(0).is_some_and(|place| place.start() == 0);
            if is_next && &found[1] == lesson { Self::of(&found) } else { None }
        })
    }

    fn of(found: &Captures<'_>) -> Option<Self> {
        let file = format!("lessons/{}/src/{}", &found[1], found[2].replace('\\', "/"));
        Some(Self { file, line: found[3].parse().ok()? })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Whether this stream is a terminal that knows links.
pub fn is_linked(stream: &impl IsTerminal) -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|name| name == "dumb");
    stream.is_terminal() && !is_dumb && supports_hyperlinks::supports_hyperlinks()
}

/// A text in which each place is a link to the file below `root`, or the text as it is.
pub fn linked(text: &str, root: &Path, links: bool) -> String {
    if !links {
        return text.to_owned();
    }
    let link = |found: &Captures<'_>| match Place::of(found) {
        // OSC 8; editors that open such an address go to the line.
        Some(place) => {
            let address = address(&root.join(&place.file));
            format!("\x1b]8;;{address}#L{}\x1b\\{}\x1b]8;;\x1b\\", place.line, &found[0])
        }
        None => found[0].to_owned(),
    };
    PLACE.replace_all(text, link).into_owned()
}

/// The address of a file.
fn address(file: &Path) -> String {
    let path = file.display().to_string().replace('\\', "/");
    let mut address = String::from(if path.starts_with('/') { "file://" } else { "file:///" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b':' => {
                address.push(char::from(byte));
            }
            _ => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A panic in the lesson's own sources is found, wherever it stands; one elsewhere, or of another lesson, is not.
    #[test]
    fn panics_have_a_place() {
        let text = "thread 'check' (7) panicked at lessons/03-x/tests/checks/main.rs:9:5:\nno\n\
                    the screen: thread 'main' panicked at lessons/03-x/src/deep/pool.rs:12:5:\nlessons/03-x/src/lib.rs:1";
        let place = Place::of_panic(text, "03-x").unwrap();
        assert_eq!(place.to_string(), "lessons/03-x/src/deep/pool.rs:12");
        assert_eq!(Place::of_panic(text, "04-y"), None);
        assert_eq!(Place::first_in(text, "03-x"), Some(place));
        let windows = Place::of_panic(r"panicked at lessons\03-x\src\lib.rs:3:5:", "03-x").unwrap();
        assert_eq!(windows.to_string(), "lessons/03-x/src/lib.rs:3");
    }

    /// A link has the address of the file, and is drawn as what stood there; without links nothing is added.
    #[test]
    fn places_become_links() {
        let text = " --> lessons/03-x/src/lib.rs:4:9\n";
        let root = Path::new("/my course/[1]");
        let link = "\x1b]8;;file:///my%20course/%5B1%5D/lessons/03-x/src/lib.rs#L4\x1b\\lessons/03-x/src/lib.rs:4\x1b]8;;\x1b\\";
        assert_eq!(linked(text, root, true), format!(" --> {link}:9\n"));
        assert_eq!(linked(text, root, false), text);
    }
}

//! What a program prints, held against the transcript that a page of the book shows.

use std::{env, fs, path::Path};

/// Where the figures of a run differ from those of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figures {
    /// Nowhere: the program waits for causes, and prints the same each time.
    Same,
    /// In each number and its unit: what is compared has `N` in place of digits, and one blank in place of several.
    Vary,
    /// As in `Vary`, and several threads print: their lines come in any order, and some may come again.
    VaryInAnyOrder,
}

/// Fails where `printed`, by `command`, is not what `book/transcripts/NAME.txt` shows; with `COURSE_RECORD` set, writes it there.
///
/// # Panics
/// When they differ, with both of them; when the transcript cannot be read or written.
#[track_caller]
pub fn hold_transcript(name: &str, command: &str, printed: &str, figures: Figures) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../book/transcripts/{name}.txt"));
    let printed = format!("$ {command}\n{}\n", printed.trim_end().replace("\r\n", "\n"));
    if env::var_os("COURSE_RECORD").is_some() {
        fs::write(&path, &printed).expect("a transcript that can be written");
    }
    let shown = fs::read_to_string(&path).unwrap_or_default();
    let same = match figures {
        Figures::Same => printed == shown,
        Figures::Vary => masked(&printed) == masked(&shown),
        Figures::VaryInAnyOrder => in_order(&printed) == in_order(&shown),
    };
    assert!(
        same,
        "\nbook/transcripts/{name}.txt is not what the program prints.\nshown:\n{shown}\nprinted:\n{printed}\n\
         If the program is right, run this test with COURSE_RECORD=1."
    );
}

/// The text without what varies: its figures, and how far they are padded.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_digit() { 'N' } else { c };
        let repeats = "N ".contains(c) && masked.ends_with(c);
        let is_part = c == '.' && masked.ends_with('N');
        if !repeats && !is_part {
            masked.push(c);
        }
    }
    ["ns", "us", "µs", "ms", "s"].iter().fold(masked, |text, unit| text.replace(&format!("N{unit}"), "Nt"))
}

/// The lines without what varies, each once.
fn in_order(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(masked).collect();
    lines.sort();
    lines.dedup();
    lines
}

#[cfg(test)]
mod tests {
    use super::{in_order, masked};

    /// Figures of any width are alike, and words are not.
    #[test]
    fn figures_are_masked() {
        assert_eq!(masked("  12.5 ms, 3 of 4"), " N ms, N of N");
        assert_eq!(masked(" 1034.75 ms, 10 of 4"), " N ms, N of N");
        assert_eq!(masked("busy=1.2µs"), masked("busy=30s"));
        assert_ne!(masked("1 ms"), masked("1 s"));
        assert_eq!(in_order("b 1\na\nb 22"), in_order("a\nb 3"));
    }
}

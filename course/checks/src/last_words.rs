//! What a client said last, as a clause: a panic by its text, without the notes that Rust adds.

/// The last line on a screen, or the panic that stands there.
///
/// What an editor asks of the terminal is left out: it is no word.
pub(crate) fn last_words(screen: &str) -> String {
    let text = without_commands(screen);
    match (last_panic(screen), text.lines().rfind(|line| !line.trim().is_empty())) {
        (Some(panic), _) => panic,
        (None, Some(line)) => format!("the last line on the screen was `{line}`"),
        (None, None) => "the screen stayed empty".into(),
    }
}

/// The panic that stands last on a screen, if one does.
pub(crate) fn last_panic(screen: &str) -> Option<String> {
    let screen = without_commands(screen);
    let lines: Vec<&str> = screen.lines().filter(|line| !line.trim().is_empty()).collect();
    panic(&lines).map(|text| format!("the last thing on the screen was a panic: {text}"))
}

/// The text alone, without the sequences that move the cursor or clear the screen.
fn without_commands(screen: &str) -> String {
    let mut parts = screen.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A sequence ends with a letter.
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |end| end + 1);
        text.push_str(&part[end..]);
    }
    text
}

/// The first line of the last panic, unless the client has printed something since.
fn panic<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let is_start = |line: &&str| line.starts_with("thread '") && line.contains(" panicked at ");
    let (text, rest) = lines[lines.iter().rposition(is_start)? + 1..].split_first()?;
    rest.iter().all(|line| is_added(line)).then_some(*text)
}

/// Whether this line belongs to a panic's longer text, to its note or to its backtrace.
fn is_added(line: &str) -> bool {
    line.starts_with(' ') || line.starts_with("note: ") || line == "stack backtrace:"
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANIC: &str = "hello\n\nthread 'main' (7) panicked at src/lib.rs:9:5:\nthe cup broke\n";

    /// Without a panic, the last line that is not blank is told.
    #[test]
    fn last_line_is_told() {
        assert_eq!(last_words("<< one\n<< two\n\n"), "the last line on the screen was `<< two`");
        assert_eq!(last_words("\n"), "the screen stayed empty");
    }

    /// An editor's drawing is no last word, and what it draws is.
    #[test]
    fn drawing_is_left_out() {
        let drawn = "<< one\n\u{1b}[1G\u{1b}[J<< two\n\u{1b}[1G> \u{1b}[3G";
        assert_eq!(last_words(drawn), "the last line on the screen was `> `");
    }

    /// A panic is told by its text, whatever Rust says after it.
    #[test]
    fn panic_is_told_by_its_text() {
        let told = "the last thing on the screen was a panic: the cup broke";
        let note = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
        let trace = "stack backtrace:\n   0: main\n             at ./src/lib.rs:9:5\nnote: Some details are omitted\n";
        for added in ["", note, trace] {
            assert_eq!(last_words(&format!("{PANIC}{added}")), told);
        }
    }

    /// A panic that the client outlived is not its last word.
    #[test]
    fn outlived_panic_is_passed_over() {
        let screen = format!("{PANIC}note: run\n!! /sleep -1: the cup broke\n");
        assert_eq!(last_words(&screen), "the last line on the screen was `!! /sleep -1: the cup broke`");
    }
}

//! What one guest says reaches the terminals of others: a text that is shown must not command them.

/// The text without what commands a terminal, ends its line or turns its order around; each shows as `�`.
///
/// ```
/// assert_eq!(practice::harmless("\x1b]0;owned\x07 hi\nguest 2: yes"), "�]0;owned� hi�guest 2: yes");
/// ```
pub fn harmless(text: &str) -> String {
    text.chars().map(|c| if is_command(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Whether a terminal would do something instead of showing it; a tab only makes room.
fn is_command(c: char) -> bool {
    // Line and paragraph ends, and overrides and isolates of the writing direction.
    let turns = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No control character of either set is left, nor one that turns the order of letters.
    #[test]
    fn nothing_is_left_that_commands_a_terminal() {
        for c in ('\0'..='\u{9f}')
            .filter(|c| c.is_control() && *c != '\t')
            .chain("\u{2028}\u{202e}\u{2066}".chars())
        {
            assert_eq!(harmless(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
    }

    /// Whatever is written stays as it is: joined emoji, combining and right-to-left letters, tabs.
    #[test]
    fn what_is_written_is_kept() {
        for text in ["👩\u{200d}💻", "ole\u{301}", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}", "a\tb", "\u{65e5}\u{672c}"]
        {
            assert_eq!(harmless(text), text);
        }
    }
}

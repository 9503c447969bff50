//! Cuts a named part out of a source file: the lines between `ANCHOR: name` and `ANCHOR_END: name`.

/// The lines of the anchor, moved to the left margin, without the marks of other anchors.
/// Says in one sentence what is wrong when the anchor does not open and close once, around something.
pub(crate) fn cut(text: &str, name: &str) -> Result<String, String> {
    let text = unmarked(text);
    let opens = places(text, "ANCHOR:", name);
    let closes = places(text, "ANCHOR_END:", name);
    let (&[open], &[close]) = (&opens[..], &closes[..]) else {
        return Err(counted(name, opens.len(), closes.len()));
    };
    if close < open {
        return Err(format!("the anchor `{name}` closes before it opens."));
    }
    let lines: Vec<&str> =
        text.lines().skip(open + 1).take(close - open - 1).filter(|line| !is_mark(line)).collect();
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Err(format!("the anchor `{name}` is empty."));
    }
    Ok(at_margin(&lines))
}

/// All of a file but the lines that mark anchors.
pub(crate) fn whole(text: &str) -> String {
    let lines: Vec<&str> = unmarked(text).lines().filter(|line| !is_mark(line)).collect();
    lines.join("\n")
}

/// A byte order mark belongs to an editor; the line ends of Windows fall away where a text is taken line by line.
fn unmarked(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// The names of the anchors that open in a file.
pub(crate) fn names(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| named(line, "ANCHOR:")).map(str::to_owned).collect()
}

fn counted(name: &str, opens: usize, closes: usize) -> String {
    match (opens, closes) {
        (0, 0) => format!("there is no anchor `{name}`."),
        (1, 0) => format!("the anchor `{name}` never closes."),
        _ => format!("the anchor `{name}` opens {opens} times and closes {closes} times, instead of once."),
    }
}

/// The indices of the lines that carry this mark for this name.
fn places(text: &str, mark: &str, name: &str) -> Vec<usize> {
    let found = text.lines().enumerate().filter(|(_, line)| named(line, mark) == Some(name));
    found.map(|(index, _)| index).collect()
}

fn is_mark(line: &str) -> bool {
    named(line, "ANCHOR:").is_some() || named(line, "ANCHOR_END:").is_some()
}

fn named<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(mark)?;
    rest.split_whitespace().next()
}

fn at_margin(lines: &[&str]) -> String {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let margin = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let moved: Vec<&str> = lines.iter().map(|line| line.get(margin..).unwrap_or("")).collect();
    moved.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither a byte order mark, nor other line ends, nor a missing last one is a difference.
    #[test]
    fn invisible_differences_are_none() {
        let (unix, windows) =
            ("a\n// ANCHOR: b\nc\n// ANCHOR_END: b\n", "\u{feff}a\r\n// ANCHOR: b\r\nc\r\n// ANCHOR_END: b");
        assert_eq!(whole(unix), whole(windows));
        assert_eq!(cut(unix, "b"), cut(windows, "b"));
        assert_eq!(cut("\u{feff}  x\n  // ANCHOR: b\n  c\n  // ANCHOR_END: b", "b"), Ok("c".to_owned()));
    }
}

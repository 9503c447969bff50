//! What a failed check said, found in its output.

/// The labels of the four lines of the harness, in their order.
pub const LABELS: [&str; 4] = ["expected", "instead", "likely", "read"];

/// Why a check failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The four lines of the harness, each without its label.
    Explained([String; 4]),
    /// A panic of another form, or no panic at all: the first lines of what was said.
    Other(Vec<String>),
}

/// How many lines of an unexplained failure are shown.
const FIRST_LINES: usize = 8;

impl Failure {
    /// Finds the failure in what a check wrote to stderr.
    pub fn find(output: &str) -> Self {
        let panics = panics(output);
        let explained = panics.iter().find_map(|panic| explained(panic));
        match (explained, panics.last()) {
            (Some(lines), _) => Self::Explained(lines),
            (None, Some(panic)) => Self::Other(first_lines(panic)),
            (None, None) => Self::Other(first_lines(&output.lines().collect::<Vec<_>>())),
        }
    }

    /// The text, as it was said.
    pub fn text(&self) -> String {
        match self {
            Self::Explained(lines) => {
                let labeled = LABELS.iter().zip(lines).map(|(label, line)| format!("{label}: {line}"));
                labeled.collect::<Vec<_>>().join("\n")
            }
            Self::Other(lines) => lines.join("\n"),
        }
    }
}

/// The message of each panic, without what Rust adds around it.
fn panics(output: &str) -> Vec<Vec<&str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut is_inside = false;
    for line in output.lines() {
        let starts = line.starts_with("thread '") && line.contains(" panicked at ");
        let ends = line.starts_with("note: ") || line.starts_with("stack backtrace:");
        if starts {
            found.push(Vec::new());
        }
        is_inside = starts || (is_inside && !ends);
        if let (true, false, Some(panic)) = (is_inside, starts, found.last_mut()) {
            panic.push(line);
        }
    }
    found
}

/// The four lines; a line without a label goes on with the one above it.
fn explained(panic: &[&str]) -> Option<[String; 4]> {
    let mut lines: [Option<String>; 4] = Default::default();
    let mut current = None;
    for line in panic {
        let labeled = LABELS
            .iter()
            .enumerate()
            .find_map(|(index, label)| Some((index, line.strip_prefix(label)?.strip_prefix(':')?.trim())));
        match (labeled, current) {
            (Some((index, text)), _) => {
                lines[index] = Some(text.to_owned());
                current = Some(index);
            }
            (None, Some(index)) if !line.trim().is_empty() => {
                let above: &mut Option<String> = &mut lines[index];
                above.get_or_insert_default().push_str(&format!(" {}", line.trim()));
            }
            _ => (),
        }
    }
    let [Some(expected), Some(instead), Some(likely), Some(read)] = lines else { return None };
    Some([expected, instead, likely, read])
}

fn first_lines(lines: &[&str]) -> Vec<String> {
    let spoken = lines.iter().filter(|line| !line.trim().is_empty());
    spoken.take(FIRST_LINES).map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The four lines are found between what Rust says before and after.
    #[test]
    fn four_lines_are_found() {
        let output = "hello\n\nthread 'shows' (77) panicked at tests/checks.rs:9:5:\nexpected: a\n  and b\n\
                      instead:  c\nlikely:   d\nread:     03-x.md#e\nnote: run with `RUST_BACKTRACE=1`\n";
        let lines = ["a and b", "c", "d", "03-x.md#e"].map(str::to_owned);
        assert_eq!(Failure::find(output), Failure::Explained(lines));
    }

    /// A panic of another form shows its first lines.
    #[test]
    fn other_panics_show_their_beginning() {
        let output = "thread 'shows' panicked at tests/checks.rs:9:5:\nassertion failed: x\nnote: run\n";
        assert_eq!(Failure::find(output), Failure::Other(vec!["assertion failed: x".to_owned()]));
    }
}

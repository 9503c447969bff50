//! The verdict on one lesson, in one screen: at most 24 lines of 80 columns.

use std::io::IsTerminal;
use std::path::Path;

use crate::failure::{Failure, LABELS};
use crate::lessons::Lesson;
use crate::suite::{Outcome, Verdict};

/// The lines of a terminal.
const LINES: usize = 24;

/// The columns of a terminal.
const COLUMNS: usize = 80;

/// Before the place to read, which is never left out.
const READ: &str = "  read:     ";

/// Whether this stream shows colors, and the reader wants them.
pub fn is_colored(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Text between an escape code and its end, or the plain text.
pub fn paint(code: &str, text: &str, colored: bool) -> String {
    if colored { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// Whether all checks of a lesson passed.
pub fn is_solved(verdicts: &[Verdict]) -> bool {
    !verdicts.is_empty() && verdicts.iter().all(Verdict::is_pass)
}

/// What a reader sees of a lesson that is not solved.
pub fn unsolved(lesson: &Lesson, verdicts: &[Verdict], book: Option<&str>, colored: bool) -> String {
    let Some(first) = verdicts.iter().find(|verdict| !verdict.is_pass()) else { return String::new() };
    let mut tail = vec![String::new(), paint("1", &first.name, colored)];
    tail.extend(explain(lesson, first, book));
    tail.push(String::new());
    tail.push(format!("next: cargo course hint {}", lesson.number));
    let mut head = vec![title(lesson, verdicts), String::new()];
    let room = LINES.saturating_sub(head.len() + tail.len());
    head.extend(table(verdicts, room, colored));
    let surplus = (head.len() + tail.len()).saturating_sub(LINES);
    // Only an endless explanation comes here; the last lines say where to read and what to do.
    let end = tail.iter().rposition(|line| line.starts_with(READ)).unwrap_or(tail.len() - 2);
    tail.drain(end - surplus.min(end - 2)..end);
    head.extend(tail);
    head.join("\n") + "\n"
}

/// What a reader sees of a lesson that is solved.
pub fn solved(lesson: &Lesson, verdicts: &[Verdict], next: &[String], colored: bool) -> String {
    let mut lines = vec![title(lesson, verdicts), String::new()];
    lines.extend(table(verdicts, LINES - 8, colored));
    lines.push(String::new());
    lines.push(format!("Lesson {} is solved: all {} checks pass.", lesson.number, verdicts.len()));
    for (index, step) in next.iter().enumerate() {
        lines.push(format!("{} {step}", if index == 0 { "next:" } else { "     " }));
    }
    lines.join("\n") + "\n"
}

fn title(lesson: &Lesson, verdicts: &[Verdict]) -> String {
    let passed = verdicts.iter().filter(|verdict| verdict.is_pass()).count();
    format!("Lesson {}, {}: {passed} of {} checks pass", lesson.number, lesson.title, verdicts.len())
}

/// A line for each check while there is room; else the names in running text; else as many as fit.
fn table(verdicts: &[Verdict], room: usize, colored: bool) -> Vec<String> {
    if verdicts.len() <= room {
        return verdicts.iter().map(|verdict| line(verdict, colored)).collect();
    }
    let named = |lead: &str, pass: bool| {
        let chosen = verdicts.iter().filter(|verdict| verdict.is_pass() == pass);
        let names: Vec<_> = chosen.map(|verdict| verdict.name.as_str()).collect();
        if names.is_empty() { Vec::new() } else { wrapped(lead, &names.join(", ")) }
    };
    let (passed, mut failed) = (named("  pass  ", true), named("  FAIL  ", false));
    if passed.len() + failed.len() <= room {
        return [passed, failed].concat();
    }
    let count = verdicts.iter().filter(|verdict| verdict.is_pass()).count();
    let passed = if count > 0 { vec![format!("  pass  {count} checks")] } else { Vec::new() };
    let kept = room.saturating_sub(passed.len()).max(1);
    if kept < failed.len() {
        failed.truncate(kept);
        // The mark takes the place of the last name, which may fill the line.
        let cut = failed[kept - 1].rfind(' ').unwrap_or(0);
        failed[kept - 1].replace_range(cut.., " …");
    }
    [passed, failed].concat()
}

fn line(verdict: &Verdict, colored: bool) -> String {
    let mark = match verdict.outcome {
        Outcome::Passed => paint("32", "pass", colored),
        Outcome::Failed(_) => paint("31", "FAIL", colored),
        Outcome::Overran(..) => paint("31", "HANG", colored),
        Outcome::Stopped => paint("33", "stop", colored),
    };
    format!("  {mark}  {:<56} {:>5.1} s", verdict.name, verdict.took.as_secs_f32())
}

/// The four lines, or what else is known; always with a place to read.
fn explain(lesson: &Lesson, verdict: &Verdict, book: Option<&str>) -> Vec<String> {
    let lines: Vec<(&str, &str)> = match &verdict.outcome {
        Outcome::Failed(Failure::Explained(texts)) => {
            LABELS.into_iter().zip(texts.iter().map(String::as_str)).take(3).collect()
        }
        _ => Vec::new(),
    };
    let mut said: Vec<_> = lines
        .iter()
        .flat_map(|(label, text)| wrapped(&format!("  {:<10}", format!("{label}:")), text))
        .collect();
    if said.is_empty() {
        said = verdict.text().lines().flat_map(|line| wrapped("  ", line)).collect();
    }
    let section = match &verdict.outcome {
        Outcome::Failed(Failure::Explained([_, _, _, read])) => read.clone(),
        _ => format!("{}.md", lesson.name()),
    };
    said.extend(wrapped(READ, &place(&section, book)));
    said
}

/// The section in the book that is served right now, or else in its source.
fn place(section: &str, book: Option<&str>) -> String {
    match book {
        Some(url) => format!("{url}{}", section.replacen(".md", ".html", 1)),
        None => format!("book/src/en/{section}"),
    }
}

/// Breaks text at spaces; what follows the first line stands below its beginning.
pub fn wrapped(lead: &str, text: &str) -> Vec<String> {
    let width = COLUMNS - lead.chars().count();
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let fits = lines.last().is_some_and(|line| line.chars().count() + 1 + word.chars().count() <= width);
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if fits => line.push_str(&format!(" {word}")),
            _ => lines.push(word.to_owned()),
        }
    }
    let blank = " ".repeat(lead.chars().count());
    let led = |(index, line): (usize, &String)| format!("{}{line}", if index == 0 { lead } else { &blank });
    lines.iter().enumerate().map(led).collect()
}

/// A path as a reader would type it from the root.
pub fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn lesson() -> Lesson {
        let text = "number = '03'\nslug = 'x'\ntitle = 'X'\npromise = 'Y.'";
        toml::from_str(text).unwrap()
    }

    fn verdict(name: &str, outcome: Outcome) -> Verdict {
        Verdict { name: name.to_owned(), outcome, took: Duration::from_millis(1234) }
    }

    /// Long sentences and many checks still fit on one screen.
    #[test]
    fn failure_fits_one_screen() {
        let long = "word ".repeat(70);
        let lines = [long.clone(), long.clone(), long, "03-x.md#why".to_owned()];
        let mut verdicts = vec![verdict("first", Outcome::Failed(Failure::Explained(lines)))];
        verdicts.extend((0..20).map(|n| verdict(&format!("check_number_{n}"), Outcome::Passed)));
        let screen = unsolved(&lesson(), &verdicts, None, false);
        assert!(screen.lines().count() <= LINES, "{screen}");
        assert!(screen.lines().all(|line| line.chars().count() <= COLUMNS), "{screen}");
        assert!(screen.ends_with("next: cargo course hint 03\n"), "{screen}");
        assert!(screen.contains("  read:     book/src/en/03-x.md#why\n"), "{screen}");
    }

    /// Names of many checks give way to the explanation of the first that fails.
    #[test]
    fn explanation_is_never_cut() {
        let text = |word: &str| format!("{} ", word.repeat(3)).repeat(9) + "end";
        let lines = [text("ex"), text("in"), text("li"), "03-x.md#why".to_owned()];
        let failed = || Outcome::Failed(Failure::Explained(lines.clone()));
        let name = |n| format!("a_check_with_quite_a_long_name_{n}");
        let mut verdicts: Vec<_> = (0..14).map(|n| verdict(&name(n), failed())).collect();
        verdicts.extend((14..30).map(|n| verdict(&name(n), Outcome::Passed)));
        let screen = unsolved(&lesson(), &verdicts, None, false);
        assert!(screen.lines().count() <= LINES, "{screen}");
        assert!(screen.lines().all(|line| line.chars().count() <= COLUMNS), "{screen}");
        assert_eq!(screen.matches("end\n").count(), 3, "{screen}");
        assert!(screen.contains("  read:     book/src/en/03-x.md#why\n"), "{screen}");
    }

    /// Where no check passes, there is no line without names.
    #[test]
    fn empty_list_of_names_is_left_out() {
        let failed = || Outcome::Failed(Failure::Other(vec!["a word".to_owned()]));
        let verdicts: Vec<_> = (0..20).map(|n| verdict(&format!("check_number_{n}"), failed())).collect();
        let screen = unsolved(&lesson(), &verdicts, None, false);
        assert!(screen.contains("\n  FAIL  check_number_0, "), "{screen}");
        assert!(!screen.contains("  pass  "), "{screen}");
    }

    /// The place to read is a link while the book is served, and a file otherwise.
    #[test]
    fn place_follows_the_book() {
        assert_eq!(place("03-x.md#a", None), "book/src/en/03-x.md#a");
        assert_eq!(place("03-x.md#a", Some("http://[::1]:3/")), "http://[::1]:3/03-x.html#a");
    }
}

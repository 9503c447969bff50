//! The verdict on one lesson, in one screen: at most 24 lines of 80 columns.

use std::io::IsTerminal;
use std::path::Path;

use book::Words;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, LABELS};
use crate::language::{said, word, words};
use crate::lesson::Lesson;
use crate::pages::Pages;
use crate::suite::{Outcome, Verdict};
use crate::tasks::Task;

/// The lines of a terminal.
const LINES: usize = 24;

/// The columns of a terminal.
const COLUMNS: usize = 80;

/// Before what stands below a mark.
const BELOW: &str = "        ";

/// Before the place to read, which is never left out.
const READ: &str = "  read:     ";

/// Whether this stream shows colors, and the reader wants them.
pub fn is_colored(stream: &impl IsTerminal) -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|name| name == "dumb");
    stream.is_terminal() && !is_dumb && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Text between an escape code and its end, or the plain text.
pub fn paint(code: &str, text: &str, colored: bool) -> String {
    if colored { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// Whether all checks of a lesson passed.
pub fn is_solved(verdicts: &[Verdict]) -> bool {
    !verdicts.is_empty() && verdicts.iter().all(Verdict::is_pass)
}

/// What the checks of one task came to, as a page shows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Part {
    /// The number of the task on the page; what is given has none.
    pub task: Option<usize>,
    /// How many of its checks pass: `Task 2, the job's future: 5 of 7`.
    pub title: String,
    /// Its checks, in the order of the page.
    pub checks: Vec<Line>,
}

/// One check, as a page shows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Line {
    /// `pass`, `FAIL`, `HANG` or `stop`.
    pub mark: String,
    /// The name of the check.
    pub name: String,
    /// How long it ran, in seconds.
    pub seconds: f32,
    /// What it said where it does not pass, each with its label; one without is a text of its own.
    pub said: Vec<(String, String)>,
    /// The section to read then: `03-thread-and-channel.md#the-idea`.
    pub read: Option<String>,
}

/// The same as in a terminal, for a page: all that failed is explained.
pub fn parts(lesson: &Lesson, tasks: &[Task], verdicts: &[Verdict]) -> Vec<Part> {
    let shown = |verdict: &&Verdict| {
        let explained = (!verdict.is_pass()).then(|| said(lesson, verdict));
        let (said, read) = explained.map_or((Vec::new(), None), |(said, read)| (said, Some(read)));
        let (mark, seconds) = (mark(&verdict.outcome).0.to_owned(), verdict.took.as_secs_f32());
        Line { mark, name: verdict.name.clone(), seconds, said, read }
    };
    let part = |group: &Group<'_>| Part {
        task: group.task.and_then(|task| task.number),
        // A page has the words of its own language.
        title: group.title(Words::ENGLISH),
        checks: group.verdicts.iter().map(shown).collect(),
    };
    groups(tasks, verdicts).iter().map(part).collect()
}

/// What a reader sees of a lesson, or of one of its tasks, that is not solved.
pub fn unsolved(
    lesson: &Lesson,
    tasks: &[Task],
    verdicts: &[Verdict],
    pages: &Pages<'_>,
    colored: bool,
) -> String {
    let Some(first) = verdicts.iter().find(|verdict| !verdict.is_pass()) else { return String::new() };
    let mut tail = vec![String::new(), paint("1", &first.name, colored)];
    tail.extend(explain(lesson, first, pages));
    tail.push(String::new());
    tail.push(said!("next: cargo course hint {number}", number = lesson.number));
    let mut head = vec![title(lesson, verdicts), String::new()];
    let room = LINES.saturating_sub(head.len() + tail.len());
    head.extend(table(&groups(tasks, verdicts), room, colored));
    let surplus = (head.len() + tail.len()).saturating_sub(LINES);
    // Only an endless explanation comes here; the last lines say where to read and what to do.
    let end = tail.iter().rposition(|line| line.starts_with(READ)).unwrap_or(tail.len() - 2);
    tail.drain(end - surplus.min(end - 2)..end);
    head.extend(tail);
    head.join("\n") + "\n"
}

/// What a reader sees of a lesson, or of one of its tasks, that is solved.
pub fn solved(
    lesson: &Lesson,
    tasks: &[Task],
    verdicts: &[Verdict],
    next: &[String],
    colored: bool,
) -> String {
    let mut lines = vec![title(lesson, verdicts), String::new()];
    lines.extend(table(&groups(tasks, verdicts), LINES - 8, colored));
    lines.push(String::new());
    let what = match tasks {
        [task] if task.number.is_some() => said!("{task}, is done", task = task.name(words())),
        _ => said!("Lesson {number} is solved", number = lesson.number),
    };
    lines.push(said!("{what}: all {count} checks pass.", what = what, count = verdicts.len()));
    let blind = verdicts.iter().filter(|verdict| !verdict.passed_over.is_empty()).count();
    if blind > 0 {
        lines.push(said!(
            "On this system {count} could not look at all they should: cargo course list",
            count = blind
        ));
    }
    let label = word("next:");
    let blank = " ".repeat(label.chars().count());
    for (index, step) in next.iter().enumerate() {
        lines.push(format!("{} {step}", if index == 0 { &label } else { &blank }));
    }
    lines.join("\n") + "\n"
}

fn title(lesson: &Lesson, verdicts: &[Verdict]) -> String {
    said!(
        "Lesson {number}, {title}: {share} checks pass",
        number = lesson.number,
        title = lesson.called(),
        share = share(words(), verdicts.iter())
    )
}

/// How many of them pass: `5 of 7`.
fn share<'a>(words: Words, verdicts: impl ExactSizeIterator<Item = &'a Verdict>) -> String {
    let all = verdicts.len();
    let good = verdicts.filter(|verdict| verdict.is_pass()).count();
    book::said!(words, "{good} of {all}", good = good, all = all)
}

/// What the checks of one task came to.
struct Group<'a> {
    /// The task; none for checks that have no file of their own.
    task: Option<&'a Task>,
    /// Its verdicts, in the order of the page.
    verdicts: Vec<&'a Verdict>,
}

impl Group<'_> {
    fn is_pass(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.is_pass())
    }

    /// `Task 2, the job's future: 5 of 7`; `5 of 7 checks` of those that have no task.
    fn title(&self, words: Words) -> String {
        let share = share(words, self.verdicts.iter().copied());
        match self.task {
            Some(task) => format!("{}: {share}", task.name(words)),
            None => book::said!(words, "{share} checks", share = share),
        }
    }

    /// The names of the checks that do not pass.
    fn failed(&self) -> String {
        let failed = self.verdicts.iter().filter(|verdict| !verdict.is_pass());
        failed.map(|verdict| verdict.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn groups<'a>(tasks: &'a [Task], verdicts: &'a [Verdict]) -> Vec<Group<'a>> {
    let of = |verdict: &Verdict| tasks.iter().find(|task| task.checks.contains(&verdict.name));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for verdict in verdicts {
        let task = of(verdict).filter(|task| !task.module.is_empty());
        match groups.last_mut() {
            Some(group) if group.task == task => group.verdicts.push(verdict),
            _ => groups.push(Group { task, verdicts: vec![verdict] }),
        }
    }
    groups
}

/// A line for each check while there is room; else one for each task, with the names of what fails, as many as fit.
fn table(groups: &[Group<'_>], room: usize, colored: bool) -> Vec<String> {
    let each = |group: &Group<'_>| {
        let lines = group.verdicts.iter().map(|verdict| line(verdict, colored));
        group.task.map(|_| group.title(words())).into_iter().chain(lines).collect::<Vec<_>>()
    };
    let all: Vec<_> = groups.iter().flat_map(each).collect();
    if all.len() <= room {
        return all;
    }
    let headed = |group: &Group<'_>| {
        let mark = if group.is_pass() { paint("32", "pass", colored) } else { paint("31", "FAIL", colored) };
        let title: String = group.title(words()).chars().take(COLUMNS - BELOW.len()).collect();
        format!("  {mark}  {title}")
    };
    let names: Vec<_> = groups
        .iter()
        .map(|group| match group.is_pass() {
            true => Vec::new(),
            false => wrapped(BELOW, &group.failed()),
        })
        .collect();
    // What fails first is explained, so the names of its task come first.
    let mut left = room.saturating_sub(groups.len());
    let shown = names.into_iter().map(|mut names| {
        if names.len() > left {
            names.truncate(left);
            if let Some(last) = names.last_mut() {
                // The mark takes the place of the last name, which may fill the line.
                let cut = last.trim_end_matches(',').rfind(' ').unwrap_or(0);
                last.replace_range(cut.max(BELOW.len() - 1).., " …");
            }
        }
        left -= names.len();
        names
    });
    groups.iter().zip(shown).flat_map(|(group, names)| [vec![headed(group)], names].concat()).collect()
}

fn line(verdict: &Verdict, colored: bool) -> String {
    let (word, color) = mark(&verdict.outcome);
    let mark = paint(color, word, colored);
    format!("  {mark}  {:<56} {:>5.1} s", verdict.name, verdict.took.as_secs_f32())
}

/// How a check ended, in one word and its color.
fn mark(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Passed => ("pass", "32"),
        Outcome::Failed(_) => ("FAIL", "31"),
        Outcome::Overran(..) => ("HANG", "31"),
        Outcome::Stopped => ("stop", "33"),
    }
}

/// The four lines, or what else is known; always with a place to read.
fn explain(lesson: &Lesson, verdict: &Verdict, pages: &Pages<'_>) -> Vec<String> {
    let (said, section) = said(lesson, verdict);
    let lead = |label: &str| match label {
        "" => "  ".to_owned(),
        label => format!("  {:<10}", format!("{label}:")),
    };
    let mut lines: Vec<_> = said.iter().flat_map(|(label, text)| wrapped(&lead(label), text)).collect();
    lines.extend(wrapped(READ, &pages.place(&section)));
    lines
}

/// What a check said that does not pass, each with its label, and the section to read.
fn said(lesson: &Lesson, verdict: &Verdict) -> (Vec<(String, String)>, String) {
    let (mut said, section): (Vec<_>, _) = match &verdict.outcome {
        Outcome::Failed(Failure::Explained(texts @ [.., read])) => {
            let labeled = LABELS.iter().zip(texts).take(3);
            (labeled.map(|(label, text)| ((*label).to_owned(), text.clone())).collect(), read.clone())
        }
        _ => {
            let lines = verdict.text();
            (
                lines.lines().map(|line| (String::new(), line.to_owned())).collect(),
                format!("{}.md", lesson.name()),
            )
        }
    };
    said.extend(verdict.place.iter().map(|place| ("at".to_owned(), place.to_string())));
    (said, section)
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
        let took = Duration::from_millis(1234);
        Verdict { name: name.to_owned(), outcome, took, passed_over: Vec::new(), place: None }
    }

    /// No book is served.
    fn pages() -> Pages<'static> {
        Pages::new(Path::new("/nowhere"), None)
    }

    /// The first checks belong to one task, the others to another.
    fn tasks(verdicts: &[Verdict], first: usize) -> Vec<Task> {
        let names: Vec<_> = verdicts.iter().map(|verdict| verdict.name.clone()).collect();
        let task = |number: usize, checks: &[String]| Task {
            module: format!("task_{number}_x"),
            number: Some(number),
            title: "a queue and its threads, which has a long name".to_owned(),
            russian: None,
            checks: checks.to_vec(),
        };
        vec![task(1, &names[..first]), task(2, &names[first..])]
    }

    fn is_one_screen(screen: &str) {
        assert!(screen.lines().count() <= LINES, "{screen}");
        assert!(screen.lines().all(|line| line.chars().count() <= COLUMNS), "{screen}");
    }

    /// Long sentences and many checks still fit on one screen.
    #[test]
    fn failure_fits_one_screen() {
        let long = "word ".repeat(70);
        let lines = [long.clone(), long.clone(), long, "03-x.md#why".to_owned()];
        let mut verdicts = vec![verdict("first", Outcome::Failed(Failure::Explained(lines)))];
        verdicts.extend((0..20).map(|n| verdict(&format!("check_number_{n}"), Outcome::Passed)));
        let screen = unsolved(&lesson(), &tasks(&verdicts, 4), &verdicts, &pages(), false);
        is_one_screen(&screen);
        assert!(screen.ends_with("next: cargo course hint 03\n"), "{screen}");
        assert!(screen.contains("  read:     book/src/en/03-x.md#why\n"), "{screen}");
    }

    /// Few checks have a line each, below their task.
    #[test]
    fn checks_stand_below_their_task() {
        let failed = Outcome::Failed(Failure::Other(vec!["a word".to_owned()]));
        let verdicts =
            [verdict("ant", Outcome::Passed), verdict("bee", failed), verdict("cow", Outcome::Passed)];
        let screen = unsolved(&lesson(), &tasks(&verdicts, 2), &verdicts, &pages(), false);
        let order = [
            "Task 1, a queue",
            ": 1 of 2\n",
            "pass  ant",
            "FAIL  bee",
            "Task 2, ",
            ": 1 of 1\n",
            "pass  cow",
        ];
        let places: Vec<_> = order.iter().map(|part| screen.find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{screen}");
    }

    /// Names of many checks give way to the explanation of the first that fails; each task keeps its line.
    #[test]
    fn explanation_is_never_cut() {
        let text = |word: &str| format!("{} ", word.repeat(3)).repeat(9) + "end";
        let lines = [text("ex"), text("in"), text("li"), "03-x.md#why".to_owned()];
        let failed = || Outcome::Failed(Failure::Explained(lines.clone()));
        let name = |n| format!("a_check_with_quite_a_long_name_{n}");
        let mut verdicts: Vec<_> = (0..34).map(|n| verdict(&name(n), failed())).collect();
        verdicts.extend((34..50).map(|n| verdict(&name(n), Outcome::Passed)));
        let screen = unsolved(&lesson(), &tasks(&verdicts, 33), &verdicts, &pages(), false);
        is_one_screen(&screen);
        assert_eq!(screen.matches("end\n").count(), 3, "{screen}");
        assert!(
            screen.contains("long name: 0 of 33\n") && screen.contains("long name: 16 of 17\n"),
            "{screen}"
        );
        assert!(screen.contains(" …\n"), "names are left out, and that shows: {screen}");
        assert!(screen.contains("  read:     book/src/en/03-x.md#why\n"), "{screen}");
    }

    /// A check that could not look is counted, and nothing is said where all could.
    #[test]
    fn blind_checks_are_counted() {
        let mut verdicts = [verdict("ant", Outcome::Passed), verdict("bee", Outcome::Passed)];
        let screen = |verdicts: &[Verdict]| solved(&lesson(), &[], verdicts, &["go on".to_owned()], false);
        assert!(!screen(&verdicts).contains("could not look"));
        verdicts[1].passed_over = vec!["this system does not tell the time".to_owned()];
        assert!(
            screen(&verdicts)
                .contains("\nOn this system 1 could not look at all they should: cargo course list\n")
        );
    }

    /// Checks without a task have no heading.
    #[test]
    fn lone_checks_have_no_heading() {
        let verdicts = [verdict("ant", Outcome::Passed)];
        let screen = solved(&lesson(), &[], &verdicts, &["go on".to_owned()], false);
        assert!(screen.starts_with("Lesson 03, X: 1 of 1 checks pass\n\n  pass  ant "), "{screen}");
        assert!(screen.ends_with("\n\nLesson 03 is solved: all 1 checks pass.\nnext: go on\n"), "{screen}");
    }
}

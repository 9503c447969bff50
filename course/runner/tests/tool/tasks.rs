//! Checks, tasks and pages agree: a file for each task, and each check announced once by its page.

use std::collections::BTreeMap;
use std::path::Path;

use course::lesson::Lesson;
use course::table::Table;
use course::tasks::{self, Task};
use course::workspace::Workspace;

/// How long a file of checks may be, since a reader opens it beside the page.
const LINES: usize = 320;

fn workspace() -> Workspace {
    Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Calls `look` with each lesson, its page and its tasks, and fails with all that it finds.
#[track_caller]
fn none(look: impl Fn(&Lesson, &str, &[Task]) -> Vec<String>) {
    let workspace = workspace();
    let mut wrong = Vec::new();
    for lesson in Table::read(&workspace).unwrap().existing(&workspace) {
        let page = std::fs::read_to_string(workspace.page(lesson)).unwrap();
        let tasks = tasks::of(&workspace, lesson).unwrap();
        wrong
            .extend(look(lesson, &page, &tasks).into_iter().map(|what| format!("{}: {what}", lesson.name())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A file is named after the heading of its task, and the files follow one another as the tasks do.
#[test]
fn files_are_named_after_their_tasks() {
    none(|_, page, tasks| {
        let mut wrong = Vec::new();
        for task in tasks {
            let due = match task.number {
                Some(number) => match tasks::title(page, number) {
                    Some(title) => tasks::module(number, &title),
                    None => format!("nothing, since the page has no task {number}"),
                },
                None => "given".to_owned(),
            };
            if task.module != due {
                wrong.push(format!("`{}` should be `{due}`", task.module));
            }
        }
        if !tasks.is_sorted_by_key(|task| task.number) {
            wrong.push("main.rs does not list the tasks in the order of the page".to_owned());
        }
        wrong
    });
}

/// No file of checks is long, and all of a lesson's checks have names of their own.
#[test]
fn checks_are_short_and_told_apart() {
    let workspace = workspace();
    none(|lesson, _, tasks| {
        let mut wrong = Vec::new();
        for entry in std::fs::read_dir(workspace.checks(lesson)).unwrap().flatten() {
            let lines = std::fs::read_to_string(entry.path()).unwrap().lines().count();
            if lines > LINES {
                wrong.push(format!("{} has {lines} lines, more than {LINES}", entry.path().display()));
            }
        }
        let mut names: Vec<_> = tasks.iter().flat_map(|task| &task.checks).collect();
        names.sort();
        wrong.extend(
            names.windows(2).filter(|two| two[0] == two[1]).map(|two| format!("two are named {}", two[0])),
        );
        wrong
    });
}

/// Each check of a task is announced once, by a line `Green: …` or `Green before, and still: …` of its own task or a
/// later one: by its name, by `all of Task N`, or by `the others of Task N`.
#[test]
fn pages_announce_each_check_once() {
    none(|_, page, tasks| {
        let numbered: Vec<_> = tasks.iter().filter(|task| task.number.is_some()).collect();
        let lines = green_lines(page);
        let mut announced: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let of_task = |number: usize| numbered.iter().find(|task| task.number == Some(number));
        let mut wrong = Vec::new();
        for (section, line) in &lines {
            for name in line.split('`').skip(1).step_by(2) {
                match numbered.iter().flat_map(|task| &task.checks).find(|check| *check == name) {
                    Some(check) => announced.entry(check).or_default().push(*section),
                    None if name.contains('_') => wrong.push(format!("there is no check `{name}`")),
                    None => (),
                }
            }
        }
        let named: Vec<&str> = announced.keys().copied().collect();
        for (section, line) in &lines {
            for (phrase, is_all) in [("all of Task ", true), ("the others of Task ", false)] {
                for rest in line.split(phrase).skip(1) {
                    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    let Some(task) = digits.parse().ok().and_then(of_task) else {
                        wrong.push(format!("there are no checks of Task {digits}"));
                        continue;
                    };
                    let checks = task.checks.iter().map(String::as_str);
                    for check in checks.filter(|check| is_all || !named.contains(check)) {
                        announced.entry(check).or_default().push(*section);
                    }
                }
            }
        }
        for task in &numbered {
            for check in &task.checks {
                match announced.get(check.as_str()).map_or(&[][..], Vec::as_slice) {
                    [section] if Some(*section) >= task.number => (),
                    [section] => {
                        wrong.push(format!("`{check}` is announced by Task {section}, before its own"))
                    }
                    [] => wrong.push(format!("`{check}` is not announced")),
                    many => wrong.push(format!("`{check}` is announced by Tasks {many:?}")),
                }
            }
        }
        wrong
    });
}

/// The lines that say what turns green, with the number of their task.
fn green_lines(page: &str) -> Vec<(usize, &str)> {
    let mut section = 0;
    let mut lines = Vec::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("### Task ") {
            let digits: String = heading.chars().take_while(char::is_ascii_digit).collect();
            section = digits.parse().unwrap_or(section);
        } else if line.starts_with("Green: ") || line.starts_with("Green before, and still: ") {
            lines.push((section, line));
        }
    }
    lines
}

/// What is green before the reader begins is said to be so where there is such a file.
#[test]
fn pages_name_what_is_given() {
    none(|_, page, tasks| {
        let has_given = tasks.iter().any(|task| task.module == "given");
        let is_named = page.contains("`given.rs`");
        (has_given != is_named)
            .then(|| format!("given.rs exists: {has_given}, the page names it: {is_named}"))
            .into_iter()
            .collect()
    });
}

//! The checks of a lesson by the tasks of its page: a file of `tests/checks/` for each.
//!
//! `main.rs` lists the files in the order of the page; `task_2_the_jobs_future.rs` belongs to the heading
//! "Task 2: the job's future", and `given.rs` has what is green before the reader changes a line.

use std::fs;

use anyhow::{Context, Result};
use book::Words;

use crate::language::{self, said};
use crate::lesson::Lesson;
use crate::workspace::Workspace;

/// Some checks that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The module that holds them; empty for those that `main.rs` itself has.
    pub module: String,
    /// The number on the page; what is given has none.
    pub number: Option<usize>,
    /// What the page calls it: `the job's future`.
    pub title: String,
    /// What the Russian page calls it, where its reader is told in Russian.
    pub russian: Option<String>,
    /// The names of its checks, in the order of the file.
    pub checks: Vec<String>,
}

impl Task {
    /// How a report names it: `Task 2, the job's future`.
    pub fn name(&self, words: Words) -> String {
        let title = self.russian.as_ref().filter(|_| words.is_translated()).unwrap_or(&self.title);
        match self.number {
            Some(number) => book::said!(words, "Task {number}, {title}", number = number, title = title),
            None => words.word(title),
        }
    }
}

/// The tasks of a lesson that have checks, in the order of the page.
pub fn of(workspace: &Workspace, lesson: &Lesson) -> Result<Vec<Task>> {
    let folder = workspace.checks(lesson);
    let read = |file: &str| {
        let path = folder.join(file);
        fs::read_to_string(&path).with_context(|| format!("the checks `{}` cannot be read", path.display()))
    };
    let page = fs::read_to_string(workspace.page(lesson)).unwrap_or_default();
    // In the language of this run; the English title has the English page.
    let is_russian = language::words().is_translated();
    let own = is_russian.then(|| fs::read_to_string(workspace.russian_page(lesson)).unwrap_or_default());
    let own = own.unwrap_or_default();
    let main = read("main.rs")?;
    let (all, checks) = ("All".to_owned(), checks_in(&main));
    let mut tasks = vec![Task { module: String::new(), number: None, title: all, russian: None, checks }];
    for module in modules(&main) {
        let number = number(&module);
        let title = match number.and_then(|number| title(&page, number)) {
            Some(title) => title,
            None => spoken(&module),
        };
        let checks = checks_in(&read(&format!("{module}.rs"))?);
        let russian = number.and_then(|number| headed(&own, &said!("### Task {number}: ", number = number)));
        tasks.push(Task { module, number, title, russian, checks });
    }
    tasks.retain(|task| !task.checks.is_empty());
    Ok(tasks)
}

/// The modules that a file declares, in its order.
fn modules(source: &str) -> Vec<String> {
    let declared = |line: &str| {
        let line = line.trim();
        let name = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')?;
        Some(name.trim().to_owned())
    };
    source.lines().filter_map(declared).collect()
}

/// `2` of `task_2_the_jobs_future`.
fn number(module: &str) -> Option<usize> {
    module.strip_prefix("task_")?.split('_').next()?.parse().ok()
}

/// What a page calls its task of this number.
pub fn title(page: &str, number: usize) -> Option<String> {
    headed(page, &format!("### Task {number}: "))
}

/// What stands behind the beginning of a heading.
fn headed(page: &str, lead: &str) -> Option<String> {
    page.lines().find_map(|line| line.strip_prefix(lead)).map(|title| title.trim().replace('`', ""))
}

/// The module of a task with this number and title.
pub fn module(number: usize, title: &str) -> String {
    let quiet: String = title.to_lowercase().chars().filter(|c| !"'’`".contains(*c)).collect();
    let words: Vec<_> = quiet.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("task_{number}_{}", words.join("_"))
}

/// `given` as a report says it: `Given`.
fn spoken(module: &str) -> String {
    let words = module.replace('_', " ");
    words[..1].to_uppercase() + &words[1..]
}

/// The names of the checks, as they follow one another in a file.
fn checks_in(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]");
        let function = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("fn ");
        if let (true, Some(rest)) = (is_test, function) {
            names.push(rest.split(['(', '<', ' ']).next().unwrap_or(rest).to_owned());
            is_test = false;
        }
    }
    // A check may stand there twice, for one system and for the others.
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of the file is the order of the page.
    #[test]
    fn checks_keep_the_order_of_the_file() {
        let source = "fn helper() {}\n/// One.\n#[test]\nfn zebra() {}\n#[test]\n#[ignore]\nfn ant() -> X {}\nfn b() {}";
        assert_eq!(checks_in(source), ["zebra", "ant"]);
    }

    /// A file is named after the heading of its task.
    #[test]
    fn files_are_named_after_headings() {
        let page = "## Tasks\n\n### Task 12: the job's `Future`, again\n";
        let title = title(page, 12).unwrap();
        assert_eq!(title, "the job's Future, again");
        assert_eq!(module(12, &title), "task_12_the_jobs_future_again");
        assert_eq!(number("task_12_the_jobs_future_again"), Some(12));
        assert_eq!(modules("mod common;\nmod given;\npub mod task_1_x;"), ["common", "given", "task_1_x"]);
    }
}

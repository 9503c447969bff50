//! What the checks could not look at on this system, as they said when they ran last.

use std::fs;

use anyhow::{Context, Result};

use crate::lesson::Lesson;
use crate::suite::{Suite, Verdict};
use crate::tasks::Task;
use crate::workspace::Workspace;

/// Where it is noted, a line for each.
const NOTE: &str = "passed-over";

/// What these verdicts have not looked at, and the checks that are for other systems only.
pub fn of(lesson: &Lesson, tasks: &[Task], suite: &Suite, verdicts: &[Verdict]) -> Vec<String> {
    let told = verdicts.iter().flat_map(|verdict| {
        verdict.passed_over.iter().map(|what| format!("{} {}: {what}", lesson.number, verdict.name))
    });
    let here = suite.names();
    let absent = tasks.iter().flat_map(|task| &task.checks).filter(|name| !here.contains(&name.as_str()));
    told.chain(absent.map(|name| format!("{} {name}: is for other systems", lesson.number))).collect()
}

/// Notes this in place of what was noted of the lesson before.
pub fn keep(workspace: &Workspace, lesson: &Lesson, lines: &[String]) -> Result<()> {
    let before = kept(workspace);
    let mut now: Vec<_> =
        before.iter().filter(|line| !line.starts_with(&format!("{} ", lesson.number))).cloned().collect();
    now.extend_from_slice(lines);
    now.sort();
    if now == before {
        return Ok(());
    }
    let path = workspace.state().join(NOTE);
    let text = now.iter().map(|line| format!("{line}\n")).collect::<String>();
    let written = fs::create_dir_all(workspace.state()).and_then(|()| fs::write(&path, text));
    written.with_context(|| format!("`{}` cannot be written", path.display()))
}

/// What is noted of all lessons.
pub fn kept(workspace: &Workspace) -> Vec<String> {
    let text = fs::read_to_string(workspace.state().join(NOTE)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

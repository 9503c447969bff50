//! `cargo course reset`: a lesson back to its starter, with a copy of your work kept.

use std::fs;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::kept::Report;
use crate::lesson::Lesson;
use crate::progress::Progress;
use crate::report::shown;
use crate::say::{self, say};
use crate::starters;
use crate::table::Table;
use crate::workspace::Workspace;

/// Puts the sources of one lesson back to what is kept as its starter, after a question.
pub fn run(workspace: &Workspace, name: &str, yes: bool) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lesson = table.named(workspace, name)?;
    if starters::differing(workspace, lesson)?.is_empty() {
        say!(
            "`{}/src` is what lesson {} begins with: there is nothing to reset.",
            lesson.folder(),
            lesson.number
        );
        return Ok(ExitCode::SUCCESS);
    }
    if !yes && !agreed(lesson)? {
        say!("Nothing was changed.");
        return Ok(ExitCode::FAILURE);
    }
    let kept = keep(workspace, lesson)?;
    starters::restore(workspace, lesson)?;
    let kept = shown(workspace.root(), &kept);
    say!("Lesson {} is its starter again; your work is in {kept}.", lesson.number);
    Report::forget(workspace, lesson);
    if let Err(error) = Progress::read(workspace).forget(lesson) {
        say::trouble(&error);
    }
    say!("next: cargo run -p {}", lesson.package());
    Ok(ExitCode::SUCCESS)
}

/// Asks; only a person at a terminal can answer.
fn agreed(lesson: &Lesson) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "reset asks first, and nobody can answer here. Try `cargo course reset {} --yes`",
            lesson.number
        );
    }
    say::text(format_args!(
        "Put {} back to its starter? A copy of your work is kept. [y/N] ",
        lesson.folder()
    ));
    if !say::is_heard() {
        bail!("the question cannot be shown. Try `cargo course reset {} --yes`", lesson.number);
    }
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("the answer cannot be read")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Copies the whole folder to the first free name.
fn keep(workspace: &Workspace, lesson: &Lesson) -> Result<PathBuf> {
    let all = workspace.state().join("kept");
    let free = (1..).map(|n| all.join(format!("{}-{n}", lesson.name()))).find(|path| !path.exists());
    let kept = free.context("there is no free name for the copy")?;
    copy(&workspace.lesson(lesson), &kept).with_context(|| {
        format!("your work cannot be copied to `{}`, so nothing was changed", kept.display())
    })?;
    Ok(kept)
}

/// Links are followed to files alone: a folder may lead back here, and what leads nowhere holds no work.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&path, &target)?;
        } else if path.is_file() {
            fs::copy(path, target)?;
        }
    }
    Ok(())
}

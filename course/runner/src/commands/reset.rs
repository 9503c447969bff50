//! `cargo course reset`: a lesson back to its starter, with a copy of your work kept.

use std::fs;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::git::{self, File};
use crate::lesson::Lesson;
use crate::progress::Progress;
use crate::report::shown;
use crate::table::Table;
use crate::workspace::Workspace;

/// Restores the committed files of one lesson, after a question.
pub fn run(workspace: &Workspace, name: &str, yes: bool) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lesson = table.named(workspace, name)?;
    let files = git::committed(workspace, &lesson.folder())?;
    if !git::differs(workspace, &lesson.folder(), &files) {
        println!("Lesson {} is as it was committed last: there is nothing to reset.", lesson.number);
        println!("If you committed work of your own, `git log -- {}` finds the starter.", lesson.folder());
        return Ok(ExitCode::SUCCESS);
    }
    if !yes && !agreed(lesson)? {
        println!("Nothing was changed.");
        return Ok(ExitCode::FAILURE);
    }
    let kept = keep(workspace, lesson)?;
    restore(workspace, lesson, &files)?;
    Progress::read(workspace).forget(lesson)?;
    println!(
        "Lesson {} is its starter again; your work is in {}.",
        lesson.number,
        shown(workspace.root(), &kept)
    );
    println!("next: cargo run -p {}", lesson.package());
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
    print!("Put {} back to its starter? A copy of your work is kept. [y/N] ", lesson.folder());
    std::io::stdout().flush().context("the question cannot be shown")?;
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

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Writes what was committed, and removes the sources that were not: the copy has them.
fn restore(workspace: &Workspace, lesson: &Lesson, files: &[File]) -> Result<()> {
    let trouble = || format!("`{}` cannot be restored; your copy is whole", lesson.folder());
    for name in git::extra(&workspace.lesson(lesson), workspace.root(), files) {
        fs::remove_file(workspace.path(&name)).with_context(trouble)?;
    }
    for file in files {
        let path = workspace.path(&file.path);
        let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
        parent.and_then(|()| fs::write(&path, &file.content)).with_context(trouble)?;
    }
    Ok(())
}

//! `cargo course reset`: a lesson, or all, back to its starter, with a copy of your work kept.

use std::fs;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::kept::Report;
use crate::language::{said, word};
use crate::lesson::Lesson;
use crate::progress::Progress;
use crate::report::shown;
use crate::say::{self, say};
use crate::starters;
use crate::table::Table;
use crate::workspace::Workspace;

/// What to put back.
#[derive(Debug, Args)]
pub struct Options {
    /// Its number, slug or folder
    #[arg(required_unless_present = "all")]
    lesson: Option<String>,
    /// Every lesson that you have changed, and your progress
    #[arg(long, conflicts_with = "lesson")]
    all: bool,
    /// Do not ask first
    #[arg(long, short)]
    yes: bool,
}

/// Puts the sources of one lesson, or of all, back to what is kept as their starters, after a question.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    match &options.lesson {
        Some(name) => one(workspace, table.named(workspace, name)?, options.yes),
        None => all(workspace, &table, options.yes),
    }
}

fn one(workspace: &Workspace, lesson: &Lesson, yes: bool) -> Result<ExitCode> {
    if starters::differing(workspace, lesson)?.is_empty() {
        say!(
            "{}",
            said!(
                "`{folder}/src` is what lesson {number} begins with: there is nothing to reset.",
                folder = lesson.folder(),
                number = lesson.number
            )
        );
        return Ok(ExitCode::SUCCESS);
    }
    let question =
        said!("Put {folder} back to its starter? A copy of your work is kept.", folder = lesson.folder());
    if !yes && !agreed(&question, &lesson.number)? {
        say!("{}", word("Nothing was changed."));
        return Ok(ExitCode::FAILURE);
    }
    put_back(workspace, lesson)?;
    if let Err(error) = Progress::read(workspace).forget(lesson) {
        say::trouble(&error);
    }
    say!("{}", said!("next: cargo run -p {package}", package = lesson.package()));
    Ok(ExitCode::SUCCESS)
}

fn all(workspace: &Workspace, table: &Table, yes: bool) -> Result<ExitCode> {
    let mut changed = Vec::new();
    for lesson in table.existing(workspace) {
        if !starters::differing(workspace, lesson)?.is_empty() {
            changed.push(lesson);
        }
    }
    let mut progress = Progress::read(workspace);
    if changed.is_empty() && progress.is_empty() {
        say!("{}", word("Every lesson is what it begins with: there is nothing to reset."));
        return Ok(ExitCode::SUCCESS);
    }
    let numbers: Vec<_> = changed.iter().map(|lesson| lesson.number.as_str()).collect();
    let lessons = match numbers.as_slice() {
        [] => String::new(),
        [one] => said!("Put lesson {number} back to its starter? ", number = one),
        many => said!("Put lessons {numbers} back to their starters? ", numbers = many.join(", ")),
    };
    let question = said!(
        "{lessons}Your progress, {progress}, begins anew. A copy of all is kept.",
        lessons = lessons,
        progress = progress.summary()
    );
    if !yes && !agreed(&question, "--all")? {
        say!("{}", word("Nothing was changed."));
        return Ok(ExitCode::FAILURE);
    }
    if !progress.is_empty() {
        let kept = free(workspace, "progress", ".toml")?;
        progress.export(&kept)?;
        say!("{}", said!("Your progress is in {file}.", file = shown(workspace.root(), &kept)));
    }
    for lesson in changed {
        put_back(workspace, lesson)?;
    }
    progress.forget_all()?;
    say!("{}", word("next: cargo course"));
    Ok(ExitCode::SUCCESS)
}

fn put_back(workspace: &Workspace, lesson: &Lesson) -> Result<()> {
    let kept = keep(workspace, lesson)?;
    starters::restore(workspace, lesson)?;
    let kept = shown(workspace.root(), &kept);
    say!(
        "{}",
        said!(
            "Lesson {number} is its starter again; your work is in {kept}.",
            number = lesson.number,
            kept = kept
        )
    );
    Report::forget(workspace, lesson);
    Ok(())
}

/// Asks; only a person at a terminal can answer.
fn agreed(question: &str, what: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!(said!(
            "reset asks first, and nobody can answer here. Try `cargo course reset {what} --yes`",
            what = what
        ));
    }
    say::text(format_args!("{question} [y/N] "));
    if !say::is_heard() {
        bail!(said!("the question cannot be shown. Try `cargo course reset {what} --yes`", what = what));
    }
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).with_context(|| said!("the answer cannot be read"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The first name that is free in the folder of copies, which is there then.
fn free(workspace: &Workspace, name: &str, end: &str) -> Result<PathBuf> {
    let all = workspace.state().join("kept");
    fs::create_dir_all(&all)
        .with_context(|| said!("`{path}` cannot be made, so nothing was changed", path = all.display()))?;
    let free = (1..).map(|n| all.join(format!("{name}-{n}{end}"))).find(|path| !path.exists());
    free.context("there is no free name for the copy")
}

/// Copies the whole folder to the first free name.
fn keep(workspace: &Workspace, lesson: &Lesson) -> Result<PathBuf> {
    let kept = free(workspace, &lesson.name(), "")?;
    copy(&workspace.lesson(lesson), &kept).with_context(|| {
        said!("your work cannot be copied to `{path}`, so nothing was changed", path = kept.display())
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

//! `cargo course edit`: a lesson in the reader's editor.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::editor::Editor;
use crate::language::said;
use crate::lesson::Lesson;
use crate::table::Table;
use crate::workspace::Workspace;

/// Opens the lesson's `src/lib.rs`.
pub fn run(workspace: &Workspace, name: Option<&str>) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    open(workspace, table.chosen(workspace, name)?, true)?;
    Ok(ExitCode::SUCCESS)
}

/// Opens it, and says in what. Blocks until the editor ends, unless it opens a window and nobody `waits`.
pub fn open(workspace: &Workspace, lesson: &Lesson, waits: bool) -> Result<String> {
    let file = workspace.path(&file(lesson));
    if !file.is_file() {
        bail!(said!(
            "`{file}` is not there. Try `cargo course reset {number}`",
            file = self::file(lesson),
            number = lesson.number
        ));
    }
    let editor = Editor::of_reader()?;
    editor.open(workspace.root(), &file, waits)?;
    Ok(editor.name().to_owned())
}

/// What is opened, below the root.
pub fn file(lesson: &Lesson) -> String {
    format!("{}/src/lib.rs", lesson.folder())
}

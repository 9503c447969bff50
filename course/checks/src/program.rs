//! The program under test.

use std::{env, ffi::OsString, path::PathBuf, process::Command};

use crate::let_children_hear;

/// A lesson's client, built by cargo.
///
/// ```no_run
/// let program = checks::program!("03");
/// let room = checks::ScriptedRoom::open();
/// let client = checks::Client::on_terminal(&program, &room);
/// ```
#[derive(Clone, Debug)]
pub struct Program {
    /// Where it is.
    path: PathBuf,
    /// What comes before the arguments of the check: a script, for an interpreter.
    leading: Vec<OsString>,
}

/// Finds the client of a lesson: its own, its solution's, or the one that `COURSE_PROGRAM` names.
#[macro_export]
macro_rules! program {
    ($number:literal) => {
        $crate::Program::find(
            option_env!(concat!("CARGO_BIN_EXE_lesson-", $number)),
            option_env!(concat!("CARGO_BIN_EXE_solution-", $number)),
        )
    };
}

impl Program {
    /// Called by [`program!`], where cargo's variables are known.
    ///
    /// # Panics
    /// When cargo built none of them.
    pub fn find(lesson: Option<&str>, solution: Option<&str>) -> Program {
        let named = env::var_os("COURSE_PROGRAM").map(PathBuf::from);
        let path = named.or(lesson.or(solution).map(PathBuf::from));
        Program::at(path.expect("a client that cargo built: run `cargo course check NN`"))
    }

    /// The program at `path`.
    ///
    /// # Panics
    /// When the system takes no handler for the signals that it shall hear.
    pub fn at(path: impl Into<PathBuf>) -> Program {
        let_children_hear().expect("handlers for signals");
        Program { path: path.into(), leading: Vec::new() }
    }

    /// The same program with `arg` before all others, such as a script for an interpreter.
    pub fn leading(mut self, arg: impl Into<OsString>) -> Program {
        self.leading.push(arg.into());
        self
    }

    /// A command that runs it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.leading);
        command
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.path
    }

    pub(crate) fn leading_args(&self) -> &[OsString] {
        &self.leading
    }
}

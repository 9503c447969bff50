//! What may be typed after `cargo course`.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands;
use crate::language::{Language, said};
use crate::own_file;
use crate::say::{self, aside};
use crate::workspace::Workspace;

/// Serves the book, and says what the next step is.
#[derive(Debug, Parser)]
#[command(name = "course", bin_name = "cargo course", version, about)]
pub struct Cli {
    #[command(flatten)]
    book: commands::open::Options,
    /// The language in which the tool speaks to you; without it that of COURSE_LANG or of your locale
    #[arg(long = "lang", value_name = "LANGUAGE", global = true)]
    pub language: Option<Language>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The commands, in the order in which a reader meets them.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the checks of a lesson, or of the first one that is not solved
    Check {
        #[command(flatten)]
        lesson: Named,
        /// Run only the checks of this task of the page
        #[arg(long, value_name = "NUMBER")]
        task: Option<usize>,
    },
    /// Run the checks again on each save; keys give hints and more meanwhile
    Watch {
        #[command(flatten)]
        lesson: Named,
        #[command(flatten)]
        options: commands::watch::Options,
    },
    /// Show the next of three hints
    Hint {
        #[command(flatten)]
        lesson: Named,
        /// Show the last hint again
        #[arg(long, conflicts_with = "all")]
        again: bool,
        /// Show all three
        #[arg(long)]
        all: bool,
    },
    /// Show your lesson against the solution
    Diff(Named),
    /// Open a lesson in $VISUAL, $EDITOR or VS Code
    Edit(Named),
    /// Put a lesson back to its starter, and keep a copy of your work
    Reset(commands::reset::Options),
    /// Show all lessons, and what is done
    List,
    /// Take what was done from one clone to another
    Progress(commands::progress::Options),
    /// Take what is new in the course; your answers stay as they are
    Update(commands::update::Options),
    /// Write the book as files, to publish it or to read it without this tool
    Build(commands::build::Options),
    /// Open a practice room for several terminals
    Room(commands::room::Options),
    /// Measure what the course builds beside its peers
    Bench(commands::bench::Options),
    /// For authors: starters fail, solutions pass, wrong answers are rejected
    Verify(commands::verify::Options),
    /// For authors: lay a kept answer out to be edited, and save it
    Answer(commands::answer::Options),
    /// For authors: make small changes to a solution, each of which a check must reject
    Mutants(commands::mutants::Options),
    /// For authors: record again every run that the pages show
    Record(commands::record::Options),
    /// Keep one core busy until stdin ends
    #[command(hide = true)]
    Spin,
}

/// A lesson, if one is named.
#[derive(Debug, Args)]
struct Named {
    /// Its number, slug or folder
    lesson: Option<String>,
}

/// Reads the arguments; a bad one is explained in one sentence.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    read(args).map_err(|error| {
        let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        if is_answer {
            say::note(error.print());
            return ExitCode::SUCCESS;
        }
        let text = error.to_string();
        let sentence = text.split("\n\n").next().unwrap_or(&text).trim_start_matches("error: ");
        let words: Vec<_> = sentence.split_whitespace().collect();
        aside!("{}. Try `cargo course --help`", words.join(" "));
        ExitCode::from(2)
    })
}

fn read(args: impl IntoIterator<Item = OsString>) -> clap::error::Result<Cli> {
    let mut cli = Cli::command();
    let matches = cli.try_get_matches_from_mut(args)?;
    if let Some((command, flag)) = misplaced(&cli, &matches) {
        let text =
            format!("{flag} before `{command}` is for the book. What `{command}` takes stands behind it");
        return Err(cli.error(ErrorKind::ArgumentConflict, text));
    }
    Cli::from_arg_matches(&matches)
}

/// A flag of the served book before a command, which would take no notice of it.
fn misplaced<'a>(cli: &clap::Command, matches: &'a ArgMatches) -> Option<(&'a str, String)> {
    let (command, _) = matches.subcommand()?;
    let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let flag = cli.get_arguments().find(|arg| !arg.is_global_set() && is_typed(arg.get_id().as_str()))?;
    Some((command, format!("--{}", flag.get_long()?)))
}

/// Does the one thing that was asked for.
pub fn dispatch(cli: Cli) -> Result<ExitCode> {
    let start = std::env::current_dir()
        .with_context(|| said!("the current folder is gone. Change into your clone with `cd`"))?;
    let workspace = Workspace::find(&start)?;
    if matches!(cli.command, None | Some(Command::Watch { .. } | Command::Room(_))) {
        own_file::make_way();
    }
    match cli.command {
        None => commands::open::run(&workspace, &cli.book),
        Some(Command::Check { lesson, task }) => {
            commands::check::run(&workspace, lesson.lesson.as_deref(), task)
        }
        Some(Command::Watch { lesson, options }) => {
            commands::watch::run(&workspace, lesson.lesson.as_deref(), &options)
        }
        Some(Command::Hint { lesson, again, all }) => {
            let which = commands::hint::Which::from_flags(again, all);
            commands::hint::run(&workspace, lesson.lesson.as_deref(), which)
        }
        Some(Command::Diff(named)) => commands::diff::run(&workspace, named.lesson.as_deref()),
        Some(Command::Edit(named)) => commands::edit::run(&workspace, named.lesson.as_deref()),
        Some(Command::Reset(options)) => commands::reset::run(&workspace, &options),
        Some(Command::List) => commands::list::run(&workspace),
        Some(Command::Progress(options)) => commands::progress::run(&workspace, &options),
        Some(Command::Update(options)) => commands::update::run(&workspace, &options),
        Some(Command::Build(options)) => commands::build::run(&workspace, &options),
        Some(Command::Room(options)) => commands::room::run(&options),
        Some(Command::Bench(options)) => commands::bench::run(&workspace, &options),
        Some(Command::Verify(options)) => commands::verify::run(&workspace, &options),
        Some(Command::Answer(options)) => commands::answer::run(&workspace, &options),
        Some(Command::Mutants(options)) => commands::mutants::run(&workspace, &options),
        Some(Command::Record(options)) => commands::record::run(&workspace, &options),
        Some(Command::Spin) => crate::load::spin(),
    }
}

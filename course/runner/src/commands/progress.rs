//! `cargo course progress`: takes what was done from one clone or machine to another.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::language::{said, word};
use crate::progress::Progress;
use crate::say::say;
use crate::workspace::Workspace;

/// Where to, or where from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Options {
    /// Write which lessons are solved, and which hints were shown, to a new file
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Add what such a file has to what was done here
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
}

/// Writes or reads such a file. Neither forgets anything.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let mut progress = Progress::read(workspace);
    if let Some(file) = &options.export {
        progress.export(file)?;
        let (what, file) = (progress.summary(), file.display());
        say!("{}", said!("{what} is in `{file}`.", what = what, file = file));
        say!("{}", said!("next, in another clone: cargo course progress --import {file}", file = file));
    }
    if let Some(file) = &options.import {
        let before = progress.summary();
        progress.import(file)?;
        say!("{}", said!("Before: {before}. Now: {now}.", before = before, now = progress.summary()));
        say!("{}", word("next: cargo course list"));
    }
    Ok(ExitCode::SUCCESS)
}

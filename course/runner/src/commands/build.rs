//! `cargo course build`: writes the book as files, to be read without this tool or to be published.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::say::say;
use crate::workspace::Workspace;

/// Where the book goes.
#[derive(Debug, Args)]
pub struct Options {
    /// A folder that is new, empty, or holds an earlier book; `book/build/site` without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Builds the book: it works from `file://`, and below any path of a web server.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let built = book::publish(workspace.root(), options.out.as_deref())?;
    say!("{} pages. Open {}", built.pages, built.out.join("index.html").display());
    Ok(ExitCode::SUCCESS)
}

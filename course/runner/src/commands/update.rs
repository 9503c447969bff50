//! `cargo course update`: takes what is new in the course, and leaves every answer as it is.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::say::say;
use crate::stop::Stop;
use crate::upstream::{Checkout, Updated};
use crate::workspace::Workspace;

/// From where.
#[derive(Debug, Args)]
pub struct Options {
    /// A remote of your clone, an address or a folder; without it `upstream`, or what your branch follows
    #[arg(long, value_name = "REMOTE")]
    from: Option<String>,
}

/// Fetches, and brings the clone to what was fetched; whatever stands in the way is named, and nothing is changed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    // Nothing here is left half done: what Ctrl-C ends is the fetching.
    let stop = Stop::on_interrupt()?;
    let Some(checkout) = Checkout::at(workspace.root())? else {
        bail!(
            "`{}` is no clone, so git can take no update of it: unpack the new course beside it, and copy the `src` \
             of each lesson that you have changed. For your progress try `cargo course progress --export progress.toml`",
            workspace.root().display()
        );
    };
    let source = match &options.from {
        Some(source) => source.clone(),
        None => checkout.source()?,
    };
    say!("Asking `{source}` for what is new.");
    let theirs = match checkout.fetch(&source) {
        Err(_) if stop.is_raised() => {
            say!("Nothing was changed.");
            return Ok(ExitCode::from(130));
        }
        fetched => fetched?,
    };
    match checkout.update(&theirs)? {
        Some(updated) => tell(&source, &updated),
        None => {
            say!("You have all that `{source}` has. If that is a fork of yours, name the course with --from.")
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(source: &str, updated: &Updated) {
    let commits = if updated.commits == 1 { "commit is" } else { "commits are" };
    say!("The course is that of `{source}` now: {} {commits} new.", updated.commits);
    if !updated.kept.is_empty() {
        say!("Your answers stand as they were: {}.", updated.kept.join(", "));
    }
    for name in &updated.restarted {
        say!("Lesson {name} begins otherwise now: its new starter is course/starters/{name}/src.");
    }
    for name in &updated.gone {
        say!("The course has no lessons/{name} any more; your files stay there. See `cargo course list`.");
    }
    for file in &updated.differing {
        say!("The course has changed {file}, too; yours stays. Compare with `git diff -- {file}`.");
    }
    if let Some(staged) = updated.staged {
        say!("What you had staged is on your disk, and in `{staged}` as it was.");
    }
    say!("next: cargo course list");
}

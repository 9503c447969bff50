//! `cargo course update`: takes what is new in the course, and leaves every answer as it is.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::language::{said, word};
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
        bail!(said!(
            "`{folder}` is no clone, so git can take no update of it: unpack the new course beside it, and copy the `src` \
             of each lesson that you have changed. For your progress try `cargo course progress --export progress.toml`",
            folder = workspace.root().display()
        ));
    };
    let source = match &options.from {
        Some(source) => source.clone(),
        None => checkout.source()?,
    };
    say!("{}", said!("Asking `{source}` for what is new.", source = source));
    let theirs = match checkout.fetch(&source) {
        Err(_) if stop.is_raised() => {
            say!("{}", word("Nothing was changed."));
            return Ok(ExitCode::from(130));
        }
        fetched => fetched?,
    };
    match checkout.update(&theirs)? {
        Some(updated) => tell(&source, &updated),
        None => {
            let all = said!(
                "You have all that `{source}` has. If that is a fork of yours, name the course with --from.",
                source = source
            );
            say!("{all}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(source: &str, updated: &Updated) {
    let mut lines = vec![match updated.commits {
        1 => said!("The course is that of `{source}` now: 1 commit is new.", source = source),
        many => said!(
            "The course is that of `{source}` now: {count} commits are new.",
            source = source,
            count = many
        ),
    }];
    if !updated.kept.is_empty() {
        lines.push(said!("Your answers stand as they were: {kept}.", kept = updated.kept.join(", ")));
    }
    for name in &updated.restarted {
        lines.push(said!(
            "Lesson {name} begins otherwise now: its new starter is course/starters/{name}/src.",
            name = name
        ));
    }
    for name in &updated.gone {
        lines.push(said!(
            "The course has no lessons/{name} any more; your files stay there. See `cargo course list`.",
            name = name
        ));
    }
    for file in &updated.differing {
        lines.push(said!(
            "The course has changed {file}, too; yours stays. Compare with `git diff -- {file}`.",
            file = file
        ));
    }
    if let Some(staged) = updated.staged {
        lines.push(said!(
            "What you had staged is on your disk, and in `{staged}` as it was.",
            staged = staged
        ));
    }
    lines.push(word("next: cargo course list"));
    say!("{}", lines.join("\n"));
}

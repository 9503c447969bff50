//! Which version of the English page a Russian one follows: its first line names it, as git does.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::Pair;
use super::section::Section;
use crate::git::command;
use crate::problem::Problem;

/// So many digits of git's name of a file's content are written.
const DIGITS: usize = 12;

/// An older version than the one that is there, or none.
pub(crate) fn problems(root: &Path, pair: &Pair) -> Option<Problem> {
    static FOLLOWS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^<!-- follows (\S+) at ([0-9a-f]{12}) -->\n").expect("a constant pattern")
    });
    let Some(now) = git(root, &["hash-object", &pair.english_name]) else {
        let what = format!("git does not say which version of {} this is.", pair.english_name);
        return Some(pair.problem(0, what, "Install git, and work in a clone."));
    };
    let now = now.get(..DIGITS).unwrap_or_default().to_owned();
    let line = format!("<!-- follows {} at {now} -->", pair.english_name);
    let found = FOLLOWS.captures(&pair.russian).filter(|found| found[1] == pair.english_name);
    let Some(found) = found else {
        return Some(pair.problem(
            1,
            "nothing says which English page it follows.",
            format!("Begin with `{line}`."),
        ));
    };
    let then = &found[2];
    if *then == now {
        return None;
    }
    let what = match git(root, &["cat-file", "blob", then]) {
        Some(before) => {
            format!("the English page has changed since, in {}.", changed(&before, &pair.english))
        }
        None => {
            "the English page has changed since, or is another; git does not have that version.".to_owned()
        }
    };
    let next =
        format!("Carry over what `git diff {then} {}` says, then begin with `{line}`.", pair.english_name);
    Some(pair.problem(1, what, next))
}

/// The sections of an English page that are not as they were.
fn changed(before: &str, now: &str) -> String {
    let (before, now) = (Section::all(before), Section::all(now));
    let other = |sections: &[Section], section: &Section| sections.iter().all(|one| one.text != section.text);
    let mut names: Vec<String> =
        now.iter().filter(|section| other(&before, section)).map(Section::name).collect();
    let is_gone = |section: &&Section| now.iter().all(|one| one.heading != section.heading);
    names.extend(before.iter().filter(is_gone).map(|section| format!("{}, which is gone", section.name())));
    if names.is_empty() { "the order of its sections".to_owned() } else { names.join(", ") }
}

/// What git answers in this clone.
fn git(root: &Path, args: &[&str]) -> Option<String> {
    let output = command(root).args(args).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

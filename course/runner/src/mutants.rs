//! Small changes to a solution, of which each must be rejected by a check: what is known of them.
//!
//! `course/mutants/NN-slug.toml` names the ones that no check rejects, each with the reason why it is no fault.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::lesson::Lesson;
use crate::workspace::Workspace;

/// A change, as it is named in a list: its file below `src`, and what is done where; without a line, which moves.
pub type Name = String;

/// What is known of one lesson's mutants.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The ones that no check rejects.
    #[serde(default)]
    pub equal: Vec<Equal>,
}

/// Mutants that share a reason.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Equal {
    /// Why they are no fault.
    pub why: String,
    /// Their names; one that stands there twice stands in the source twice.
    pub mutants: Vec<Name>,
}

impl List {
    /// The list of a lesson; one that is not there is empty.
    pub fn read(workspace: &Workspace, lesson: &Lesson) -> Result<Self> {
        let path = workspace.path(&format!("course/mutants/{}.toml", lesson.name()));
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            read => read.with_context(|| format!("`{}` cannot be read", path.display()))?,
        };
        toml::from_str(&text).with_context(|| format!("`{}` is no list of mutants", path.display()))
    }

    /// All names, in the order of the list.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.equal.iter().flat_map(|equal| &equal.mutants)
    }
}

/// A mutant, as cargo-mutants lists it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Mutant {
    /// The file, from the root on.
    pub file: String,
    /// Place and change: `solutions/…/lib.rs:73:15: replace > with == in read_line`.
    pub name: String,
    /// What it makes of the file.
    #[serde(default)]
    pub diff: String,
}

impl Mutant {
    /// Its name in a list.
    pub fn listed(&self) -> Name {
        let file = self.file.split_once("/src/").map_or(self.file.as_str(), |(_, file)| file);
        // Behind the file stand its line and its column.
        let change = self.name.strip_prefix(&self.file).unwrap_or(&self.name);
        let change = change.split_once(": ").map_or(change, |(_, change)| change);
        format!("{file}: {change}")
    }

    /// The lines that it removes and adds.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        // Its first two lines are names.
        self.diff.lines().skip(2).filter(|line| line.starts_with(['-', '+']))
    }
}

/// What cargo-mutants writes at the end.
#[derive(Deserialize)]
struct Outcomes {
    /// One for each mutant, and one for the solution itself.
    outcomes: Vec<Outcome>,
}

/// What became of one.
#[derive(Deserialize)]
struct Outcome {
    /// Which.
    scenario: Scenario,
    /// In one word.
    summary: Fate,
}

/// What was tried.
#[derive(Deserialize)]
enum Scenario {
    /// The solution as it stands.
    Baseline,
    /// A change.
    Mutant(Mutant),
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Fate {
    /// A check rejected it.
    #[serde(rename = "CaughtMutant")]
    Rejected,
    /// All checks passed.
    #[serde(rename = "MissedMutant")]
    Survived,
    /// Its checks came to no end.
    Timeout,
    /// It does not compile.
    Unviable,
    /// The solution itself is as it should be.
    Success,
    /// The solution itself is not.
    Failure,
}

/// Reads what became of each mutant.
pub fn fates(outcomes: &str) -> Result<Vec<(Mutant, Fate)>> {
    let read: Outcomes = serde_json::from_str(outcomes).context("what cargo-mutants found cannot be read")?;
    let mutants = read.outcomes.into_iter().filter_map(|outcome| match outcome.scenario {
        Scenario::Mutant(mutant) => Some((mutant, outcome.summary)),
        Scenario::Baseline => None,
    });
    Ok(mutants.collect())
}

/// Of the survivors those that the list does not explain; what it names once explains one of them.
pub fn unexplained<'a>(list: &List, survivors: impl IntoIterator<Item = &'a Mutant>) -> Vec<&'a Mutant> {
    let mut left = counted(list.names().cloned());
    let is_new = |mutant: &&Mutant| match left.get_mut(&mutant.listed()) {
        Some(count @ 1..) => {
            *count -= 1;
            false
        }
        _ => true,
    };
    survivors.into_iter().filter(is_new).collect()
}

/// The entries of the list that name no mutant of the solution any more.
pub fn stale<'a>(list: &'a List, all: &[&Mutant]) -> Vec<&'a Name> {
    let mut left = counted(all.iter().map(|mutant| mutant.listed()));
    let is_gone = |name: &&Name| match left.get_mut(*name) {
        Some(count @ 1..) => {
            *count -= 1;
            false
        }
        _ => true,
    };
    list.names().filter(is_gone).collect()
}

fn counted(names: impl Iterator<Item = Name>) -> BTreeMap<Name, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(line: u32, change: &str) -> Mutant {
        let file = "solutions/11-thread-pool/src/queue.rs".to_owned();
        Mutant { name: format!("{file}:{line}:27: {change}"), file, diff: String::new() }
    }

    fn list(mutants: &[&str]) -> List {
        let mutants = mutants.iter().map(|name| (*name).to_owned()).collect();
        List { equal: vec![Equal { why: "It is no fault.".to_owned(), mutants }] }
    }

    /// A name keeps its change, whatever stands in that, and loses its line.
    #[test]
    fn names_have_no_line() {
        let listed = mutant(53, "delete field name from struct Settings expression in run").listed();
        assert_eq!(listed, "queue.rs: delete field name from struct Settings expression in run");
        let listed = mutant(9, "replace a::b -> Result<()> with Ok(\": \")").listed();
        assert_eq!(listed, "queue.rs: replace a::b -> Result<()> with Ok(\": \")");
    }

    /// One entry explains one survivor.
    #[test]
    fn entries_are_counted() {
        let twins = [mutant(1, "replace + with * in add"), mutant(2, "replace + with * in add")];
        let once = list(&["queue.rs: replace + with * in add"]);
        assert_eq!(unexplained(&once, &twins), [&twins[1]]);
        assert!(stale(&once, &twins.each_ref()).is_empty());
        let thrice = list(&["queue.rs: replace + with * in add"; 3]);
        assert!(unexplained(&thrice, &twins).is_empty());
        assert_eq!(stale(&thrice, &twins.each_ref()).len(), 1);
    }

    /// What cargo-mutants writes is understood, the solution itself left out.
    #[test]
    fn outcomes_are_read() {
        let text = r#"{"outcomes": [
            {"scenario": "Baseline", "summary": "Success", "log_path": "log/baseline.log"},
            {"scenario": {"Mutant": {"name": "solutions/a/src/lib.rs:1:2: replace f with ()",
                "file": "solutions/a/src/lib.rs", "genre": "FnValue"}}, "summary": "MissedMutant"}]}"#;
        let fates = fates(text).unwrap();
        assert_eq!(fates.len(), 1);
        assert_eq!((fates[0].0.listed().as_str(), fates[0].1), ("lib.rs: replace f with ()", Fate::Survived));
    }
}

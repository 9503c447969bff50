//! Differences between the sources of two subjects, as a unified diff.
//!
//! Each change is a hunk of its own, with two lines around it, so that nearly every line which does not change
//! can be written anew without harm: flickzeug passes over up to two lines at either end of a hunk.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use anyhow::{Context, Result};
use flickzeug::{ApplyConfig, FuzzyConfig, Patch, PatchFormatter, apply_partial};
use similar::{Algorithm, DiffTag, TextDiff};

use crate::sources::Sources;

/// How many lines stand around a change.
const AROUND: usize = 2;

/// What a patch made of its base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The sources, with every hunk that fits.
    pub sources: Sources,
    /// The hunks that do not.
    pub rejected: Vec<Rejected>,
}

/// A hunk whose lines the base does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The file.
    pub file: String,
    /// Which of the file's hunks, from 1 on.
    pub number: usize,
    /// The hunk itself.
    pub text: String,
}

/// Carries out what `text` says; a line that it removes must stand in the base as it is.
pub fn apply(base: &Sources, text: &str) -> Result<Applied> {
    let patch = Patch::from_str(text).context("the differences cannot be read")?;
    let mut applied = Applied { sources: base.clone(), rejected: Vec::new() };
    for diff in patch.diffs() {
        let (old, new) = (name(diff.original()), name(diff.modified()));
        let file = new.or(old).context("a difference names no file")?;
        let before = base.get(file).map_or("", String::as_str);
        let fuzzy_config = FuzzyConfig { max_fuzz: AROUND, ..FuzzyConfig::default() };
        let config = ApplyConfig { fuzzy_config, ..ApplyConfig::default() };
        let partial = apply_partial(before, diff, &config);
        applied.rejected.extend(partial.rejected.iter().map(|hunk| {
            let number = diff.hunks().iter().position(|other| other == hunk).unwrap_or(0) + 1;
            Rejected { file: file.to_owned(), number, text: PatchFormatter::new().fmt_hunk(hunk).to_string() }
        }));
        match new {
            Some(_) => applied.sources.insert(file.to_owned(), partial.content),
            None => applied.sources.remove(file),
        };
    }
    Ok(applied)
}

/// A file's name below `src`; a file that is not there has none.
fn name(path: Option<&str>) -> Option<&str> {
    let path = path?.trim();
    let path = path.strip_prefix("a/").or(path.strip_prefix("b/")).unwrap_or(path);
    (path != "/dev/null").then(|| path.strip_prefix("src/").unwrap_or(path))
}

/// What makes `new` of `base`; empty where they are equal.
pub fn between(base: &Sources, new: &Sources) -> String {
    let names: BTreeSet<_> = base.keys().chain(new.keys()).collect();
    let text = |sources: &'_ Sources, name: &str| sources.get(name).cloned();
    names
        .into_iter()
        .map(|name| of_file(&format!("src/{name}"), text(base, name).as_deref(), text(new, name).as_deref()))
        .collect()
}

/// What makes `new` of `old`, in a file that need not be there before or after.
pub fn of_file(path: &str, old: Option<&str>, new: Option<&str>) -> String {
    let name =
        |side: &str, text: Option<&str>| text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"));
    let hunks = hunks(old.unwrap_or_default(), new.unwrap_or_default());
    if hunks.is_empty() {
        return hunks;
    }
    format!("--- {}\n+++ {}\n{hunks}", name("a", old), name("b", new))
}

/// Each run of changed lines, and what stands around it as far as no other hunk has it.
fn hunks(old: &str, new: &str) -> String {
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(old, new);
    let mut changes: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for op in diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal) {
        match changes.last_mut() {
            Some((olds, news)) if olds.end == op.old_range().start => {
                olds.end = op.old_range().end;
                news.end = op.new_range().end;
            }
            _ => changes.push((op.old_range(), op.new_range())),
        }
    }
    let (olds, news): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mut text = String::new();
    let mut taken = 0;
    for (index, (removed, added)) in changes.iter().enumerate() {
        let before = AROUND.min(removed.start - taken);
        // What lies between two changes is shared, so that each has a line that says where it belongs.
        let after = AROUND.min(match changes.get(index + 1) {
            Some((next, _)) => (next.start - removed.end) / 2,
            None => olds.len() - removed.end,
        });
        taken = removed.end + after;
        let range = |lines: &Range<usize>| {
            let length = before + lines.len() + after;
            format!("{},{length}", lines.start - before + usize::from(length > 0))
        };
        let _ = writeln!(text, "@@ -{} +{} @@", range(removed), range(added));
        let mut put = |sign: char, lines: &[&str]| {
            for line in lines {
                let _ = writeln!(text, "{}", format!("{sign}{line}").trim_end());
            }
        };
        put(' ', &olds[removed.start - before..removed.start]);
        put('-', &olds[removed.clone()]);
        put('+', &news[added.clone()]);
        put(' ', &olds[removed.end..taken]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Sources {
        Sources::from([("lib.rs".to_owned(), text.to_owned())])
    }

    /// A text of so many lines; blank ones are among them, and ones that stand in it often.
    fn lines(count: usize) -> Vec<String> {
        let line = |number: usize| match number % 5 {
            0 => String::new(),
            3 => "}".to_owned(),
            _ => format!("    let line = {number};"),
        };
        (0..count).map(line).collect()
    }

    fn text(lines: &[String]) -> Sources {
        one(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    }

    /// Lines that go, come and change, at both ends and close together.
    fn changed(lines: &[String]) -> Vec<String> {
        let mut new = lines.to_vec();
        new[21] = "    something_else();".to_owned();
        new.insert(24, "    one_more();".to_owned());
        new.remove(27);
        new.insert(0, "//! New.".to_owned());
        new[39] = "    before_the_end();".to_owned();
        new.push("// The end.".to_owned());
        new
    }

    /// What was taken apart is put together again, files that come and go included.
    #[test]
    fn patches_make_what_they_were_made_of() {
        let (old, new) = (lines(40), changed(&lines(40)));
        let (mut base, mut wanted) = (text(&old), text(&new));
        base.insert("gone.rs".to_owned(), "fn gone() {}\n".to_owned());
        wanted.insert("come.rs".to_owned(), "fn come() {}\n\nfn and_stay() {}\n".to_owned());
        let patch = between(&base, &wanted);
        assert!(patch.lines().all(|line| line == line.trim_end()), "{patch}");
        assert_eq!(apply(&base, &patch).unwrap(), Applied { sources: wanted, rejected: Vec::new() });
        assert_eq!(between(&base, &base), "");
    }

    /// A line of the base that the patch does not change may be written anew, wherever it stands.
    #[test]
    fn other_lines_may_change() {
        let (old, new) = (lines(40), changed(&lines(40)));
        let patch = between(&text(&old), &text(&new));
        for number in (0..old.len()).filter(|number| ![21, 26, 38].contains(number)) {
            let fresh = format!("    fresh({number}, \"{}\");", "x".repeat(number));
            let mut base = old.clone();
            base[number].clone_from(&fresh);
            let applied = apply(&text(&base), &patch).unwrap();
            assert!(applied.rejected.is_empty(), "line {number}: {:?}", applied.rejected);
            let kept = applied.sources["lib.rs"].lines().filter(|line| *line == fresh).count();
            assert_eq!((kept, applied.sources["lib.rs"].lines().count()), (1, new.len()), "line {number}");
        }
    }

    /// A line that the patch removes must stand there as it was, and the hunk is named.
    #[test]
    fn stale_hunks_are_named() {
        let (old, new) = (lines(40), changed(&lines(40)));
        let patch = between(&text(&old), &text(&new));
        let mut base = old.clone();
        base[21] = "    let line = 22;".to_owned();
        let applied = apply(&text(&base), &patch).unwrap();
        let [rejected] = applied.rejected.as_slice() else { panic!("{:?}", applied.rejected) };
        assert_eq!((rejected.file.as_str(), rejected.number), ("lib.rs", 2));
        assert!(rejected.text.contains("-    let line = 21;"), "{}", rejected.text);
    }

    /// A text that is no difference is no empty one.
    #[test]
    fn garbage_is_no_patch() {
        assert!(apply(&one("a\n"), "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1 +1 @@\n?a\n").is_err());
    }
}

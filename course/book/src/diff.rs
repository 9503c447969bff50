//! The folded, colored difference between a lesson and its solution.
//!
//! It is HTML with a plus or a minus on each changed line, so it reads without color and without JavaScript.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use similar::{ChangeTag, TextDiff};

use crate::anchor;
use crate::lessons::Lesson;
use crate::russian;
use crate::saves::is_editors_own;
use crate::sources::Sources;

/// The difference as HTML, or a sentence on what is missing.
pub(crate) fn folded(sources: &Sources, lesson: &Lesson) -> Result<String, String> {
    let [yours, solution] = ["lessons", "solutions"].map(|kind| read(sources, kind, lesson));
    let (yours, solution) = (yours?, solution?);
    let names: BTreeSet<_> = yours.keys().chain(solution.keys()).filter(|name| *name != "main.rs").collect();
    let of = |side: &Files, name: &str| side.get(name).cloned().unwrap_or_default();
    let mut html = String::new();
    for name in &names {
        let changed = lines(&of(&yours, name), &of(&solution, name));
        // One file needs no name: it is the one that the reader has been in.
        if names.len() > 1 && !changed.is_empty() {
            let _ = writeln!(html, "<span class=\"thaw-skip\">src/{}</span>", escape(name));
        }
        html += &changed;
    }
    if html.is_empty() {
        let same = match sources.is_russian() {
            true => russian::SAME,
            false => "Nothing differs: your lesson is the solution.",
        };
        html = format!("<span>  {same}</span>");
    }
    let number = &lesson.number;
    let (summary, label) = match sources.is_russian() {
        true => russian::difference(number),
        false => (
            format!("Show the difference between lesson {number} and solution {number}"),
            format!("Lesson {number} against its solution"),
        ),
    };
    Ok(format!(
        "<details class=\"thaw-diff\"><summary>{summary}</summary>\n\
         <pre tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><code class=\"nohighlight\">{html}</code></pre>\n</details>\n",
    ))
}

/// Texts by the name of their file.
type Files = BTreeMap<String, String>;

fn read(sources: &Sources, kind: &str, lesson: &Lesson) -> Result<Files, String> {
    let folder = sources.root.join(kind).join(lesson.folder()).join("src");
    let failed = |path: &Path, error| format!("{} cannot be read ({error}).", sources.name(path));
    let entries = fs::read_dir(&folder).map_err(|error| failed(&folder, error))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|end| end == "rs") && !is_editors_own(path);
    let texts = paths.filter(is_source).map(|path| {
        let text = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name, anchor::whole(&text)))
    });
    texts.collect()
}

/// Each hunk with three lines around it. A blank line would end the HTML block, so each line is a span.
fn lines(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut html = String::new();
    for (index, group) in diff.grouped_ops(3).iter().enumerate() {
        if index > 0 {
            html.push_str("<span class=\"thaw-skip\">⋯</span>\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            line(&mut html, change.tag(), change.value());
        }
    }
    html
}

fn line(html: &mut String, tag: ChangeTag, text: &str) {
    let (element, sign) = match tag {
        ChangeTag::Delete => ("del", '-'),
        ChangeTag::Insert => ("ins", '+'),
        ChangeTag::Equal => ("span", ' '),
    };
    let text = escape(text.trim_end_matches(['\r', '\n']));
    let _ = writeln!(html, "<{element}>{sign} {text}</{element}>");
}

/// Text as HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fold of a lesson whose library has this text, against a solution of three lines.
    fn fold(yours: &str) -> String {
        let ground = tempfile::tempdir().expect("a folder");
        for (kind, text) in [("lessons", yours), ("solutions", "//! A.\nfn a() {}\nfn b() {}\n")] {
            let folder = ground.path().join(kind).join("01-x/src");
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("lib.rs"), text).expect("a file");
            #[cfg(unix)]
            std::os::unix::fs::symlink("reader@machine.1234:5678", folder.join(".#lib.rs")).expect("a link");
        }
        let [number, slug, title, promise] = ["01", "x", "X", "Y."].map(str::to_owned);
        folded(&Sources::english(ground.path()), &Lesson { number, slug, title, promise }).expect("a fold")
    }

    /// Other line ends, a byte order mark, a missing last line end and an editor's lock are no differences.
    #[test]
    fn invisible_differences_are_none() {
        for text in ["\u{feff}//! A.\r\nfn a() {}\r\nfn b() {}\r\n", "//! A.\nfn a() {}\nfn b() {}"] {
            assert!(fold(text).contains("Nothing differs"), "{text:?}");
        }
        let changed = fold("\u{feff}//! A.\r\nfn a() {}\r\nfn c() {}");
        assert!(changed.contains("<del>- fn c() {}</del>\n<ins>+ fn b() {}</ins>"), "{changed}");
        assert_eq!(changed.matches("<del>").count() + changed.matches("<ins>").count(), 2, "{changed}");
    }
}

//! A kept answer, folded: the few lines in which it differs from the solution, or all of it if it is kept whole.

use std::fmt::Write as _;
use std::fs;

use crate::anchor;
use crate::diff::escape;
use crate::lessons::Lesson;
use crate::russian;
use crate::sources::Sources;

/// The code as HTML in one line, since it stands inside of list items; or a sentence on what is missing.
pub(crate) fn folded(sources: &Sources, lesson: &Lesson, name: &str) -> Result<String, String> {
    let path =
        |end: &str| sources.root.join("course/answers").join(lesson.folder()).join(format!("{name}.{end}"));
    let read = |end: &str| fs::read_to_string(path(end)).map(|text| anchor::whole(&text));
    let (what, code) = match (read("patch"), read("rs")) {
        (Ok(patch), _) => {
            let of_starter = patch.contains("\nbase: starter\n");
            let summary = match (sources.is_russian(), of_starter) {
                (true, _) => russian::CHANGES[usize::from(of_starter)],
                (false, true) => "What it changes in the starter",
                (false, false) => "What it changes in the solution",
            };
            (summary, changes(&patch))
        }
        (Err(_), Ok(text)) => (if sources.is_russian() { russian::CODE } else { "Its code" }, whole(&text)),
        (Err(error), Err(_)) => {
            return Err(format!("{} cannot be read ({error}).", sources.name(&path("patch"))));
        }
    };
    if code.is_empty() {
        return Err(format!("{} changes nothing.", sources.name(&path("patch"))));
    }
    Ok(format!(
        "<details class=\"thaw-diff\"><summary>{what}</summary>\
         <pre tabindex=\"0\" role=\"region\" aria-label=\"{}\"><code class=\"nohighlight\">{code}</code></pre></details>",
        escape(&if sources.is_russian() { russian::answer(name) } else { format!("The answer {name}") })
    ))
}

/// The line end of a text that stands in one line.
const NEW_LINE: &str = "&#10;";

/// Each hunk of a patch; a file is named where there are several, or another one than `lib.rs`.
fn changes(patch: &str) -> String {
    let differences = patch.find("\n--- ").map_or("", |at| &patch[at + 1..]);
    let files = differences.matches("\n+++ ").count();
    let (mut html, mut is_first) = (String::new(), true);
    for text in differences.lines() {
        if let Some(file) = text.strip_prefix("+++ ") {
            let file = file.strip_prefix("b/").unwrap_or("a file that is gone");
            if files > 1 || file != "src/lib.rs" {
                line(&mut html, "span class=\"thaw-skip\"", "span", file);
            }
            is_first = true;
        } else if text.starts_with("@@ ") {
            if !is_first {
                line(&mut html, "span class=\"thaw-skip\"", "span", "⋯");
            }
            is_first = false;
        } else if !text.starts_with("--- ") {
            let (element, sign) = match text.chars().next() {
                Some('+') => ("ins", '+'),
                Some('-') => ("del", '-'),
                _ => ("span", ' '),
            };
            line(&mut html, element, element, &format!("{sign} {}", text.get(1..).unwrap_or_default()));
        }
    }
    html
}

/// A whole file, without the header that says what becomes of it.
fn whole(text: &str) -> String {
    let mut html = String::new();
    for text in text.lines().skip_while(|text| text.starts_with("//!") || text.trim().is_empty()) {
        line(&mut html, "span", "span", text);
    }
    html
}

fn line(html: &mut String, open: &str, close: &str, text: &str) {
    let _ = write!(html, "<{open}>{}</{close}>{NEW_LINE}", escape(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header is left out, hunks are told apart, and nothing of the code becomes markup.
    #[test]
    fn changes_are_marked() {
        let patch = "WRONG: it waits.\nsentence: x\n\n--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1,2 +1,2 @@\n a\n-Vec<u8>\n+b\n\n@@ -9 +9 @@\n+c\n";
        assert_eq!(
            changes(patch).replace(NEW_LINE, "\n"),
            "<span>  a</span>\n<del>- Vec&lt;u8&gt;</del>\n<ins>+ b</ins>\n<span>  </span>\n\
             <span class=\"thaw-skip\">⋯</span>\n<ins>+ c</ins>\n"
        );
    }

    /// Another file than the library is named.
    #[test]
    fn other_files_are_named() {
        let patch = "RIGHT: x\n\n--- a/src/queue.rs\n+++ b/src/queue.rs\n@@ -1 +1 @@\n-a\n+b\n";
        assert!(
            changes(patch).starts_with("<span class=\"thaw-skip\">src/queue.rs</span>"),
            "{}",
            changes(patch)
        );
    }
}

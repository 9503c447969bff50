//! The folded, colored difference between a lesson and its solution.
//!
//! It is HTML with a plus or a minus on each changed line, so it reads without color and without JavaScript.

use std::fmt::Write as _;
use std::fs;

use similar::{ChangeTag, TextDiff};

use crate::anchor;
use crate::lessons::Lesson;
use crate::sources::Sources;

/// The difference as HTML, or a sentence on what is missing.
pub(crate) fn folded(sources: &Sources, lesson: &Lesson) -> Result<String, String> {
    let yours = read(sources, "lessons", lesson)?;
    let solution = read(sources, "solutions", lesson)?;
    let summary = format!("Show the difference between lesson {0} and solution {0}", lesson.number);
    Ok(format!(
        "<details class=\"thaw-diff\"><summary>{summary}</summary>\n\
         <pre tabindex=\"0\" role=\"region\" aria-label=\"Lesson {} against its solution\"><code class=\"nohighlight\">{}</code></pre>\n</details>\n",
        lesson.number,
        lines(&yours, &solution)
    ))
}

fn read(sources: &Sources, kind: &str, lesson: &Lesson) -> Result<String, String> {
    let path = sources.root.join(kind).join(lesson.folder()).join("src").join("lib.rs");
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{} cannot be read ({error}).", sources.name(&path)))?;
    Ok(anchor::whole(&text))
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
    if html.is_empty() {
        "<span>  Nothing differs: your lesson is the solution.</span>".to_owned()
    } else {
        html
    }
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

//! Expands the directives of a page: include, timeline, diff, answer, transcript, plot, curve, lessons and progress.
//!
//! mdBook leaves a directive that fails in the page and ends with success.
//! Here each failure is a [`Problem`]: a build stops on it, and the served book shows it on the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use regex::Regex;

use crate::diff::{self, escape};
use crate::lessons::Lesson;
use crate::problem::Problem;
use crate::sources::Sources;
use crate::{anchor, answer, plot, russian, timeline};

/// mdBook allows blanks before the hash as well, and so does this: a leftover must not slip through.
static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*#\s*(?<name>[A-Za-z_]*)\s*(?<argument>[^}\n]*?)\s*\}\}|\{\{\s*#")
        .expect("a constant pattern")
});

const KNOWN: &str = "Write one of include FILE:ANCHOR, timeline NN (or NN moving), diff NN, answer NN SIDE/NAME, transcript NAME, plot NAME, curve NAME GROUPS, lessons, progress.";

/// Expands every page, and collects what is wrong.
pub(crate) struct Expander {
    /// Where to look for what the pages name.
    sources: Sources,
    /// The table that a number is looked up in.
    lessons: Vec<Lesson>,
    /// What was wrong, shared with the build that decides what to do about it.
    problems: Arc<Mutex<Vec<Problem>>>,
}

impl Expander {
    pub(crate) fn new(sources: Sources, lessons: Vec<Lesson>, problems: Arc<Mutex<Vec<Problem>>>) -> Self {
        Self { sources, lessons, problems }
    }

    fn chapter(&self, chapter: &mut Chapter) {
        let Some(path) = &chapter.source_path else { return };
        let file = self.sources.name(&self.sources.pages().join(path));
        let page = Page { expander: self, file, folder: folder_of(&self.sources.pages().join(path)) };
        let (content, problems) = page.expand(&chapter.content);
        chapter.content = if self.sources.is_russian() {
            let english = fs::read_to_string(self.sources.original(path)).unwrap_or_default();
            let is_there = |page: &str| self.sources.pages().join(page).exists();
            russian::typeset(&russian::bridge(&russian::address(&content, &english), is_there))
        } else {
            content
        };
        if !problems.is_empty() {
            chapter.content = format!("{}\n\n{}", alert(&problems), chapter.content);
            self.problems.lock().unwrap_or_else(PoisonError::into_inner).extend(problems);
        }
    }

    fn lesson(&self, number: &str) -> Result<&Lesson, String> {
        let found = self.lessons.iter().find(|lesson| lesson.number == number);
        found.ok_or_else(|| format!("there is no lesson `{number}` in course/lessons.toml."))
    }
}

impl Preprocessor for Expander {
    fn name(&self) -> &str {
        "thaw"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> anyhow::Result<Book> {
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item {
                self.chapter(chapter);
            }
        });
        Ok(book)
    }
}

/// One page while it is expanded.
struct Page<'a> {
    /// Knows the sources and the table.
    expander: &'a Expander,
    /// What messages call the page.
    file: String,
    /// What the paths of includes start from.
    folder: PathBuf,
}

/// What a directive failed with: what is wrong, and what to do.
type Failure = (String, String);

impl Page<'_> {
    fn expand(&self, content: &str) -> (String, Vec<Problem>) {
        let mut problems = Vec::new();
        let expanded = DIRECTIVE.replace_all(content, |found: &regex::Captures<'_>| {
            let start = found.get(0).map_or(0, |whole| whole.start());
            match self.directive(found) {
                Ok(text) => text,
                Err((what, next)) => {
                    let line = content[..start].matches('\n').count() + 1;
                    let what = format!("`{}` fails: {what}", &found[0]);
                    problems.push(Problem::new(&self.file, line, what, next));
                    "(missing: the message at the top of this page says why)".to_owned()
                }
            }
        });
        (expanded.into_owned(), problems)
    }

    fn directive(&self, found: &regex::Captures<'_>) -> Result<String, Failure> {
        let argument = found.name("argument").map_or("", |text| text.as_str());
        match found.name("name").map_or("", |text| text.as_str()) {
            "include" => self.include(argument),
            "timeline" => self.timeline(argument),
            "diff" => self.diff(argument),
            "answer" => self.answer(argument),
            "transcript" => self.transcript(argument),
            "plot" => self.figure(argument, plot::figure),
            "curve" => self.figure(argument, plot::curve),
            "lessons" => Ok(self.lessons()),
            "progress" => Ok(self.progress()),
            _ => Err(("it is no directive of this book.".to_owned(), KNOWN.to_owned())),
        }
    }

    fn include(&self, argument: &str) -> Result<String, Failure> {
        let (path, name) = argument.split_once(':').unwrap_or((argument, ""));
        let path = self.folder.join(path);
        let file = self.expander.sources.name(&tidy(&path));
        let text = fs::read_to_string(&path).map_err(|error| {
            (
                format!("{file} cannot be read ({error})."),
                "Mend the path: it starts at the page's folder.".to_owned(),
            )
        })?;
        if name.is_empty() {
            return Ok(anchor::whole(&text).trim_end().to_owned());
        }
        let next =
            format!("Put `ANCHOR: {name}` and `ANCHOR_END: {name}` once each around the lines in {file}.");
        anchor::cut(&text, name).map_err(|what| (what, next))
    }

    fn timeline(&self, argument: &str) -> Result<String, Failure> {
        let (number, moving) = match argument.strip_suffix(" moving") {
            Some(number) => (number.trim_end(), true),
            None => (argument, false),
        };
        let lesson = self.expander.lesson(number).map_err(in_the_table)?;
        let next = format!("Try `cargo course record {number}`.");
        let sources = &self.expander.sources;
        let drawn = if moving { timeline::moving } else { timeline::figure };
        drawn(sources, &lesson.number).map_err(|what| (what, next))
    }

    fn diff(&self, number: &str) -> Result<String, Failure> {
        let lesson = self.expander.lesson(number).map_err(in_the_table)?;
        diff::folded(&self.expander.sources, lesson)
            .map_err(|what| (what, "Add the file, or remove the directive.".to_owned()))
    }

    fn answer(&self, argument: &str) -> Result<String, Failure> {
        let (number, name) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
        let lesson = self.expander.lesson(number).map_err(in_the_table)?;
        answer::folded(&self.expander.sources, lesson, name.trim()).map_err(|what| {
            (what, format!("`cargo course answer {number}` lists the answers that are kept."))
        })
    }

    fn transcript(&self, name: &str) -> Result<String, Failure> {
        let path = self.expander.sources.book().join("transcripts").join(format!("{name}.txt"));
        let file = self.expander.sources.name(&path);
        let next = "Record it, or mend the name: transcripts come from real runs only.".to_owned();
        let text = fs::read_to_string(&path)
            .map_err(|error| (format!("{file} cannot be read ({error})."), next.clone()))?;
        if text.trim().is_empty() {
            return Err((format!("{file} is empty."), next));
        }
        // A longer fence, so that nothing that a program prints can close it.
        Ok(format!("``````console\n{}\n``````", text.trim_end()))
    }

    fn figure(
        &self,
        argument: &str,
        draw: fn(&Sources, &str) -> Result<String, String>,
    ) -> Result<String, Failure> {
        let name = argument.split_whitespace().next().unwrap_or("NAME");
        let next = format!("Try `cargo course bench {name} --write`.");
        draw(&self.expander.sources, argument).map_err(|what| (what, next))
    }

    /// The lessons that have a page, as a list of links in which the browser shows how far its reader is.
    fn progress(&self) -> String {
        let pages = self.expander.sources.pages();
        let lessons = self.expander.lessons.iter().filter(|lesson| pages.join(lesson.page()).exists());
        let items = lessons.map(|lesson| {
            let (number, title) = (escape(&lesson.number), escape(&lesson.title));
            let page = lesson.page().replace(".md", ".html");
            format!("<li><a href=\"{page}\" data-title=\"{number}. {title}\"><span>{number}</span> {title}</a></li>\n")
        });
        format!(
            "<thaw-progress>\n<ol class=\"thaw-lessons\">\n{}</ol>\n</thaw-progress>",
            items.collect::<String>()
        )
    }

    /// The table of lessons; a title is a link once its page exists.
    fn lessons(&self) -> String {
        let pages = self.expander.sources.pages();
        let rows = self.expander.lessons.iter().map(|lesson| {
            let page = lesson.page();
            let title = if pages.join(&page).exists() {
                format!("[{}]({page})", lesson.title)
            } else {
                lesson.title.clone()
            };
            format!("| {} | {title} | {} |", lesson.number, lesson.promise)
        });
        let rows: Vec<String> = rows.collect();
        let head = match self.expander.sources.is_russian() {
            true => russian::LESSONS,
            false => "| No. | Lesson | What you can do after it |",
        };
        format!("{head}\n|---|---|---|\n{}", rows.join("\n"))
    }
}

fn in_the_table(what: String) -> Failure {
    (what, "Mend the number, or add the lesson to course/lessons.toml.".to_owned())
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Resolves `..` by name, since the file may not exist.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(clean.pop()),
            std::path::Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

/// The problems as the page shows them.
fn alert(problems: &[Problem]) -> String {
    let items: String =
        problems.iter().map(|problem| format!("<li>{}</li>\n", escape(&problem.to_string()))).collect();
    format!(
        "<div class=\"thaw-error\" role=\"alert\"><p><strong>This page is broken.</strong></p>\n<ul>\n{items}</ul></div>"
    )
}

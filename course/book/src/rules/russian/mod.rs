//! The Russian pages and hints follow the English ones: in their shape, in what they are of, and in the words of the glossary.
//!
//! Each rule says what a translator is to do next.

mod follows;
mod prose;
mod section;
mod shape;
mod terms;

use std::fs;

use crate::lessons::{Lesson, lessons};
use crate::problem::Problem;
use crate::sources::Sources;

use section::Section;
use terms::Term;

/// A Russian page beside the English one.
struct Pair {
    /// What messages call the Russian page.
    name: String,
    /// What messages call the English page.
    english_name: String,
    /// The text of the English page.
    english: String,
    /// The text of the Russian page.
    russian: String,
}

impl Pair {
    /// A problem at a line of the Russian page.
    fn problem(&self, line: usize, what: impl Into<String>, next: impl Into<String>) -> Problem {
        Problem::new(&self.name, line, what, next)
    }
}

/// What is wrong in the Russian book beside the English one; a page that is not translated yet is no fault.
pub fn translation(sources: &Sources) -> anyhow::Result<Vec<Problem>> {
    let russian = Sources::russian(&sources.root);
    let Ok(entries) = fs::read_dir(russian.pages()) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "md") && !path.ends_with("SUMMARY.md"));
    paths.sort();
    let terms = terms::read(&fs::read_to_string(russian.pages().join("glossary.md")).unwrap_or_default());
    let mut problems = Vec::new();
    for path in paths {
        let name = sources.name(&path);
        let original = sources.original(std::path::Path::new(path.file_name().unwrap_or_default()));
        let english_name = sources.name(&original);
        let Ok(english) = fs::read_to_string(&original) else {
            let what = format!("there is no {english_name}.");
            problems.push(Problem::new(&name, 0, what, "Name the page as the English one, or remove it."));
            continue;
        };
        let pair = Pair { name, english_name, english, russian: fs::read_to_string(&path)? };
        problems.extend(compared(&pair, sources, &terms));
    }
    problems.extend(hints(sources, &terms)?);
    problems.extend(readme(&russian)?);
    Ok(problems)
}

/// What is wrong in a Russian text beside the English one.
fn compared(pair: &Pair, sources: &Sources, terms: &[Term]) -> Vec<Problem> {
    let (ours, theirs) = (Section::all(&pair.russian), Section::all(&pair.english));
    let mut problems: Vec<Problem> = follows::problems(&sources.root, pair).into_iter().collect();
    problems.extend(shape::problems(pair, &ours, &theirs));
    problems.extend(prose::problems(pair, &ours));
    problems.extend(terms::problems(pair, &ours, &theirs, terms));
    problems
}

/// The hints of each lesson, as far as they are translated: as pages, and with as many hints for each task.
fn hints(sources: &Sources, terms: &[Term]) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for lesson in lessons(sources)? {
        let path = |end: &str| sources.root.join("course/hints").join(format!("{}.{end}", lesson.folder()));
        let (Ok(russian), Ok(english)) = (fs::read_to_string(path("ru.md")), fs::read_to_string(path("md")))
        else {
            continue;
        };
        let [name, english_name] = ["ru.md", "md"].map(|end| sources.name(&path(end)));
        let pair = Pair { name, english_name, english, russian };
        problems.extend(compared(&pair, sources, terms));
        let (ours, theirs) = (Section::all(&pair.russian), Section::all(&pair.english));
        for (ours, theirs) in ours.iter().zip(&theirs).filter(|(ours, theirs)| ours.tasks() != theirs.tasks())
        {
            let what = format!(
                "{} has hints for the tasks {:?}, and not {:?}.",
                ours.name(),
                ours.tasks(),
                theirs.tasks()
            );
            problems.push(pair.problem(
                ours.line,
                what,
                "Begin each as the English hint does: `Упражнение 2: …`.",
            ));
        }
    }
    Ok(problems)
}

/// The table of lessons in README.ru.md; a page that is not translated yet is linked in English.
fn readme(russian: &Sources) -> anyhow::Result<Vec<Problem>> {
    let Ok(text) = fs::read_to_string(russian.root.join("README.ru.md")) else { return Ok(Vec::new()) };
    let row = |lesson: &Lesson| {
        let page = lesson.page();
        let language = if russian.pages().join(&page).exists() { russian.language } else { "en" };
        format!("| {} | [{}](book/src/{language}/{page}) | {} |", lesson.number, lesson.title, lesson.promise)
    };
    let missing = lessons(russian)?.iter().map(row).filter(|row| !text.contains(row)).collect::<Vec<_>>();
    let problem =
        |row| Problem::new("README.ru.md", 0, "a row of its table is missing.", format!("Write `{row}`."));
    Ok(missing.into_iter().map(problem).collect())
}

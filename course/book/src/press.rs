//! Prints the book: mdBook's own pipeline, with our expander in front and no silence behind.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use mdbook_driver::config::{Config, HtmlConfig};

use crate::expand::Expander;
use crate::languages;
use crate::lessons::lessons;
use crate::logs;
use crate::problem::{Problem, Problems};
use crate::rules;
use crate::russian;
use crate::sources::Sources;

/// Builds the pages of all languages into `out`; anything wrong is the error. Returns the number of pages.
pub(crate) fn strict(sources: &Sources, out: &Path) -> anyhow::Result<usize> {
    let (pages, problems) = lenient(sources, out)?;
    Problems::check(problems)?;
    Ok(pages)
}

/// Builds the pages of all languages into `out`, with what is wrong shown on the pages themselves, and returned.
pub(crate) fn lenient(sources: &Sources, out: &Path) -> anyhow::Result<(usize, Vec<Problem>)> {
    let (mut pages, mut problems) = (0, Vec::new());
    // The outer one first: mdBook empties the folder that it prints to.
    for sources in Sources::all(&sources.root) {
        let (more, wrong) = one(&sources, &sources.place(out))?;
        pages += more;
        problems.extend(wrong);
    }
    languages::join(out).context("the languages of the book cannot be put together")?;
    Ok((pages, problems))
}

/// Builds the pages of one language.
fn one(sources: &Sources, out: &Path) -> anyhow::Result<(usize, Vec<Problem>)> {
    let lessons = lessons(sources)?;
    let problems = Arc::new(Mutex::new(rules::unlisted(sources)));
    let expander = Expander::new(sources.clone(), lessons, Arc::clone(&problems));
    let (pages, log) = logs::heard(|| print(sources, out, expander));
    let pages = pages?;
    let mut problems = std::mem::take(&mut *problems.lock().unwrap_or_else(PoisonError::into_inner));
    problems
        .extend(log.iter().map(|line| Problem::new("mdBook", 0, line.trim(), "Mend the page or book.toml.")));
    Ok((pages, problems))
}

fn print(sources: &Sources, out: &Path, expander: Expander) -> anyhow::Result<usize> {
    let config = configure(sources, out)?;
    let mut book = MDBook::load_with_config(sources.book(), config).with_context(|| {
        format!("the pages in {} cannot be loaded; check SUMMARY.md", sources.name(&sources.pages()))
    })?;
    let pages = book
        .iter()
        .filter(|item| matches!(item, BookItem::Chapter(chapter) if !chapter.is_draft_chapter()))
        .count();
    // It has the name of the command in book.toml, and takes its place: in this process, as `mdbook-thaw` in another.
    book.with_preprocessor(expander);
    book.build().context("mdBook cannot print the book")?;
    Ok(pages)
}

/// The settings of book.toml, and those that a build must not be without.
fn configure(sources: &Sources, out: &Path) -> anyhow::Result<Config> {
    let mut config = check(sources)?;
    config.book.src = Path::new("src").join(sources.language);
    config.book.language = Some(sources.language.to_owned());
    config.build.build_dir = std::path::absolute(out)?;
    config.build.create_missing = false;
    config.build.use_default_preprocessors = false;
    if sources.is_russian() {
        russian(sources, &mut config)?;
    }
    Ok(config)
}

/// What the Russian book has besides: its words, its search, its place.
fn russian(sources: &Sources, config: &mut Config) -> anyhow::Result<()> {
    config.book.description = Some(russian::DESCRIPTION.to_owned());
    config.set("output.html.site-url", format!("/{}/", sources.language))?;
    let scripts: Vec<PathBuf> = config.get("output.html.additional-js")?.unwrap_or_default();
    // Each element of the theme takes its words when it is loaded.
    let own = ["theme/words.ru.js", "theme/search.ru.js"].map(PathBuf::from);
    let own = own.into_iter().filter(|script| sources.book().join(script).exists());
    config.set("output.html.additional-js", own.chain(scripts).collect::<Vec<_>>())
}

/// The settings of book.toml; an error where one of them would hurt a page in silence.
pub(crate) fn check(sources: &Sources) -> anyhow::Result<Config> {
    let path = sources.book().join("book.toml");
    let config =
        Config::from_disk(&path).with_context(|| format!("{} cannot be used", sources.name(&path)))?;
    // mdBook only logs an unknown key here, and then drops the whole table.
    let html: Option<HtmlConfig> =
        config.get("output.html").context("book/book.toml has an [output.html] that mdBook does not know")?;
    anyhow::ensure!(
        html.is_some_and(|html| !html.playground.runnable),
        "book/book.toml must say `runnable = false` in [output.html.playground], or pages call play.rust-lang.org."
    );
    Ok(config)
}

//! mdBook's protocol for preprocessors: `mdbook build book` starts `mdbook-thaw`, which does here what our own build does.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, ensure};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{MDBOOK_VERSION, Preprocessor, PreprocessorContext};

use crate::expand::Expander;
use crate::lessons::lessons;
use crate::press;
use crate::problem::Problems;
use crate::rules;
use crate::sources::Sources;

/// Reads the book that mdBook gives on stdin, expands its pages, and writes it to stdout.
///
/// `args` are those of the process, without its name: mdBook asks `supports html` first where book.toml names no renderer.
///
/// # Errors
/// When anything is wrong in any page: mdBook then builds nothing, and ends with another status than 0.
pub fn preprocess(args: &[String], input: impl Read, output: impl Write) -> anyhow::Result<()> {
    if let [question, _renderer] = args
        && question == "supports"
    {
        return Ok(());
    }
    ensure!(
        args.is_empty(),
        "mdbook-thaw is started by mdBook, and takes no `{}`. Try `mdbook build book`, or `cargo course build`",
        args.join(" ")
    );
    let (context, book) = read(input)?;
    let expanded = expand(&context, book)?;
    serde_json::to_writer(output, &expanded).context("mdBook does not take the pages")
}

fn read(input: impl Read) -> anyhow::Result<(PreprocessorContext, Book)> {
    let given: serde_json::Value = serde_json::from_reader(input)
        .context("what stands on stdin is no book. Try `mdbook build book`, which starts this program")?;
    let version = given.pointer("/0/mdbook_version").and_then(serde_json::Value::as_str).unwrap_or("unknown");
    let series = |version: &str| version.split('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    ensure!(
        series(version) == series(MDBOOK_VERSION),
        "this book is for mdBook {MDBOOK_VERSION}, and your mdbook has the version {version}. \
         Try `cargo install mdbook --version {MDBOOK_VERSION} --locked`, or `cargo course build`"
    );
    serde_json::from_value(given).context("mdBook gives a book of a form that is not known here")
}

fn expand(context: &PreprocessorContext, book: Book) -> anyhow::Result<Book> {
    let folder = std::path::absolute(&context.root)?;
    let root = folder.parent().context("the book stands in no folder: clone the course as a whole")?;
    let source = |sources: &Sources| Path::new("src").join(sources.language);
    let sources = Sources::all(root).into_iter().find(|sources| context.config.book.src == source(sources));
    let sources = sources.context("book/book.toml must say `src = \"src/en\"`, or `src = \"src/ru\"`")?;
    press::check(&sources)?;
    let problems = Arc::new(Mutex::new(rules::unlisted(&sources)));
    let expanded =
        Expander::new(sources.clone(), lessons(&sources)?, Arc::clone(&problems)).run(context, book)?;
    Problems::check(std::mem::take(&mut *problems.lock().unwrap_or_else(PoisonError::into_inner)))?;
    Ok(expanded)
}

//! Two languages, one site: each page leads to the same page in the other language, and mdBook speaks Russian in Russian pages.
//!
//! mdBook has its own words in its template and in its scripts, and no place to translate them; here they are replaced in what it wrote.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diff::escape;
use crate::russian;
use crate::sources::RUSSIAN;
use crate::translation::rows;
use anyhow::Context;

/// mdBook's own words, each with enough around it to be found nowhere else, and what they are in Russian.
const WORDS: &str = include_str!("mdbook.ru.toml");

/// Pages that are no page of the book: the whole of it on paper, its sidebar, and what an address without a page shows.
const NO_PAGES: [&str; 3] = ["print.html", "toc.html", "404.html"];

/// Who has chosen a language once is not asked again; the key is that of `thaw.js`.
const CHOICE: &str = "<script>try { if (!localStorage.getItem('thaw-language')) { \
    const first = navigator.languages.map((one) => one.slice(0, 2)).find((one) => ['en', 'ru'].includes(one)); \
    if (first === 'ru') { localStorage.setItem('thaw-language', 'ru'); location.replace(`ru/index.html${location.search}${location.hash}`); } \
    } } catch {}</script>\n";

/// Puts the Russian book below the English one at `site`; a site without it stays as it is.
pub(crate) fn join(site: &Path) -> anyhow::Result<()> {
    let below = site.join(RUSSIAN);
    if !below.exists() {
        return Ok(());
    }
    translate(&below)?;
    for page in files(&below)?.into_iter().filter(|page| is_page(page)) {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let english = site.join(&name);
        // The first page of a book stands at `index.html` as well, whichever it is.
        let is_whole = name != "index.html" || site.join(RUSSIAN).join("title.html").exists();
        if english.exists() && is_whole {
            let from = |path: &Path| fs::read_to_string(path);
            let (ours, theirs) = (from(&english)?, from(&page)?);
            let ours = linked(&ours, &name, &format!("{RUSSIAN}/{name}"), (RUSSIAN, russian::NAME));
            let ours = if name == "index.html" { in_head(&ours, CHOICE) } else { ours };
            fs::write(&english, ours)?;
            fs::write(&page, linked(&theirs, &name, &format!("../{name}"), ("en", "English")))?;
        }
    }
    Ok(())
}

/// A page with a link to the same page in another language, for its reader and for search engines; each part is a line.
fn linked(page: &str, own: &str, other: &str, (language, word): (&str, &str)) -> String {
    let (own, other) = (escape(own), escape(other));
    let own_language = if language == "en" { RUSSIAN } else { "en" };
    let head = format!(
        "<link rel=\"alternate\" hreflang=\"{own_language}\" href=\"{own}\">\n\
         <link rel=\"alternate\" hreflang=\"{language}\" href=\"{other}\">\n"
    );
    let link = format!(
        "<div class=\"right-buttons\">\n\
         <a class=\"thaw-language\" href=\"{other}\" hreflang=\"{language}\" lang=\"{language}\">{word}</a>"
    );
    in_head(page, &head).replacen("<div class=\"right-buttons\">", &link, 1)
}

/// Puts lines at the end of a page's head.
fn in_head(page: &str, lines: &str) -> String {
    let end = page.find("</head>").map_or(0, |end| page[..end].rfind('\n').map_or(0, |line| line + 1));
    format!("{}{lines}{}", &page[..end], &page[end..])
}

/// Replaces mdBook's words in the pages and in the two scripts that have some.
fn translate(site: &Path) -> anyhow::Result<()> {
    let words = rows(WORDS)?;
    for path in files(site)?.into_iter().filter(|path| is_html(path) || is_script(path)) {
        let mut text = fs::read_to_string(&path)?;
        for word in &words {
            text = text.replace(&word.en, &word.ru);
        }
        fs::write(&path, text)?;
    }
    Ok(())
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}

fn is_html(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "html")
}

fn is_page(path: &Path) -> bool {
    is_html(path) && NO_PAGES.iter().all(|name| !path.ends_with(name))
}

/// Scripts have a hash in their names, which are the same for the same mdBook.
fn is_script(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".js") && (name.starts_with("searcher") || name.starts_with("book"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No translation is another word's English, so their order does not matter.
    #[test]
    fn words_are_apart() {
        let words = rows(WORDS).unwrap();
        for word in &words {
            assert!(
                word.en != word.ru && !words.iter().any(|other| word.ru.contains(&other.en)),
                "{}",
                word.en
            );
        }
    }
}

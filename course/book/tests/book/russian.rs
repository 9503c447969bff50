//! The Russian book: mdBook's words, the way to the other language, and what a translator is told.

use std::fs;
use std::path::Path;

use book::git::command;

use crate::common::{Ground, has_git};

/// A ground with both languages, in a clone of its own; `None` where there is no git.
fn ground() -> Option<Ground> {
    if !has_git() {
        return None;
    }
    let ground = Ground::new();
    ground.page("# The page\n\nThe event loop runs. An event loop waits; the event loop blocks.\n\n## Task 2: run\n\nSee [page](page.md).\n\n```sh\ncargo course\n```\n\n> [!NOTE]\n> Text.\n");
    ground.put("book/src/ru/SUMMARY.md", "# Содержание\n\n- [Страница](page.md)\n");
    ground.put("book/src/ru/glossary.md", "");
    fs::remove_file(ground.root().join("book/src/ru/glossary.md")).expect("no glossary");
    for args in [&["init", "-q"][..], &["add", "-A"]] {
        assert!(command(ground.root()).args(args).status().expect("git").success());
    }
    translate(&ground, SOUND);
    Some(ground)
}

const SOUND: &str = "# Страница\n\nЦикл событий работает, ждёт и встаёт.\n\n## Упражнение 2: запустите\n\nСм. [страницу](page.md).\n\n```sh\ncargo course\n```\n\n> [!NOTE]\n> Текст.\n";

/// Writes the Russian page, with the version of the English one that is there.
fn translate(ground: &Ground, text: &str) {
    let output =
        command(ground.root()).args(["hash-object", "-w", "book/src/en/page.md"]).output().expect("git");
    let id = String::from_utf8_lossy(&output.stdout)[..12].to_owned();
    ground.put("book/src/ru/page.md", &format!("<!-- follows book/src/en/page.md at {id} -->\n{text}"));
}

/// What the rules for translations say.
fn said(ground: &Ground) -> String {
    let problems = book::rules::translation(&ground.sources()).expect("the pages can be read");
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

fn read(site: &Path, page: &str) -> String {
    fs::read_to_string(site.join(page)).expect("a page")
}

/// Each rule is broken once, and says where and what to do.
#[test]
fn translators_are_told() {
    let Some(ground) = ground() else { return };
    assert_eq!(said(&ground), "");
    for (from, to, sentence) in [
        ("## Упр", "### Упр", "«Упражнение 2: запустите» stands where book/src/en/page.md has «Task 2: run»"),
        ("Упражнение 2", "Упражнение 3", "Write the headings of the English page"),
        ("cargo course", "cargo test", "stands where the English page has `"),
        ("(page.md)", "(other.md)", "the link to `other.md` stands where the English page has `page.md`."),
        ("> [!NOTE]\n", "", "the HTML `[!Note]` is missing."),
        ("Текст.", "Text here.", "`Text` is English in Russian prose"),
        ("Текст.", "\"Текст\".", "`\"` is no sign of Russian prose"),
        ("Текст.", "Один тред.", "«тред» is said otherwise here. Write «поток»"),
    ] {
        let wrong = SOUND.replacen(from, to, 1);
        translate(&ground, &wrong);
        // Capital letters may be names, so a sentence begins with a small one here.
        let told = said(&ground);
        let sentence = sentence.replace("`Text`", "`Text here`");
        assert!(told.contains(&sentence), "{sentence}\n{told}");
    }
}

/// The English page has changed: the sections that did are named, and what to type.
#[test]
fn changes_are_named() {
    let Some(ground) = ground() else { return };
    let english = fs::read_to_string(ground.root().join("book/src/en/page.md")).expect("a page");
    ground.page(&english.replace("See [page]", "Look at [the page]"));
    let told = said(&ground);
    assert!(told.contains("the English page has changed since, in «Task 2: run»."), "{told}");
    assert!(
        told.contains("Carry over what `git diff ") && told.contains("then begin with `<!-- follows"),
        "{told}"
    );
    ground.put("book/src/ru/page.md", SOUND);
    assert!(said(&ground).contains("nothing says which English page it follows"), "{}", said(&ground));
}

/// A term of the glossary that the English page keeps saying is said in Russian.
#[test]
fn terms_are_kept() {
    let Some(ground) = ground() else { return };
    ground.put("book/src/en/glossary.md", "# Glossary\n\n### Event loop\n\nIt runs.\n");
    ground.put("book/src/ru/glossary.md", "# Словарь\n\n### Цикл событий (event loop)\n\nОн работает.\n");
    translate(&ground, &SOUND.replace("Цикл событий", "Он"));
    let told = said(&ground);
    assert!(told.contains("says `event loop`, and this one never «Цикл событий»"), "{told}");
    translate(&ground, SOUND);
    assert!(!said(&ground).contains("never"), "{}", said(&ground));
}

/// Below `/ru/` mdBook speaks Russian, and both pages lead to each other.
#[test]
fn languages_are_joined() {
    let Some(ground) = ground() else { return };
    let notes: String =
        ["TIP", "IMPORTANT", "WARNING", "CAUTION"].map(|kind| format!("\n> [!{kind}]\n> Текст.\n")).concat();
    translate(&ground, &format!("{SOUND}{notes}\n[Дальше](english.md#place)\n"));
    for page in ["before", "after"] {
        ground.put(&format!("book/src/ru/{page}.md"), "# Текст\n");
    }
    ground.put(
        "book/src/ru/SUMMARY.md",
        "# Содержание\n\n- [До](before.md)\n- [Страница](page.md)\n- [После](after.md)\n",
    );
    let out = ground.root().join("out");
    book::build(ground.root(), &out).expect("both books build");
    let words: toml::Table = include_str!("../../src/mdbook.ru.toml").parse().expect("a table");
    let site: String = fs::read_dir(out.join("ru"))
        .expect("a site")
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "html" || end == "js"))
        .map(|entry| fs::read_to_string(entry.path()).expect("a text"))
        .collect();
    for word in words["word"].as_array().expect("words") {
        let (english, russian) = (word["en"].as_str().expect("a text"), word["ru"].as_str().expect("a text"));
        assert!(!site.contains(english), "{english} is left");
        assert!(site.contains(russian), "mdBook has no `{english}` any more");
    }
    let (english, russian) = (read(&out, "page.html"), read(&out, "ru/page.html"));
    assert!(russian.contains("<html lang=\"ru\"") && russian.contains("id=\"task-2-run\""), "{russian}");
    assert!(
        russian.contains("href=\"../english.html#place\""),
        "what is not translated leads to the English page"
    );
    for (page, hreflang, href) in [(&english, "ru", "ru/page.html"), (&russian, "en", "../page.html")] {
        assert!(
            page.contains(&format!("<link rel=\"alternate\" hreflang=\"{hreflang}\" href=\"{href}\">")),
            "{page}"
        );
        assert!(page.contains(&format!("<a class=\"thaw-language\" href=\"{href}\"")), "{page}");
    }
    assert!(!read(&out, "ru/before.html").contains("hreflang"), "it has no English page");
    assert!(!read(&out, "index.html").contains("hreflang"), "the first Russian page is another one");
}

//! The Russian book: mdBook's words, the way to the other language, and what a translator is told.

use std::fs;
use std::path::Path;

use book::git::command;
use book::{Sources, Words, said, translation};

use crate::common::{Ground, has_git, workspace};

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

/// Timelines and plots say in Russian all that they say in English: the code's sentences, and the names in the recordings.
#[test]
fn pictures_have_their_russian_words() {
    let root = workspace();
    let mut said = sentences_below(&root.join("course/book/src"));
    let read = |folder: &str| {
        let files = fs::read_dir(root.join("book").join(folder)).expect("recordings").flatten();
        files.map(|file| serde_json::from_slice::<serde_json::Value>(&fs::read(file.path()).expect("a file")))
    };
    let mut name = |value: &serde_json::Value| said.push(value.as_str().expect("a name").to_owned());
    for trace in read("traces") {
        for lane in trace.expect("a trace")["lanes"].as_array().expect("lanes") {
            let kind =
                lane["name"].as_str().expect("a name").trim_end_matches(|last: char| last.is_ascii_digit());
            name(&kind.trim_end().into());
        }
    }
    for report in read("benchmarks") {
        for group in report.expect("a report")["groups"].as_array().expect("groups") {
            name(&group["title"]);
            name(&group["unit"]);
            // What is called after a crate or after Python has that name in each language.
            let rows = group["rows"].as_array().expect("rows").iter().map(|row| &row["name"]);
            rows.filter(|row| row.as_str().is_some_and(is_ours)).for_each(&mut name);
        }
    }
    let table = Sources::russian(&root).words().table().expect("a table");
    let lacking = translation::lacking(&said, table);
    assert!(lacking.is_empty(), "course/book/src/pictures.ru.toml:\n{}", lacking.join("\n"));
}

/// Whether a row of a plot is named in words.
fn is_ours(name: &str) -> bool {
    ["lesson ", "a ", "two ", "start ", "plain ", "Celery ", "ideal"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// What all sources below a folder say.
fn sentences_below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("sources").flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sentences_below(&path),
            // The examples of its tests are said to nobody.
            false if path.ends_with("translation.rs") => Vec::new(),
            false => translation::sentences(&fs::read_to_string(path).unwrap_or_default()),
        })
        .collect()
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

/// English is what `format!` makes of it; Russian has the form that goes with the number.
#[test]
fn forms_follow_numbers() {
    let table = "[[word]]\nen = '{count} messages from {whom}'\nru = '{whom}: {count} {count|сообщение|сообщения|сообщений}'\n";
    let russian = Words::of(Box::leak(Box::new(book::Translation::read(table).unwrap())));
    let said = |words: Words, count: usize| {
        said!(words, "{count} messages from {whom}", count = count, whom = "bot")
    };
    assert_eq!(said(Words::ENGLISH, 3), "3 messages from bot");
    let forms = [1, 2, 5, 11, 12, 21, 104, 111, 0].map(|count| said(russian, count));
    let ends = [
        "1 сообщение",
        "2 сообщения",
        "5 сообщений",
        "11 сообщений",
        "12 сообщений",
        "21 сообщение",
        "104 сообщения",
        "111 сообщений",
        "0 сообщений",
    ];
    assert_eq!(forms, ends.map(|end| format!("bot: {end}")));
    assert_eq!(russian.word("untold"), "untold", "English where there is no Russian");
}

/// What sources say is found in them, and what does not fit the table is named.
#[test]
fn lacking_twins_are_named() {
    let source =
        "said!(words, \"one {a}\", a = 1); said!(\n    \"two \\\n     lines\"\n); words.word(\"three\")";
    let said = translation::sentences(source);
    assert_eq!(said, ["one {a}", "two lines", "three"]);
    let table = "[[word]]\nen = 'one {a}'\nru = 'раз {b}'\n[[word]]\nen = 'three'\nru = 'три'\n[[word]]\nen = 'four'\nru = 'четыре'\n";
    let lacking = translation::lacking(&said, &book::Translation::read(table).unwrap());
    assert_eq!(lacking.len(), 3, "{lacking:?}");
    assert!(lacking[0].starts_with("`four` is said nowhere"), "{lacking:?}");
    assert!(lacking[1].contains("{\"a\"}") && lacking[1].contains("{\"b\"}"), "{lacking:?}");
    assert_eq!(lacking[2], "`two lines` has no Russian");
}

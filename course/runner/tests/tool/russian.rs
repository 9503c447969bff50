//! The tool in Russian: by a flag, a variable or the locale; checks, what they say and what is kept stay as they are.

use std::net::TcpListener;
use std::process::Command;

use crate::common::{Fixture, Ran, run};

/// A course whose first lesson has a Russian page and Russian hints.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let english = "# First\n\n## Count\n\nThe check says: the answer\nwas 41.\n";
    fixture.write("book/src/en/01-first-step.md", english);
    fixture.write("book/src/ru/01-first-step.md", "# Первый\n\n## Посчитайте\n\nТекст.\n");
    fixture.write("course/hints/01-first-step.ru.md", "## 1\nРаз.\n## 2\nДва.\n## 3\nТри.\n");
    let words = "[01]\ntitle = \"Первый шаг\"\npromise = \"Шагнуть.\"\n";
    fixture.write("course/lessons.ru.toml", words);
    fixture
}

/// The tool in an account that speaks Russian, as far as these variables say.
fn account(fixture: &Fixture, args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = fixture.command(args);
    for name in ["COURSE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    command
}

fn russian(fixture: &Fixture, args: &[&str]) -> Ran {
    run(account(fixture, args, &[("LANG", "ru_RU.UTF-8")]))
}

/// Steps, hints and links are Russian, and what a check says is not.
#[test]
fn next_steps_are_russian() {
    let fixture = fixture();
    let ran = russian(&fixture, &["check"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    for part in [
        "Урок 01, «Первый шаг»: проверок пройдено 1 из 3\n",
        "  FAIL  second_check",
        "\nsecond_check\n  expected: the answer is 42\n  instead:  the answer was 41\n",
        "  read:     book/src/ru/01-first-step.md, «Посчитайте»\n",
        "\nдальше: cargo course hint 01\n",
    ] {
        assert!(ran.stdout.contains(part), "`{part}` is missing: {}", ran.stdout);
    }
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    russian(&fixture, &["hint"])
        .says(&["Урок 01, подсказка 1 из 3\n\nРаз.\n\nдальше: cargo course check 01\n"]);
    fixture.answer(42);
    russian(&fixture, &["check"]).says(&[
        "Урок 01 решён: пройдены все проверки, их 3.\nдальше: cargo course diff 01 ",
        "\n        cargo run -p lesson-02 ",
        "запустит урок 02, «The second step»",
    ]);
    russian(&fixture, &["list"]).says(&[
        "01  решён    first-step ",
        "02  дальше   ",
        "03  нет ещё ",
        "Дальше: урок 02",
    ]);
    russian(&fixture, &["hint", "02"]).says(&["Урок 02, подсказка 1 из 3\n\nOne.", "дальше: "]);
}

/// While the book is served, the place to read is a link to the Russian page.
#[test]
fn link_leads_to_the_russian_page() {
    let fixture = fixture();
    let book = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", book.local_addr().unwrap());
    fixture.write(".course/book-url", &url);
    let ran = russian(&fixture, &["check"]);
    assert!(ran.stdout.contains(&format!("  read:     {url}ru/01-first-step.html#count\n")), "{ran:?}");
}

/// What is not there is told in Russian, in one sentence with the next command.
#[test]
fn trouble_is_russian() {
    let fixture = fixture();
    russian(&fixture, &["check", "99"]).complains(&[
        "урока 99 нет; есть уроки с 01 по 02, а 03 ещё не написан. Попробуйте `cargo course list`",
    ]);
    fixture.write(".course/progress.toml", "solved = 7 = 8");
    let ran = russian(&fixture, &["list"]);
    assert!(ran.stderr.contains("progress.toml` не читается: "), "{ran:?}");
    fixture.write("course/lessons.toml", "lesson = 3");
    let ran = russian(&fixture, &["list"]);
    assert!(ran.status == 1 && ran.stderr.contains("lessons.toml` — не таблица уроков"), "{ran:?}");
}

/// A flag comes before the variable, and that before the locale; a language that nobody speaks is named.
#[test]
fn language_is_asked_for() {
    let fixture = fixture();
    let locale = ("LANG", "ru_RU.UTF-8");
    let is_russian = |args: &[&str], variables: &[(&str, &str)]| {
        let ran = run(account(&fixture, args, variables));
        ran.says(&["cargo run -p lesson-01"]);
        ran.stdout.contains("Дальше: урок 01")
    };
    assert!(is_russian(&["list", "--lang", "ru"], &[]));
    assert!(is_russian(&["--lang", "ru", "list"], &[("COURSE_LANG", "en")]));
    assert!(is_russian(&["list"], &[locale]));
    assert!(is_russian(&["list"], &[("COURSE_LANG", "ru"), ("LANG", "C")]));
    assert!(!is_russian(&["list"], &[]));
    assert!(!is_russian(&["list"], &[locale, ("LC_ALL", "C.UTF-8")]));
    assert!(!is_russian(&["list"], &[locale, ("COURSE_LANG", "en")]));
    assert!(!is_russian(&["list", "--lang", "en"], &[locale, ("COURSE_LANG", "xx")]));
    fixture.course(&["list", "--lang", "xx"]).complains(&[
        "'xx'",
        "--lang",
        "en, ru",
        "Try `cargo course --help`",
    ]);
    run(account(&fixture, &["list"], &[("COURSE_LANG", "xx")]))
        .complains(&["COURSE_LANG is `xx`", "`en` and `ru`"]);
}

/// What is kept of a reader is the same in both languages.
#[test]
fn files_have_no_language() {
    let kept = |language: &str| {
        let fixture = fixture();
        for args in [["check", "01"], ["hint", "01"], ["hint", "02"]] {
            fixture.course(&[&args[..], &["--lang", language]].concat());
        }
        let report = fixture.read(".course/reports/first-step.json");
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        (fixture.read(".course/progress.toml"), report["parts"][0]["title"].clone())
    };
    assert_eq!(kept("en"), kept("ru"));
}

/// The address that is printed leads to the Russian book, where there is one.
#[cfg(unix)]
#[test]
fn russian_book_is_opened() {
    use std::process::Stdio;

    let fixture = crate::book::fixture();
    let first_line = || {
        let mut command = account(&fixture, &["--no-open", "--port", "0"], &[("LANG", "ru_RU.UTF-8")]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut served = crate::book::Served(child);
        let line = crate::printed::Printed::by(&mut served.0).line();
        (line, fixture.read(".course/book-url"))
    };
    let (line, note) = first_line();
    assert!(
        line.starts_with("Книга открыта по адресу http://") && line.contains(&format!(" {note}, ")),
        "{line}"
    );
    fixture.write("book/src/ru/SUMMARY.md", "# Содержание\n\n- [Первый](01-first-step.md)\n");
    fixture.write("book/src/ru/01-first-step.md", "# Первый\n");
    let (line, note) = first_line();
    assert!(line.contains(&format!(" {note}ru/, ")), "{line}, {note}");
}

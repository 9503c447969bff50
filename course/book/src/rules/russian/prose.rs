//! Russian prose: no English left over, the signs that Russian has, and no word for which the glossary has another.

use std::sync::LazyLock;

use regex::Regex;

use super::Pair;
use super::section::Section;
use crate::problem::Problem;

/// Small Latin words that Russian prose has as they are; what is a name, or begins with a capital letter, need not stand here.
const LATIN: [&str; 17] = [
    "async",
    "await",
    "macOS",
    "mdBook",
    "stdin",
    "stdout",
    "stderr",
    "asyncio",
    "run_in_executor",
    "smol",
    "event",
    "loop",
    "rustup",
    "git",
    "rust-analyzer",
    "rustc",
    "cargo",
];

/// What is said otherwise here: a beginning of a word, or a whole one before `$`, and what to write.
const OTHERWISE: [(&str, &str); 27] = [
    ("нить", "«поток»"),
    ("нитей", "«поток»"),
    ("тред", "«поток»"),
    ("таск", "«задача»"),
    ("джоб", "«задание»"),
    ("воркер", "«рабочий поток» или «рабочий процесс»"),
    ("экзекьютор", "«исполнитель»"),
    ("экзекутор", "«исполнитель»"),
    ("ивент", "«событие»"),
    ("петл", "«цикл»"),
    ("фьюч", "«футура»"),
    ("подвис", "«зависает»"),
    ("фриз", "«зависание»"),
    ("спавн", "«запустить»"),
    ("хэндл", "«хендл»"),
    ("сёрвер", "«сервер»"),
    ("является", "глагол или тире"),
    ("являются", "глагол или тире"),
    ("осуществля", "сам глагол"),
    ("данный", "«этот»"),
    ("данная", "«эта»"),
    ("данное", "«это»"),
    ("данного", "«этого»"),
    ("ожидани", "«ждать»"),
    ("выполняется ожидание", "«ждёт»"),
    ("просто$", "ничего: слово никому не помогает"),
    ("очевидно", "ничего: слово никому не помогает"),
];

/// What is wrong in the sentences of a page.
pub(crate) fn problems(pair: &Pair, sections: &[Section]) -> Vec<Problem> {
    let lines = sections.iter().flat_map(|section| &section.prose);
    lines.flat_map(|(line, text)| sentence(pair, *line, text)).collect()
}

fn sentence(pair: &Pair, line: usize, text: &str) -> Vec<Problem> {
    static ENGLISH: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[A-Za-z][\w'’-]*(?: [A-Za-z][\w'’-]*)*").expect("a constant pattern"));
    static BESIDE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\([A-Za-z][A-Za-z -]*\)").expect("a constant pattern"));
    static SIGNS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("\"| -{1,2} |\\.\\.\\.|\\d\\.\\d+ (?:с|мс|мкс)\\b|“|”").expect("a constant pattern")
    });
    let mut problems = Vec::new();
    // A directive stands in prose where it is a list's.
    let text = if text.contains("{{") { "" } else { text };
    // Beside a Russian word the English one may stand.
    let own = BESIDE.replace_all(text, "");
    for found in ENGLISH.find_iter(&own).map(|found| found.as_str()) {
        let is_own =
            |word: &str| LATIN.contains(&word) || word.starts_with(|first: char| first.is_ascii_uppercase());
        if !found.split(' ').all(is_own) {
            let what = format!("`{found}` is English in Russian prose.");
            let next = "Translate it; write what is code as code, and a word that Russian has so into `LATIN` of \
                        course/book/src/rules/russian/prose.rs.";
            problems.push(pair.problem(line, what, next));
        }
    }
    for found in SIGNS.find_iter(text).map(|found| found.as_str()) {
        let what = format!("`{}` is no sign of Russian prose.", found.trim());
        problems.push(pair.problem(line, what, "Write « », —, … and a comma in numbers."));
    }
    let lower = text.to_lowercase();
    let words = |word: &str| {
        lower
            .split(|letter: char| !letter.is_alphabetic())
            .any(|found| found.starts_with(word) || word.strip_suffix('$') == Some(found))
    };
    for (word, instead) in OTHERWISE.iter().filter(|(word, _)| words(word)) {
        let what = format!("«{}» is said otherwise here.", word.trim_end_matches('$'));
        problems.push(pair.problem(
            line,
            what,
            format!("Write {instead}, as the glossary and CONTRIBUTING.md say."),
        ));
    }
    problems
}

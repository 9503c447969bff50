//! What the book says in Russian, and what is done to each Russian page when it is built, so that its author need not:
//! the addresses of headings, links to what is not translated yet, and typography.

use std::collections::HashSet;
use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::{Captures, Regex};

use crate::translation::{Translation, Words};

/// What a search engine shows of the Russian book.
pub(crate) const DESCRIPTION: &str = "Курс по Rust о том, как не останавливать цикл событий: \
     от чата, который завис, до run_in_executor, написанного своими руками.";

/// The language, in its own words.
pub(crate) const NAME: &str = "Русский";

/// The head of the table of lessons.
pub(crate) const LESSONS: &str = "| № | Урок | Чему научитесь |";

/// How a wrong choice's reason begins, and a right one's.
pub(crate) const ANSWERS: [&str; 2] = ["**Нет.** ", "**Верно.** "];

/// How long a lesson takes, for example.
pub(crate) const MINUTES: &str = "Чтение: 10 мин, решение: 20 мин.";

/// The headings of a lesson page below its title, in their order.
pub(crate) const HEADINGS: [&str; 11] = [
    "Чему вы научитесь",
    "Запустите",
    "Предскажите",
    "Идея",
    "Упражнения",
    "Частые ошибки",
    "Итог",
    "То же на Python",
    "Сравните с решением",
    "Проверьте себя",
    "Что почитать",
];

/// What stands in place of a difference where there is none.
pub(crate) const SAME: &str = "Отличий нет: ваш урок и есть решение.";

/// The words of the fold that compares a lesson with its solution: those that unfold it, and its name.
pub(crate) fn difference(number: &str) -> (String, String) {
    (format!("Показать, чем урок {number} отличается от решения"), format!("Урок {number} рядом с решением"))
}

/// What unfolds a kept answer that is made of the solution, and of the starter.
pub(crate) const CHANGES: [&str; 2] = ["Что меняется в решении", "Что меняется в заготовке"];

/// What unfolds a kept answer that is a whole file.
pub(crate) const CODE: &str = "Код целиком";

/// What the code of a kept answer is called.
pub(crate) fn answer(name: &str) -> String {
    format!("Ответ {name}")
}

/// What timelines, players and plots say.
const PICTURES: &str = include_str!("pictures.ru.toml");

/// The words of timelines, players and plots.
pub fn pictures() -> Words {
    static TABLE: LazyLock<Translation> = LazyLock::new(|| {
        Translation::read(PICTURES).expect("pictures.ru.toml is a table of words").typeset(bound)
    });
    Words::of(&TABLE)
}

/// Gives each heading the address of the English one in its place: links are the same in both languages,
/// and so is what the checks of a lesson name.
pub(crate) fn address(page: &str, english: &str) -> String {
    let ids = headings(english).into_iter().map(|heading| heading.id);
    let mut addressed = String::new();
    let mut done = 0;
    for (heading, id) in headings(page).into_iter().zip(ids) {
        addressed += &page[done..heading.end];
        addressed += &format!(" {{#{id}}}");
        done = heading.end;
    }
    addressed + &page[done..]
}

/// What stands in the Russian page where the English one has the heading with this address.
pub fn translated_heading(english: &str, page: &str, id: &str) -> Option<String> {
    let at = headings(english).iter().position(|heading| heading.id == id)?;
    Some(headings(page).get(at)?.text.clone())
}

/// A heading of a page.
pub(crate) struct Heading {
    /// What it says.
    pub(crate) text: String,
    /// Where its text ends in the page.
    pub(crate) end: usize,
    /// Its address, as mdBook makes it of the text.
    pub(crate) id: String,
}

/// The headings of a page that is written in Markdown.
pub(crate) fn headings(page: &str) -> Vec<Heading> {
    let mut used = HashSet::new();
    let mut found = Vec::new();
    let mut text = None;
    for (event, range) in Parser::new_ext(page, Options::all()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => text = Some(String::new()),
            Event::Text(part) | Event::Code(part) => text.iter_mut().for_each(|text| text.push_str(&part)),
            Event::End(TagEnd::Heading(_)) => {
                let end = range.start + page[range].trim_end().len();
                let text = text.take().unwrap_or_default();
                let id = unique(&slug(&text), &mut used);
                found.push(Heading { text, end, id });
            }
            _ => {}
        }
    }
    found
}

/// mdBook's rule for the address of a heading.
fn slug(text: &str) -> String {
    let letter = |letter: char| match letter {
        letter if letter.is_alphanumeric() || letter == '_' || letter == '-' => Some(letter),
        letter if letter.is_whitespace() => Some('-'),
        _ => None,
    };
    text.trim().to_lowercase().chars().filter_map(letter).collect()
}

fn unique(id: &str, used: &mut HashSet<String>) -> String {
    let all = std::iter::once(id.to_owned()).chain((1..).map(|count| format!("{id}-{count}")));
    all.into_iter().find(|id| used.insert(id.clone())).unwrap_or_default()
}

/// Leads to the English page what would lead to one that is not translated yet.
pub(crate) fn bridge(page: &str, is_there: impl Fn(&str) -> bool) -> String {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\]\(([\w-]+)\.md(#[^)\s]*)?\)").expect("a constant pattern"));
    let link = |found: &Captures<'_>| match is_there(&format!("{}.md", &found[1])) {
        true => found[0].to_owned(),
        false => format!("](../{}.html{})", &found[1], found.get(2).map_or("", |place| place.as_str())),
    };
    LINK.replace_all(page, link).into_owned()
}

/// Words that do not stand at the end of a line.
const SHORT: [&str; 24] = [
    "в", "во", "к", "ко", "с", "со", "о", "об", "у", "и", "а", "я", "на", "за", "до", "из", "от", "по", "не",
    "ни", "но", "то", "вы", "№",
];

/// Units, which stand beside their number.
const UNITS: [&str; 17] = [
    "мкс",
    "мс",
    "с",
    "мин",
    "ч",
    "байт",
    "байта",
    "КиБ",
    "МиБ",
    "ГиБ",
    "КБ",
    "МБ",
    "ГБ",
    "Гц",
    "ГГц",
    "%",
    "px",
];

/// Puts non-breaking spaces where Russian has them: before a dash, after a short word, between a number and its unit.
pub(crate) fn typeset(page: &str) -> String {
    let mut typeset = String::with_capacity(page.len());
    let mut done = 0;
    let mut is_code = false;
    for (event, range) in Parser::new_ext(page, Options::all()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(_) if !is_code => {
                typeset += &page[done..range.start];
                typeset += &bound(&page[range.clone()]);
                done = range.end;
            }
            _ => {}
        }
    }
    typeset + &page[done..]
}

/// Puts them into a text without markup.
fn bound(text: &str) -> String {
    let mut bound = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(' ').filter(|(at, _)| binds(&text[..*at], &text[at + 1..])) {
        bound += &text[done..at];
        bound.push('\u{a0}');
        done = at + 1;
    }
    bound + &text[done..]
}

/// Whether a line may not break between these two.
fn binds(before: &str, after: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '№';
    let last = before.rsplit(|letter| !is_letter(letter)).next().unwrap_or_default();
    let next = after.split(|letter: char| !is_letter(letter) && letter != '%').next().unwrap_or_default();
    let is_number = last.ends_with(|letter: char| letter.is_ascii_digit());
    after.starts_with(['—', '–'])
        || SHORT.contains(&last.to_lowercase().as_str())
        || (is_number && UNITS.contains(&next))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spaces are bound in prose, and nothing of code is touched.
    #[test]
    fn spaces_are_bound() {
        let page =
            "Цикл — это он, в `a b` и 10 мс.\n\n```text\nв a — b\n```\n\n| В 1 с | `x` — нет |\n|---|---|\n";
        let expected =
            "Цикл~— это он, в~`a b` и~10~мс.\n\n```text\nв a — b\n```\n\n| В~1~с | `x`~— нет |\n|---|---|\n";
        assert_eq!(typeset(page).replace('\u{a0}', "~"), expected);
    }

    /// A heading has the address of the English one in its place, a second one of the same words too.
    #[test]
    fn addresses_are_the_english_ones() {
        let english = "# Set-up\n\n## What `it` takes\n\n```sh\n# no heading\n```\n\n## What it takes\n";
        let page = "# Установка\n\n## Что `это` такое\n\nТекст.\n\n## Ещё раз\n";
        assert_eq!(
            address(page, english),
            "# Установка {#set-up}\n\n## Что `это` такое {#what-it-takes}\n\nТекст.\n\n## Ещё раз {#what-it-takes-1}\n"
        );
    }
}

//! Sentences in the language of whoever reads them: English as it stands in the code, Russian in a table beside it.
//!
//! [`said!`](crate::said) takes what `format!` takes, so the English is checked where it is written.
//! A table is a list of `[[word]]`, each with `en`, as the code has it, and `ru`. There `{count}` is a value, and
//! `{count|one|few|many}` the form that stands behind it: of 1, of 2 and of 5.

use std::collections::HashMap;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// A table of sentences.
#[derive(Debug)]
pub struct Translation(HashMap<String, String>);

/// A row of a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// As the English has it.
    pub(crate) en: String,
    /// The same in Russian.
    pub(crate) ru: String,
}

/// The rows of a table, in their order.
pub(crate) fn rows(table: &str) -> anyhow::Result<Vec<Row>> {
    #[derive(Deserialize)]
    struct Table {
        word: Vec<Row>,
    }
    let table: Table = toml::from_str(table).context("this is no table of words")?;
    Ok(table.word)
}

impl Translation {
    /// Reads a table.
    ///
    /// # Errors
    /// When it is none, or says something twice.
    pub fn read(table: &str) -> anyhow::Result<Self> {
        let mut words = HashMap::new();
        for row in rows(table)? {
            let again = words.insert(row.en.clone(), row.ru);
            ensure!(again.is_none(), "`{}` stands twice in a table of words", row.en);
        }
        Ok(Self(words))
    }

    /// The same with each Russian sentence as `typeset` makes it.
    #[must_use]
    pub fn typeset(self, typeset: impl Fn(&str) -> String) -> Self {
        Self(self.0.into_iter().map(|(english, russian)| (english, typeset(&russian))).collect())
    }

    /// Each English sentence with its Russian one.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(english, russian)| (english.as_str(), russian.as_str()))
    }
}

/// The language in which something is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words(Option<&'static Translation>);

impl Words {
    /// English, as it stands in the code.
    pub const ENGLISH: Self = Self(None);

    /// What a table has, and English for what it has not.
    pub fn of(table: &'static Translation) -> Self {
        Self(Some(table))
    }

    /// The table, where this is another language than English.
    pub fn table(self) -> Option<&'static Translation> {
        self.0
    }

    /// Whether this is another language than English.
    pub fn is_translated(self) -> bool {
        self.0.is_some()
    }

    /// A sentence in another language, as its table has it.
    pub fn translated(self, english: &str) -> Option<&'static str> {
        self.0?.0.get(english).map(String::as_str)
    }

    /// Words without a value.
    pub fn word(self, english: &str) -> String {
        self.translated(english).unwrap_or(english).to_owned()
    }
}

/// Says a sentence in the language of the first argument: a text as `format!` takes it, whose values are all named.
#[macro_export]
macro_rules! said {
    ($words:expr, $english:literal $(, $name:ident = $value:expr)* $(,)?) => {
        match $words.translated($english) {
            Some(other) => $crate::translation::filled(other, &[$((stringify!($name), &$value)),*]),
            // Behind `concat!` a value is taken from nowhere but from here.
            None => format!(concat!($english) $(, $name = $value)*),
        }
    };
}

/// A translation with its values.
pub fn filled(text: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, (inside, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        filled += before;
        let mut parts = inside.split('|');
        let name = parts.next().unwrap_or_default();
        let value = values.iter().find(|(own, _)| *own == name).map(|(_, value)| value.to_string());
        let forms: Vec<&str> = parts.collect();
        match (value, &forms[..]) {
            (Some(value), []) => filled += &value,
            (Some(value), forms) => filled += forms.get(form(&value)).unwrap_or(&""),
            (None, _) => filled += &format!("{{{inside}}}"),
        }
        rest = after;
    }
    filled + rest
}

/// Which form stands behind a number: 0 for 1 and 21, 1 for 2 to 4, 2 for 0, 5 and 11.
fn form(number: &str) -> usize {
    let digits: Vec<u32> = number.chars().filter_map(|digit| digit.to_digit(10)).collect();
    match digits[..] {
        [.., 1, _] => 2,
        [.., 1] => 0,
        [.., 2..=4] => 1,
        _ => 2,
    }
}

/// The sentences that Rust sources say through `said!` and `word`: what each table must have.
///
/// A sentence is told by the literal that stands first, or second behind a language.
pub fn sentences(source: &str) -> Vec<String> {
    static SAID: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        const TEXT: &str = r#""((?:[^"\\]|\\.|\\\n)*)""#;
        let pattern = format!(r"\bsaid!\(\s*(?:[\w.()]+,\s*)?{TEXT}|\bword\(\s*{TEXT}\s*,?\s*\)");
        regex::Regex::new(&pattern).expect("a constant pattern")
    });
    let text = |found: regex::Captures<'_>| Some(found.get(1).or_else(|| found.get(2))?.as_str().to_owned());
    SAID.captures_iter(source).filter_map(text).map(|literal| unescaped(&literal)).collect()
}

/// What a literal of Rust stands for.
fn unescaped(literal: &str) -> String {
    let mut text = String::new();
    let mut letters = literal.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => text.push('\n'),
                Some('\n') => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                Some(other) => text.push(other),
                None => {}
            },
            (letter, false) => text.push(letter),
        }
    }
    text
}

/// What is wrong between the sentences that sources say and a table: what lacks its twin, what nobody says, and values
/// that a translation leaves out or makes up.
pub fn lacking(said: &[String], table: &Translation) -> Vec<String> {
    let pairs: HashMap<&str, &str> = table.pairs().collect();
    let untold = said.iter().filter(|english| !pairs.contains_key(english.as_str()));
    let mut lacking: Vec<String> = untold.map(|english| format!("`{english}` has no Russian")).collect();
    for (english, russian) in &pairs {
        if !said.iter().any(|one| one == english) {
            lacking.push(format!("`{english}` is said nowhere"));
        }
        let (theirs, ours) = (names(english), names(russian));
        if theirs != ours {
            lacking.push(format!("`{english}` has the values {theirs:?}, and «{russian}» has {ours:?}"));
        }
        let forms = russian.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        if forms.clone().any(|form| ![1, 4].contains(&form.split('|').count())) {
            lacking.push(format!("«{russian}» needs three forms: of 1, of 2 and of 5"));
        }
    }
    lacking.sort();
    lacking.dedup();
    lacking
}

/// The names of the values in a text.
fn names(text: &str) -> std::collections::BTreeSet<&str> {
    let inside = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    inside.map(|inside| inside.split(['|', ':']).next().unwrap_or_default()).collect()
}

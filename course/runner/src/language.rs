//! The language in which the tool speaks to its reader: `--lang`, else `COURSE_LANG`, else the account's locale.
//!
//! What the Russian reader is told stands in `words.ru.toml`. Checks and what they say, files that are kept, what is
//! for authors, and what goes wrong inside of the tool stay English.

use std::sync::{LazyLock, OnceLock};

use anyhow::{Result, bail};
use book::{Translation, Words};
use clap::ValueEnum;

/// Names a language for all runs, where no flag does.
const VARIABLE: &str = "COURSE_LANG";

/// Where an account says in which language programs speak: the first that says anything.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// A language of the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English
    En,
    /// Russian
    Ru,
}

/// The language of this run; a process has one reader.
static CHOSEN: OnceLock<Language> = OnceLock::new();

/// Chooses the language of this run.
///
/// # Errors
/// When the variable names none that the tool speaks.
pub fn choose(asked: Option<Language>) -> Result<()> {
    let language = match asked {
        Some(language) => language,
        None => of_account(&|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))?,
    };
    let _ = CHOSEN.set(language);
    Ok(())
}

/// The language that an environment asks for.
fn of_account(value: &dyn Fn(&str) -> Option<String>) -> Result<Language> {
    let said = |name: &str| value(name).filter(|value| !value.is_empty());
    match said(VARIABLE).as_deref() {
        Some("en") => return Ok(Language::En),
        Some("ru") => return Ok(Language::Ru),
        Some(other) => bail!(
            "{VARIABLE} is `{other}`, and the languages are `en` and `ru`. Try `cargo course --lang en`"
        ),
        None => {}
    }
    let locale = LOCALE.iter().find_map(|name| said(name)).unwrap_or_default().to_lowercase();
    let is_russian = locale.strip_prefix("ru").is_some_and(|rest| !rest.starts_with(char::is_alphabetic));
    Ok(if is_russian { Language::Ru } else { Language::En })
}

/// The words of this run.
pub fn words() -> Words {
    match CHOSEN.get() {
        Some(Language::Ru) => russian(),
        _ => Words::ENGLISH,
    }
}

/// What the tool says in Russian.
fn russian() -> Words {
    static TABLE: LazyLock<Translation> = LazyLock::new(|| {
        Translation::read(include_str!("words.ru.toml")).expect("words.ru.toml is a table of words")
    });
    Words::of(&TABLE)
}

/// Words without a value, in the language of this run.
pub fn word(english: &str) -> String {
    words().word(english)
}

/// Says a sentence in the language of this run: a text as `format!` takes it, whose values are all named.
macro_rules! said {
    ($($all:tt)*) => { book::said!($crate::language::words(), $($all)*) };
}

pub(crate) use said;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use book::translation::{lacking, sentences};

    use super::*;

    /// The variable comes before the locale, and of that the first that says anything.
    #[test]
    fn account_names_a_language() {
        let of = |pairs: &[(&str, &str)]| {
            let value = |name: &str| Some(pairs.iter().find(|(own, _)| *own == name)?.1.to_owned());
            of_account(&value).map_err(|error| error.to_string())
        };
        for russian in ["ru", "ru_RU.UTF-8", "ru-RU", "RU_ru.koi8r", "ru@x"] {
            assert_eq!(of(&[("LANG", russian)]), Ok(Language::Ru), "{russian}");
        }
        for english in ["", "C", "C.UTF-8", "run", "rum_X", "en_US.UTF-8", "de_DE"] {
            assert_eq!(of(&[("LANG", english)]), Ok(Language::En), "{english}");
        }
        let russian = ("LANG", "ru_RU.UTF-8");
        assert_eq!(of(&[]), Ok(Language::En));
        assert_eq!(of(&[russian, ("LC_ALL", "C")]), Ok(Language::En));
        assert_eq!(of(&[russian, ("LC_ALL", "")]), Ok(Language::Ru));
        assert_eq!(of(&[("LC_MESSAGES", "ru_RU"), ("LANG", "C")]), Ok(Language::Ru));
        assert_eq!(of(&[russian, ("COURSE_LANG", "en")]), Ok(Language::En));
        assert_eq!(of(&[("COURSE_LANG", "ru")]), Ok(Language::Ru));
        assert!(of(&[("COURSE_LANG", "xx")]).unwrap_err().contains("COURSE_LANG is `xx`"));
    }

    /// Each sentence has its twin, with the same values, and the table has no other.
    #[test]
    fn sentences_have_twins() {
        let mut said = below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        // What files of checks are named after.
        said.extend(["Given", "All"].map(str::to_owned));
        let lacking = lacking(&said, russian().table().unwrap());
        assert!(lacking.is_empty(), "course/runner/src/words.ru.toml:\n{}", lacking.join("\n"));
    }

    /// What all sources below a folder say.
    fn below(folder: &Path) -> Vec<String> {
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let said = |path: std::path::PathBuf| match path.is_dir() {
            true => below(&path),
            false => sentences(&fs::read_to_string(path).unwrap()),
        };
        paths.flat_map(said).collect()
    }
}

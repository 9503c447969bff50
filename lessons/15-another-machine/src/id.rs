//! The name of a job, by which engine, machines and caller mean the same one.

use std::fmt;

use parts::process::Failure;

/// Where jobs wait, below it the caller's name and the job's own.
pub const JOBS: &str = "thaw.jobs";
/// Where answers wait, likewise.
pub const ANSWERS: &str = "thaw.answers";
/// Where a caller says that nobody waits for a job any more; nothing is kept there.
pub const CANCELLED: &str = "thaw.cancelled";
/// Where a machine says that it has begun a job; nothing is kept there.
pub const BEGUN: &str = "thaw.begun";

/// The name of a job: its caller's, a dot, and its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Id(String);

impl Id {
    /// A job that can be asked for by its name, again.
    ///
    /// # Errors
    /// When one of both is no word of letters, digits and dashes.
    pub fn named(caller: &str, name: &str) -> Result<Id, Failure> {
        Ok(Id(format!("{}.{}", word(caller)?, word(name)?)))
    }

    /// A job that nobody asks for again, with a name that no other one has.
    pub fn unnamed(caller: &str, unique: &str) -> Id {
        Id(format!("{caller}._{unique}"))
    }

    /// The job that a subject speaks of.
    pub fn of(subject: &str) -> Id {
        Id(subject.splitn(3, '.').nth(2).unwrap_or_default().to_owned())
    }

    /// Whether it can be asked for again.
    pub fn is_named(&self) -> bool {
        !self.0.contains("._")
    }

    /// Where this job is spoken of, below `root`.
    pub fn below(&self, root: &str) -> String {
        format!("{root}.{self}")
    }
}

/// A dot or a wildcard would make another subject of it.
pub fn word(text: &str) -> Result<&str, Failure> {
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let refused = || Failure::Refused(format!("`{text}` is no word of letters, digits and dashes"));
    is_word.then_some(text).ok_or_else(refused)
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

//! Why a job gave no result: a panic as a value.

use std::{any::Any, error::Error, fmt, io};

/// Why a job gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It panicked, with this text.
    Panicked(String),
    /// Whoever was to answer is gone, and has not answered.
    Lost,
}

impl Failure {
    /// Makes a value of what `catch_unwind` caught.
    ///
    /// ```
    /// use practice::Failure;
    /// let caught = std::panic::catch_unwind(|| panic!("the cup broke")).unwrap_err();
    /// assert_eq!(Failure::panicked(&*caught), Failure::Panicked("the cup broke".into()));
    /// ```
    pub fn panicked(payload: &(dyn Any + Send)) -> Failure {
        let owned = payload.downcast_ref::<String>().map(String::as_str);
        let text = owned.or(payload.downcast_ref().copied()).unwrap_or("without a text");
        Failure::Panicked(text.to_owned())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Panicked(text) => write!(out, "the job panicked: {text}"),
            Failure::Lost => write!(out, "the job ended without an answer"),
        }
    }
}

impl Error for Failure {}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        io::Error::other(failure)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, panic_any};

    use super::*;

    /// Both kinds of text are found, and a panic that has none is no second panic.
    #[test]
    fn panic_texts_are_found() {
        let said = |panics: fn()| Failure::panicked(&*catch_unwind(panics).expect_err("a panic")).to_string();
        assert_eq!(said(|| panic!("as it should")), "the job panicked: as it should");
        assert_eq!(said(|| panic!("{}", 7)), "the job panicked: 7");
        assert_eq!(said(|| panic_any(7)), "the job panicked: without a text");
    }
}

//! What is wrong in a page, said so that the next step is clear.

use std::fmt;

/// One thing wrong, at one line of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, named from the root of the workspace.
    pub file: String,
    /// Its line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// What is wrong, in one sentence.
    pub what: String,
    /// What to do about it.
    pub next: String,
}

impl Problem {
    /// A problem at a line of a file.
    pub fn new(file: &str, line: usize, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into(), next: next.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {} {}", self.file, self.what, self.next),
            line => write!(f, "{}:{line}: {} {}", self.file, self.what, self.next),
        }
    }
}

/// Everything that is wrong, as one error.
#[derive(Debug)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// An error if there is anything to say.
    pub fn check(problems: Vec<Problem>) -> anyhow::Result<()> {
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems).into()) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

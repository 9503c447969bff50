//! What crosses the border between two processes, all of it data: requests, and replies to them.

use std::{any::Any, error, fmt, io};

use serde::{Deserialize, Serialize};

use crate::job::Job;

/// What the client asks of its worker.
#[derive(Debug, Deserialize, Serialize)]
pub struct Request {
    /// Tells this request from all others of its worker.
    pub id: u64,
    /// What to do.
    pub job: Job,
}

/// What the worker says to one request.
#[derive(Debug, Deserialize, Serialize)]
pub struct Reply {
    /// The request that this answers.
    pub id: u64,
    /// What came of its job.
    pub result: Result<Answer, Failure>,
}

/// What a job gives.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Answer {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
}

/// Why a job gave nothing.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Failure {
    /// It panicked with this text, and its worker lives.
    Panicked(String),
    /// The request or its reply is no frame, for this reason; the worker lives.
    Refused(String),
    /// Its worker ended, for this reason.
    Died(String),
}

impl Failure {
    /// Makes a value of what `catch_unwind` caught.
    pub fn panicked(payload: &(dyn Any + Send)) -> Failure {
        Failure::Panicked(practice::Failure::panicked(payload).to_string())
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Text(text) => out.write_str(text),
            Answer::Number(number) => write!(out, "{number}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Panicked(text) => out.write_str(text),
            Failure::Refused(why) => write!(out, "refused: {why}"),
            Failure::Died(why) => write!(out, "the worker died: {why}"),
        }
    }
}

impl error::Error for Failure {}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        io::Error::other(failure)
    }
}

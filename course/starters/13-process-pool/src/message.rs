//! What crosses the border between two processes, all of it data: requests, and replies to them.

use std::{any::Any, error, fmt, io, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{frame::Carrier, job::Job};

/// What the client asks of a worker.
#[derive(Debug, Deserialize, Serialize)]
pub struct Request {
    /// Tells this request from all others of the pool.
    pub id: u64,
    /// What to do.
    pub job: Job,
}

/// What the worker says to one request; its first one, with the id 0, says that it is there.
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
    /// New: bytes, which are carried.
    Bytes(#[serde(skip)] Vec<u8>),
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
    /// New: its caller has waited this long, so its worker was killed if the job had begun.
    TimedOut(Duration),
    /// New: so many requests wait already, and no more are taken.
    Busy(usize),
    /// New: no worker could be started to do it, for this reason.
    NoWorker(String),
    /// New: the pool was shut down before the job ended.
    Closed,
}

impl Carrier for Request {
    fn bytes(&mut self) -> Option<&mut Vec<u8>> {
        if let Job::Echo(bytes) = &mut self.job { Some(bytes) } else { None }
    }
}

impl Carrier for Reply {
    fn bytes(&mut self) -> Option<&mut Vec<u8>> {
        if let Ok(Answer::Bytes(bytes)) = &mut self.result { Some(bytes) } else { None }
    }
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
            Answer::Bytes(bytes) => write!(out, "{} bytes", bytes.len()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Panicked(text) => out.write_str(text),
            Failure::Refused(why) => write!(out, "not sent: {why}"),
            Failure::Died(why) => write!(out, "the worker died: {why}"),
            Failure::TimedOut(limit) => write!(out, "no answer in {} s", limit.as_secs_f64()),
            Failure::Busy(waiting) => write!(out, "busy: {waiting} requests wait already"),
            Failure::NoWorker(why) => write!(out, "no worker starts: {why}"),
            Failure::Closed => out.write_str("the pool is closed"),
        }
    }
}

impl error::Error for Failure {}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        io::Error::other(failure)
    }
}

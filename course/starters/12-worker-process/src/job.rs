//! The jobs that a worker knows, by name.

use std::{
    io::{self, Write},
    process,
};

use practice::count_primes;
use serde::{Deserialize, Serialize};

use crate::message::Answer;

/// The jobs that a worker knows: a closure has no name that could be sent, so each job has one here.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Job {
    /// Puts a text in capitals.
    Upper(String),
    /// Counts the primes below a number.
    Primes(u64),
    /// Divides the first number by the second; a careless job, which panics when that is 0.
    Divide(i64, i64),
    /// Prints a text to stdout, as a forgotten `println!` does.
    Print(String),
    /// Reads a line of stdin, as a forgotten prompt does.
    Ask,
    /// Tells the number of its process.
    Pid,
    /// Aborts the process.
    Crash,
    /// Ends the process with this code.
    Exit(i32),
}

impl Job {
    /// Makes a job of a typed line.
    ///
    /// # Errors
    /// When there is no such job, or a number is none.
    pub fn parse(line: &str) -> io::Result<Job> {
        let number =
            |text: &str| text.trim().parse::<i64>().map_err(|_| io::Error::other("a number, please"));
        let too_long = || io::Error::other("an exit code has 32 bits");
        Ok(match line.split_once(' ').unwrap_or((line, "")) {
            ("/upper", text) => Job::Upper(text.to_owned()),
            ("/primes", below) => Job::Primes(number(below)?.max(0).unsigned_abs()),
            ("/divide", both) => {
                let (dividend, divisor) = both.split_once(' ').unwrap_or((both, ""));
                Job::Divide(number(dividend)?, number(divisor)?)
            }
            ("/print", text) => Job::Print(format!("{text}\n")),
            ("/ask", _) => Job::Ask,
            ("/pid", _) => Job::Pid,
            ("/crash", _) => Job::Crash,
            ("/exit", code) => Job::Exit(number(code)?.try_into().map_err(|_| too_long())?),
            _ => return Err(io::Error::other("there is no such job; the page lists them")),
        })
    }

    /// What the job is called, on the timeline.
    pub fn name(&self) -> &'static str {
        match self {
            Job::Upper(_) => "/upper",
            Job::Primes(_) => "/primes",
            Job::Divide(..) => "/divide",
            Job::Print(_) => "/print",
            Job::Ask => "/ask",
            Job::Pid => "/pid",
            Job::Crash => "/crash",
            Job::Exit(_) => "/exit",
        }
    }

    /// Does the job, in the worker process.
    ///
    /// # Panics
    /// When the job is careless.
    pub fn run(self) -> Answer {
        match self {
            Job::Upper(text) => Answer::Text(text.to_uppercase()),
            Job::Primes(below) => Answer::Number(count_primes(0..below, &|| true) as i64),
            Job::Divide(dividend, divisor) => Answer::Number(dividend / divisor),
            Job::Print(text) => {
                io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()).expect("stdout");
                Answer::Text("printed".to_owned())
            }
            Job::Ask => {
                let mut heard = String::new();
                io::stdin().read_line(&mut heard).expect("stdin");
                Answer::Text(format!("heard `{}`", heard.trim_end()))
            }
            Job::Pid => Answer::Number(process::id().into()),
            Job::Crash => process::abort(),
            Job::Exit(code) => process::exit(code),
        }
    }
}

//! The jobs that a worker knows, by name.

use std::process::{self, Command};
use std::{io, thread, time::Duration};

use practice::count_primes;
use serde::{Deserialize, Serialize};

use crate::message::Answer;

/// The jobs that a worker knows.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Job {
    /// Puts a text in capitals.
    Upper(String),
    /// Counts the primes below a number.
    Primes(u64),
    /// Panics with this text.
    Panic(String),
    /// New: gives bytes back as they are.
    Echo(#[serde(skip)] Vec<u8>),
    /// New: sleeps for this time.
    Slow(Duration),
    /// New: runs a program with arguments, and gives its output: a process that the worker has started.
    Run(String),
    /// Prints a text.
    Print(String),
    /// Tells the number of its process.
    Pid,
    /// Aborts the process.
    Crash,
    /// Ends the process with this code.
    Exit(i32),
    /// New: calls itself until the stack is full.
    Deep,
    /// New: asks for more memory than there is.
    Greedy,
}

impl Job {
    /// Makes a job of a typed line.
    ///
    /// # Errors
    /// When there is no such job, or a number is none.
    pub fn parse(line: &str) -> io::Result<Job> {
        let wrong = || io::Error::other("a number, please");
        let too_long = || io::Error::other("an exit code has 32 bits");
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| wrong());
        let seconds = |text: &str| Duration::try_from_secs_f64(text.trim().parse().ok()?).ok();
        Ok(match line.split_once(' ').unwrap_or((line, "")) {
            ("/upper", text) => Job::Upper(text.to_owned()),
            ("/primes", below) => Job::Primes(number(below)?.max(0).unsigned_abs()),
            ("/panic", text) => Job::Panic(text.to_owned()),
            ("/slow", time) => Job::Slow(seconds(time).ok_or_else(wrong)?),
            ("/run", command) => Job::Run(command.to_owned()),
            ("/print", text) => Job::Print(text.to_owned()),
            ("/pid", _) => Job::Pid,
            ("/crash", _) => Job::Crash,
            ("/exit", code) => Job::Exit(number(code)?.try_into().map_err(|_| too_long())?),
            ("/deep", _) => Job::Deep,
            ("/greedy", _) => Job::Greedy,
            _ => return Err(io::Error::other("there is no such job; the page lists them")),
        })
    }

    /// What the job is called, on the timeline.
    pub fn name(&self) -> &'static str {
        match self {
            Job::Upper(_) => "/upper",
            Job::Primes(_) => "/primes",
            Job::Panic(_) => "/panic",
            Job::Echo(_) => "/echo",
            Job::Slow(_) => "/slow",
            Job::Run(_) => "/run",
            Job::Print(_) => "/print",
            Job::Pid => "/pid",
            Job::Crash => "/crash",
            Job::Exit(_) => "/exit",
            Job::Deep => "/deep",
            Job::Greedy => "/greedy",
        }
    }

    /// Does the job, in the worker process.
    pub fn run(self) -> Answer {
        match self {
            Job::Upper(text) => Answer::Text(text.to_uppercase()),
            Job::Primes(below) => Answer::Number(count_primes(0..below, &|| true) as i64),
            Job::Panic(text) => panic!("{text}"),
            Job::Echo(bytes) => Answer::Bytes(bytes),
            Job::Slow(time) => {
                thread::sleep(time);
                Answer::Text(format!("slept {} s", time.as_secs_f64()))
            }
            Job::Run(command) => Answer::Text(output(&command)),
            Job::Print(text) => {
                println!("{text}");
                Answer::Text("printed".to_owned())
            }
            Job::Pid => Answer::Number(process::id().into()),
            Job::Crash => process::abort(),
            Job::Exit(code) => process::exit(code),
            Job::Deep => Answer::Number(deep(0)),
            Job::Greedy => Answer::Number(std::hint::black_box(vec![1_u8; 1 << 50]).len() as i64),
        }
    }
}

fn output(command: &str) -> String {
    let mut words = command.split_whitespace();
    let output = Command::new(words.next().unwrap_or_default()).args(words).output();
    let output = output.unwrap_or_else(|error| panic!("`{command}` does not start: {error}"));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn deep(level: i64) -> i64 {
    let here = std::hint::black_box([level; 1000]);
    if here[0] < 0 { 0 } else { deep(level + 1) + here[500] }
}

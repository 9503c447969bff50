//! A peer in Python: its script takes samples on request, so that it takes turns with the others.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A running script: each line that it is sent is answered with a number of seconds.
pub struct Python {
    /// Waited for when this is dropped.
    child: Child,
    /// Requests; `None` once there are no more.
    requests: Option<ChildStdin>,
    /// Answers.
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts a script, with the Python that `COURSE_PYTHON` names or `python3`; `None` where there is none.
    pub fn start(script: &Path, args: &[&str]) -> Option<Python> {
        version()?;
        let mut command = Command::new(interpreter());
        command.arg("-u").arg(script).args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let (requests, answers) = (child.stdin.take(), BufReader::new(child.stdout.take()?));
        Some(Python { child, requests, answers })
    }

    /// Sends a line, and waits for the seconds that it took.
    ///
    /// # Errors
    /// When the script has ended, or answers no number.
    pub fn seconds(&mut self, request: &str) -> io::Result<f64> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(requests, "{request}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        answer.trim().parse().map_err(|_| io::Error::other(format!("`{request}` was answered `{answer}`")))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // At the end of its input the script ends by itself, and its workers with it.
        self.requests = None;
        let _ = self.child.wait();
    }
}

/// The Python that `COURSE_PYTHON` names, or `python3`.
pub fn interpreter() -> String {
    env::var("COURSE_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// Its name and version, as it says them: `Python 3.11.7`; `None` where there is none.
pub fn version() -> Option<String> {
    let output = Command::new(interpreter()).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

//! A peer in Python: its script takes samples on request, so that it takes turns with the others.
//!
//! It may be missing: no Python, one that is too old, a package that is not installed. Then the benchmark says so
//! in a line, and goes on without it. A script that fails for another reason ends the benchmark.

use std::{
    env,
    error::Error,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// The oldest Python that runs all scripts: `math.isqrt` came with it.
const OLDEST: [u32; 2] = [3, 8];

/// A peer in Python, whether or not it is there.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// What a reader calls it.
    pub name: &'static str,
    /// Its file in `course/bench/python`.
    pub file: &'static str,
    /// What it is to play, where it can play several peers.
    pub args: &'static [&'static str],
    /// A small request: once it is answered, nothing is missing.
    pub trial: &'static str,
}

/// Why a peer does not take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Something is not installed; the sentence names it.
    Missing(String),
    /// It fails, which is an error of its script or of what it measures; its last line says which.
    Failed(String),
}

impl fmt::Display for Absent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Absent::Missing(why) | Absent::Failed(why)) = self;
        out.write_str(why)
    }
}

impl Error for Absent {}

impl From<io::Error> for Absent {
    fn from(error: io::Error) -> Absent {
        Absent::Failed(error.to_string())
    }
}

/// A running script: each line that it is sent is answered with a number of seconds.
pub struct Python {
    /// Waited for when this is dropped.
    child: Child,
    /// What it is, for whoever reads of its failure.
    script: Script,
    /// Requests; `None` once there are no more.
    requests: Option<ChildStdin>,
    /// Answers.
    answers: BufReader<ChildStdout>,
    /// Its stderr. A pipe could be full, or held open by a worker that is left.
    complaints: File,
}

impl Script {
    /// Starts it with the Python that `COURSE_PYTHON` names or `python3`, and waits for its first answer.
    ///
    /// # Errors
    /// When something is missing, or it fails.
    pub fn start(&self) -> Result<Python, Absent> {
        version().map_err(Absent::Missing)?;
        self.start_with(&mut Command::new(interpreter()))
    }

    /// Starts it; `None` where something is missing, which [`crate::Report::of`] has said by then.
    ///
    /// # Panics
    /// When it fails.
    pub fn if_there(&self) -> Option<Python> {
        match self.start() {
            Ok(python) => Some(python),
            Err(Absent::Missing(_)) => None,
            Err(Absent::Failed(why)) => panic!("{why}"),
        }
    }

    /// Starts it with a command that has flags of its own already.
    ///
    /// # Errors
    /// As [`Script::start`].
    pub fn start_with(&self, python: &mut Command) -> Result<Python, Absent> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
        let complaints = tempfile::tempfile()?;
        python.arg("-u").arg(folder.join(self.file)).args(self.args);
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(complaints.try_clone()?);
        let mut child = python.spawn()?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        let answers = BufReader::new(answers.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?);
        let mut python = Python { child, script: *self, requests, answers, complaints };
        python.seconds(self.trial)?;
        Ok(python)
    }
}

/// What is missing for any of them, each thing once: a sentence for each.
///
/// # Errors
/// When one of them fails.
pub fn missing(scripts: &[Script]) -> Result<Vec<String>, Absent> {
    let mut all = Vec::new();
    for script in scripts {
        match script.start() {
            Ok(_) => {}
            Err(Absent::Missing(why)) if all.contains(&why) => {}
            Err(Absent::Missing(why)) => all.push(why),
            Err(failed) => return Err(failed),
        }
    }
    Ok(all)
}

impl Python {
    /// Sends a line, and waits for the seconds that it took.
    ///
    /// # Errors
    /// When the script has ended, or answers no number.
    pub fn seconds(&mut self, request: &str) -> Result<f64, Absent> {
        // Whatever goes wrong with the pipes, what the script says of it comes first.
        let answer = self.ask(request).unwrap_or_default();
        answer.trim().parse().map_err(|_| self.why(request, answer.trim()))
    }

    fn ask(&mut self, request: &str) -> io::Result<String> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(requests, "{request}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer)
    }

    /// What the last line of its stderr says, after its end.
    fn why(&mut self, request: &str, answer: &str) -> Absent {
        self.end();
        let mut said = Vec::new();
        let _ = self.complaints.rewind().and_then(|()| self.complaints.read_to_end(&mut said));
        let said = String::from_utf8_lossy(&said);
        let last =
            said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it says nothing of it");
        let Script { name, file, .. } = self.script;
        let failed =
            || Absent::Failed(format!("{name} ({file}) answered `{request}` with `{answer}`: {last}"));
        absent(last).map_or_else(failed, Absent::Missing)
    }

    /// At the end of its input the script ends by itself, and its workers with it.
    fn end(&mut self) {
        self.requests = None;
        let _ = self.child.wait();
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.end();
    }
}

/// What is not installed, if that is what the last line of a traceback says.
fn absent(last: &str) -> Option<String> {
    let (kind, what) = last.split_once(": ")?;
    let package = what.strip_prefix("No module named '").and_then(|rest| rest.strip_suffix('\''));
    match (kind, package) {
        // With a dot in its name it is a part that is missing, of a package that is there.
        ("ModuleNotFoundError", Some(package)) if !package.contains('.') => {
            Some(format!("{package} is not installed ({} -m pip install {package})", interpreter()))
        }
        ("ModuleNotFoundError" | "ImportError", _) => Some(format!("a package cannot be imported: {what}")),
        _ => None,
    }
}

/// The Python that `COURSE_PYTHON` names, or `python3`.
pub fn interpreter() -> String {
    env::var("COURSE_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// Its name and version, as it says them: `Python 3.11.7`.
///
/// # Errors
/// When there is none that runs the scripts; the sentence says why.
pub fn version() -> Result<String, String> {
    version_of(&interpreter()).map_err(|why| format!("{why}; COURSE_PYTHON can name another Python"))
}

fn version_of(interpreter: &str) -> Result<String, String> {
    let output = Command::new(interpreter).arg("--version").output();
    let output = output.map_err(|error| format!("`{interpreter}` cannot be started ({error})"))?;
    // Python 2 says it on stderr.
    let said = [output.stdout, output.stderr].concat();
    recent(interpreter, String::from_utf8_lossy(&said).lines().next().unwrap_or_default().trim())
}

/// What an interpreter says its version is, if it is one that runs the scripts.
fn recent(interpreter: &str, said: &str) -> Result<String, String> {
    let version = said.strip_prefix("Python ").unwrap_or_default();
    let numbers: Vec<u32> = version.split('.').map_while(|number| number.parse().ok()).collect();
    match &numbers[..] {
        [] => Err(format!("`{interpreter}` is no Python: asked for its version, it says `{said}`")),
        old if *old < OLDEST[..] => {
            Err(format!("{said} is too old: {}.{} is the first that will do", OLDEST[0], OLDEST[1]))
        }
        _ => Ok(said.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Python that is too old or none at all is named in one line.
    #[test]
    fn old_python_will_not_do() {
        for will_do in ["Python 3.8.0", "Python 3.14.0rc1", "Python 3.10.14 (7.3.17)"] {
            assert_eq!(recent("python3", will_do).as_deref(), Ok(will_do));
        }
        let why = |said| recent("python3", said).unwrap_err();
        assert_eq!(why("Python 3.7.16"), "Python 3.7.16 is too old: 3.8 is the first that will do");
        assert!(why("Python 2.7.18").contains("is too old"));
        assert!(why("Python was not found; run without arguments").contains("`python3` is no Python"));
        let none = version_of("a-python-that-nobody-has").unwrap_err();
        assert!(none.contains("cannot be started") && none.lines().count() == 1, "{none}");
    }

    /// A package is named; a part of one that is there is none that could be installed.
    #[test]
    fn last_line_names_the_package() {
        let own = absent("ModuleNotFoundError: No module named 'anyio'").unwrap();
        assert!(
            own.starts_with("anyio is not installed (") && own.ends_with(" -m pip install anyio)"),
            "{own}"
        );
        let part = absent("ModuleNotFoundError: No module named 'anyio.tea'");
        assert_eq!(part.as_deref(), Some("a package cannot be imported: No module named 'anyio.tea'"));
        assert_eq!(absent("ValueError: No module named 'anyio'"), None);
        assert_eq!(absent("it says nothing of it"), None);
    }
}

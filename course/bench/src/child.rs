//! Parts of a benchmark, each in a process of its own: one that is pinned to a core cannot be set free again.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    python::{Script, missing, version},
    report::{Group, Report, VERSION, measured_on},
};

/// The argument that names a part.
const PART: &str = "--part";

/// A part of a benchmark: its name, and what measures it.
pub type Part = (&'static str, fn(Effort) -> Vec<Group>);

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Samples of each subject.
    pub rounds: usize,
    /// What the work of a sample is divided by.
    divisor: usize,
}

impl Effort {
    /// A look at the figures with `--quick`, and else enough of them.
    fn asked_for() -> Effort {
        if has("--quick") { Effort { rounds: 3, divisor: 20 } } else { Effort { rounds: 21, divisor: 1 } }
    }

    /// How often to do what is done `times` times with full effort.
    pub fn of(self, times: usize) -> usize {
        (times / self.divisor).max(1)
    }
}

impl Report {
    /// Measures all parts in children of this process; `None` in such a child, which has done its part.
    ///
    /// What is missing for a script in Python is said first, and once: each child starts those that are there.
    ///
    /// # Errors
    /// When a script fails, or a child cannot be started, fails, or prints something else.
    pub fn of(
        name: &str,
        scripts: &[Script],
        parts: &[Part],
        bars: fn(&mut Report),
    ) -> Result<Option<Report>, Box<dyn Error>> {
        if let Some(own) = env::args().skip_while(|arg| arg != PART).nth(1) {
            let (_, measure) = parts.iter().find(|(name, _)| *name == own).ok_or("there is no such part")?;
            println!("{}", serde_json::to_string(&measure(Effort::asked_for()))?);
            return Ok(None);
        }
        for why in missing(scripts)? {
            eprintln!("passed over: {why}");
        }
        let mut groups = Vec::new();
        for (part, _) in parts {
            groups.extend(in_a_child(part)?);
        }
        let measured_on = measured_on(version().ok().as_deref());
        let mut report =
            Report { thaw_bench: VERSION, name: name.to_owned(), measured_on, groups, bars: Vec::new() };
        bars(&mut report);
        Ok(Some(report))
    }

    /// Prints the table; with `--write`, writes what the book shows below `root` too.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn hand_out(&self, root: &Path) -> Result<(), Box<dyn Error>> {
        print!("{self}");
        if has("--write") {
            for file in self.write(root)? {
                eprintln!("written: {}", file.strip_prefix(root).unwrap_or(&file).display());
            }
        }
        Ok(())
    }
}

fn in_a_child(part: &str) -> Result<Vec<Group>, Box<dyn Error>> {
    eprintln!("measuring: {part}");
    let mut command = Command::new(env::current_exe()?);
    command.args([PART, part]).args(has("--quick").then_some("--quick"));
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the part `{part}` ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn has(flag: &str) -> bool {
    env::args().any(|arg| arg == flag)
}

/// Keeps this process and all threads to come on one core, where results repeat.
#[cfg(target_os = "linux")]
pub fn pinned() {
    use nix::{sched::CpuSet, sched::sched_setaffinity, unistd::Pid};
    let mut cores = CpuSet::new();
    let set = cores.set(0).and_then(|()| sched_setaffinity(Pid::from_raw(0), &cores));
    set.expect("the first core is there for this process");
}

/// This system pins no process to a core: figures are not comparable with those of one that does.
#[cfg(not(target_os = "linux"))]
pub fn pinned() {
    eprintln!("this system pins no process to a core: what follows ran on all of them");
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

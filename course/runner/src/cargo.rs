//! Calls of cargo, and what it says that it has built.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::meter::Meter;
use crate::process::{self, End, TOOL};
use crate::stop::Stop;

/// What one package's folder gave.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// The binary of `tests/checks.rs`.
    pub checks: Option<PathBuf>,
    /// The binaries of its other tests, by name.
    pub tests: BTreeMap<String, PathBuf>,
    /// The program.
    pub program: Option<PathBuf>,
    /// Errors and warnings, as cargo prints them.
    pub said: Vec<String>,
    /// Whether an error is among them.
    pub is_broken: bool,
    /// The errors alone, each with the file that it points to.
    pub errors: Vec<(PathBuf, String)>,
}

/// What one call of cargo gave.
#[derive(Clone, Debug)]
pub struct Built {
    /// Whether everything compiled.
    pub is_whole: bool,
    /// What each package gave, by the folder of its manifest.
    pub units: BTreeMap<PathBuf, Unit>,
    /// What cargo itself said.
    pub stderr: String,
}

impl Built {
    /// What the package in this folder gave.
    pub fn unit(&self, folder: &Path) -> Unit {
        self.units.get(folder).cloned().unwrap_or_default()
    }

    /// Whether the compiler has refused anything; cargo alone may also fail.
    pub fn is_broken(&self) -> bool {
        self.units.values().any(|unit| unit.is_broken)
    }

    /// Everything that stands in the way, as cargo prints it.
    pub fn complaint(&self) -> String {
        let said: String = self.units.values().flat_map(|unit| unit.said.clone()).collect();
        let own = |line: &&str| !STATUS.iter().any(|word| line.trim_start().starts_with(word));
        let stderr: Vec<_> = self.stderr.lines().filter(own).collect();
        format!("{said}{}\n", stderr.join("\n"))
    }
}

/// How cargo begins the lines that only show that it works.
const STATUS: [&str; 10] = [
    "Blocking",
    "Building",
    "Compiling",
    "Checking",
    "Downloading",
    "Downloaded",
    "Updating",
    "Finished",
    "Executable",
    "Locking",
];

/// One line of cargo's `--message-format=json`.
#[derive(Deserialize)]
struct Message {
    /// What it is about; only two kinds matter here.
    reason: String,
    /// Its folder names the package.
    #[serde(default)]
    manifest_path: PathBuf,
    /// Which part of the package.
    target: Option<Target>,
    /// A binary, if one was made.
    executable: Option<PathBuf>,
    /// Something that the compiler said.
    message: Option<Diagnostic>,
}

/// A part of a package.
#[derive(Deserialize)]
struct Target {
    /// `bin`, `test`, `lib`.
    kind: Vec<String>,
    /// The name of the part.
    name: String,
}

/// An error or a warning.
#[derive(Deserialize)]
struct Diagnostic {
    /// `error` or `warning`.
    level: String,
    /// The text for people.
    rendered: Option<String>,
    /// Where it points to.
    #[serde(default)]
    spans: Vec<Span>,
}

/// A place in a source file.
#[derive(Deserialize)]
struct Span {
    /// The file, from the root of the workspace on.
    file_name: PathBuf,
    /// Whether this is the place itself, not one that explains it.
    is_primary: bool,
}

/// The cargo that runs us, without what it told us about ourselves: build scripts look at that.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").as_deref().unwrap_or(OsStr::new("cargo")));
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|part| name.starts_with(part))
        });
        if ours {
            command.env_remove(name);
        }
    }
    command.current_dir(folder);
    command
}

/// Where cargo builds the workspace in this folder; whatever the account's settings say, cargo knows.
pub fn target(folder: &Path) -> Result<PathBuf> {
    /// What is asked for of all that cargo says.
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    checks::let_children_hear().context("signals cannot be handled here")?;
    let mut command = command(folder);
    command.args(["metadata", "--no-deps", "--format-version=1"]).stdin(Stdio::null());
    let output = command.output().context("cargo cannot be run. Try `cargo --version`")?;
    if !output.status.success() {
        bail!("cargo does not take this workspace:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cargo's answer is no metadata")?;
    Ok(metadata.target_directory)
}

/// Builds what the arguments say, and shows how far it is.
pub fn build(
    folder: &Path,
    args: &[String],
    target: Option<&Path>,
    stop: &Stop,
    meter: &Meter,
) -> Result<Built> {
    let mut command = command(folder);
    command.arg("build").args(args).arg(format!("--message-format={}", format()));
    // Cargo counts the crates only where it draws a bar.
    command.env("CARGO_TERM_PROGRESS_WHEN", if meter.is_shown() { "always" } else { "never" });
    command.env("CARGO_TERM_PROGRESS_WIDTH", "100");
    // What cargo says is read here: an account may want it long, colored or not at all.
    command.envs([
        ("CARGO_TERM_VERBOSE", "false"),
        ("CARGO_TERM_QUIET", "false"),
        ("CARGO_TERM_COLOR", "never"),
    ]);
    if let Some(target) = target {
        command.env("CARGO_TARGET_DIR", target);
    }
    let ended = process::run_heard(command, TOOL, stop, meter.of_cargo()).context("cargo cannot be run")?;
    if ended.end == End::Stopped {
        bail!("stopped while building");
    }
    let units = units(&ended.stdout);
    Ok(Built { is_whole: ended.is_success(), units, stderr: ended.stderr })
}

/// Colored where the reader sees it.
fn format() -> &'static str {
    if crate::report::is_colored(&std::io::stderr()) { "json-diagnostic-rendered-ansi" } else { "json" }
}

fn units(stdout: &str) -> BTreeMap<PathBuf, Unit> {
    let mut units: BTreeMap<PathBuf, Unit> = BTreeMap::new();
    let messages = stdout.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    for message in messages {
        let Some(folder) = message.manifest_path.parent() else { continue };
        let unit = units.entry(folder.to_path_buf()).or_default();
        match message.reason.as_str() {
            "compiler-artifact" => take_artifact(unit, message),
            "compiler-message" => take_diagnostic(unit, message),
            _ => (),
        }
    }
    units
}

fn take_artifact(unit: &mut Unit, message: Message) {
    let (Some(target), Some(executable)) = (message.target, message.executable) else { return };
    match target.kind.first().map(String::as_str) {
        Some("bin") => unit.program = Some(executable),
        Some("test") if target.name == "checks" => unit.checks = Some(executable),
        Some("test") => drop(unit.tests.insert(target.name, executable)),
        _ => (),
    }
}

fn take_diagnostic(unit: &mut Unit, message: Message) {
    let Some(diagnostic) = message.message else { return };
    if diagnostic.level.starts_with("error") {
        unit.is_broken = true;
        let place = diagnostic.spans.into_iter().find(|span| span.is_primary);
        let file = place.map_or_else(PathBuf::new, |span| span.file_name);
        unit.errors.push((file, diagnostic.rendered.clone().unwrap_or_default()));
    }
    unit.said.extend(diagnostic.rendered);
}

//! One lesson: its names, and what `course/lessons.toml` says of it.

use std::time::Duration;

use serde::Deserialize;

/// One row of the table of lessons.
#[derive(Clone, Debug, Deserialize)]
pub struct Lesson {
    /// Two digits: `03`.
    pub number: String,
    /// What page, folder and library are named after: `thread-and-channel`.
    pub slug: String,
    /// What a reader calls it.
    pub title: String,
    /// The same in Russian; none where the reader is told in English, or it is not translated.
    #[serde(skip)]
    pub russian: Option<String>,
    /// What the reader can do afterwards, in one sentence.
    pub promise: String,
    /// Seconds that one check may take, where the usual bound does not fit.
    #[serde(default)]
    pub bound: Option<u64>,
    /// How the starter must fail.
    #[serde(default)]
    pub starter: Option<Starter>,
    /// The run that the page shows.
    #[serde(default)]
    pub demo: Option<Demo>,
}

/// How a starter fails its checks.
#[derive(Clone, Debug, Deserialize)]
pub struct Starter {
    /// The first check, in the order of the page, that does not pass.
    pub fails: String,
    /// A part of what that check says; the page shows it too.
    pub sentence: String,
}

/// A run at a terminal, as the page shows it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Demo {
    /// The arguments of the program.
    #[serde(default)]
    pub args: Vec<String>,
    /// What the reader does at the terminal; see `terminal.rs` for the words.
    pub script: Vec<String>,
    /// The same for the solution, where it must be handled differently.
    #[serde(default)]
    pub thawed_script: Option<Vec<String>>,
    /// How many machines take its jobs, from a server that is started for the run.
    #[serde(default)]
    pub machines: usize,
    /// Whether it computes: what its pace decides is then left out of the comparison.
    #[serde(default)]
    pub computes: bool,
}

/// The longest that a check may take, unless its lesson says otherwise.
const BOUND: Duration = Duration::from_secs(60);

impl Lesson {
    /// What its reader calls it, in the language of this run.
    pub fn called(&self) -> &str {
        self.russian.as_deref().unwrap_or(&self.title)
    }

    /// The full name, which its folders and its page carry: `03-thread-and-channel`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.number, self.slug)
    }

    /// The reader's folder, below the root.
    pub fn folder(&self) -> String {
        format!("lessons/{}", self.name())
    }

    /// The package that the reader works on.
    pub fn package(&self) -> String {
        format!("lesson-{}", self.number)
    }

    /// The package of the solution.
    pub fn solution(&self) -> String {
        format!("solution-{}", self.number)
    }

    /// The solution's folder, below the root.
    pub fn solution_folder(&self) -> String {
        format!("solutions/{}", self.name())
    }

    /// The library's name: the slug as Rust writes it.
    pub fn library(&self) -> String {
        self.slug.replace('-', "_")
    }

    /// The longest that one check of this lesson may take.
    pub fn bound(&self) -> Duration {
        self.bound.map_or(BOUND, Duration::from_secs)
    }

    /// Whether a reader may call it so: `3`, `03`, the slug, or the folder's name.
    pub fn is_called(&self, name: &str) -> bool {
        let folder = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
        let digits = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit());
        let number = || name.parse::<u32>().ok() == self.number.parse().ok();
        (digits && number()) || name == self.slug || name == self.package() || folder == self.name()
    }
}

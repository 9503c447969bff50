//! A benchmark's figures: as a file for the book, and as a table for whoever ran it.

use std::{
    env,
    fmt::{self, Write as _},
    fs, io,
    path::{Path, PathBuf},
    thread,
};

use serde::{Deserialize, Serialize};

/// The version of the file's format; a reader refuses any other.
pub const VERSION: u32 = 1;

/// All figures of one run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Report {
    /// [`VERSION`], under a name that tells the file from any other.
    pub thaw_bench: u32,
    /// What is typed after `cargo course bench`.
    pub name: String,
    /// The system, the processor and the cores, and the Python if there was one.
    pub measured_on: String,
    /// What was measured, each with its subjects.
    pub groups: Vec<Group>,
    /// What must hold between them.
    pub bars: Vec<Bar>,
}

/// One measurement, of several subjects.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Group {
    /// What was measured, and how: `round trip of an empty job, on one core`.
    pub title: String,
    /// What the numbers count: `µs`.
    pub unit: String,
    /// Which numbers are better.
    pub better: Better,
    /// Where the plot begins that the book draws: a page may want only some groups.
    pub key: String,
    /// The subjects, in the order in which they took turns.
    pub rows: Vec<Row>,
}

/// Which numbers are better.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Times.
    Lower,
    /// Rates.
    Higher,
}

/// One subject.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Row {
    /// What a reader calls it.
    pub name: String,
    /// Whether the course builds it.
    pub is_ours: bool,
    /// The median of all rounds.
    pub median: f64,
    /// A tenth of the rounds were below.
    pub low: f64,
    /// A tenth of the rounds were above.
    pub high: f64,
}

/// What must hold between two figures of one run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Bar {
    /// What is compared: `round trip: fast ÷ the best peer`.
    pub what: String,
    /// The quotient of the medians.
    pub ratio: f64,
    /// What it should be at most, or at least.
    pub bar: f64,
    /// On which side it should be.
    pub better: Better,
}

impl Report {
    /// The row of a group; both are named exactly.
    pub fn row(&self, key: &str, name: &str) -> Option<&Row> {
        self.groups.iter().find(|group| group.key == key)?.rows.iter().find(|row| row.name == name)
    }

    /// Adds a bar: the median of `ours` over that of the best of `peers`; nothing where a row is missing.
    pub fn compare(&mut self, what: &str, key: &str, ours: &str, peers: &[&str], bar: f64) {
        let Some(group) = self.groups.iter().find(|group| group.key == key) else { return };
        let better = group.better;
        let median = |name: &&str| self.row(key, name).map(|row| row.median);
        let peers = peers.iter().filter_map(median);
        let best = match better {
            Better::Lower => peers.reduce(f64::min),
            Better::Higher => peers.reduce(f64::max),
        };
        if let (Some(ours), Some(best)) = (median(&ours), best) {
            self.bars.push(Bar { what: what.to_owned(), ratio: ours / best, bar, better });
        }
    }

    /// As [`Report::compare`], of one subject: its median in the first group over that in the second.
    pub fn compare_groups(&mut self, what: &str, [ours, other]: [&str; 2], name: &str, bar: f64) {
        let Some(better) = self.groups.iter().find(|group| group.key == ours).map(|group| group.better)
        else {
            return;
        };
        if let (Some(ours), Some(other)) = (self.row(ours, name), self.row(other, name)) {
            self.bars.push(Bar { what: what.to_owned(), ratio: ours.median / other.median, bar, better });
        }
    }

    /// Writes the file and the table that the book shows, below `root`.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn write(&self, root: &Path) -> io::Result<[PathBuf; 2]> {
        let figures = root.join(format!("book/benchmarks/{}.json", self.name));
        let table = root.join(format!("book/transcripts/{}.txt", self.name));
        fs::create_dir_all(root.join("book/benchmarks"))?;
        fs::write(&figures, serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(&table, self.to_string())?;
        Ok([figures, table])
    }
}

impl Bar {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        match self.better {
            Better::Lower => self.ratio <= self.bar,
            Better::Higher => self.ratio >= self.bar,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "$ cargo course bench {}", self.name)?;
        writeln!(out, "{}", self.measured_on)?;
        for group in &self.groups {
            let better = if group.better == Better::Lower { "lower" } else { "higher" };
            writeln!(out, "\n{}: {}, {better} is better", group.title, group.unit)?;
            writeln!(out, "  {:34}{:>10}{:>22}", "", "median", "8 of 10 rounds")?;
            for row in &group.rows {
                let spread = format!("{} to {}", figure(row.low), figure(row.high));
                writeln!(out, "  {:34}{:>10}{spread:>22}", row.name, figure(row.median))?;
            }
        }
        if !self.bars.is_empty() {
            writeln!(out, "\n{:64}{:>8}{:>14}", "ratios of medians", "ratio", "should be")?;
        }
        for bar in &self.bars {
            let side = if bar.better == Better::Lower { "at most" } else { "at least" };
            let missed = if bar.holds() { "" } else { "  missed" };
            // Three digits at most, and none where there is none: 0.333, and 5.
            let should = format!("{side} {}", (bar.bar * 1e3).round() / 1e3);
            writeln!(out, "  {:62}{:>8}{should:>14}{missed}", bar.what, figure(bar.ratio))?;
        }
        Ok(())
    }
}

/// Three digits that count.
pub fn figure(value: f64) -> String {
    let digits = match value.abs() {
        large if large >= 100.0 => 0,
        middle if middle >= 10.0 => 1,
        small if small >= 1.0 => 2,
        _ => 3,
    };
    let mut text = String::new();
    let _ = write!(text, "{value:.digits$}");
    text
}

/// Where a run was measured; `python` is its version, if there was one.
pub fn measured_on(python: Option<&str>) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (system, processor) = (env::consts::OS, env::consts::ARCH);
    format!("{system} {processor}, {cores} cores, {}", python.unwrap_or("no Python here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let row = |name: &str, is_ours, median| Row {
            name: name.to_owned(),
            is_ours,
            median,
            low: median * 0.9,
            high: median * 1.1,
        };
        let group = Group {
            title: "round trip".to_owned(),
            unit: "µs".to_owned(),
            better: Better::Lower,
            key: "round-trip".to_owned(),
            rows: vec![row("ours", true, 2.0), row("slow", false, 8.0), row("quick", false, 4.0)],
        };
        Report {
            thaw_bench: VERSION,
            name: "tea".to_owned(),
            measured_on: "a kettle".to_owned(),
            groups: vec![group],
            bars: Vec::new(),
        }
    }

    /// A bar compares with the best peer, and says so when it is missed.
    #[test]
    fn bars_compare_with_the_best_peer() {
        let mut report = report();
        report.compare("half of the best", "round-trip", "ours", &["slow", "quick"], 0.5);
        report.compare("a third", "round-trip", "ours", &["slow", "quick"], 1.0 / 3.0);
        report.compare("nobody there", "round-trip", "ours", &["fast"], 0.3);
        let held: Vec<bool> = report.bars.iter().map(Bar::holds).collect();
        assert_eq!(held, [true, false]);
        let table = report.to_string();
        assert!(table.contains("ours                                    2.00"), "{table}");
        assert!(table.contains("a third") && table.contains("at most 0.333  missed"), "{table}");
    }

    /// What is written can be read again, and is the same.
    #[test]
    fn file_can_be_read_again() {
        let text = serde_json::to_string(&report()).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report());
    }

    /// Three digits are shown, whatever the size.
    #[test]
    fn figures_have_three_digits() {
        assert_eq!([0.0214, 2.0, 21.44, 1234.5].map(figure), ["0.021", "2.00", "21.4", "1234"]);
    }
}

//! The plot of a benchmark: a table whose rows have a bar, so that it can be read, heard and printed as a table too.

use std::fmt::Write as _;
use std::fs;

use bench::{Better, Group, Report, Row, VERSION};

use crate::curve::{Growth, shown};
use crate::diff::escape;
use crate::said;
use crate::sources::Sources;
use crate::timeline::place;
use crate::translation::Words;

/// The figure of some groups of a benchmark, by their keys, or of all; or a sentence on what is missing.
pub fn figure(sources: &Sources, argument: &str) -> Result<String, String> {
    let mut words = argument.split_whitespace();
    let name = words.next().ok_or("it names no benchmark.")?;
    let report = read(sources, name)?;
    let keys: Vec<&str> = words.collect();
    if let Some(unknown) = keys.iter().find(|key| report.groups.iter().all(|group| group.key != **key)) {
        let known: Vec<&str> = report.groups.iter().map(|group| group.key.as_str()).collect();
        return Err(format!("{name} has no group `{unknown}`: its groups are {}.", known.join(", ")));
    }
    let wanted = |group: &&Group| keys.is_empty() || keys.contains(&group.key.as_str());
    Ok(draw(&report, report.groups.iter().filter(wanted), sources.words()))
}

/// The figure of those groups of a benchmark whose keys are a word and a number; or a sentence on what is missing.
pub fn curve(sources: &Sources, argument: &str) -> Result<String, String> {
    let (name, key) = argument.split_once(' ').ok_or("it names no benchmark and no groups.")?;
    let report = read(sources, name)?;
    let growth = Growth::of(&report, key.trim());
    let growth = growth.ok_or_else(|| format!("{name} has no two groups `{key}-1`, `{key}-2`."))?;
    Ok(growth.draw(&report, sources.words()))
}

fn read(sources: &Sources, name: &str) -> Result<Report, String> {
    let path = sources.book().join("benchmarks").join(format!("{name}.json"));
    let file = sources.name(&path);
    let text = fs::read_to_string(&path).map_err(|error| format!("{file} cannot be read ({error})."))?;
    let report: Report =
        serde_json::from_str(&text).map_err(|error| format!("{file} is no report ({error})."))?;
    if report.thaw_bench != VERSION {
        return Err(format!("{file} has version {}, not {VERSION}.", report.thaw_bench));
    }
    Ok(report)
}

/// No line of it is blank, since Markdown would end the HTML there.
fn draw<'a>(report: &Report, groups: impl Iterator<Item = &'a Group>, words: Words) -> String {
    let mut html = String::from("<figure class=\"thaw-plot\">\n");
    for group in groups {
        html += &table(group, words);
    }
    let caption = said!(
        words,
        "Measured by <code>cargo course bench {name}</code> on {place}: medians, \
         with a line over the middle eight of ten rounds.",
        name = escape(&report.name),
        place = escape(&place(words, &report.measured_on))
    );
    let _ = writeln!(html, "<figcaption>{caption}</figcaption>\n</figure>");
    html
}

fn table(group: &Group, words: Words) -> String {
    let longest = group.rows.iter().map(|row| row.high).fold(f64::MIN_POSITIVE, f64::max);
    let better = match group.better {
        Better::Lower => words.word("shorter is better"),
        Better::Higher => words.word("longer is better"),
    };
    let (title, unit) = (words.word(&group.title), words.word(&group.unit));
    let caption = escape(&format!("{title} ({unit}; {better})"));
    let mut html = format!("<table>\n<caption>{caption}</caption>\n<tbody>\n");
    for row in &group.rows {
        html += &bar(row, longest, words);
    }
    html + "</tbody>\n</table>\n"
}

/// Lengths are percentages: the picture is as wide as the page.
fn bar(row: &Row, longest: f64, words: Words) -> String {
    let share = |value: f64| 100.0 * value / longest;
    let (median, low, high) = (share(row.median), share(row.low), share(row.high));
    let side = if row.is_ours { "ours" } else { "peer" };
    format!(
        "<tr class=\"plot-{side}\"><th scope=\"row\">{}</th>\
         <td class=\"plot-bar\"><svg width=\"100%\" height=\"16\" aria-hidden=\"true\">\
         <rect y=\"2\" height=\"12\" width=\"{median:.2}%\"/>\
         <line x1=\"{low:.2}%\" x2=\"{high:.2}%\" y1=\"8\" y2=\"8\"/></svg></td>\
         <td class=\"plot-figure\">{}</td></tr>\n",
        escape(&words.word(&row.name)),
        shown(row.median, words),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        serde_json::from_str(include_str!("../tests/fixtures/bench.json")).expect("a report")
    }

    /// Each row has its name, its figure, and a bar as long as its share of the longest.
    #[test]
    fn bars_are_as_long_as_their_share() {
        let report = report();
        let html = draw(&report, report.groups.iter(), Words::ENGLISH);
        assert!(
            html.contains("<caption>an empty job, on one core (µs; shorter is better)</caption>"),
            "{html}"
        );
        assert!(html.contains("<tr class=\"plot-ours\"><th scope=\"row\">the fast stage</th>"), "{html}");
        assert!(html.contains("width=\"20.00%\"") && html.contains(">2.00</td>"), "{html}");
        assert!(html.lines().all(|line| !line.trim().is_empty()), "a blank line would end the HTML");
    }

    /// A benchmark that was never run, and a group that it has not, are told.
    #[test]
    fn missing_figures_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources::english(folder.path());
        let missing = figure(&sources, "tea").unwrap_err();
        assert!(missing.contains("book/benchmarks/tea.json cannot be read"), "{missing}");
        fs::create_dir_all(folder.path().join("book/benchmarks")).unwrap();
        let text = include_str!("../tests/fixtures/bench.json");
        fs::write(folder.path().join("book/benchmarks/tea.json"), text).unwrap();
        let unknown = figure(&sources, "tea milk").unwrap_err();
        assert_eq!(unknown, "tea has no group `milk`: its groups are round-trip, flight.");
        assert!(figure(&sources, "tea flight").unwrap().contains("plot-bar"));
    }
}

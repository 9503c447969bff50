//! The curve of a benchmark that grows: a line for each subject, and their figures in a table, which says whose line is whose.

use std::fmt::Write as _;

use bench::{Group, Report, Row};

use crate::diff::escape;
use crate::said;
use crate::timeline::place;
use crate::translation::Words;

/// The size of the picture; it is stretched to the width of the page.
const SIZE: (f64, f64) = (640.0, 240.0);
/// Where the lines begin and end: left, right, top, bottom.
const AREA: [f64; 4] = [44.0, 630.0, 12.0, 210.0];

/// Groups that differ in one number, in the order of that number.
pub struct Growth<'a> {
    /// The groups, with their numbers; there are two at least.
    groups: Vec<(f64, &'a Group)>,
}

impl<'a> Growth<'a> {
    /// The groups whose keys are `key` and a number, `growth-8`; `None` when there are not two.
    ///
    /// Their titles differ behind the last comma: `jobs that sleep, 8 machines`.
    pub fn of(report: &'a Report, key: &str) -> Option<Self> {
        let number = |group: &Group| group.key.strip_prefix(key)?.strip_prefix('-')?.parse().ok();
        let mut groups: Vec<(f64, &Group)> =
            report.groups.iter().filter_map(|group| Some((number(group)?, group))).collect();
        groups.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        (groups.len() > 1).then_some(Self { groups })
    }

    /// The figure. No line of it is blank, since Markdown would end the HTML there.
    pub fn draw(&self, report: &Report, words: Words) -> String {
        let mut html = String::from("<figure class=\"thaw-plot thaw-curve\">\n");
        let _ = writeln!(html, "<svg viewBox=\"0 0 {} {}\" aria-hidden=\"true\">", SIZE.0, SIZE.1);
        html += &self.axes(words);
        for (at, row) in self.subjects().enumerate() {
            let _ =
                writeln!(html, "<polyline class=\"{}\" points=\"{}\"/>", class(at, row), self.points(row));
        }
        html += "</svg>\n";
        html += &self.table(words);
        let caption = said!(
            words,
            "Measured by <code>cargo course bench {name}</code> on {place}: medians.",
            name = escape(&report.name),
            place = escape(&place(words, &report.measured_on))
        );
        html + &format!("<figcaption>{caption}</figcaption>\n</figure>\n")
    }

    fn last(&self) -> &'a Group {
        self.groups[self.groups.len() - 1].1
    }

    /// The rows of the last group: a subject that is not there has no line.
    fn subjects(&self) -> impl Iterator<Item = &'a Row> {
        self.last().rows.iter()
    }

    /// The highest figure of all.
    fn highest(&self) -> f64 {
        let rows = self.groups.iter().flat_map(|(_, group)| &group.rows);
        rows.map(|row| row.median).fold(f64::MIN_POSITIVE, f64::max)
    }

    fn place(&self, number: f64, figure: f64) -> (f64, f64) {
        let [left, right, top, bottom] = AREA;
        let most = self.groups.last().map_or(1.0, |(most, _)| *most);
        (left + (right - left) * number / most, bottom - (bottom - top) * figure / self.highest())
    }

    /// Both axes, with the numbers below and half and whole of the highest figure beside.
    fn axes(&self, words: Words) -> String {
        let [left, right, top, bottom] = AREA;
        let mut svg = format!("<path d=\"M{left} {top}V{bottom}H{right}\"/>\n");
        for (number, _) in &self.groups {
            let (x, _) = self.place(*number, 0.0);
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" class=\"curve-below\">{number}</text>",
                bottom + 20.0
            );
        }
        for figure in [self.highest() / 2.0, self.highest()] {
            let ((_, y), text) = (self.place(0.0, figure), shown(figure, words));
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{:.1}\" class=\"curve-beside\">{text}</text>",
                left - 8.0,
                y + 5.0
            );
        }
        svg
    }

    fn points(&self, row: &Row) -> String {
        let figures = self.groups.iter().filter_map(|(number, group)| {
            let row = same(group, row)?;
            let (x, y) = self.place(*number, row.median);
            Some(format!("{x:.1},{y:.1}"))
        });
        figures.collect::<Vec<_>>().join(" ")
    }

    fn table(&self, words: Words) -> String {
        let (title, unit) = (words.word(&self.last().title), words.word(&self.last().unit));
        // `jobs that sleep, 8 machines`: the number stands above its column.
        let (title, counted) = title.rsplit_once(", ").unwrap_or((&title, ""));
        let counted = counted.trim_start_matches(|first: char| !first.is_alphabetic());
        let caption = escape(&format!("{title} ({unit})"));
        let mut html =
            format!("<table>\n<caption>{caption}</caption>\n<thead><tr><th>{}</th>", escape(counted));
        for (number, _) in &self.groups {
            let _ = write!(html, "<th scope=\"col\">{number}</th>");
        }
        html += "</tr></thead>\n<tbody>\n";
        for (at, row) in self.subjects().enumerate() {
            let (class, name) = (class(at, row), escape(&words.word(&row.name)));
            let _ = write!(
                html,
                "<tr><th scope=\"row\"><svg class=\"curve-key\" width=\"32\" height=\"8\" aria-hidden=\"true\">\
                 <line class=\"{class}\" x2=\"32\" y1=\"4\" y2=\"4\"/></svg>{name}</th>"
            );
            for (_, group) in &self.groups {
                let figure = same(group, row).map_or("–".into(), |row| shown(row.median, words));
                let _ = write!(html, "<td>{figure}</td>");
            }
            html += "</tr>\n";
        }
        html + "</tbody>\n</table>\n"
    }
}

/// The row of the same subject in another group.
fn same<'a>(group: &'a Group, row: &Row) -> Option<&'a Row> {
    group.rows.iter().find(|other| other.name == row.name)
}

/// A figure as the language writes it.
pub fn shown(figure: f64, words: Words) -> String {
    bench::figure(figure).replace('.', &words.word("."))
}

/// How the line of a subject is drawn.
fn class(at: usize, row: &Row) -> String {
    if row.is_ours { "curve-ours".to_owned() } else { format!("curve-{at}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each subject has a line with a point for each number, and a row with its figures.
    #[test]
    fn each_subject_has_its_line_and_its_row() {
        let mut report: Report = serde_json::from_str(include_str!("../tests/fixtures/bench.json")).unwrap();
        assert!(Growth::of(&report, "growth").is_none());
        let group = report.groups.remove(0);
        report.groups = [2, 1]
            .map(|number| {
                let title = format!("naps, {number} beds");
                Group { key: format!("growth-{number}"), title, ..group.clone() }
            })
            .into();
        let growth = Growth::of(&report, "growth").expect("two groups");
        let html = growth.draw(&report, Words::ENGLISH);
        let rows = group.rows.len();
        assert_eq!(
            (html.matches("<polyline").count(), html.matches("<th scope=\"row\"").count()),
            (rows, rows)
        );
        assert!(html.contains("<caption>naps (µs)</caption>"), "{html}");
        assert!(html.contains("<th>beds</th><th scope=\"col\">1</th><th scope=\"col\">2</th>"), "{html}");
        assert!(html.contains("points=\"337.0,") && html.contains(" 630.0,"), "{html}");
        assert!(html.lines().all(|line| !line.trim().is_empty()), "a blank line would end the HTML");
    }
}

//! One picture that stands alone: the README's, from the same traces and the same colors as the book's.

use practice::trace::format::Trace;

use super::reading::Reading;
use super::svg;
use super::words::state;
use crate::diff::escape;
use crate::translation::Words;

/// As wide as the README's column on most screens.
const WIDTH: u32 = 760;
/// Where the first picture begins, and how much its heading needs.
const HEAD: u32 = 34;

/// Two runs as one SVG file, readable on a light page and on a dark one.
pub fn poster(frozen: &Trace, thawed: &Trace, words: Words, theme: &str) -> String {
    let length = frozen.length_us.max(thawed.length_us).max(1);
    let mut top = 0;
    let mut body = String::new();
    for (which, trace) in [(words.word("Frozen"), frozen), (words.word("Thawed"), thawed)] {
        let reading = Reading::told_in(trace, words);
        let head = escape(&format!("{which}: {}, {}", trace.program, state(&reading)));
        let picture = svg::picture(&which, &reading, length);
        body += &format!(
            "<text class=\"head\" x=\"16\" y=\"{}\">{head}</text>\n<svg x=\"0\" y=\"{}\" width=\"{WIDTH}\">\n{picture}</svg>\n",
            top + 22,
            top + HEAD,
        );
        top += HEAD + svg::height(&reading) + 12;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{top}\" viewBox=\"0 0 {WIDTH} {top}\">\n\
         <style>\n{}</style>\n<rect width=\"{WIDTH}\" height=\"{top}\" rx=\"8\" fill=\"var(--bg)\"/>\n{body}</svg>\n",
        style(theme)
    )
}

/// The colors and the shapes, taken from the theme; an SVG file cannot ask for it.
fn style(theme: &str) -> String {
    let shapes = theme.lines().filter(|line| line.starts_with(".tl-")).collect::<Vec<_>>().join("\n");
    format!(
        "svg {{ --text-font: system-ui, sans-serif; {} }}\n\
         @media (prefers-color-scheme: dark) {{ svg {{ {} }} }}\n\
         .head {{ font: 600 15px var(--text-font); fill: var(--fg); }}\n{shapes}\n",
        colors(theme, ".light"),
        colors(theme, ".navy"),
    )
}

/// The colors that pictures use, from the first rule whose selector begins so.
fn colors(theme: &str, selector: &str) -> String {
    let rule = theme.lines().skip_while(|line| !line.starts_with(selector)).take_while(|line| *line != "}");
    let used = |line: &&str| ["--tl-", "--bg:", "--fg:", "--soft:"].iter().any(|name| line.starts_with(name));
    rule.map(str::trim).filter(used).collect::<Vec<_>>().join(" ")
}

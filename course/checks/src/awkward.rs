//! Lines that are easily lost or changed on their way.

/// A line that is empty, indented and so no command, long or not ASCII, or has several blanks or a tab in it, as its number says.
///
/// Those that are not empty carry their number.
///
/// ```
/// assert_eq!(checks::awkward_line(0), "");
/// assert_eq!(checks::awkward_line(7), "  /indented 7");
/// ```
pub fn awkward_line(number: usize) -> String {
    match number % 6 {
        0 => String::new(),
        1 => format!("  /indented {number}"),
        2 => format!("several   blanks,\tand a tab {number}"),
        3 => format!("long {number} {}", "x".repeat(10_000)),
        4 => format!("olé, Ωμέγα {number}"),
        _ => format!("line {number}"),
    }
}

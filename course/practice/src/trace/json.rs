//! The trace as JSON, written by hand: whoever builds a client then builds no serde below it.

use std::fmt::{self, Display, Formatter, Write};

use super::format::{Lane, LaneKind, Mark, MarkKind, Span, SpanKind, Trace};

/// A JSON value; its `Display` is the JSON text, on one line.
///
/// Numbers are whole, so there is none that JSON cannot hold.
pub(super) enum Json<'a> {
    /// A count, an index or a time.
    Number(u64),
    /// Any text: what must not stand in JSON is escaped.
    Text(&'a str),
    /// Values in order.
    List(Vec<Json<'a>>),
    /// Values under their names, in the order in which they are written.
    Object(Vec<(&'static str, Json<'a>)>),
}

// Each pattern names every field, so that the compiler says which one is not written.
impl<'a> Json<'a> {
    /// What stands in the file.
    pub(super) fn trace(trace: &'a Trace) -> Self {
        let Trace { thaw_trace, program, args, measured_on, length_us, lanes, spans, marks } = trace;
        Json::Object(vec![
            ("thaw_trace", Json::Number((*thaw_trace).into())),
            ("program", Json::Text(program)),
            ("args", Json::List(args.iter().map(|arg| Json::Text(arg)).collect())),
            ("measured_on", Json::Text(measured_on)),
            ("length_us", Json::Number(*length_us)),
            ("lanes", Json::List(lanes.iter().map(Json::lane).collect())),
            ("spans", Json::List(spans.iter().map(Json::span).collect())),
            ("marks", Json::List(marks.iter().map(Json::mark).collect())),
        ])
    }

    fn lane(lane: &'a Lane) -> Self {
        let Lane { name, kind, turns, busy_us } = lane;
        Json::Object(vec![
            ("name", Json::Text(name)),
            ("kind", Json::Text(lane_kind(*kind))),
            ("turns", Json::Number(*turns)),
            ("busy_us", Json::Number(*busy_us)),
        ])
    }

    fn span(span: &'a Span) -> Self {
        let Span { lane, kind, name, from_us, to_us } = span;
        Json::Object(vec![
            ("lane", Json::Number(*lane as u64)),
            ("kind", Json::Text(span_kind(*kind))),
            ("name", Json::Text(name)),
            ("from_us", Json::Number(*from_us)),
            ("to_us", Json::Number(*to_us)),
        ])
    }

    fn mark(mark: &'a Mark) -> Self {
        let Mark { lane, kind, at_us, text } = mark;
        Json::Object(vec![
            ("lane", Json::Number(*lane as u64)),
            ("kind", Json::Text(mark_kind(*kind))),
            ("at_us", Json::Number(*at_us)),
            ("text", Json::Text(text)),
        ])
    }
}

impl Display for Json<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Json::Number(number) => write!(out, "{number}"),
            Json::Text(text) => write_text(text, out),
            Json::List(values) => {
                out.write_char('[')?;
                for (index, value) in values.iter().enumerate() {
                    write!(out, "{}{value}", comma(index))?;
                }
                out.write_char(']')
            }
            Json::Object(fields) => {
                out.write_char('{')?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    write!(out, "{}{}:{value}", comma(index), Json::Text(name))?;
                }
                out.write_char('}')
            }
        }
    }
}

fn lane_kind(kind: LaneKind) -> &'static str {
    match kind {
        LaneKind::Room => "room",
        LaneKind::Loop => "loop",
        LaneKind::Reader => "reader",
        LaneKind::Pool => "pool",
        LaneKind::Process => "process",
        LaneKind::Screen => "screen",
        LaneKind::Keys => "keys",
    }
}

fn span_kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Turn => "turn",
        SpanKind::Blocked => "blocked",
        SpanKind::Job => "job",
    }
}

fn mark_kind(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Joined => "joined",
        MarkKind::Sent => "sent",
        MarkKind::Heard => "heard",
        MarkKind::Ping => "ping",
        MarkKind::Pong => "pong",
        MarkKind::Dropped => "dropped",
        MarkKind::Closed => "closed",
        MarkKind::Shown => "shown",
        MarkKind::Line => "line",
    }
}

fn comma(index: usize) -> &'static str {
    if index == 0 { "" } else { "," }
}

/// RFC 8259, section 7: quotes, backslashes and control characters are escaped, all else stands for itself.
fn write_text(text: &str, out: &mut Formatter<'_>) -> fmt::Result {
    out.write_char('"')?;
    for char in text.chars() {
        match char {
            '"' | '\\' => write!(out, "\\{char}")?,
            '\n' => out.write_str("\\n")?,
            '\0'..='\x1f' => write!(out, "\\u{:04x}", u32::from(char))?,
            _ => out.write_char(char)?,
        }
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::format::VERSION;

    const LANES: [LaneKind; 7] = [
        LaneKind::Room,
        LaneKind::Loop,
        LaneKind::Reader,
        LaneKind::Pool,
        LaneKind::Process,
        LaneKind::Screen,
        LaneKind::Keys,
    ];
    const SPANS: [SpanKind; 3] = [SpanKind::Turn, SpanKind::Blocked, SpanKind::Job];
    const MARKS: [MarkKind; 9] = [
        MarkKind::Joined,
        MarkKind::Sent,
        MarkKind::Heard,
        MarkKind::Ping,
        MarkKind::Pong,
        MarkKind::Dropped,
        MarkKind::Closed,
        MarkKind::Shown,
        MarkKind::Line,
    ];

    /// What is written by hand is read by serde as the same trace, whatever its kinds and texts.
    #[test]
    fn written_traces_come_back() {
        let text = || "\"read\" C:\\notes.txt\n\u{1b}[1mé".to_owned();
        let trace = Trace {
            thaw_trace: VERSION,
            program: text(),
            args: vec![text(), String::new()],
            measured_on: text(),
            length_us: u64::MAX,
            lanes: LANES.map(|kind| Lane { name: text(), kind, turns: 1, busy_us: 2 }).into(),
            spans: SPANS.map(|kind| Span { lane: 3, kind, name: text(), from_us: 4, to_us: 5 }).into(),
            marks: MARKS.map(|kind| Mark { lane: 6, kind, at_us: 7, text: text() }).into(),
        };
        assert_eq!(serde_json::from_str::<Trace>(&Json::trace(&trace).to_string()).unwrap(), trace);
    }

    /// Every character that Rust knows is read back as itself.
    #[test]
    fn every_character_comes_back() {
        let all: String = ('\0'..=char::MAX).collect();
        let read: String = serde_json::from_str(&Json::Text(&all).to_string()).unwrap();
        assert!(read == all, "a character was lost");
    }

    /// Only quotes, backslashes and control characters are escaped.
    #[test]
    fn text_is_escaped_where_it_must_be() {
        let text = Json::Text("\"C:\\é\u{1f9ca}\"\n\t\u{7f}").to_string();
        assert_eq!(text, "\"\\\"C:\\\\é\u{1f9ca}\\\"\\n\\u0009\u{7f}\"");
    }

    /// Lists, objects and numbers are written as serde_json writes them, empty ones too.
    #[test]
    fn values_are_those_of_serde_json() {
        let json = Json::Object(vec![
            ("list", Json::List(vec![Json::Number(0), Json::Number(u64::MAX), Json::Text("")])),
            ("none", Json::List(vec![])),
            ("\"", Json::Object(vec![])),
        ]);
        let expected = serde_json::json!({ "list": [0, u64::MAX, ""], "none": [], "\"": {} });
        assert_eq!(json.to_string(), r#"{"list":[0,18446744073709551615,""],"none":[],"\"":{}}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json.to_string()).unwrap(), expected);
    }
}

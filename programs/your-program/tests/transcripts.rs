//! Each instrument prints what the page shows: a service freezes, and is seen to.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use checks::{Figures, hold_transcript, let_children_hear, patience, within};
use tokio_metrics::TaskMonitor;

/// Runs a program to its end; what it prints.
#[track_caller]
fn printed(program: &'static str, args: &'static [&str]) -> String {
    let_children_hear().expect("handlers for signals");
    let run = move || Command::new(program).args(args).output();
    let output = within(patience() * 10, "the program ends", run).unwrap_or_else(|missed| panic!("{missed}"));
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn holds(name: &str, printed: &str) {
    let command = format!("cargo run -p your-program --bin {name}");
    hold_transcript(&format!("your-program-{name}"), &command, printed, Figures::VaryInAnyOrder);
}

/// The watchdog tells of the freeze before the guests are answered, and of its end.
#[test]
fn watchdog_tells_while_it_lasts() {
    let printed = printed(env!("CARGO_BIN_EXE_watch"), &[]);
    let line = |part: &str| printed.lines().position(|line| line.contains(part));
    assert!(line("has not run for") < line("guest: hello meanwhile"), "{printed}");
    holds("watch", &printed);
}

/// The count of parks names the stuck worker, and the busy time stands still until the poll has ended.
#[test]
fn busy_time_moves_afterwards() {
    let printed = printed(env!("CARGO_BIN_EXE_metrics"), &[]);
    let busy = |when: &str| {
        let line = printed.lines().find(|line| line.starts_with(when) && line.ends_with("in all"));
        let figure = line.and_then(|line| line.split_whitespace().find_map(|word| word.parse::<f64>().ok()));
        figure.unwrap_or_else(|| panic!("no figure {when} in {printed}"))
    };
    assert!(busy("meanwhile:") - busy("before:") < 1.0, "{printed}");
    assert!(busy("after:") - busy("meanwhile:") >= 1.9, "{printed}");
    holds("metrics", &printed);
}

/// tokio-metrics counts the slow poll, and tells how long it was; a poll of 50 µs would count without the threshold.
#[test]
fn slow_poll_is_counted() {
    assert_eq!(TaskMonitor::DEFAULT_SLOW_POLL_THRESHOLD, Duration::from_micros(50));
    holds("slow-polls", &printed(env!("CARGO_BIN_EXE_slow-polls"), &[]));
}

/// The end of a span says how long the request held a worker, and which request it was.
#[test]
fn span_tells_its_busy_time() {
    let printed = printed(env!("CARGO_BIN_EXE_spans"), &[]);
    let spans: Vec<&str> = printed.lines().filter(|line| line.contains("close")).collect();
    let slow: Vec<&&str> = spans.iter().filter(|line| busy_seconds(line) >= 2.0).collect();
    assert_eq!((spans.len(), slow.len()), (3, 1), "{printed}");
    assert!(slow[0].contains(r#"request="rate""#), "{printed}");
    holds("spans", &printed);
}

/// Of `time.busy=2.00s`: microseconds and milliseconds are none.
fn busy_seconds(line: &str) -> f64 {
    let busy = line.split("time.busy=").nth(1).and_then(|rest| rest.split_whitespace().next());
    busy.and_then(|busy| busy.trim_end_matches('s').parse().ok()).unwrap_or(0.0)
}

/// The costs have a row for each instrument, on the page as well; their figures are those of the machine.
///
/// On a quiet one, `COURSE_RECORD=1 cargo test --release -p your-program costs` records them.
#[test]
fn costs_have_their_rows() {
    // A debug build, or a hundred requests, have the rows and no figures.
    let is_recorded = env::var_os("COURSE_RECORD").is_some() && !cfg!(debug_assertions);
    let measured = printed(env!("CARGO_BIN_EXE_costs"), if is_recorded { &[] } else { &["100"] });
    if is_recorded {
        let command = "cargo run --release -p your-program --bin costs";
        hold_transcript("your-program-costs", command, &measured, Figures::Vary);
    }
    let instruments = [
        "alone",
        "with the watchdog",
        "with a sampler of the metrics",
        "with tokio-metrics",
        "with a span that nobody reads",
        "with a span and a line at its end",
    ];
    assert_eq!(rows(&measured), instruments);
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/transcripts/your-program-costs.txt");
    assert_eq!(rows(&fs::read_to_string(shown).expect("what the page shows")), instruments);
}

/// What each row is called.
fn rows(measured: &str) -> Vec<&str> {
    measured.lines().filter_map(|line| Some(line.split_once("  ")?.0)).collect()
}

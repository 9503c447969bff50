//! Lessons 10 and 11 beside their peers: what an offload costs, and what a task costs.
//!
//! Run it: `cargo course bench executors`; with `--quick` each part takes a second or two, and its figures mean little.
//! Python's rows need a `python3`, or the Python that `COURSE_PYTHON` names, one of them with uvloop.
//! What is missing is said, and its rows are left out.

mod channels;
mod loops;
mod offload;

use std::error::Error;

use bench::{Bar, Better, Part, Report, pinned, root};

fn main() -> Result<(), Box<dyn Error>> {
    let parts: [Part; 3] = [
        ("offload, pinned", |effort| {
            pinned();
            vec![offload::round_trip(effort)]
        }),
        ("offload, free", offload::throughput),
        ("tasks, pinned", |effort| {
            pinned();
            loops::groups(effort)
        }),
    ];
    let report = Report::of("executors", &[offload::PYTHON, offload::UVLOOP], &parts, bars)?;
    report.map_or(Ok(()), |report| report.hand_out(&root()))
}

/// What the course promises of its two fast stages.
fn bars(report: &mut Report) {
    use loops::{FAST as LOOP, LOCAL_EXECUTOR, LOCAL_POOL, TOKIO};
    use offload::{BLOCKING, CROSSBEAM, FAST, LIMIT, MPSC, PYTHON, RAYON, TOKIO as SPAWN_BLOCKING, UVLOOP};
    let peers = [SPAWN_BLOCKING, BLOCKING, RAYON, CROSSBEAM, MPSC];
    let python = [PYTHON.name, UVLOOP.name];
    report.compare("round trip: fast pool, to the best peer", "round-trip", FAST, &peers, 1.0);
    report.compare("round trip: fast pool, to two threads' own", "round-trip", FAST, &[LIMIT], 1.1);
    report.compare("64 in flight: fast pool, to the best peer", "flight-64", FAST, &peers, 1.2);
    report.compare("1024 in flight: fast pool, to the best peer", "flight-1024", FAST, &peers, 1.2);
    report.compare("64 in flight: fast pool, to Python", "flight-64", FAST, &python, 10.0);
    for (key, tasks) in [("yield-1000", "1 000"), ("yield-10000", "10 000"), ("yield-100000", "100 000")] {
        report.compare(&format!("yield, {tasks} tasks: fast loop, to Tokio"), key, LOOP, &[TOKIO], 0.5);
    }
    let growth = |report: &Report| {
        let median = |key| report.row(key, LOOP).map(|row| row.median);
        Some(median("yield-100000")? / median("yield-1000")?)
    };
    if let Some(ratio) = growth(report) {
        let what = "yield: fast loop, 100 000 tasks to 1 000".to_owned();
        report.bars.push(Bar { what, ratio, bar: 1.5, better: Better::Lower });
    }
    let executors = [TOKIO, LOCAL_EXECUTOR, LOCAL_POOL];
    report.compare("spawn and finish: fast loop, to the best peer", "spawn", LOOP, &executors, 1.0);
}

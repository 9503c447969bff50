//! Task 2, count the freeze that still lasts: it is reported before a beat has ended it.

use std::{
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, ScriptedRoom, program};
use tokio::time::sleep;

use super::common::{IDEA, UNSENT, check_report, in_a_loop, prompted, reported, silence};

const ASK: &str = "01-frozen-client.md#task-2-count-the-freeze-that-still-lasts";
const ENDED_ONLY: &str = "`longest_freeze` knows only gaps that a beat has ended";

/// A freeze counts before a beat has ended it: the loop may not run again.
#[test]
fn lasting_freeze_counts() {
    let freeze = Duration::from_millis(200);
    let (report, longest) = in_a_loop(async move |heartbeat| {
        let began = Instant::now();
        sleep(Duration::from_millis(20)).await;
        thread::sleep(freeze);
        (heartbeat.longest_freeze(), began.elapsed())
    });
    check_report(report, freeze..=longest).or_explain(ENDED_ONLY, ASK);
}

/// A freeze is one, however often somebody asks while it lasts, and it is not forgotten once somebody has asked.
#[test]
fn asking_changes_nothing() {
    lasting_freeze_counts();
    let freeze = Duration::from_millis(400);
    let (during, after, longest) = in_a_loop(async move |heartbeat| {
        let began = Instant::now();
        sleep(Duration::from_millis(20)).await;
        let during = (0..8).fold(Duration::ZERO, |_, _| {
            thread::sleep(freeze / 8);
            heartbeat.longest_freeze()
        });
        sleep(Duration::from_millis(50)).await;
        let after = heartbeat.longest_freeze().min(heartbeat.longest_freeze());
        (during, after, began.elapsed())
    });
    let likely = "asked once, it is right, and asked each 50 ms it is not: only a beat may note its time";
    check_report(during, freeze..=longest).or_explain(likely, ASK);
    check_report(after, freeze..=longest).or_explain("a question makes it forget the longest gap", ASK);
}

/// The report is the longest silence of stdin, when that comes last and no beat has ended it.
#[test]
fn last_silence_counts() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("01"), &room);
    prompted(&client, &room);
    silence(&room, 3);
    let began = Instant::now();
    client.type_line("one");
    client.shows("sent: one").or_explain(UNSENT, IDEA);
    prompted(&client, &room);
    let at_least = silence(&room, 6);
    client.end_input();
    let report = reported(&client);
    let bounds = at_least..=began.elapsed();
    let likely = if report > *bounds.end() { "the freezes are added up" } else { ENDED_ONLY };
    check_report(report, bounds).or_explain(likely, ASK);
}

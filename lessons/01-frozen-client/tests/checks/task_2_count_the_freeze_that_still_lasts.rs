//! Task 2, count the freeze that still lasts: it is reported before a beat has ended it.

use std::{
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, ScriptedRoom, program};
use tokio::time::sleep;

use super::common::{BEAT, IDEA, UNSENT, check_report, in_a_loop, prompted, reported, silence, some_beats};

const ASK: &str = "01-frozen-client.md#task-2-count-the-freeze-that-still-lasts";
const ENDED_ONLY: &str = "`longest_freeze` knows only gaps that a beat has ended";

/// A freeze counts before a beat has ended it: the loop may not run again.
#[test]
fn lasting_freeze_counts() {
    let freeze = Duration::from_millis(200);
    let began = Instant::now();
    let (report, longest) = in_a_loop(async move |heartbeat| {
        some_beats().await;
        thread::sleep(freeze);
        (heartbeat.longest_freeze(), began.elapsed())
    });
    let likely = if report < freeze / 4 {
        ENDED_ONLY
    } else if report < freeze {
        "too much is taken off the gap that lasts: the heart sleeps 10 ms of it, and no more"
    } else {
        "the freeze that lasts is added to the gap before it"
    };
    check_report(report, freeze..=longest).or_explain(likely, ASK);
}

/// The first gap begins at the start: a freeze counts although no beat came before it, while it lasts and afterwards.
#[test]
fn first_gap_begins_at_the_start() {
    lasting_freeze_counts();
    let freeze = Duration::from_millis(200);
    let began = Instant::now();
    let (during, after, longest) = in_a_loop(async move |heartbeat| {
        thread::sleep(freeze);
        let during = heartbeat.longest_freeze();
        sleep(Duration::from_millis(50)).await;
        (during, heartbeat.longest_freeze(), began.elapsed())
    });
    let likely =
        "a freeze before the first beat is left out: until then the time of `start` is the last beat's";
    for report in [during, after] {
        check_report(report, freeze..=longest).or_explain(likely, BEAT);
    }
}

/// A freeze is one, however often somebody asks while it lasts; a shorter one after it neither hides it nor adds to it.
#[test]
fn asking_changes_nothing() {
    lasting_freeze_counts();
    let freeze = Duration::from_millis(400);
    let began = Instant::now();
    let (during, after, later, longest) = in_a_loop(async move |heartbeat| {
        some_beats().await;
        let during = (0..8).fold(Duration::ZERO, |_, _| {
            thread::sleep(freeze / 8);
            heartbeat.longest_freeze()
        });
        sleep(Duration::from_millis(50)).await;
        let after = heartbeat.longest_freeze().min(heartbeat.longest_freeze());
        let longest = began.elapsed();
        thread::sleep(freeze / 2);
        (during, after, heartbeat.longest_freeze(), longest)
    });
    let likely = "asked once, it is right, and asked each 50 ms it is not: only a beat may note its time";
    check_report(during, freeze..=longest).or_explain(likely, ASK);
    check_report(after, freeze..=longest)
        .or_explain("a question makes it forget the longest gap, or the beat after it does", ASK);
    let likely = match later < freeze {
        true => "the freeze that lasts is reported, although a longer one came before it",
        false => "the freeze that lasts is added to the longest one before it",
    };
    check_report(later, freeze..=longest).or_explain(likely, ASK);
}

/// The report is the longest silence of stdin, when that comes last and no beat has ended it.
#[test]
fn last_silence_counts() {
    lasting_freeze_counts();
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
    let likely = match report > *bounds.end() {
        true => "the freezes are added up",
        false => {
            "shorter ones are told in full: whole seconds of a longer one are lost, or `chat` asks too late"
        }
    };
    check_report(report, bounds).or_explain(likely, ASK);
}

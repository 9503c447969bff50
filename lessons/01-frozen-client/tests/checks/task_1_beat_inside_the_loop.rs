//! Task 1, beat inside the loop: whatever blocks the loop is measured, and a free loop shows no freeze.

use std::{
    ops::RangeInclusive,
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, ScriptedRoom, check, program};
use frozen_client::Heartbeat;
use tokio::{runtime::Handle, time::sleep};

use super::common::{
    BEAT, IDEA, SHARED, SLACK, UNSENT, check_report, in_a_loop, is_shared, prompted, reported, silence,
};

const NO_HEART: &str = "nothing beats in this loop: no heart yet, or one on another thread";
const NO_RECORD: &str = "the longest gap is forgotten, or measured between times at which beats were due;\n\
    or `longest_freeze` does not get at it, at a lock that the heart holds while it sleeps";
const NO_GAP: &str = "nothing beats in this loop: no heart yet, or one on another thread;\n\
    or the longest gap is forgotten, or measured between times at which beats were due";
const FORGOTTEN: &str =
    "asked soon after the freeze, it is right: the longest gap has to be kept, and not only the last ones";

/// The instrument sees whatever blocks the loop, three freezes do not add up, and another heart knows of neither.
#[test]
fn any_freeze_is_measured() {
    let [first, long, short] = [300, 400, 200].map(Duration::from_millis);
    let (report, longest, tasks) = in_a_loop(async move |heartbeat| {
        freeze(first).await;
        let longest = freeze(long).await;
        freeze(short).await;
        (heartbeat.longest_freeze(), longest, Handle::current().metrics().num_alive_tasks())
    });
    check_longest(report, long..=longest, if tasks == 0 { NO_HEART } else { NO_RECORD });
    check(
        !is_shared(),
        "each heart has figures of its own",
        "one that has just started knows another's freeze, or makes it forget that",
    )
    .or_explain(SHARED, BEAT);
}

/// Ten freezes of 0.08 s are no freeze of 0.5 s, and no free loop: each gap begins at the beat before it.
#[test]
fn short_freezes_make_no_long_one() {
    let short = Duration::from_millis(80);
    let freezes = || {
        in_a_loop(async move |heartbeat| {
            let control = practice::Heartbeat::start();
            for _ in 0..10 {
                freeze(short).await;
            }
            (heartbeat.longest_freeze(), control.longest_freeze())
        })
    };
    // On a busy machine a freeze is longer than it is meant to be.
    let short_ones = (0..5).map(|_| freezes()).find(|(_, control)| *control < short * 5 / 4);
    let (report, control) = short_ones.unwrap_or_else(freezes);
    let likely = if report < short / 2 {
        &format!("{NO_GAP};\nor a gap as short as this one is left out")
    } else {
        "the freezes are added up;\nor some beats do not note their time: each has to, also where its gap is no record"
    };
    check_report(report, short..=control).or_explain(likely, BEAT);
}

/// The longest freeze stays the longest, although the loop is free for 4 s after it.
#[test]
fn longest_freeze_is_kept() {
    let time = Duration::from_millis(200);
    let (soon, later, longest) = in_a_loop(async move |heartbeat| {
        // Two hearts, since a question may change the one that it is put to.
        let asked_soon = Heartbeat::start();
        let longest = freeze(time).await;
        let soon = asked_soon.longest_freeze();
        sleep(Duration::from_secs(4)).await;
        (soon, heartbeat.longest_freeze(), longest)
    });
    check_longest(soon, time..=longest, NO_GAP);
    check_report(later, time..=later.max(longest)).or_explain(FORGOTTEN, BEAT);
}

/// A loop that is free shows no freeze, however long the client runs.
#[test]
fn free_loop_shows_no_freeze() {
    let (report, control, parked) = in_a_loop(async |heartbeat| {
        let control = practice::Heartbeat::start();
        let parked = || Handle::current().metrics().worker_park_count(0);
        let before = parked();
        sleep(Duration::from_millis(300)).await;
        (heartbeat.longest_freeze(), control.longest_freeze(), parked() - before)
    });
    let likely = match report.as_millis() {
        // All of the experiment, but for a beat that the reader may subtract.
        280.. => "the time since `start` is reported, not the longest gap between two beats",
        _ => "the heart beats too seldom, or not each beat notes its time: it should, every 10 ms",
    };
    check_report(report, Duration::ZERO..=control).or_explain(likely, BEAT);
    check(parked > 2, "a loop that sleeps between two beats", format!("in 0.3 s it slept {parked} times"))
        .or_explain("the heart gives way and is ready again at once: let it sleep for 10 ms", BEAT);
    check(
        (0..10).any(|_| sleeps_for() <= 15),
        "a beat every 10 ms",
        "the loop slept for more than 15 ms at a time, at each of ten looks",
    )
    .or_explain("the heart beats too seldom: it should, every 10 ms", BEAT);
}

/// How many milliseconds a loop that has nothing but the heart sleeps at a time; a busy machine delays some beats.
fn sleeps_for() -> u128 {
    in_a_loop(async |_| {
        let parked = || u128::from(Handle::current().metrics().worker_park_count(0));
        let (before, began) = (parked(), Instant::now());
        sleep(Duration::from_millis(100)).await;
        // On a busy machine more than 0.1 s have passed.
        began.elapsed().as_millis() / (parked() - before).max(1)
    })
}

/// The report is the longest silence of stdin, and not the last one.
#[test]
fn report_is_the_longest_silence() {
    let room = ScriptedRoom::open();
    let began = Instant::now();
    let mut client = Client::on_pipes(&program!("01"), &room);
    prompted(&client, &room);
    let at_least = silence(&room, 5);
    client.type_line("one");
    client.shows("sent: one").or_explain(UNSENT, IDEA);
    prompted(&client, &room);
    let at_most = began.elapsed();
    silence(&room, 3);
    client.type_line("two");
    client.end_input();
    check_longest(reported(&client), at_least..=at_most, NO_GAP);
}

/// Blocks the loop for a while, lets it run again, and says how long both took.
async fn freeze(time: Duration) -> Duration {
    let began = Instant::now();
    sleep(Duration::from_millis(20)).await;
    thread::sleep(time);
    sleep(Duration::from_millis(50)).await;
    began.elapsed()
}

/// The report is the longest freeze, and no other figure that can be made of a long one and a short one after it.
fn check_longest(report: Duration, bounds: RangeInclusive<Duration>, no_gap: &str) {
    let second = Duration::from_secs(1);
    let likely = if report > SLACK && bounds.contains(&(report + second)) {
        "whole seconds are lost: `subsec_millis`, say, has only what is left over"
    } else if report < *bounds.start() / 4 {
        no_gap
    } else if report > *bounds.end() {
        "the freezes are added up, or the time since `start` is reported"
    } else {
        "the last freeze is reported, or the mean of all, or whole seconds are lost, or too much is subtracted;\n\
         or the heart beats on another thread, and was late"
    };
    check_report(report, bounds).or_explain(likely, BEAT);
}

//! Task 2, one line for each freeze: a freeze is told once, and `stop` ends the watchdog.

use std::{sync::mpsc::RecvTimeoutError, thread, time::Instant};

use checks::{Client, Ended, Explain, ScriptedRoom, check, program};

use super::common::{IDEA, LIMIT, NO_END, ONCE, THREAD, block, next, stopped, watched};

/// Two freezes make two lines and two ends, however long they last.
#[test]
fn one_report_for_each_freeze() {
    let (runtime, watchdog, reports) = watched(LIMIT / 5);
    for freeze in ["first", "second"] {
        let gate = block(&runtime);
        next(&reports).or_explain(&format!("the {freeze} freeze is not reported"), ONCE);
        let again = reports.recv_timeout(LIMIT);
        check(again.is_err(), "one line while a freeze lasts", format!("another one: `{again:?}`"))
            .or_explain("a freeze is reported again and again", ONCE);
        drop(gate);
        let end = next(&reports).or_explain(NO_END, THREAD);
        check(end.starts_with("it runs again"), "`it runs again, after …`", format!("`{end}`"))
            .or_explain("a freeze is reported again and again", ONCE);
    }
    stopped(runtime, watchdog);
}

/// `stop` ends the watchdog, whose longest freeze is the one that was.
#[test]
fn stop_returns_the_longest_freeze() {
    let (runtime, watchdog, reports) = watched(LIMIT / 5);
    let began = Instant::now();
    let gate = block(&runtime);
    let blocked = Instant::now();
    thread::sleep(LIMIT);
    let least = blocked.elapsed();
    drop(gate);
    let (longest, most) = (stopped(runtime, watchdog), began.elapsed());
    // The last beat came a little before the block, and the next a little after it.
    check(
        longest + LIMIT / 5 > least && longest <= most + LIMIT / 5,
        format!("a longest freeze of about {least:.1?}"),
        format!("{longest:.1?}"),
    )
    .or_explain("a freeze is not measured up to the beat that ends it", ONCE);
    let ended = loop {
        match reports.recv_timeout(LIMIT) {
            Ok(_) => {}
            Err(why) => break why == RecvTimeoutError::Disconnected,
        }
    };
    check(ended, "no watchdog after `stop`", "it still holds `report`").or_explain("it still runs", THREAD);
}

/// The client ends at the end of input, watchdog and all, and tells its longest freeze.
#[test]
fn end_of_input_ends_the_client() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("02"), &room);
    client.type_line("hello");
    room.hears("hello").or_explain("the typed line is not sent", IDEA);
    client.end_input();
    let ended = client.exits().or_explain("`stop` waits for a thread that does not end", THREAD);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", IDEA);
    client.shows("longest freeze: ").or_explain("the report at the end is gone", IDEA);
    let (_, leaving) = room.left().or_explain("the process ended without closing", IDEA);
    check(leaving == practice::Leaving::Closed, "a close frame", format!("the room says: {leaving:?}"))
        .or_explain("the socket is dropped where `close` is due", IDEA);
}

//! Task 5, leave it as you found it: however the client ends, it ends at once, and the terminal is as it was.

use std::{
    collections::HashSet,
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use checks::{
    Client, Door, Ended, Explain, Missed, ScriptedRoom, check, descendants, pass_over, patience, program,
    span,
};

use super::common::{
    ENDLESS, ON_THE_LOOP, TASK_1, TASK_2, TASK_4, TASK_5, all_cancelled, are_gone, at_a_terminal,
    behind_a_door, during, has_stats, in_a_stuck_room, is_in, is_inside, start, start_all,
};

const CONFIRMED: &str = "a pong does not confirm its line and all before it, or confirms others, too; or a line has no `!! not sent: `";
const FULL: &str = "where the outbox is full, nobody takes what is typed";
const FORGOTTEN: &str = "nobody asks what became of the connection once the input has ended";

/// The longest freeze that the client may show.
const FREEZE: Duration = Duration::from_millis(50);

/// However the client ends, jobs in every pool or not, the terminal is as it was, and no worker is left.
#[test]
fn every_end_leaves_the_terminal_as_it_was() {
    let mut ways: Vec<(&str, Way, &[Ended])> = vec![
        ("/quit", |_, client| client.type_line("/quit"), &[Ended::Status(0)]),
        ("Ctrl-D", |_, client| client.type_raw("\x04"), &[Ended::Status(0)]),
        ("the room's goodbye", |room, _| room.close("closing time"), &[Ended::Status(3)]),
        ("a panic in the event loop", |_, client| client.type_line("/bug"), &[Ended::Status(101)]),
    ];
    if cfg!(unix) {
        // A shell tells 143 of both: whoever is ended by the signal, and whoever ends because of it.
        ways.push(("`kill`", |_, client| client.terminate(), &[Ended::Signal, Ended::Status(130)]));
    } else {
        pass_over("nothing asks a program to end here, as `kill` does");
    }
    for (way, end, fitting) in ways {
        ends_well(way, end, fitting);
    }
}

/// A way to end a client.
type Way = fn(&ScriptedRoom, &mut Client);

/// Ends a client with jobs in every pool.
#[track_caller]
fn ends_well(way: &str, end: Way, fitting: &[Ended]) {
    let (room, mut client, _) = at_a_terminal();
    start_all(&room, &mut client);
    has_stats(&mut client, "process pool: 1 running").or_explain("no worker does `/slow`", TASK_2);
    let workers = descendants(client.process()).unwrap_or_default();
    end(&room, &mut client);
    let ended = client.exits().map_err(|missed| during(way, missed));
    let ended = ended.or_explain("the end waits for a job that has none", TASK_5);
    check(fitting.contains(&ended), format!("{} after {way}", fitting[0]), ended.to_string())
        .or_explain("the ways to end are not told apart", TASK_5);
    let restored = client.leaves_the_terminal_as_it_was().map_err(|missed| during(way, missed));
    restored.or_explain("the process ends before the terminal is dropped, so its settings stay", TASK_5);
    are_gone(&workers)
        .map_err(|missed| during(way, missed))
        .or_explain("a worker outlives the client", TASK_5);
}

/// The text of a panic can be read: it is not printed in steps across the screen, and not into the line that is typed.
#[test]
fn panic_can_be_read() {
    let (_room, mut client, mut display) = at_a_terminal();
    client.type_line("/bug");
    client.exits().or_explain("a panic in the event loop does not end the client", TASK_5);
    let text = "a bug in the client, typed on purpose";
    let begins = |row: &String| row.starts_with("thread 'main' ") || row.starts_with("panicked at ");
    let told = |rows: &[String]| is_in(rows, text) && rows.iter().any(begins);
    display
        .until(&client, &format!("where it panicked, and `{text}`, each at the beginning of a row"), told)
        .or_explain("the panic is printed while the editor has the terminal", TASK_5);
}

/// What is typed right before the end arrives: the end waits for the room for a moment.
#[test]
fn last_line_arrives() {
    for end in ["/quit\r", "\x04"] {
        let (room, mut client, _) = at_a_terminal();
        client.type_raw(&format!("good night\r{end}"));
        room.hears_next("good night").or_explain("the connection is cut before all is sent", TASK_5);
        let ended = client.exits().or_explain("the client does not end", TASK_5);
        check(ended == Ended::Status(0), Ended::Status(0).to_string(), ended.to_string())
            .or_explain("it is an error", TASK_5);
    }
}

/// Has a client leave while its room is away, with a line that was not sent.
fn leaving_without_a_room() -> (ScriptedRoom, Door, Client) {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let mut client = Client::on_terminal(&program!("14"), &door);
    is_inside(&room, &client);
    door.shut();
    client.shows("the room is gone").or_explain("a room that vanishes ends the client", TASK_4);
    client.type_line("is anybody there?");
    client.type_line("/quit");
    (room, door, client)
}

/// Who leaves while the room is away is not kept, and is told which lines were not sent.
#[test]
fn unsent_lines_are_told_at_the_end() {
    let (_room, _door, client) = leaving_without_a_room();
    client.shows("!! not sent: is anybody there?").or_explain("a line is lost, and nobody is told", TASK_5);
    let ended = client.exits().or_explain("the client waits for a room that is away", TASK_5);
    check(ended == Ended::Status(0), "exit status 0", ended.to_string()).or_explain("it is an error", TASK_5);
}

/// Whoever leaves waits for a moment: a room that is away would keep a client that waits for longer.
#[test]
fn end_takes_a_moment() {
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (_room, _door, client) = leaving_without_a_room();
        let began = Instant::now();
        let ended = client.exits().or_explain("the client waits for a room that is away", TASK_5);
        check(ended == Ended::Status(0), "exit status 0", ended.to_string())
            .or_explain("it is an error", TASK_5);
        if began.elapsed() < Duration::from_secs(2) {
            return;
        }
        seen.push(span(began.elapsed()));
    }
    // A busy machine takes its time, and not each time.
    check(false, "an end within 2 s, in one of three runs", seen.join(", "))
        .or_explain("the end waits for the room for longer than a moment", TASK_5);
}

/// The room's goodbye may come before it says that it has a line: that is told, too.
#[test]
fn goodbye_tells_what_was_not_sent() {
    let (room, mut client) = in_a_stuck_room();
    client.type_line("good night");
    room.next_line().or_explain("a typed line is not sent", TASK_4);
    room.closes("closing time");
    let ended = client.exits().or_explain("the client comes back to a room that has said goodbye", TASK_4);
    check(ended == Ended::Status(3), "exit status 3", ended.to_string())
        .or_explain("the end of the room is not told apart from your own", TASK_4);
    client
        .shows("!! not sent: good night")
        .or_explain("what the room may not have is told at your own end only", TASK_5);
}

/// A room may answer only one of several pings: that confirms all lines before it, and none behind it. It may send
/// pongs of its own, too: they confirm nothing.
#[test]
fn pong_confirms_the_lines_before_it() {
    for (confirmed, not_sent) in [(3, 0..0), (1, 2..4)] {
        let (room, mut client) = in_a_stuck_room();
        room.pongs_unasked();
        (1..=3).for_each(|number| client.type_line(&format!("line {number}")));
        room.answers_once(3, confirmed).or_explain("a line is not sent, or no ping behind it", TASK_4);
        client.type_line("/quit");
        client.exits().or_explain("the client waits for a room that hangs", TASK_5);
        let told: Vec<String> = client.screen().lines().filter_map(not_sent_line).collect();
        let expected: Vec<String> = not_sent.map(|number| format!("line {number}")).collect();
        let what = format!("after a pong for line {confirmed} of 3, not sent: {expected:?}");
        check(told == expected, what, format!("not sent: {told:?}")).or_explain(CONFIRMED, TASK_4);
    }
}

/// Whoever types more than an outbox holds while the room is away is told of each line, and the end is taken.
#[test]
fn full_outbox_takes_the_end() {
    let (_room, door, mut client) = behind_a_door();
    door.shut();
    client.shows("the room is gone").or_explain("a room that vanishes ends the client", TASK_4);
    let lines: Vec<String> = (0..1500).map(|number| format!("line {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    let told = client.shows("!! not sent: line ");
    let is_taken = told.is_ok() || {
        client.type_line("/upper tea");
        client.shows("== /upper tea: TEA").is_ok()
    };
    let likely = if is_taken { "the outbox takes any number of lines" } else { FULL };
    told.or_explain(likely, TASK_4);
    client.end_input();
    // A client may wait some seconds for a room that comes back, where nobody waits at a keyboard.
    let limit = patience() + Duration::from_secs(10);
    client.exits_within(limit).or_explain(FULL, TASK_5);
    all_are_told(&client, &lines).or_explain("a line is lost, and nobody is told", TASK_5);
}

/// Where the outbox is full and the room hangs, some lines are still on their way there: at the end they are told, too.
#[test]
fn lines_before_a_full_outbox_are_told() {
    let (_room, mut client) = in_a_stuck_room();
    let lines: Vec<String> = (0..1030).map(|number| format!("line {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n/quit\n"));
    let limit = patience() + Duration::from_secs(10);
    client.exits_within(limit).or_explain(FULL, TASK_5);
    all_are_told(&client, &lines)
        .or_explain("what is on its way into a full outbox is forgotten at the end", TASK_5);
}

/// Whether each of these lines is told as not sent.
fn all_are_told(client: &Client, lines: &[String]) -> Result<(), Missed> {
    let screen = client.screen();
    let told: HashSet<String> = screen.lines().filter_map(not_sent_line).collect();
    let missing = lines.iter().filter(|line| !told.contains(*line)).count();
    let expected = format!("of {} lines each is told as not sent", lines.len());
    check(missing == 0, expected, format!("{missing} are not"))
}

/// A room that never was there is an error at once, and the terminal is as it was.
#[test]
fn wrong_address_is_an_error() {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    door.shut();
    let client = Client::on_terminal(&program!("14"), &door);
    client.shows("no room answers at ").or_explain("a wrong address is not told", TASK_5);
    let ended =
        client.exits().or_explain("the client tries for ever to reach an address that may be wrong", TASK_4);
    check(ended == Ended::Status(1), "exit status 1", ended.to_string()).or_explain("it is no error", TASK_5);
    client.leaves_the_terminal_as_it_was().or_explain("raw mode stays on", TASK_5);
    let mut client = Client::on_pipes(&program!("14"), &door);
    client.type_line("is anybody there?");
    client.end_input();
    client.shows("no room answers at ").or_explain(FORGOTTEN, TASK_5);
    let ended = client.exits().or_explain("the end of a pipe is no end of input", TASK_1);
    check(ended == Ended::Status(1), "exit status 1", ended.to_string()).or_explain(FORGOTTEN, TASK_5);
}

/// After a flood, a crash, jobs in every pool and an outage, the longest freeze is a short one.
#[test]
fn longest_freeze_stays_short() {
    let mut seen = Vec::new();
    for _ in 0..5 {
        let (freeze, lag) = beside_a_thread_that_works(longest_freeze);
        seen.push(format!("{} ms, and {} ms for a thread of the check", freeze.as_millis(), lag.as_millis()));
        // A busy machine lets every thread wait; what freezes by itself waits far longer than others do.
        if freeze < FREEZE + 3 * lag {
            return;
        }
    }
    check(false, format!("a freeze of less than {} in one of five runs", span(FREEZE)), seen.join("\n"))
        .or_explain(ON_THE_LOOP, TASK_5);
}

/// Runs `visit`, and says by how much the same short work took another thread longer at most than at least.
///
/// A thread that only sleeps would not tell: a busy machine lets it go first.
fn beside_a_thread_that_works<T>(visit: impl FnOnce() -> T) -> (T, Duration) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let working = scope.spawn(|| {
            let (mut shortest, mut longest) = (Duration::MAX, Duration::ZERO);
            while !is_over.load(Relaxed) {
                let began = Instant::now();
                (0..1_000_000).for_each(|number| _ = black_box(number));
                (shortest, longest) = (shortest.min(began.elapsed()), longest.max(began.elapsed()));
                thread::sleep(Duration::from_millis(20));
            }
            longest.saturating_sub(shortest)
        });
        let visited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(visit));
        is_over.store(true, Relaxed);
        let lag = working.join().expect("a thread that works");
        (visited.unwrap_or_else(|panic| std::panic::resume_unwind(panic)), lag)
    })
}

/// One visit with all that there is, and what `/stats` says of it.
fn longest_freeze() -> Duration {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let mut client = Client::on_terminal(&program!("14"), &door);
    is_inside(&room, &client);
    let [waits, computes, endless] = ENDLESS;
    start(&room, &mut client, &[waits, computes]);
    // On one core there is one worker, and the crash would wait behind a job that does not end.
    client.type_line("/crash");
    client.shows("!! /crash: the worker died").or_explain("the crash is not told", TASK_2);
    start(&room, &mut client, &[endless]);
    (0..500).for_each(|number| room.say(&format!("message {number}")));
    client.shows("<< message 499").or_explain(ON_THE_LOOP, TASK_1);
    door.cut();
    room.joined().or_explain("the client does not come back", TASK_4);
    client.interrupt();
    all_cancelled(&client);
    client.type_line("/stats");
    client
        .shows("== /stats: longest freeze ")
        .or_explain("`/stats` does not tell the longest freeze", TASK_5);
    client.shows(" ms").or_explain("`/stats` does not tell the longest freeze", TASK_5);
    let screen = client.screen();
    let told =
        screen.rsplit_once("longest freeze ").and_then(|(_, told)| told.split(' ').next()?.parse().ok());
    let told = told.ok_or_else(|| Missed::new("a number of milliseconds", "none"));
    Duration::from_millis(told.or_explain("`/stats` does not tell the longest freeze", TASK_5))
}

/// The line that is told as not sent.
fn not_sent_line(told: &str) -> Option<String> {
    told.strip_prefix("!! not sent: ").map(str::to_owned)
}

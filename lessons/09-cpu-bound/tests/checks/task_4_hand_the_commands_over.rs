//! Task 4, hand the commands over: `/split` and `/forty` compute in the pool, and their answers stay right.

use std::time::Duration;

use checks::{Client, Explain, ScriptedRoom, check, cpu_time, program, until};
use practice::cores;

use super::common::{IDEA, NO_JOIN, ON_THE_LOOP, TASK_4, TOO_MANY, room_goes_on_during};

/// How many parts `/split` has.
const PARTS: usize = 16;

/// The same while all cores do: the loop gets its turn among them, and no other job does.
#[test]
fn pongs_go_out_while_all_cores_count() {
    room_goes_on_during("/split 3000000000", TASK_4);
    if cores() > PARTS {
        return checks::pass_over("whether `/split` takes all cores: it has 16 parts, and here are more");
    }
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    let far = cpu_time(client.process()).map(|used| used + Duration::from_millis(100));
    client.type_line("/split 3000000000");
    // Once the parts compute, whatever comes stands behind them; what became of a client that is gone is told below.
    let computes = || cpu_time(client.process()).is_none_or(|used| Some(used) >= far);
    until(computes, "`/split` computes", "the client is idle")
        .or_explain("`/split` does not begin, or its count is cut short", TASK_4);
    room.pongs(2).or_explain(ON_THE_LOOP, TASK_4);
    client.type_line("/primes 100");
    let is_answered = client.shows_within("/primes 100: ", TOO_MANY).is_ok();
    check(!is_answered, "`/split` takes all cores: `/primes 100` waits", "it is answered meanwhile")
        .or_explain(
            "`/split` leaves a core to others, or another job has a place beside those of the pool",
            TASK_4,
        );
}

/// The client's forty jobs are all answered; they use the cores, and never more run at once than there are.
#[test]
fn forty_jobs_share_the_cores() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    let (answered, at_once) = forty(&mut client, 20_000);
    check(answered == 40, "40 answered", answered.to_string()).or_explain("an answer is lost", TASK_4);
    check(at_once <= cores(), format!("{} at once, at most", cores()), format!("{at_once} at once"))
        .or_explain(
            "`/forty` hands its jobs to `spawn_blocking` itself, and not to the pool; or that is too wide",
            TASK_4,
        );
    check(at_once >= cores().min(2), "2 at once, at least", "1 at once").or_explain(
        "each job is awaited before the next one is handed in, all are one job, or the pool is too narrow",
        TASK_4,
    );
}

/// While `/split` and `/primes` compute, the forty jobs come: all together are never more than there are cores.
#[test]
fn split_and_forty_share_the_cores() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    for (command, likely) in [
        (
            "/split 400000",
            "the parts of `/split` run elsewhere than the jobs: on threads beside those of the pool; or that is too wide",
        ),
        ("/primes 800000", "`/primes` has a pool of its own, beside that of the other jobs"),
    ] {
        client.type_line(command);
        let (_, at_once) = forty(&mut client, 5000);
        check(at_once <= cores(), format!("{} at once, at most", cores()), format!("{at_once} at once"))
            .or_explain(likely, TASK_4);
    }
}

/// A panic of `/split` is told as that of any job is, and is no count.
#[test]
fn panicking_split_is_an_error_too() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/split x");
    client.shows("!! /split x: the job panicked: how many numbers?").or_explain(
        "`/split` runs outside of `compute`, or what that says of a panic is thrown away",
        TASK_4,
    );
}

/// What is no number of numbers is told at once, and no job is handed in.
#[test]
fn forty_wants_a_number() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/forty x");
    client
        .shows("!! /forty x: how many numbers? Try /forty 60000")
        .or_explain("the answer is another than the starter's", TASK_4);
}

/// The counts are right, of one core and of all of them; a wrong name is an error.
#[test]
fn counts_are_right() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    for (below, primes) in [(0, 0), (2, 0), (3, 1), (100, 25), (1000, 168), (60_000, 6057)] {
        for name in ["/primes", "/split"] {
            client.type_line(&format!("{name} {below}"));
            let answer = format!("== {name} {below}: {primes} primes");
            client.shows(&answer).or_explain("a count is given up although it is wanted", TASK_4);
        }
    }
    client.type_line("/dance");
    client.shows("!! /dance: the commands are").or_explain("a wrong name is not answered", TASK_4);
}

/// Types `/forty`, and gives the figures in `== /forty 20000: 40 answered, 2 at once, 2 cores`.
#[track_caller]
fn forty(client: &mut Client, below: usize) -> (usize, usize) {
    let command = format!("/forty {below}");
    client.type_line(&command);
    client.shows(&format!("== {command}: ")).or_explain("an answer is lost", TASK_4);
    client.shows(" cores").or_explain("an answer is lost", TASK_4);
    let screen = client.screen();
    let (_, told) = screen.rsplit_once(&format!("== {command}: ")).unwrap_or_default();
    let mut numbers = told.split_whitespace().filter_map(|word| word.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

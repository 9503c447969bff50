//! Task 4, hand the commands over: `/split` and `/forty` compute in the pool, and their answers stay right.

use checks::{Client, Explain, ScriptedRoom, check, program};
use practice::cores;

use super::common::{IDEA, NO_JOIN, TASK_4, room_goes_on_during};

/// The same while all cores do: the loop gets its turn among them.
#[test]
fn pongs_go_out_while_all_cores_count() {
    room_goes_on_during("/split 3000000000", TASK_4);
}

/// The client's forty jobs are all answered, and never more run at once than there are cores.
#[test]
fn forty_jobs_share_the_cores() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/forty 20000");
    client.shows("== /forty 20000: ").or_explain("an answer is lost", TASK_4);
    client.shows(" cores").or_explain("an answer is lost", TASK_4);
    let (answered, at_once) = told(&client.screen()).unwrap_or_default();
    let expected = format!("40 answered, {} at once at most", cores());
    check(answered == 40 && at_once <= cores(), expected, format!("{answered} answered, {at_once} at once"))
        .or_explain("`/forty` hands its jobs to `spawn_blocking` itself, and not to the pool", TASK_4);
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

/// The figures in `== /forty 20000: 40 answered, 2 at once, 2 cores`.
fn told(screen: &str) -> Option<(usize, usize)> {
    let (_, told) = screen.rsplit_once("== /forty 20000: ")?;
    let mut numbers = told.split_whitespace().filter_map(|word| word.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

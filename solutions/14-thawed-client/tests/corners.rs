//! What the solution does beyond the page, and no reader is held to.

use checks::{Client, ScriptedRoom, patience, program};

/// As many commands run at once as may; one more is refused, and says why.
#[test]
fn commands_have_a_limit() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("14"), &room);
    room.joined().unwrap();
    (1..64).for_each(|_| client.type_line("/sleep 3600"));
    client.type_line("/stats");
    client.shows("== /stats: ").unwrap();
    client.type_line("/sleep 3600");
    client.type_line("/sleep 3601");
    client.shows("!! /sleep 3601: busy: 64 commands run already").unwrap();
    client.end_input();
    client.exits().unwrap();
}

/// Where a pipe has ended, commands are answered first; what goes on is counted, and so is the longest freeze.
#[test]
fn last_words_follow_the_answers() {
    for (commands, expected) in [
        ("/sleep 1\n", ["== /sleep 1: ", "longest freeze: ", "ended: there was no more to read"]),
        (
            "/sleep 3600\n/sleep 3601\n/quit\n",
            ["abandoned: 2 of your commands", "longest freeze: ", "ended: you left"],
        ),
    ] {
        let room = ScriptedRoom::open();
        let mut client = Client::on_pipes(&program!("14"), &room);
        room.joined().unwrap();
        client.type_raw(commands);
        client.end_input();
        client.exits_within(2 * patience()).unwrap();
        let screen = client.screen();
        for part in expected {
            assert!(screen.contains(part), "`{part}` after {commands:?}:\n{screen}");
        }
        assert_eq!(screen.contains("abandoned"), commands.contains("3600"), "{screen}");
    }
}

/// Who cancels is told what becomes of each job, which depends on its place.
#[test]
fn fate_of_what_is_cancelled_is_told() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("14"), &room);
    client.shows("> ").unwrap();
    let jobs = [
        ("/sleep 3600", "its thread is abandoned, and goes on"),
        ("/primes 30000000000", "it stops at its next look"),
        ("/slow 3600", "a worker that was at it is killed"),
    ];
    jobs.iter().for_each(|(job, _)| client.type_line(job));
    client.type_line("all started");
    room.hears("all started").unwrap();
    client.interrupt();
    jobs.iter().for_each(|_| client.shows(": cancelled; ").unwrap());
    client.type_line("/quit");
    client.exits().unwrap();
    let screen = client.screen();
    for (job, fate) in jobs {
        let told = format!("!! {job}: cancelled; {fate}");
        assert!(screen.contains(&told), "`{told}`:\n{screen}");
    }
}

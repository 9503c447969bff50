//! `book/python/11_thread_pool.py`: the default pool, a pool of one's own, and its end.

use std::time::{Duration, Instant};

use checks::{Client, Ended, ScriptedRoom};

use crate::script;

/// The room goes on while jobs sleep; a file is read meanwhile in the other pool; an exception is an error line.
#[test]
fn python_runs_jobs_in_two_pools() {
    let Some(script) = script("11_thread_pool.py") else { return };
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&script, &room);
    room.joined().unwrap();
    client.type_line("/sleep 2");
    client.type_line("/sleep 2.1");
    client.type_line("/sleep 0");
    room.say("the kettle boils");
    client.shows("<< the kettle boils").unwrap();
    client.type_line("/read no-such-file");
    client.shows("!! /read no-such-file: FileNotFoundError(").unwrap();
    // Two threads are asleep: the third sleeper waits for one of them, however short it sleeps.
    let screen = client.screen();
    assert!(!screen.contains("== /sleep 0"), "{screen}");
    client.shows("== /sleep 0: awake again").unwrap();
    client.type_line("/sleep x");
    client.shows("!! /sleep x: ValueError(").unwrap();
    client.end_input();
    assert_eq!(client.exits().unwrap(), Ended::Status(0), "{}", client.screen());
}

/// At the end what waits is dropped, and what runs is waited for: the interpreter joins the threads of every pool.
#[test]
fn python_waits_for_what_runs() {
    let Some(script) = script("11_thread_pool.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&script, &room);
    room.joined().unwrap();
    let began = Instant::now();
    for _ in 0..2 {
        client.type_line("/sleep 2");
    }
    client.type_line("/sleep 3600");
    client.type_line("hello");
    room.hears("hello").unwrap();
    client.end_input();
    assert_eq!(client.exits().unwrap(), Ended::Status(0), "{}", client.screen());
    assert!(began.elapsed() >= Duration::from_secs(2), "it left while its jobs slept");
}

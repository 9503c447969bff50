//! A job is on the timeline of the machine that has it.

use std::{env, fs, process};

use checks::{Client, Host, Machine, NatsServer, ScriptedRoom, program};

/// From its beginning to its end, under its name, and each in the lane of its machine.
#[test]
fn jobs_are_on_the_timeline() {
    let Some(server) = NatsServer::start() else { return };
    let machine = Machine::start(&program!("15"), &server, &env::temp_dir());
    machine.shows("takes jobs").unwrap();
    let (room, file) = (ScriptedRoom::open(), env::temp_dir().join(format!("trace-15-{}", process::id())));
    let args = ["--nats", &server.url(), "--trace", file.to_str().unwrap()];
    let mut client = Client::on_pipes_with(&program!("15"), &room, &args);
    room.joined().unwrap();
    for seconds in ["0.5", "0.6"] {
        client.type_line(&format!("/slow {seconds}"));
        client.shows(&format!("== /slow {seconds}: slept")).unwrap();
    }
    client.end_input();
    client.exits().unwrap();
    let trace = fs::read_to_string(&file).unwrap();
    let _ = fs::remove_file(&file);
    let jobs: Vec<&str> =
        trace.split("{\"lane\":").filter(|span| span.contains("\"name\":\"/slow\"")).collect();
    let number = |span: &str, key: &str| {
        let (_, number) = span.split_once(&format!("\"{key}\":")).unwrap();
        number.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse::<u64>().unwrap()
    };
    let times: Vec<_> = jobs.iter().map(|span| (number(span, "from_us"), number(span, "to_us"))).collect();
    let [first, second] = times[..] else { panic!("{trace}") };
    assert!(first.1 <= second.0, "{times:?}");
    // One machine, one lane.
    assert_eq!(trace.matches("\"kind\":\"process\"").count(), 1, "{trace}");
}

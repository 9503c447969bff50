//! What the lesson gives you: one call for two places, and the word where a server will not do.

use std::{process::Output, time::Duration};

use another_machine::{Answer, Failure, Job, Machines, Settings};
use checks::{Client, Explain, Host, Machine, NatsServer, ScriptedRoom, check, on_a_loop, program};
use tokio::runtime::Builder;

const IDEA: &str = "15-another-machine.md#the-idea";
const GIVEN: &str = "what the lesson gives you was changed: compare it with `cargo course diff 15`";

/// Without a server the client's jobs are done by processes here.
#[test]
fn no_server_is_needed() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("15"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(GIVEN, IDEA);
    client.type_line("/crash");
    client.shows("!! /crash: the worker died").or_explain(GIVEN, IDEA);
}

/// With a server they are done by whichever machine takes them.
#[test]
fn machine_does_the_jobs() {
    let Some(server) = NatsServer::start() else { return };
    let machine = Machine::start(&program!("15"), &server, &std::env::temp_dir());
    machine.shows("takes jobs").or_explain(GIVEN, IDEA);
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal_with(&program!("15"), &room, &["--nats", &server.url()]);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    for (line, said) in [("/upper tea", "== /upper tea: TEA"), ("/crash", "!! /crash: the worker died")] {
        client.type_line(line);
        client.shows(said).or_explain("no machine does the job, or its answer is lost", IDEA);
    }
    machine.shows("takes /crash").or_explain(GIVEN, IDEA);
}

/// Where no server is, or something else, one sentence says what to do, and the status is 1; a wrong flag is 2.
#[test]
fn wrong_servers_are_told() {
    let room = ScriptedRoom::open();
    let nobody = "nats://127.0.0.1:1";
    let cases: [(&[&str], i32, &str); 5] = [
        (&["--nats", nobody], 1, "start a server with `nats-server -js`"),
        (&["--nats", nobody, "--machine"], 1, "start a server with `nats-server -js`"),
        (&["--nats", "a kettle"], 1, "try nats://HOST:PORT"),
        (&["--machine"], 2, "name it with --nats nats://HOST:PORT"),
        (&["--machine"], 2, "\n  --nats URL "),
    ];
    for (args, status, advice) in cases {
        let mut command = program!("15").command();
        command.args(["--server", &room.url()]).args(args);
        let Output { status: ended, stderr, .. } = command.output().expect("the program starts");
        let said = String::from_utf8_lossy(&stderr);
        let is_so = ended.code() == Some(status) && said.contains(advice);
        check(is_so, format!("{args:?}: status {status}, and `{advice}`"), format!("{ended}, and {said}"))
            .or_explain(GIVEN, IDEA);
    }
}

/// A job that is longer than the server takes is refused at once, and the line goes on.
#[test]
fn long_job_is_refused() {
    let Some(server) = NatsServer::start_with("jetstream: enabled, max_payload: 65536") else { return };
    let machine = Machine::start(&program!("15"), &server, &std::env::temp_dir());
    machine.shows("takes jobs").or_explain(GIVEN, IDEA);
    let url = server.url();
    let build = || Builder::new_current_thread().enable_all().build();
    let seen = on_a_loop(build, "three calls are answered", async move || {
        let machines = Machines::connect(&url, Settings::default()).await.expect("a server");
        let limit = Duration::from_secs(5);
        // The answer is as long as the job, and so is not refused by itself.
        let lengths = [100_000, 60_000, 3].map(|length| "a".repeat(length));
        let mut seen = Vec::new();
        for text in lengths {
            seen.push(machines.call_within(Job::Upper(text), limit).await);
        }
        seen
    });
    let seen = seen.or_explain("a call waits for ever", IDEA);
    let is_so = matches!(
        &seen[..],
        [Err(Failure::Refused(_)), Ok(Answer::Text(long)), Ok(Answer::Text(short))] if long.len() == 60_000 && short == "AAA"
    );
    check(is_so, "`Refused`, then two answers", few(&seen)).or_explain(GIVEN, IDEA);
}

fn few(seen: &impl std::fmt::Debug) -> String {
    format!("{seen:?}").chars().take(160).collect()
}

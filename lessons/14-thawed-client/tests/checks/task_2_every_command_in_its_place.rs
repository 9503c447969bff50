//! Task 2, every command in its place: each is answered from where it belongs, and the event loop runs none.

use std::{env, fs, process};

use checks::{Client, Explain, ScriptedRoom, check, program};
use practice::cores;

use super::common::{
    ENDLESS, IDEA, NO_JOIN, NO_PROMPT, ON_THE_LOOP, TASK_1, TASK_2, at_a_terminal, during, has_stats,
};

const NOT_ANSWERED: &str = "the job runs where its panic is the client's own, or its answer is not shown";

/// Each place does its work and answers; what cannot be done is an error line.
#[test]
fn every_place_answers() {
    let (room, mut client, _) = at_a_terminal();
    let file = env::temp_dir().join(format!("thawed-{}", process::id()));
    fs::write(&file, "tea, milk, sugar").expect("a file");
    let read = format!("/read {}", file.display());
    for (line, answer) in [
        (read.as_str(), "== /read "),
        ("/primes 60000", "== /primes 60000: 6057 primes"),
        ("/upper tea", "== /upper tea: TEA"),
        ("/panic the cup broke", "!! /panic the cup broke: the job panicked: the cup broke"),
        ("/read nowhere", "!! /read nowhere: "),
        ("/primes x", "!! /primes x: "),
        ("/dance", "!! /dance: "),
    ] {
        client.type_line(line);
        client.shows(answer).or_explain(NOT_ANSWERED, TASK_2);
    }
    let shown = client.screen().contains("tea, milk, sugar");
    let _ = fs::remove_file(file);
    check(shown, "the text of the file", "another answer").or_explain("`/read` gives no text", TASK_2);
    room.say("and now?");
    client.shows("<< and now?").or_explain("a command that fails ends the client", TASK_2);
}

/// Jobs that wait, compute and run for ever, all at once: the room goes on, and drops nobody for silence.
#[test]
fn room_goes_on_during_every_job() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.shows("> ").or_explain(NO_PROMPT, TASK_1);
    for job in ENDLESS {
        client.type_line(job);
        client.type_line("still here");
        room.hears("still here").map_err(|missed| during(job, missed)).or_explain(ON_THE_LOOP, TASK_2);
    }
    room.pongs(6).or_explain(ON_THE_LOOP, TASK_2);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain(ON_THE_LOOP, TASK_2);
}

/// Each job is where it belongs, and no more compute than there are cores: `/stats` says so.
#[test]
fn jobs_run_where_they_belong() {
    let (_room, mut client, _) = at_a_terminal();
    let many = cores() + 2;
    (0..many).for_each(|_| client.type_line("/primes 30000000000"));
    client.type_line("/sleep 3600");
    client.type_line("/slow 3600");
    for wanted in [
        "blocking pool: 1 running, 1 awaited".to_owned(),
        format!("CPU pool: {} running, {many} awaited", cores()),
        "process pool: 1 running, 0 waiting".to_owned(),
    ] {
        has_stats(&mut client, &wanted)
            .or_explain("a command runs in another pool than the page says", TASK_2);
    }
}

/// A worker that crashes takes its own request along, and nothing else.
#[test]
fn crash_kills_a_worker_only() {
    let (room, mut client, _) = at_a_terminal();
    let before = client.process();
    client.type_line("/crash");
    client
        .shows("!! /crash: the worker died: ")
        .or_explain("the crash is not told, or is the client's own", TASK_2);
    client.type_line("still here");
    room.hears_next("still here").or_explain("the crash has taken the client along", TASK_2);
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain("no worker follows the one that died", TASK_2);
    check(client.process() == before, "the same client", "another one").or_explain("it was replaced", TASK_2);
}

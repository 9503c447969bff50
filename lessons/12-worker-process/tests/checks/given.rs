//! What the lesson gives you: jobs that cross, and a worker that is a polite guest at your terminal.

#[cfg(target_os = "linux")]
use std::process::Command;
use std::time::Duration;

#[cfg(target_os = "linux")]
use checks::{Client, Program, ScriptedRoom, program};
use checks::{Ended, Explain, check, is_running, until};
use worker_process::{Answer, Job};

use super::common::{GIVEN, HOURS, IDEA, Orphan, TASK_3, TASK_4, answers, pid, said, visit, with_worker};
#[cfg(target_os = "linux")]
use super::common::{NO_JOIN, Scratch, path};

/// Each job crosses, is done in a process of its own, and its answer comes back.
#[test]
fn jobs_cross_and_come_back() {
    let text = |text: &str| Ok(Answer::Text(text.to_owned()));
    let cases = [
        (Job::Upper("tea for two\nça va".into()), text("TEA FOR TWO\nÇA VA")),
        (Job::Upper(String::new()), text("")),
        (Job::Primes(1000), Ok(Answer::Number(168))),
        (Job::Divide(-7, 2), Ok(Answer::Number(-3))),
    ];
    with_worker(IDEA, async move |worker| {
        for (job, expected) in cases {
            answers(worker, job, expected).await.or_explain(GIVEN, IDEA);
        }
        let pid = worker.call(Job::Pid).await;
        check(pid == Ok(Answer::Number(worker.id().into())), "the worker's own number", said(&pid))
            .or_explain(GIVEN, IDEA);
    });
}

/// Each command makes its job, which has the command's name.
#[test]
fn commands_make_their_jobs() {
    let jobs = [
        ("/upper tea", Job::Upper("tea".into())),
        ("/primes 100", Job::Primes(100)),
        ("/divide 7 -2", Job::Divide(7, -2)),
        ("/print tea", Job::Print("tea\n".into())),
        ("/ask", Job::Ask),
        ("/pid", Job::Pid),
        ("/crash", Job::Crash),
        ("/exit 3", Job::Exit(3)),
    ];
    for (line, job) in jobs {
        let seen = Job::parse(line).map_err(|error| error.to_string());
        check(seen.as_ref() == Ok(&job), format!("{job:?} of `{line}`"), said(&seen)).or_explain(GIVEN, IDEA);
        let named = line.split(' ').next() == Some(job.name());
        check(named, format!("`{line}` on the timeline"), job.name()).or_explain(GIVEN, IDEA);
    }
    for line in ["/dance", "/primes all", "/divide 7", "/exit 99999999999"] {
        let refused = Job::parse(line);
        check(refused.is_err(), format!("an error for `{line}`"), said(&refused)).or_explain(GIVEN, IDEA);
    }
}

/// What you type is yours while the worker computes, and Ctrl-C ends client and worker in order.
#[test]
fn typed_lines_and_ctrl_c_are_the_clients() {
    let (mut client, room) = visit();
    let worker = Orphan(pid(&mut client));
    client.type_line(HOURS);
    for number in 1..=8 {
        let line = format!("line {number}");
        client.type_line(&line);
        room.hears_next(&line).or_explain("the worker reads from your terminal: stdin was inherited", IDEA);
    }
    room.pongs(2).or_explain("the event loop waits for the worker", IDEA);
    let mut is_spared = false;
    client.interrupt_held(|| is_spared = computes_on(worker.0)).or_explain(GIVEN, IDEA);
    check(is_spared, "the worker computes on after Ctrl-C", "it has ended")
        .or_explain("Ctrl-C reached the worker too: it belongs to the client's group of processes", IDEA);
    client.shows("abandoned: 1 of your commands").or_explain(GIVEN, IDEA);
    let ended = client.exits().or_explain("the client waits for its worker", TASK_4);
    check(ended == Ended::Status(130), "exit status 130 after Ctrl-C", format!("{ended:?}"))
        .or_explain(GIVEN, IDEA);
    worker.ends("the client has ended").or_explain("nobody told the worker", TASK_3);
}

/// A client whose file was replaced, as a rebuild does, still finds its worker. Linux only.
#[test]
#[cfg(target_os = "linux")]
fn client_survives_its_own_rebuild() {
    let file = Scratch::file("rebuilt");
    let copied = Command::new("cp").arg(path(&program!("12"))).arg(&file.0).status();
    assert!(copied.is_ok_and(|status| status.success()), "cp failed");
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&Program::at(&file.0), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    std::fs::remove_file(&file.0).expect("a file to remove");
    client.type_line("/upper tea");
    client
        .shows("== /upper tea: TEA")
        .or_explain("`current_exe` names a file that is gone, with ` (deleted)` behind it", IDEA);
}

/// Whether a process computes on; one that is about to die of a signal does not come far.
fn computes_on(process: u32) -> bool {
    let far = checks::cpu_time(process).map(|used| used + Duration::from_millis(30));
    let is_decided = || is_running(process) != Some(true) || checks::cpu_time(process) > far;
    until(is_decided, "the worker computes", "it is idle").or_explain(GIVEN, IDEA);
    is_running(process) != Some(false)
}

//! What the client of lesson 12 must do; run them with `cargo course check 12`.

use std::{
    fmt::Debug,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use checks::{
    Client, Ended, Explain, Missed, PATIENCE, Program, ScriptedRoom, check, is_running, program, within,
};
use futures_util::future::join_all;
use tokio::{
    runtime::Builder,
    time::{sleep, timeout},
};
use worker_process::{
    Answer, Failure, Job, Request, WorkerProcess,
    frame::{self, FrameError, LIMIT},
};

const IDEA: &str = "12-worker-process.md#the-idea";
const TASK_1: &str = "12-worker-process.md#task-1-say-the-length-first";
const TASK_2: &str = "12-worker-process.md#task-2-a-channel-of-its-own";
const TASK_3: &str = "12-worker-process.md#task-3-hear-the-end-while-you-compute";
const TASK_4: &str = "12-worker-process.md#task-4-a-number-for-each-request";
const NO_JOIN: &str = "`run` returned before it joined the room";
const GIVEN: &str = "what the lesson gives you was changed: compare it with `cargo course diff 12`";

/// A job that takes hours.
const HOURS: &str = "/primes 300000000000";

/// How long a check on a loop of its own may take: less than PATIENCE, so that the loop still ends its workers.
const BOUND: Duration = Duration::from_secs(5);

// What the lesson gives you: these are green before you change a line.

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

/// A panic is an error with its text, and the same worker goes on; what is no command is an error too.
#[test]
fn panic_is_an_error_and_the_worker_lives() {
    let (mut client, _room) = visit();
    let before = pid(&mut client);
    client.type_line("/divide 1 0");
    client
        .shows("!! /divide 1 0: the job panicked: attempt to divide by zero")
        .or_explain("nothing catches the panic: it ends the thread that computes", TASK_3);
    let after = pid(&mut client);
    check(before == after, format!("the same worker, {before}"), format!("another one, {after}"))
        .or_explain("the panic ended the worker", TASK_3);
    client.type_line("/dance");
    client.shows("!! /dance: there is no such job").or_explain(GIVEN, IDEA);
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

// Task 1: frames.

/// Four bytes of length, the highest first, and then the payload.
#[test]
fn frame_is_a_length_and_a_payload() {
    let likely = "a line says nowhere how long it is";
    let frames = [
        (frame::encode(&()), vec![0, 0, 0, 0]),
        (frame::encode(&7_u8), vec![0, 0, 0, 1, 7]),
        (frame::encode(&"tea"), vec![0, 0, 0, 4, 3, b't', b'e', b'a']),
    ];
    for (frame, expected) in frames {
        let frame = frame.unwrap_or_default();
        check(frame == expected, format!("the frame {expected:?}"), format!("{frame:?}"))
            .or_explain(likely, TASK_1);
    }
}

/// Messages of every length come back, one after the other: none, one byte, many, and as many as may be.
#[test]
fn frames_of_every_length_come_back() {
    // Postcard puts the length of a text before it: 4 bytes for the longest one here.
    let texts = [0, 1, 127, 128, 65_536, LIMIT - 4, 3].map(|length| "x".repeat(length));
    let stream: Vec<u8> = texts.iter().flat_map(|text| frame::encode(text).unwrap_or_default()).collect();
    for (how, (seen, end)) in both_ways::<String>(&stream) {
        let lengths: Vec<_> = seen.iter().map(String::len).collect();
        check(
            seen == texts,
            format!("{how}: texts of 0 to {} bytes come back", LIMIT - 4),
            format!("{lengths:?}"),
        )
        .or_explain("a read takes too much, or too little", TASK_1);
        check(end == "None", format!("{how}: `None` at the end"), end)
            .or_explain("the end is no error", TASK_1);
    }
}

/// One byte too many is refused, by its length alone, when it is written and when it is read.
#[test]
fn frame_past_the_limit_is_refused() {
    let written = frame::encode(&"x".repeat(LIMIT - 3)).map(|frame| frame.len());
    check(
        matches!(written, Err(FrameError::TooLong(_))),
        "`TooLong` for a message that is too long",
        said(&written),
    )
    .or_explain("`encode` does not look at the length", TASK_1);
    for length in [LIMIT as u32 + 1, u32::MAX / 2 + 2, u32::MAX] {
        for (how, (_, end)) in both_ways::<String>(&length.to_be_bytes()) {
            check(end == format!("TooLong({length})"), format!("{how}: `TooLong({length})`"), end)
                .or_explain("it allocates, and waits, for whatever the header promises", TASK_1);
        }
    }
}

/// An end inside of a frame is an error, wherever it comes; one between frames is none.
#[test]
fn truncated_frame_is_told_from_an_end() {
    let (first, second) =
        (frame::encode(&"tea").unwrap_or_default(), frame::encode(&"for two").unwrap_or_default());
    let stream = [&*first, &*second].concat();
    for cut in 0..=stream.len() {
        let whole = usize::from(cut >= first.len()) + usize::from(cut == stream.len());
        let expected = if [0, first.len(), stream.len()].contains(&cut) { "None" } else { "Truncated" };
        for (how, (seen, end)) in both_ways::<String>(&stream[..cut]) {
            let expected =
                format!("{how}, {cut} of {} bytes: {whole} messages, then `{expected}`", stream.len());
            let instead =
                format!("{how}, {cut} of {} bytes: {} messages, then `{end}`", stream.len(), seen.len());
            check(expected == instead, &expected, &instead)
                .or_explain("a short read passes for a frame, or for the end", TASK_1);
        }
    }
}

/// A payload that is no message, or more than one, is an error and no panic.
#[test]
fn payload_that_is_no_message_is_refused() {
    let request = frame::encode(&Request { id: 7, job: Job::Upper("tea".into()) }).unwrap_or_default();
    let mut payloads = vec![vec![], vec![0xff; 40], [&request[4..], b"!"].concat()];
    payloads.extend((5..request.len()).map(|end| request[4..end].to_vec()));
    for payload in payloads {
        let stream = [&(payload.len() as u32).to_be_bytes(), &*payload].concat();
        for (how, (_, end)) in both_ways::<Request>(&stream) {
            check(end == "Malformed", format!("{how}: `Malformed` for the payload {payload:?}"), end)
                .or_explain("bytes are left over, or missing, and nobody looks", TASK_1);
        }
    }
}

// Task 2: the channel.

/// Whatever a job prints, a forged reply too, is no reply.
#[test]
fn stray_print_is_no_reply() {
    let (mut client, _room) = visit();
    let likely = "stdout carries replies, and whatever a job prints";
    for printed in ["hello", "{\"id\":1,\"result\":{\"Ok\":{\"Text\":\"forged\"}}}", "aaaa bbbb cccc dddd"] {
        client.type_line(&format!("/print {printed}"));
        client.shows(&format!("== /print {printed}: printed")).or_explain(likely, TASK_2);
        client.type_line("/upper tea");
        client.shows("== /upper tea: TEA").or_explain(likely, TASK_2);
    }
}

/// A job that reads stdin gets nothing: no request, and no line of yours.
#[test]
fn stray_read_takes_nothing() {
    let (mut client, room) = visit();
    let likely = "stdin carries requests, and whoever reads it takes them";
    client.type_line("/ask");
    client.shows("== /ask: heard ``").or_explain(likely, TASK_2);
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(likely, TASK_2);
    client.type_line("still here");
    room.hears_next("still here").or_explain(likely, TASK_2);
}

// Task 3: the worker reads whatever happens.

/// A worker with nothing to do ends when its client is killed. Linux only, as the next one.
#[test]
fn idle_worker_ends_with_its_client() {
    ends_with_its_client(None);
}

/// One that computes ends as well, at once.
#[test]
fn busy_worker_ends_with_its_client() {
    ends_with_its_client(Some(HOURS));
}

/// Requests that wait in the worker hide no end.
#[test]
fn worker_with_a_queue_ends_with_its_client() {
    ends_with_its_client(Some(&[HOURS; 40].join("\n")));
}

/// Eight large requests at once, 4 MiB and more in both directions, three times: everybody gets their own answer.
#[test]
fn large_requests_go_both_ways_at_once() {
    let likely = "the client writes all it has before it reads, and the worker waits for it to read";
    let seen = with_worker(TASK_3, async |worker| {
        let mut own = Vec::new();
        for _ in 0..3 {
            let calls = (0..8).map(|number| {
                let text = format!("{number} tea for two ").repeat(40_000);
                async move {
                    let answer = worker.call(Job::Upper(text.clone())).await;
                    answer == Ok(Answer::Text(text.to_uppercase()))
                }
            });
            let answers = timeout(BOUND - Duration::from_secs(1), join_all(calls)).await;
            check(answers.is_ok(), "8 requests of 600 KiB are answered", "after 4 s they were not")
                .or_explain(likely, TASK_3);
            own.extend(answers.unwrap_or_default());
        }
        let large = "tea!".repeat(1 << 20);
        let answer = worker.call(Job::Upper(large.clone())).await;
        (own, answer == Ok(Answer::Text(large.to_uppercase())))
    });
    check(seen == (vec![true; 24], true), "everybody gets their own answer", format!("{seen:?}"))
        .or_explain("answers change hands", TASK_3);
}

// Task 4: whose reply, and whose end.

/// A reply to a request that nobody made is given to nobody.
#[test]
#[cfg(unix)]
fn reply_with_another_number_is_nobodys() {
    // To the request 999: the text `forged`.
    let forged = "printf '\\000\\000\\000\\013\\347\\007\\000\\000\\006forged'; exit 7";
    let answer = answer_of("forger", forged);
    let is_named = matches!(&answer, Err(Failure::Died(why)) if why.contains('7'));
    check(is_named, "`Died` and `7`, since nobody answers this request and the worker exits", said(&answer))
        .or_explain("the next reply is taken for one's own, whatever its number", TASK_4);
}

/// A call that was cancelled, wherever it was, takes no answer of another and leaves no half of a frame.
#[test]
fn cancelled_call_leaves_nothing_behind() {
    with_worker(TASK_4, async |worker| {
        let large = "tea!".repeat(1 << 20);
        for micros in [0, 1, 300, 1000, 3000, 10_000, 30_000] {
            let call = worker.call(Job::Upper(large.clone()));
            let _ = timeout(Duration::from_micros(micros), call).await;
            for number in 0..3 {
                let text = format!("tea {number}");
                let expected = Ok(Answer::Text(text.to_uppercase()));
                let likely =
                    "a request is written by whoever waits for it, or a reply goes to whoever waits first";
                answers(worker, Job::Upper(text), expected).await.or_explain(likely, TASK_4);
            }
        }
    });
}

/// An answer that is too long is an error, and so is such a request; the worker lives.
#[test]
fn too_long_is_an_error_and_the_worker_lives() {
    with_worker(TASK_4, async |worker| {
        // This letter takes 2 bytes, and its capital 3.
        for text in ["x".repeat(LIMIT), "ŉ".repeat(LIMIT / 2 - 100)] {
            let answer = worker.call(Job::Upper(text)).await;
            check(
                matches!(answer, Err(Failure::Refused(_))),
                "`Refused` for what is too long",
                said(&answer),
            )
            .or_explain("`encode` failed, and nobody is told", TASK_4);
            answers(worker, Job::Upper("tea".into()), Ok(Answer::Text("TEA".into())))
                .await
                .or_explain("the worker ended with a reply that it could not send", TASK_4);
        }
    });
}

/// Everybody who waits for a worker that ends is told, with its signal or its code; so is who comes later.
#[test]
fn dead_worker_is_an_error_with_its_cause() {
    let abort = if cfg!(unix) { "SIGABRT" } else { "0xc0000409" };
    let cases = [(Job::Crash, abort), (Job::Exit(3), "3"), (Job::Exit(0), "0")];
    for (job, cause) in cases {
        with_worker(TASK_4, async move |worker| {
            // The first one is under way when the worker ends, the last one never begins.
            let calls = [Job::Upper("tea".into()), job.clone(), Job::Upper("for two".into())];
            let results = join_all(calls.map(|job| worker.call(job))).await;
            let first = &results[0];
            check(*first == Ok(Answer::Text("TEA".into())), "the job before it is answered", said(first))
                .or_explain("a reply that came before the end is lost", TASK_4);
            let later = worker.call(Job::Upper("later".into())).await;
            for result in [&results[1], &results[2], &later] {
                let is_named = matches!(result, Err(Failure::Died(why)) if why.contains(cause));
                check(is_named, format!("after {job:?}: `Died`, and `{cause}` in its text"), said(result))
                    .or_explain("the end of the replies is known, and the process was not asked why", TASK_4);
            }
            check(!worker.is_alive(), "the handle knows that its worker is gone", "it says that it lives")
                .or_explain("the next command goes to a worker that is gone", TASK_4);
            is_gone(worker.id()).await;
        });
    }
}

/// A worker that breaks the channel, and lives on, is killed; nobody waits for it.
#[test]
#[cfg(unix)]
fn broken_channel_is_an_error_and_kills() {
    let cases = [
        ("exec >&-; exec sleep 1000", "SIGKILL", "it closes its replies and lives on"),
        ("printf 'hello, world'; exec sleep 1000", "1751477356 bytes", "it prints, and lives on"),
        ("printf '\\000\\000'; exit 7", "7", "it exits inside of a frame"),
        ("printf '\\000\\000\\000\\001\\377'; exec sleep 1000", "SIGKILL", "it sends a reply that is none"),
    ];
    for (number, (script, cause, what)) in cases.into_iter().enumerate() {
        let answer = answer_of(&format!("worker-{number}"), script);
        let is_named = matches!(&answer, Err(Failure::Died(why)) if why.contains(cause));
        check(is_named, format!("{what}: `Died`, and `{cause}` in its text"), said(&answer))
            .or_explain("the end of the replies is not the end of the process: kill it, then wait", TASK_4);
    }
}

/// What a shell script answers, that is started as a worker; the process must be gone then.
#[cfg(unix)]
#[track_caller]
fn answer_of(name: &str, script: &str) -> Result<Answer, Failure> {
    let file = Scratch::script(name, script);
    on_a_loop(TASK_4, async move || {
        let worker = WorkerProcess::start(&file.0).expect("a worker");
        let answer = worker.call(Job::Pid).await;
        if let Err(Failure::Died(_)) = answer {
            is_gone(worker.id()).await;
        }
        answer
    })
}

/// Dropping the handle ends the process, busy or not, and leaves no zombie.
#[test]
fn dropped_worker_is_gone() {
    for job in [None, Some(Job::Primes(u64::MAX))] {
        on_a_loop(TASK_4, async move || {
            let worker = WorkerProcess::start(&path(&program!("12"))).expect("a worker");
            answers(&worker, Job::Upper("tea".into()), Ok(Answer::Text("TEA".into())))
                .await
                .or_explain(GIVEN, IDEA);
            if let Some(job) = job {
                let _ = timeout(Duration::from_millis(5), worker.call(job)).await;
            }
            let id = worker.id();
            drop(worker);
            is_gone(id).await;
        });
    }
}

/// `/crash` costs its own answer and nothing else: the room goes on, and so does the next command.
#[test]
fn crash_stays_in_the_worker() {
    let (mut client, room) = visit();
    for _ in 0..3 {
        client.type_line("/crash");
        client.shows("!! /crash: the worker died: ").or_explain("the cause is not handed on", TASK_4);
        client.type_line("/upper tea");
        client
            .shows("== /upper tea: TEA")
            .or_explain("the next command goes to a worker that is gone", TASK_4);
    }
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("the event loop waits for the worker", TASK_4);
    room.pongs(2).or_explain("the event loop waits for the worker", TASK_4);
    client.end_input();
    let ended = client.exits().or_explain("the client waits for its worker", TASK_4);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}")).or_explain(GIVEN, IDEA);
}

/// A client that has joined a room.
#[track_caller]
fn visit() -> (Client, ScriptedRoom) {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("12"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    (client, room)
}

/// The number of the client's worker.
#[track_caller]
fn pid(client: &mut Client) -> u32 {
    client.type_line("/pid");
    client.shows("== /pid: ").or_explain(GIVEN, IDEA);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let screen = client.screen();
        let (_, told) = screen.rsplit_once("== /pid: ").unwrap_or_default();
        if let Some((number, _)) = told.split_once('\n') {
            return number.trim().parse().expect("a number");
        }
        assert!(Instant::now() < deadline, "the line with the number has no end");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Kills the client while its worker does what these lines ask for.
#[track_caller]
fn ends_with_its_client(lines: Option<&str>) {
    let (mut client, room) = visit();
    let worker = Orphan(pid(&mut client));
    if is_running(worker.0).is_none() {
        return;
    }
    if let Some(lines) = lines {
        let before = checks::cpu_time(worker.0);
        lines.lines().for_each(|line| client.type_line(line));
        let expected = "the worker computes";
        until(|| checks::cpu_time(worker.0) > before, expected, "it is idle").or_explain(GIVEN, IDEA);
        // What was typed before a line that the room has heard is on its way to the worker.
        for last in ["that is all", "really all"] {
            client.type_line(last);
            let _ = room.hears(last);
        }
    }
    signal(client.process(), "KILL");
    client.exits().or_explain("SIGKILL ends every process", IDEA);
    worker
        .ends("the client was killed")
        .or_explain("the thread that would see the end of its requests computes, or waits", TASK_3);
}

/// A worker whose client is gone; dropping it ends the process if nothing else has.
struct Orphan(u32);

impl Orphan {
    /// Waits until the process is gone; a zombie is.
    fn ends(&self, why: &str) -> Result<(), Missed> {
        let expected = format!("the worker ends when {why}");
        until(|| is_running(self.0) != Some(true), &expected, "it still runs")
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        if is_running(self.0) == Some(true) {
            signal(self.0, "KILL");
        }
    }
}

/// Whether a process computes on; one that is about to die of a signal does not come far.
fn computes_on(process: u32) -> bool {
    let far = checks::cpu_time(process).map(|used| used + Duration::from_millis(30));
    let is_decided = || is_running(process) != Some(true) || checks::cpu_time(process) > far;
    until(is_decided, "the worker computes", "it is idle").or_explain(GIVEN, IDEA);
    is_running(process) != Some(false)
}

fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
}

/// Waits for something that the system tells only when it is asked.
fn until(is_so: impl Fn() -> bool, expected: &str, instead: &str) -> Result<(), Missed> {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        if Instant::now() > deadline {
            return Err(Missed::new(format!("{expected}, within 6 s"), instead));
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// Waits until a child of this process is gone, and no zombie of it is left.
async fn is_gone(process: u32) {
    let proc = PathBuf::from(format!("/proc/{process}"));
    let gone = timeout(BOUND / 2, async {
        while proc.exists() {
            sleep(Duration::from_millis(2)).await;
        }
    });
    let state = match gone.await {
        Ok(()) => return,
        Err(_) if is_running(process) == Some(true) => "it still runs",
        Err(_) => "it is a zombie: nobody waited for it",
    };
    signal(process, "KILL");
    check(false, "the worker is gone", state).or_explain("nobody kills the worker, and waits for it", TASK_4);
}

/// Checks what comes of a job.
async fn answers(worker: &WorkerProcess, job: Job, expected: Result<Answer, Failure>) -> Result<(), Missed> {
    let name = format!("{job:?}");
    let answer = timeout(BOUND / 2, worker.call(job)).await;
    let Ok(answer) = answer else { return Err(Missed::new(format!("an answer to {name}"), "none in 2.5 s")) };
    check(answer == expected, format!("{} for {name}", said(&expected)), said(&answer))
}

/// A value in a few words, however long it is.
fn said(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 120 { text } else { text.chars().take(120).collect::<String>() + " …" }
}

/// What `read` and `receive` make of a stream: the messages, and how it ends.
fn both_ways<T: serde::de::DeserializeOwned + Send + 'static>(
    stream: &[u8],
) -> [(&'static str, (Vec<T>, String)); 2] {
    let (mut input, mut seen) = (stream, Vec::new());
    let end = loop {
        match frame::read(&mut input) {
            Ok(Some(message)) => seen.push(message),
            other => break told(other.map(|_| ())),
        }
    };
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let received = runtime.block_on(async {
        let (mut input, mut seen) = (stream, Vec::new());
        loop {
            match frame::receive(&mut input).await {
                Ok(Some(message)) => seen.push(message),
                other => break (seen, told(other.map(|_: Option<T>| ()))),
            }
        }
    });
    [("read", (seen, end)), ("receive", received)]
}

/// How a stream ended, in a word.
fn told(end: Result<(), FrameError>) -> String {
    end.map_or_else(|error| format!("{error:?}"), |()| "None".to_owned())
}

/// The program, to be started as a worker.
fn path(program: &Program) -> PathBuf {
    PathBuf::from(program.command().get_program())
}

/// A file that is removed when this is dropped.
#[cfg(unix)]
struct Scratch(PathBuf);

#[cfg(unix)]
impl Scratch {
    fn file(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("lesson-12-{name}-{}", std::process::id())))
    }

    /// A program that behaves as no worker should.
    ///
    /// Another process writes it: a file that is open for writing here could not be started.
    fn script(name: &str, script: &str) -> Scratch {
        let file = Scratch::file(name);
        let write = "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod +x \"$1\"";
        let written = Command::new("sh").args(["-c", write, "sh"]).arg(&file.0).arg(script).status();
        assert!(written.is_ok_and(|status| status.success()), "{} cannot be written", file.0.display());
        file
    }
}

#[cfg(unix)]
impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs `work` with a worker of its own.
#[track_caller]
fn with_worker<T: Send + 'static>(
    task: &str,
    work: impl AsyncFnOnce(&WorkerProcess) -> T + Send + 'static,
) -> T {
    on_a_loop(task, async move || {
        let worker = WorkerProcess::start(&path(&program!("12"))).expect("a worker");
        work(&worker).await
    })
}

/// Runs `work` on the kind of runtime that the client has; one that does not end takes its workers with it.
#[track_caller]
fn on_a_loop<T: Send + 'static>(task: &str, work: impl AsyncFnOnce() -> T + Send + 'static) -> T {
    let likely = "a call is never answered: somebody waits for what does not come";
    let ended = within(PATIENCE, "the check is done with its worker", move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let ended = runtime.block_on(async { timeout(BOUND, work()).await });
        runtime.shutdown_background();
        ended
    });
    let ended = ended.or_explain("the event loop itself is blocked", task);
    let missed = |_| Missed::new("all calls are answered", "one still waited after 5 s");
    ended.map_err(missed).or_explain(likely, task)
}

//! What the lesson gives you: frames, in which a message and its bytes cross unharmed.

#[cfg(target_os = "linux")]
use std::process::Command;
use std::{
    fmt::Debug,
    io::{self, BufReader, ErrorKind, Read},
    mem,
    time::Duration,
};

#[cfg(target_os = "linux")]
use checks::{Client, Program, ScriptedRoom, program};
use checks::{Explain, check};
use process_pool::{
    Job, Request,
    frame::{self, Carrier, Frame, FrameError, LIMIT},
};
use tokio::{io::AsyncReadExt, runtime::Builder};

use super::common::{GIVEN, IDEA, said};
#[cfg(target_os = "linux")]
use super::common::{NO_JOIN, Scratch};

/// A frame is read as it was written: empty, of one byte, short, long, and at the limit.
#[test]
fn frames_cross_unharmed() {
    for length in [0, 1, 5, 20_000, LIMIT] {
        let sent = Request { id: 7, job: Job::Echo(vec![b'x'; length]) };
        let mut stream = Vec::new();
        Frame::of(sent).and_then(|frame| Ok(frame.write(&mut stream)?)).expect("a frame");
        for (way, (seen, end)) in both_ways::<Request>(&stream) {
            let is_same =
                |request: &Request| matches!(&request.job, Job::Echo(bytes) if bytes.len() == length);
            check(
                seen.len() == 1 && seen.iter().all(is_same) && end == "None",
                format!("{way}: {length} bytes, then the end"),
                format!("{} frames, then {end}", seen.len()),
            )
            .or_explain(GIVEN, IDEA);
        }
    }
}

/// A part that is too long is refused by its sender, and by its receiver before it is read.
#[test]
fn frames_past_the_limit_are_refused() {
    let long = Frame::of(Request { id: 7, job: Job::Echo(vec![0; LIMIT + 1]) });
    check(matches!(long, Err(FrameError::TooLong(_))), "`TooLong`", said(&long)).or_explain(GIVEN, IDEA);
    for lengths in [[LIMIT as u32 + 1, 0], [0, LIMIT as u32 + 1], [u32::MAX, 0], [1, u32::MAX]] {
        let header = lengths.map(u32::to_be_bytes).concat();
        for (way, (seen, end)) in both_ways::<Request>(&header) {
            let refused = seen.is_empty() && end.starts_with("TooLong");
            check(refused, format!("{way}: `TooLong` for {lengths:?}"), end).or_explain(GIVEN, IDEA);
        }
    }
}

/// A stream that ends inside of a frame is an error at whichever byte, and a wrong payload is one.
#[test]
fn frames_cut_at_any_byte_are_errors() {
    let mut stream = Vec::new();
    let sent = Frame::of(Request { id: 300, job: Job::Echo(b"tea for two".to_vec()) }).expect("a frame");
    sent.write(&mut stream).expect("a list takes it");
    for cut in 1..stream.len() {
        for (way, (seen, end)) in both_ways::<Request>(&stream[..cut]) {
            let is_error = seen.is_empty() && end == "Truncated";
            check(is_error, format!("{way}: `Truncated` after {cut} bytes"), end).or_explain(GIVEN, IDEA);
        }
    }
    let malformed = [[0, 0, 0, 1, 0, 0, 0, 0, 0xff].as_slice(), &[0; 8], &[0, 0, 0, 2, 0, 0, 0, 1, 1, 7, 9]];
    for stream in malformed {
        for (way, (_, end)) in both_ways::<Request>(stream) {
            check(end == "Malformed", format!("{way}: `Malformed` for {stream:?}"), end)
                .or_explain(GIVEN, IDEA);
        }
    }
}

/// Frames come one after the other, in pieces of any length, and a signal in between is no end.
#[test]
fn frames_come_in_pieces() {
    let mut stream = Vec::new();
    for id in [7, 8] {
        let sent = Request { id, job: Job::Echo(b"tea for two".to_vec()) };
        Frame::of(sent).and_then(|frame| Ok(frame.write(&mut stream)?)).expect("a frame");
    }
    for cut in 0..=stream.len() {
        let (one, other) = stream.split_at(cut);
        let mut input = BufReader::new(Read::chain(Read::chain(one, Interrupted(true)), other));
        let seen =
            [(); 3].map(|()| told(frame::read::<Request>(&mut input).map(|seen| seen.map(|it| it.id))));
        check(
            seen == ["Some(7)", "Some(8)", "None"],
            format!("read: 7, 8, the end, cut at {cut}"),
            said(&seen),
        )
        .or_explain(GIVEN, IDEA);
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let seen = runtime.block_on(async {
            let (mut input, mut seen) = (AsyncReadExt::chain(one, other), Vec::new());
            for _ in 0..3 {
                seen.push(told(frame::receive::<Request>(&mut input).await.map(|seen| seen.map(|it| it.id))));
            }
            seen
        });
        check(
            seen == ["Some(7)", "Some(8)", "None"],
            format!("receive: 7, 8, the end, cut at {cut}"),
            said(&seen),
        )
        .or_explain(GIVEN, IDEA);
    }
    let broken = told(frame::read::<Request>(&mut BufReader::new(Broken)).map(|_| ()));
    check(broken.starts_with("Broken"), "`Broken` for an input that breaks", broken).or_explain(GIVEN, IDEA);
}

/// An input that a signal interrupts once, and that ends then.
struct Interrupted(bool);

impl Read for Interrupted {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        if mem::take(&mut self.0) { Err(ErrorKind::Interrupted.into()) } else { Ok(0) }
    }
}

/// An input that breaks.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::ConnectionReset.into())
    }
}

/// Each command makes its job, which has the command's name.
#[test]
fn commands_make_their_jobs() {
    let jobs = [
        ("/upper tea", Job::Upper("tea".into())),
        ("/primes 100", Job::Primes(100)),
        ("/panic the cup broke", Job::Panic("the cup broke".into())),
        ("/slow 1.5", Job::Slow(Duration::from_millis(1500))),
        ("/run echo tea", Job::Run("echo tea".into())),
        ("/print tea", Job::Print("tea".into())),
        ("/pid", Job::Pid),
        ("/crash", Job::Crash),
        ("/exit 3", Job::Exit(3)),
        ("/deep", Job::Deep),
        ("/greedy", Job::Greedy),
    ];
    for (line, job) in jobs {
        let seen = Job::parse(line).map_err(|error| error.to_string());
        check(seen.as_ref() == Ok(&job), format!("{job:?} of `{line}`"), said(&seen)).or_explain(GIVEN, IDEA);
        let named = line.split(' ').next() == Some(job.name());
        check(named, format!("`{line}` on the timeline"), job.name()).or_explain(GIVEN, IDEA);
    }
    check(Job::Echo(Vec::new()).name() == "/echo", "`/echo`", "another name").or_explain(GIVEN, IDEA);
    for line in ["/dance", "/slow soon", "/exit 99999999999"] {
        let refused = Job::parse(line);
        check(refused.is_err(), format!("an error for `{line}`"), said(&refused)).or_explain(GIVEN, IDEA);
    }
}

/// A client whose file was replaced, as a rebuild does, still finds its worker. Linux only.
#[test]
#[cfg(target_os = "linux")]
fn client_survives_its_own_rebuild() {
    let file = Scratch::file("rebuilt");
    let copied = Command::new("cp").arg(program!("13").command().get_program()).arg(&file.0).status();
    assert!(copied.is_ok_and(|status| status.success()), "cp failed");
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&Program::at(&file.0), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    std::fs::remove_file(&file.0).expect("a file to remove");
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(GIVEN, IDEA);
}

/// What `read` and `receive` make of a stream: the messages, and how it ends.
fn both_ways<T: Carrier + Send + 'static>(stream: &[u8]) -> [(&'static str, (Vec<T>, String)); 2] {
    let (mut input, mut seen) = (stream, Vec::new());
    let end = loop {
        match frame::read(&mut input) {
            Ok(Some(message)) => seen.push(message),
            other => break told(other.map(|_| None::<()>)),
        }
    };
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let received = runtime.block_on(async {
        let (mut input, mut seen) = (stream, Vec::new());
        loop {
            match frame::receive(&mut input).await {
                Ok(Some(message)) => seen.push(message),
                other => break (seen, told(other.map(|_: Option<T>| None::<()>))),
            }
        }
    });
    [("read", (seen, end)), ("receive", received)]
}

/// How a stream ended, in a word.
fn told(end: Result<impl Debug, FrameError>) -> String {
    end.map_or_else(|error| format!("{error:?}"), |seen| format!("{seen:?}"))
}

//! Task 1, say the length first: a message keeps its beginning and its end in a stream of bytes.

use std::{
    io::{self, Read},
    pin::Pin,
    task::{Context, Poll},
};

use checks::{Explain, check};
use tokio::{
    io::{AsyncRead, ReadBuf},
    runtime::Builder,
};
use worker_process::{
    Job, Request,
    frame::{self, FrameError, LIMIT},
};

use super::common::said;

const TASK_1: &str = "12-worker-process.md#task-1-say-the-length-first";

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
        let likely = match lengths[..] {
            [0, 1, 127, 128, 65_536, 3] => "a payload of `LIMIT` bytes is refused, and may still be sent",
            _ => "a read takes too much, or too little",
        };
        check(
            seen == texts,
            format!("{how}: texts of 0 to {} bytes come back", LIMIT - 4),
            format!("{lengths:?}"),
        )
        .or_explain(likely, TASK_1);
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

/// What a length promises is not allocated before it is compared, nor is a message packed that is too long. Linux only.
#[test]
#[cfg(target_os = "linux")]
fn length_that_lies_costs_no_memory() {
    const CHILD: &str = "COURSE_LITTLE_MEMORY";
    const REFUSED: &str = "read: TooLong, receive: TooLong, encode: TooLong";
    if std::env::var_os(CHILD).is_some() {
        return with_little_memory();
    }
    checks::let_children_hear().expect("children that hear");
    let name = concat!(module_path!(), "::length_that_lies_costs_no_memory");
    let (_crate, name) = name.split_once("::").expect("a test in a module");
    let mut child = std::process::Command::new("sh");
    child.args(["-c", r#"ulimit -c 0; ulimit -v 500000 && exec "$0" "$@""#]);
    child.arg(std::env::current_exe().expect("this program")).args([name, "--exact", "--nocapture"]);
    let ended = child.env(CHILD, "").env("MALLOC_ARENA_MAX", "1").output().expect("a shell");
    let (told, died) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    let ways = ["read: ", "receive: ", "encode: "];
    let seen: Vec<&str> = told.lines().filter(|line| ways.iter().any(|way| line.starts_with(way))).collect();
    let died = died.lines().find(|line| line.contains("memory allocation")).unwrap_or("");
    let likely = match died {
        "" => "the length is not compared with `LIMIT`",
        _ => "room is made for a length that nobody has compared with `LIMIT` yet",
    };
    let (seen, expected) = (seen.join(", "), format!("with 500 MB of memory: {REFUSED}"));
    check(seen == REFUSED, expected, format!("{seen} {died}").trim()).or_explain(likely, TASK_1);
}

/// A header that promises 4 GiB, and a message of 1 GiB that takes 1 MiB in memory.
#[cfg(target_os = "linux")]
fn with_little_memory() {
    for (how, (_, end)) in both_ways::<String>(&u32::MAX.to_be_bytes()) {
        println!("{how}: {}", end.split('(').next().unwrap_or_default());
    }
    let part = "x".repeat(1 << 20);
    let encoded = frame::encode(&vec![part.as_str(); 1 << 10]).map(|_| ());
    println!("encode: {}", told(encoded).split('(').next().unwrap_or_default());
}

/// A stream gives what there is at the moment: a frame that comes byte by byte is one frame all the same.
#[test]
fn frame_may_come_in_pieces() {
    let texts = ["tea", "", "for two", &"x".repeat(300)].map(str::to_owned);
    let stream: Vec<u8> = texts.iter().flat_map(|text| frame::encode(text).unwrap_or_default()).collect();
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let (mut blocking, mut awaiting) =
        (io::BufReader::new(Drip(&stream)), tokio::io::BufReader::new(Drip(&stream)));
    for (how, mut next) in [
        ("read", Box::new(|| frame::read(&mut blocking)) as Box<dyn FnMut() -> _>),
        ("receive", Box::new(|| runtime.block_on(frame::receive(&mut awaiting)))),
    ] {
        for text in texts.iter().map(Some).chain([None]) {
            let seen = next().map_err(|error| format!("{error:?}"));
            check(
                seen.as_ref().is_ok_and(|seen| seen.as_ref() == text),
                format!("{how}, byte by byte: {}", said(&text)),
                said(&seen),
            )
            .or_explain("one call of `read` gives what there is, and not all that was asked for", TASK_1);
        }
    }
}

/// Gives one byte at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

impl AsyncRead for Drip<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (byte, rest) = self.0.split_at(self.0.len().min(1));
        buffer.put_slice(byte);
        self.0 = rest;
        Poll::Ready(Ok(()))
    }
}

/// An end inside of a frame is an error, wherever it comes; one between frames is none, and a stream that breaks is no end.
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
        for (how, end) in broken_at(&stream[..cut]) {
            check(end.starts_with("Broken"), format!("{how}, broken after {cut} bytes: `Broken`"), end)
                .or_explain("an error of the stream passes for its end", TASK_1);
        }
    }
}

/// How a stream ends that gives `bytes`, and breaks then.
fn broken_at(bytes: &[u8]) -> [(&'static str, String); 2] {
    let mut input = io::BufReader::new(bytes.chain(Breaks));
    let read = loop {
        match frame::read::<String>(&mut input) {
            Ok(Some(_)) => {}
            other => break told(other.map(|_| ())),
        }
    };
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let received = runtime.block_on(async {
        let mut input = tokio::io::BufReader::new(tokio::io::AsyncReadExt::chain(bytes, Breaks));
        loop {
            match frame::receive::<String>(&mut input).await {
                Ok(Some(_)) => {}
                other => break told(other.map(|_| ())),
            }
        }
    });
    [("read", read), ("receive", received)]
}

/// Gives an error, as the connection to something that is gone.
struct Breaks;

impl Read for Breaks {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Breaks {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
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

//! What the lesson gives you: frames, in which a message and its bytes cross unharmed.

use checks::{Explain, check};
use process_pool::{
    Job, Request,
    frame::{self, Carrier, Frame, FrameError, LIMIT},
};
use tokio::runtime::Builder;

use super::common::{GIVEN, IDEA, said};

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

/// What `read` and `receive` make of a stream: the messages, and how it ends.
fn both_ways<T: Carrier + Send + 'static>(stream: &[u8]) -> [(&'static str, (Vec<T>, String)); 2] {
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

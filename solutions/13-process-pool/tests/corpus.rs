//! The decoder over the checked-in corpus of its fuzz target, on a stable compiler.

#[path = "corpus/decode.rs"]
mod decode;

use std::{fs, path::PathBuf};

use solution_13::{
    Answer, Failure, Job, Reply, Request,
    frame::{Carrier, Frame},
};

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../course/fuzz/corpus/frames")
}

/// No stream of the corpus ends in a panic, or in two different ways.
#[test]
fn decoder_survives_the_corpus() {
    let files = fs::read_dir(corpus()).expect("a corpus").map(|file| file.expect("a file").path());
    let survived = files.map(|file| decode::survives(&fs::read(file).expect("a file"))).count();
    assert!(survived >= 20, "{survived} streams are too few");
}

/// Whatever the corpus holds, cut at each byte, with each byte changed: an error or messages, the same in both ways.
#[test]
fn decoder_survives_every_cut_and_change() {
    for file in fs::read_dir(corpus()).expect("a corpus") {
        let mut stream = fs::read(file.expect("a file").path()).expect("a file");
        stream.truncate(200);
        for at in 0..stream.len() {
            decode::survives(&stream[..at]);
            for change in [1, 0x80, 0xff] {
                stream[at] ^= change;
                decode::survives(&stream);
                stream[at] ^= change;
            }
        }
    }
}

/// Bytes that are long go straight to where they stay, in whatever pieces they come, and the next frame is not lost.
#[test]
fn long_bytes_come_in_pieces() {
    let mut stream = Vec::new();
    // One that just does not fit where it is read makes that larger; then a long one may come together with the next.
    let lengths = [70_000, 3, 200_000, 1 << 16, 1 << 14, 17_000, 17_000, 17_000];
    for (id, length) in (7..).zip(lengths) {
        let message = Reply { id, result: Ok(Answer::Bytes((0..length).map(|at| at as u8).collect())) };
        Frame::of(message).and_then(|frame| Ok(frame.write(&mut stream)?)).expect("a frame");
    }
    let whole = decode::in_pieces::<Reply>(&stream, usize::MAX);
    assert_eq!(whole.len(), lengths.len() + 1, "all messages, and the end");
    for length in [1000, 4096, 65_536, 70_019] {
        assert!(decode::in_pieces::<Reply>(&stream, length) == whole, "in pieces of {length} bytes");
    }
    // In the middle of the long ones, and of what is around them.
    for cut in [50_000, 70_025, 150_000, stream.len()] {
        decode::survives(&stream[..cut]);
    }
}

/// Writes the streams that the corpus began with: `cargo test -p solution-13 --test corpus -- --ignored`.
#[test]
#[ignore = "it writes files"]
fn seeds_are_written() {
    let bytes = |message: Frame| {
        let mut stream = Vec::new();
        message.write(&mut stream).expect("a list takes it");
        stream
    };
    fn frame(message: impl Carrier) -> Frame {
        Frame::of(message).expect("a frame")
    }
    let jobs = [
        Job::Upper("tea".into()),
        Job::Primes(100),
        Job::Panic("the cup broke".into()),
        Job::Echo(vec![7; 300]),
        Job::Echo(Vec::new()),
        Job::Slow(std::time::Duration::from_millis(1500)),
        Job::Run("echo tea".into()),
        Job::Exit(-3),
        Job::Pid,
    ];
    let results = [
        Ok(Answer::Text("TEA".into())),
        Ok(Answer::Number(-1)),
        Ok(Answer::Bytes(vec![9; 20])),
        Err(Failure::Panicked("the cup broke".into())),
        Err(Failure::TimedOut(std::time::Duration::from_secs(1))),
        Err(Failure::Busy(1024)),
        Err(Failure::Closed),
    ];
    let requests = jobs.into_iter().zip(1..).map(|(job, id)| bytes(frame(Request { id, job })));
    let replies = results.into_iter().zip(200..).map(|(result, id)| bytes(frame(Reply { id, result })));
    let mut streams: Vec<Vec<u8>> = requests.chain(replies).collect();
    streams.push(streams[..5].concat());
    streams.extend([vec![], vec![0], vec![0xff; 8], vec![0; 8], vec![0, 0, 0, 1, 0, 0, 0, 0, 0xff]]);
    streams.push([1, 0, 0, 1].into_iter().chain([0; 4]).collect());
    // Longer than what is read at once, and another frame behind it.
    streams.push(
        [bytes(frame(Request { id: 30, job: Job::Echo(vec![7; 17_000]) })), streams[0].clone()].concat(),
    );
    for (number, stream) in streams.iter().enumerate() {
        fs::write(corpus().join(format!("seed-{number:02}")), stream).expect("a corpus");
    }
}

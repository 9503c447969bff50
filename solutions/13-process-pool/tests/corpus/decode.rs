//! What must hold for any bytes; the fuzz target `course/fuzz/fuzz_targets/frames.rs` shares it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use solution_13::{
    Reply, Request,
    fast::Decoder,
    frame::{self, Carrier, Frame},
};
use tokio::io::{AsyncRead, ReadBuf};

/// Decodes requests and replies from `bytes`, in all ways.
///
/// # Panics
/// When two ways differ, or a message that was read is not read again from its own frame.
pub fn survives(bytes: &[u8]) {
    agree::<Request>(bytes);
    agree::<Reply>(bytes);
}

fn agree<T: Carrier + std::fmt::Debug>(bytes: &[u8]) {
    let (read, received) = decoded::<T>(bytes);
    assert_eq!(read, received, "`read` and `receive` differ");
    for length in [1, 100_000] {
        assert_eq!(
            read,
            in_pieces::<T>(bytes, length),
            "the fast stage differs, in pieces of {length} bytes"
        );
    }
}

/// What comes of the bytes by the decoder of the fast stage, which reads at most `length` of them at once.
pub fn in_pieces<T: Carrier + std::fmt::Debug>(bytes: &[u8], length: usize) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (mut decoder, mut input, mut seen) = (Decoder::default(), Pieces(bytes, length), Vec::new());
    loop {
        let next = decoder.message::<T>();
        if !matches!(next, Ok(None)) {
            if take(next, &mut seen) {
                continue;
            }
            return seen;
        }
        if runtime.block_on(decoder.read(&mut input)).expect("a list cannot break") == 0 {
            take::<T>(decoder.end().map(|()| None), &mut seen);
            return seen;
        }
    }
}

/// Bytes that come in pieces of at most this length.
struct Pieces<'a>(&'a [u8], usize);

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (piece, rest) = self.0.split_at(self.1.min(self.0.len()).min(buffer.remaining()));
        buffer.put_slice(piece);
        self.0 = rest;
        Poll::Ready(Ok(()))
    }
}

/// What comes of the bytes by `read`, and by `receive`: each message in words, then how the stream ends.
fn decoded<T: Carrier + std::fmt::Debug>(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut input, mut read) = (bytes, Vec::new());
    while take(frame::read::<T>(&mut input), &mut read) {}
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let received = runtime.block_on(async {
        let (mut input, mut received) = (bytes, Vec::new());
        while take(frame::receive::<T>(&mut input).await, &mut received) {}
        received
    });
    (read, received)
}

/// Notes one message or the end; says whether more may come.
fn take<T: Carrier + std::fmt::Debug>(
    next: Result<Option<T>, frame::FrameError>,
    seen: &mut Vec<String>,
) -> bool {
    let Ok(Some(message)) = next else {
        seen.push(next.map_or_else(|error| error.to_string(), |_| "the end".to_owned()));
        return false;
    };
    let words = format!("{message:?}");
    let mut stream = Vec::new();
    let frame = Frame::of(message).expect("what was read is not too long");
    frame.write(&mut stream).expect("a list takes it");
    let again = frame::read::<T>(&mut &stream[..]).expect("its own frame").expect("a message");
    assert_eq!(format!("{again:?}"), words, "a message changes on its way");
    seen.push(words);
    true
}

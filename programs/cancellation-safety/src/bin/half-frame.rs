//! A frame that is read in two steps: dropped between them, the rest is taken for the next frame.
//!
//! Run it: `cargo run -p cancellation-safety --bin half-frame`.
//! You will see a frame of almost two billion bytes, and then two words, read in two ways.

use std::io;

use cancellation_safety::{in_halves, text};
use futures_util::StreamExt;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    select,
    sync::mpsc::{self, Receiver},
};
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

/// Two frames, each a length of four bytes and a word; the first half ends within the first word.
const HALVES: (&[u8], &[u8]) = (b"\0\0\0\x05he", b"llo\0\0\0\x05world");

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    println!("sent:    hello world");
    let (socket, ticks) = in_halves(HALVES.0, HALVES.1).await?;
    println!("dropped: {}", dropped(socket, ticks).await?);
    let (socket, ticks) = in_halves(HALVES.0, HALVES.1).await?;
    println!("framed:  {}", framed(socket, ticks).await?);
    let (socket, ticks) = in_halves(HALVES.0, HALVES.1).await?;
    println!("owned:   {}", owned(socket, ticks).await?);
    Ok(())
}

// ANCHOR: dropped
/// Reads a length, and then as many bytes.
async fn frame(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let length = socket.read_u32().await?;
    if length > 1024 {
        return Ok(format!("a frame of {length} bytes"));
    }
    let mut frame = vec![0; length as usize];
    socket.read_exact(&mut frame).await?;
    Ok(text(&frame))
}

async fn dropped(mut socket: impl AsyncRead + Unpin, mut ticks: Receiver<()>) -> io::Result<String> {
    loop {
        select! {
            frame = frame(&mut socket) => return frame,
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
}
// ANCHOR_END: dropped

// ANCHOR: framed
/// What was read of a frame stays in `frames`, whoever drops `next`.
async fn framed(socket: impl AsyncRead + Unpin, mut ticks: Receiver<()>) -> io::Result<String> {
    let mut frames = FramedRead::new(socket, LengthDelimitedCodec::new());
    let mut words = Vec::new();
    loop {
        select! {
            frame = frames.next() => match frame {
                Some(frame) => words.push(text(&frame?)),
                None => return Ok(words.join(" ")),
            },
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
}
// ANCHOR_END: framed

// ANCHOR: owned
/// One task owns the socket, and nobody drops what it awaits; whole frames come through a channel.
async fn owned(
    mut socket: impl AsyncRead + Send + Unpin + 'static,
    mut ticks: Receiver<()>,
) -> io::Result<String> {
    let (frames, mut read) = mpsc::channel(8);
    let owner = tokio::spawn(async move {
        while frames.send(frame(&mut socket).await?).await.is_ok() {}
        io::Result::Ok(())
    });
    let mut words = Vec::new();
    while words.len() < 2 {
        select! {
            Some(frame) = read.recv() => words.push(frame),
            Some(()) = ticks.recv() => println!("         (tick)"),
            else => break,
        }
    }
    owner.abort();
    Ok(words.join(" "))
}
// ANCHOR_END: owned

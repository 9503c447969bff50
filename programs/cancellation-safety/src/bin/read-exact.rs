//! `read_exact` in a `select!`: what it has read goes with it.
//!
//! Run it: `cargo run -p cancellation-safety --bin read-exact`.
//! You will see a word that lacks its beginning, and then the same word whole.

use std::{io, pin::pin};

use cancellation_safety::{in_halves, text};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    select,
    sync::mpsc::Receiver,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    println!("sent:    settled pending");
    let (socket, ticks) = in_halves(b"set", b"tledpending").await?;
    println!("dropped: {}", dropped(socket, ticks).await?);
    let (socket, ticks) = in_halves(b"set", b"tledpending").await?;
    println!("kept:    {}", kept(socket, ticks).await?);
    Ok(())
}

// ANCHOR: dropped
/// Reads a word of seven bytes; each lap makes a new future, and drops the one that lost.
async fn dropped(mut socket: impl AsyncRead + Unpin, mut ticks: Receiver<()>) -> io::Result<String> {
    loop {
        let mut word = [0; 7];
        select! {
            read = socket.read_exact(&mut word) => return read.map(|_| text(&word)),
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
}
// ANCHOR_END: dropped

// ANCHOR: kept
/// Makes the future once, before the loop, and lends it to each lap.
async fn kept(mut socket: impl AsyncRead + Unpin, mut ticks: Receiver<()>) -> io::Result<String> {
    let mut reading = pin!(async {
        let mut word = [0; 7];
        socket.read_exact(&mut word).await.map(|_| text(&word))
    });
    loop {
        select! {
            word = &mut reading => return word,
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
}
// ANCHOR_END: kept

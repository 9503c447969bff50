//! Futures that lose something when they are dropped half way; those with a program of their own stand in `transcripts.rs`.

use std::io;

use cancellation_safety::{connection, in_halves};
use futures_util::SinkExt;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    select,
};
use tokio_util::codec::{Framed, LinesCodec};

use crate::{beaten, row};

/// `read_line` takes half a line with it, even out of a string of yours.
#[test]
fn read_line_loses_half_a_line() {
    row(|| async {
        let (socket, mut ticks) = in_halves(b"set", b"tled\n").await.unwrap();
        let (mut reader, mut line) = (BufReader::new(socket), String::new());
        loop {
            select! {
                read = reader.read_line(&mut line) => break assert!(read.unwrap() > 0),
                Some(()) = ticks.recv() => {}
            }
        }
        assert_eq!(line, "tled\n");
    });
}

/// A number of four bytes is a `read_exact`, too.
#[test]
fn read_u32_loses_half_a_number() {
    row(|| async {
        let (mut socket, mut ticks) = in_halves(b"\0\0", b"\0\x05").await.unwrap();
        let read = loop {
            select! {
                read = socket.read_u32() => break read,
                Some(()) = ticks.recv() => {}
            }
        };
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    });
}

/// `read_to_string` takes what came with it.
#[test]
fn read_to_string_loses_what_came() {
    row(|| async {
        let (mut socket, mut ticks) = in_halves(b"set", b"tled").await.unwrap();
        let mut all = String::new();
        loop {
            select! {
                read = socket.read_to_string(&mut all) => break assert!(read.unwrap() > 0),
                Some(()) = ticks.recv() => {}
            }
        }
        assert_eq!(all, "tled");
    });
}

/// `send` of a sink loses the item while the sink has no room for it; `feed` does the same.
#[test]
fn sink_send_loses_the_item() {
    row(|| async {
        let (near, mut far) = connection().await.unwrap();
        let mut lines = Framed::new(near, LinesCodec::new());
        let mut lost = 0;
        while let Some(fed) = beaten(lines.feed(format!("{lost}{}", "-".repeat(1 << 16)))).await {
            fed.unwrap();
            lost += 1;
        }
        let closing = tokio::spawn(async move {
            lines.send(format!("{}", lost + 1)).await.unwrap();
        });
        let mut arrived = String::new();
        far.read_to_string(&mut arrived).await.unwrap();
        closing.await.unwrap();
        let numbers: Vec<usize> =
            arrived.lines().map(|line| line.trim_end_matches('-').parse().unwrap()).collect();
        assert!(numbers.contains(&(lost - 1)) && numbers.contains(&(lost + 1)), "{lost} of {numbers:?}");
        assert!(!numbers.contains(&lost), "{lost} of {numbers:?}");
    });
}

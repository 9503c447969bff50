//! `write_all` in a `select!`: how much of it was written, nobody knows.
//!
//! Run it: `cargo run -p cancellation-safety --bin write-all`.
//! You will see two records that arrive as one, and then the same two apart.

use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    select,
    sync::mpsc::{self, Receiver},
    task::JoinHandle,
};

/// Far more than a socket takes at once.
const RECORD: usize = 16 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let records = [b'a', b'b'].map(|letter| [vec![letter; RECORD], vec![b'\n']].concat());
    println!("sent:    a.. and b.., {RECORD} letters and an end of line each");
    let (socket, ticks, arrived) = slow_reader().await?;
    dropped(socket, ticks, &records).await?;
    println!("dropped: {}", arrived.await??);
    let (socket, ticks, arrived) = slow_reader().await?;
    kept(socket, ticks, &records).await?;
    println!("kept:    {}", arrived.await??);
    Ok(())
}

// ANCHOR: dropped
/// Gives a record up at a tick, and goes on with the next one.
async fn dropped(mut socket: TcpStream, mut ticks: Receiver<()>, records: &[Vec<u8>]) -> io::Result<()> {
    for record in records {
        select! {
            written = socket.write_all(record) => written?,
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
    Ok(())
}
// ANCHOR_END: dropped

// ANCHOR: kept
/// `rest` outlives the future, and always is what was not written yet.
async fn kept(mut socket: TcpStream, mut ticks: Receiver<()>, records: &[Vec<u8>]) -> io::Result<()> {
    for record in records {
        let mut rest = &record[..];
        while !rest.is_empty() {
            select! {
                written = socket.write_all_buf(&mut rest) => written?,
                Some(()) = ticks.recv() => println!("         (tick)"),
            }
        }
    }
    Ok(())
}
// ANCHOR_END: kept

/// A connection to somebody who reads one byte, ticks, and reads on when the tick was taken; it tells what it got.
async fn slow_reader() -> io::Result<(TcpStream, Receiver<()>, JoinHandle<io::Result<String>>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let near = TcpStream::connect(listener.local_addr()?).await?;
    let (mut far, _) = listener.accept().await?;
    let (tick, ticks) = mpsc::channel(1);
    let arrived = tokio::spawn(async move {
        let mut bytes = vec![far.read_u8().await?];
        let _ = tick.send(()).await;
        let _ = tick.reserve().await;
        far.read_to_end(&mut bytes).await?;
        Ok(summary(&bytes))
    });
    Ok((near, ticks, arrived))
}

/// The lines, each as the letters that it is made of: `a.. and b..` are two, `a..b..` is one.
fn summary(bytes: &[u8]) -> String {
    let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
    let lines = lines.map(|line| {
        let runs = line.chunk_by(|one, next| one == next);
        runs.map(|run| format!("{}..", char::from(run[0]))).collect::<String>()
    });
    lines.collect::<Vec<_>>().join(" and ")
}

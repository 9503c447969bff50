//! `accept` may be dropped; `accept` and one more `await` may not.
//!
//! Run it: `cargo run -p cancellation-safety --bin accept`.
//! You will see a guest who is hung up on before she can say her name, and then both guests greeted.

use std::{io, net::Ipv4Addr, net::SocketAddr};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    select,
    sync::mpsc::{self, Receiver},
    task::{JoinHandle, JoinSet},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    println!("came:    Ada and Ben");
    let (listener, ticks, guests) = stage().await?;
    dropped(&listener, ticks).await?;
    println!("dropped: {}", guests.await??);
    let (listener, ticks, guests) = stage().await?;
    kept(&listener, ticks).await?;
    println!("kept:    {}", guests.await??);
    Ok(())
}

// ANCHOR: greet
/// Asks a guest for a name, and greets.
async fn greet(socket: TcpStream) -> io::Result<()> {
    let mut guest = BufReader::new(socket);
    guest.write_all(b"name?\n").await?;
    let mut name = String::new();
    guest.read_line(&mut name).await?;
    guest.write_all(format!("hello, {name}").as_bytes()).await
}
// ANCHOR_END: greet

// ANCHOR: dropped
/// Two awaits in one future: between them the connection belongs to the future alone.
async fn next_guest(listener: &TcpListener) -> io::Result<()> {
    let (socket, _) = listener.accept().await?;
    greet(socket).await
}

async fn dropped(listener: &TcpListener, mut ticks: Receiver<()>) -> io::Result<()> {
    loop {
        select! {
            greeted = next_guest(listener) => return greeted,
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
}
// ANCHOR_END: dropped

// ANCHOR: kept
/// `accept` alone may lose; who was accepted gets a task, which no `select!` drops.
async fn kept(listener: &TcpListener, mut ticks: Receiver<()>) -> io::Result<()> {
    let mut guests = JoinSet::new();
    while guests.len() < 2 {
        select! {
            accepted = listener.accept() => drop(guests.spawn(greet(accepted?.0))),
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
    guests.join_all().await.into_iter().collect()
}
// ANCHOR_END: kept

/// A listener, the tick that comes when Ada has been asked for her name, and what Ada and then Ben are told.
async fn stage() -> io::Result<(TcpListener, Receiver<()>, JoinHandle<io::Result<String>>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let at = listener.local_addr()?;
    let (tick, ticks) = mpsc::channel(1);
    let guests = tokio::spawn(async move {
        let ada = asked(at).await?;
        let _ = tick.send(()).await;
        let _ = tick.reserve().await;
        let ada = answer(ada, "Ada").await;
        let ben = answer(asked(at).await?, "Ben").await;
        Ok(format!("Ada {ada}, Ben {ben}"))
    });
    Ok((listener, ticks, guests))
}

/// Comes, and waits until somebody asks.
async fn asked(at: SocketAddr) -> io::Result<TcpStream> {
    let mut guest = TcpStream::connect(at).await?;
    guest.read_exact(&mut [0; 6]).await?;
    Ok(guest)
}

/// Says a name; what became of it.
async fn answer(mut guest: TcpStream, name: &str) -> &'static str {
    let mut told = String::new();
    let _ = guest.write_all(format!("{name}\n").as_bytes()).await;
    let _ = guest.read_to_string(&mut told).await;
    if told == format!("hello, {name}\n") { "was greeted" } else { "was hung up on" }
}

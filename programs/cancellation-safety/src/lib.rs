//! What the programs of the page "Cancellation safety" share: connections whose other end sends in two halves.
//!
//! ```text
//!   other end:   first half ────────▶ waits until the tick was taken ───▶ second half
//!   program:     takes the half ──▶ tick: another arm wins, and drops ──▶ goes on
//! ```
//!
//! No clock decides: the tick comes when the half was read, and the rest when the tick was taken.
//! All of it runs on one thread, so nothing else comes between.

use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncRead, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
};
use tokio_util::io::InspectReader;

/// Two ends of a connection on this machine.
///
/// # Errors
/// When the system gives no port or no connection.
pub async fn connection() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let near = TcpStream::connect(listener.local_addr()?).await?;
    Ok((near, listener.accept().await?.0))
}

/// A socket on which `first` arrives, then `second`, and the tick that comes between them.
///
/// # Errors
/// When the system gives no connection.
pub async fn in_halves(
    first: &'static [u8],
    second: &'static [u8],
) -> io::Result<(impl AsyncRead + Send + Unpin, Receiver<()>)> {
    let (near, mut far) = connection().await?;
    let (tick, ticks) = mpsc::channel(1);
    let (taken, mut all_taken) = mpsc::unbounded_channel();
    let socket = InspectReader::new(near, move |bytes: &[u8]| {
        let _ = taken.send(bytes.len());
    });
    tokio::spawn(async move {
        far.write_all(first).await?;
        let mut left = first.len();
        while left > 0 {
            left = left.saturating_sub(all_taken.recv().await.unwrap_or(left));
        }
        // There is one place: the second can be had when the first tick was taken.
        let _ = tick.send(()).await;
        let _ = tick.reserve().await;
        far.write_all(second).await
    });
    Ok((socket, ticks))
}

/// What was read, as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

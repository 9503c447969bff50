//! Joining a room, with an error that says what to do.

use std::{io, time::Duration};

use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::address::advice;

/// A client's connection: a stream and a sink of WebSocket messages.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long a room may take to answer.
const LIMIT: Duration = Duration::from_secs(5);

/// Joins the room at `url`: `connect_async` of tokio-tungstenite, bounded to five seconds.
///
/// # Errors
/// When nobody answers there, or no room does; the text says what to do.
pub async fn connect(url: &str) -> io::Result<Socket> {
    let failed = |why: String| {
        let text = format!("no room answers at {url} ({why}); {}", advice(url));
        io::Error::new(io::ErrorKind::ConnectionRefused, text)
    };
    match timeout(LIMIT, connect_async(url)).await {
        Ok(Ok((socket, _response))) => Ok(socket),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => Err(failed(format!("not within {} s", LIMIT.as_secs()))),
    }
}

//! The way to the room; there is no way back yet.

use std::io;

use practice::{Socket, connect};

/// The way to a room.
pub struct WayBack {
    /// Where the room is.
    url: String,
}

impl WayBack {
    /// The way to the room at `url`.
    pub fn to(url: &str) -> WayBack {
        WayBack { url: url.to_owned() }
    }

    /// Joins for the first time, with one try.
    ///
    /// # Errors
    /// When no room answers: the address may be wrong, and tries would not help.
    pub async fn join(&self) -> io::Result<Socket> {
        connect(&self.url).await
    }
}

//! The room: opens, serves its guests on a thread of its own, and is gone when it is dropped.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, mpsc as std_mpsc},
    thread,
    time::Duration,
};

use tokio::{net::TcpListener, runtime, sync::oneshot};

use crate::{
    event::{Event, Saw},
    guest,
    hall::{Ending, Hall},
    listen::listen,
    rules::Rules,
};

/// A chat server on this machine; dropping it cuts every connection and joins its thread.
pub struct Room {
    /// Where it listens, for [`Room::url`].
    address: SocketAddr,
    /// The guests, shared with their tasks.
    hall: Arc<Hall>,
    /// Ends the room's thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    /// Joined on drop, so that no thread outlives the room.
    thread: Option<thread::JoinHandle<()>>,
}

impl Room {
    /// Opens a room on this machine alone, on a thread of its own.
    ///
    /// # Errors
    /// When the port is taken or the thread cannot start; the text names the port.
    pub fn open(rules: Rules) -> io::Result<Room> {
        Room::start(rules, None)
    }

    /// Opens a room whose events the caller reads, in the order in which they happened.
    ///
    /// # Errors
    /// As [`Room::open`].
    pub fn open_watched(rules: Rules) -> io::Result<(Room, std_mpsc::Receiver<Event>)> {
        let (events, watcher) = std_mpsc::channel();
        Ok((Room::start(rules, Some(events))?, watcher))
    }

    fn start(rules: Rules, events: Option<std_mpsc::Sender<Event>>) -> io::Result<Room> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = listen(rules.port)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let hall = Arc::new(Hall::new(rules, events));
        let (stop, stopped) = oneshot::channel();
        let host = hall.clone();
        let thread = thread::Builder::new().name("practice room".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = guest::welcome(listener, host) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Room { address, hall, stop: Some(stop), thread: Some(thread) })
    }

    /// The address for `--server`: `ws://127.0.0.1:PORT`, or `ws://[::1]:PORT` where there is no IPv4.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Sends a text to every guest. Returns at once; a guest that reads too slowly is dropped.
    pub fn say(&self, text: &str) {
        self.hall.tell(None, text);
    }

    /// Closes every connection in order, with this reason.
    pub fn close(&self, reason: &str) {
        self.hall.end(&Ending::Close(reason.to_owned()));
    }

    /// Cuts every connection without a word, as a crash or a broken line does.
    pub fn vanish(&self) {
        self.hall.end(&Ending::Cut);
    }

    /// Waits up to `limit` until nobody is here, and says what the room saw of the guest that left last.
    ///
    /// Blocks the calling thread meanwhile.
    pub fn last_seen(&self, limit: Duration) -> Option<Saw> {
        self.hall.last_seen(limit)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

//! How a worker learns, even while it computes, that its client is gone.

use std::{
    io::{self, Read},
    process, thread,
};

use filedescriptor::FileDescriptor;

use crate::strays;

/// Gives the requests to read, and ends this process as soon as their other end is closed.
///
/// Linux tells so without reading: a second thread sleeps in `poll`, and is woken by the end alone.
///
/// # Errors
/// When there is no thread for it.
#[cfg(target_os = "linux")]
pub fn hold(requests: FileDescriptor) -> io::Result<impl Read> {
    use filedescriptor::{poll, pollfd};
    use std::os::fd::AsRawFd;

    let file = requests.as_file().map_err(io::Error::other)?;
    let watch = move || {
        // No event is asked for: the end of the other side is told all the same.
        let mut end = [pollfd { fd: requests.as_raw_fd(), events: 0, revents: 0 }];
        while poll(&mut end, None).is_ok_and(|ends| ends == 0) {}
        end_group();
    };
    thread::Builder::new().name("lifeline".into()).spawn(watch)?;
    Ok(file)
}

/// Gives the requests to read, and ends this process as soon as their other end is closed.
///
/// Elsewhere a second thread reads ahead, whether or not the first one computes; the price is a change of threads.
///
/// # Errors
/// When there is no thread for it.
#[cfg(not(target_os = "linux"))]
pub fn hold(mut requests: FileDescriptor) -> io::Result<impl Read> {
    // Unbounded: if this thread waited for the other one, it would not see the end of input.
    let (sender, pieces) = std::sync::mpsc::channel();
    let read_ahead = move || {
        let mut piece = vec![0; 64 << 10];
        while let Ok(length @ 1..) = requests.read(&mut piece) {
            let _ = sender.send(piece[..length].to_vec());
        }
        end_group();
    };
    thread::Builder::new().name("lifeline".into()).spawn(read_ahead)?;
    Ok(Ahead { pieces, piece: io::Cursor::default() })
}

/// Ends this process, and with it what it has started, if it leads a group of its own.
fn end_group() -> ! {
    strays::end_mine();
    #[cfg(unix)]
    if nix::unistd::getpgrp() == nix::unistd::getpid() {
        let _ = nix::sys::signal::killpg(nix::unistd::getpid(), nix::sys::signal::Signal::SIGKILL);
    }
    process::exit(0)
}

/// What was read ahead.
#[cfg(not(target_os = "linux"))]
struct Ahead {
    /// Pieces that nobody has read yet.
    pieces: std::sync::mpsc::Receiver<Vec<u8>>,
    /// The one that is being read.
    piece: io::Cursor<Vec<u8>>,
}

#[cfg(not(target_os = "linux"))]
impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.position() == self.piece.get_ref().len() as u64 {
            self.piece = io::Cursor::new(self.pieces.recv().unwrap_or_default());
        }
        self.piece.read(buffer)
    }
}

//! The lines to a worker: pipes for requests and replies, and one more way in, by which it is asked while it computes.
//!
//! A process is started with three streams, and on Unix one may go both ways: stderr is a socket pair.
//! What the worker says comes out of it; what is asked back goes in. On Windows nothing is sent ahead.

use std::{
    io::{self, Read},
    process::Command,
};

use tokio::process::{ChildStdin, ChildStdout};

use crate::{group::Group, last_words::LastWords};

/// How many requests a worker may have at once; the first one is what it does.
pub const AHEAD: usize = if cfg!(unix) { 32 } else { 1 };

/// The client's ends.
pub struct Lines {
    /// Where requests are written.
    pub requests: ChildStdin,
    /// Where replies come from.
    pub replies: ChildStdout,
    /// What it said on stderr last.
    pub said: LastWords,
    /// Where the client asks for requests back.
    #[cfg(unix)]
    control: tokio::net::unix::OwnedWriteHalf,
}

#[cfg(unix)]
mod system {
    use std::{
        os::{
            fd::{AsFd, OwnedFd},
            unix::net::UnixStream,
        },
        process,
    };

    use super::*;

    /// Starts a process, and gives the client's ends of its lines.
    pub fn start(mut command: Command) -> io::Result<(Group, Lines)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let ((input, requests), (replies, output)) = (io::pipe()?, io::pipe()?);
        widen(&requests);
        widen(&replies);
        command.stdin(input).stdout(output).stderr(OwnedFd::from(theirs));
        let group = Group::start(command)?;
        let (said, control) = tokio::net::UnixStream::from_std(ours)?.into_split();
        let requests = ChildStdin::from_std(process::ChildStdin::from(OwnedFd::from(requests)))?;
        let replies = ChildStdout::from_std(process::ChildStdout::from(OwnedFd::from(replies)))?;
        Ok((group, Lines { requests, replies, said: LastWords::of(said), control }))
    }

    impl Lines {
        /// Asks for a request back. Each is asked for once, so that there is always room for the question.
        pub fn ask_back(&self, position: u64, id: u64) {
            let _ = self.control.try_write(&[position.to_be_bytes(), id.to_be_bytes()].concat());
        }

        /// How many bytes of the requests were never read, once the worker is dead; 0 where the system does not tell.
        pub fn unread(&self) -> u64 {
            #[cfg(target_os = "linux")]
            return rustix::io::ioctl_fionread(&self.requests).unwrap_or(0);
            #[cfg(not(target_os = "linux"))]
            0
        }
    }

    /// The worker's end of the line by which it is asked, which its jobs write to as stderr.
    pub fn control() -> io::Result<impl Read + Send + 'static> {
        Ok(UnixStream::from(io::stderr().as_fd().try_clone_to_owned()?))
    }

    /// Lets a pipe hold more, where it may: many requests cross in few writes.
    fn widen(pipe: &impl AsFd) {
        #[cfg(target_os = "linux")]
        let _ = nix::fcntl::fcntl(pipe, nix::fcntl::FcntlArg::F_SETPIPE_SZ(super::PIPE));
        #[cfg(not(target_os = "linux"))]
        let _ = pipe;
    }
}

#[cfg(not(unix))]
mod system {
    use tokio::process::ChildStderr;

    use super::*;

    pub fn start(command: Command) -> io::Result<(Group, Lines)> {
        let group = Group::start(command)?;
        let (requests, replies, said) = group.pipes().ok_or_else(|| io::Error::other("it has no pipes"))?;
        let (requests, replies) = (ChildStdin::from_std(requests)?, ChildStdout::from_std(replies)?);
        Ok((group, Lines { requests, replies, said: LastWords::of(ChildStderr::from_std(said)?) }))
    }

    impl Lines {
        pub fn ask_back(&self, _position: u64, _id: u64) {}

        pub fn unread(&self) -> u64 {
            0
        }
    }

    pub fn control() -> io::Result<impl Read + Send + 'static> {
        Ok(io::empty())
    }
}

pub use system::{control, start};

/// How many bytes a pipe may hold.
#[cfg(target_os = "linux")]
const PIPE: i32 = 1 << 20;

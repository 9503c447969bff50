//! To be a process together with all that it starts; so far it is the process alone.

use std::{
    io,
    process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus},
    sync::{Mutex, MutexGuard, PoisonError},
};

use process_wrap::std::{ChildWrapper, CommandWrap};
use tokio::sync::oneshot;

use crate::strays;

/// A process. Dropping it kills it.
pub struct Group {
    /// The process that was started, until it is killed; locked, since the pool may kill what a keeper has.
    leader: Mutex<Option<Box<dyn ChildWrapper>>>,
    /// What tells it, and whatever it starts, from other processes.
    #[allow(dead_code)]
    mark: String,
}

impl Group {
    /// Starts a process.
    ///
    /// # Errors
    /// When the system does not start it.
    pub fn start(mut command: Command) -> io::Result<Group> {
        let mark = strays::mark(&mut command);
        let leader = CommandWrap::from(command).spawn()?;
        Ok(Group { leader: Mutex::new(Some(leader)), mark })
    }

    /// The number of the process, until it is killed.
    pub fn id(&self) -> Option<u32> {
        self.leader().as_ref().map(|leader| leader.id())
    }

    /// Its stdin, stdout and stderr, once.
    pub fn pipes(&self) -> Option<(ChildStdin, ChildStdout, ChildStderr)> {
        let mut leader = self.leader();
        let leader = leader.as_mut()?;
        let (requests, replies) = (leader.stdin().take()?, leader.stdout().take()?);
        widen(&requests);
        widen(&replies);
        Some((requests, replies, leader.stderr().take()?))
    }

    /// Kills the process; how it ended is to come through the channel, whether or not somebody waits for it.
    pub fn kill(&self) -> oneshot::Receiver<io::Result<ExitStatus>> {
        let (_told, ended) = oneshot::channel();
        let leader = self.leader().take();
        if let Some(mut process) = leader {
            let _ = process.start_kill();
        }
        ended
    }

    fn leader(&self) -> MutexGuard<'_, Option<Box<dyn ChildWrapper>>> {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.kill());
    }
}

/// Lets a pipe hold a megabyte, where it may: a long request crosses in few writes.
#[cfg(target_os = "linux")]
fn widen(pipe: impl std::os::fd::AsFd) {
    let _ = nix::fcntl::fcntl(pipe, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
}

#[cfg(not(target_os = "linux"))]
fn widen<T>(_pipe: T) {}

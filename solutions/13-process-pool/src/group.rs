//! A process together with all that it starts: they end together.

use std::{
    io,
    process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use process_wrap::std::{ChildWrapper, CommandWrap};
use tokio::sync::oneshot;

use crate::strays;

/// A process, and all that it has started. Dropping it kills them.
pub struct Group {
    /// The process that was started, until it is killed; locked, since the pool may kill what a keeper has.
    leader: Mutex<Option<Box<dyn ChildWrapper>>>,
    /// What tells them from other processes.
    mark: String,
}

impl Group {
    /// Starts a process that leads a group of its own, so that Ctrl-C, which goes to the client's, spares it.
    ///
    /// # Errors
    /// When the system does not start it.
    pub fn start(mut command: Command) -> io::Result<Group> {
        let mark = strays::mark(&mut command);
        let leader = in_a_group(command.into()).spawn()?;
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

    // ANCHOR: kill
    /// Kills the whole group; how its leader ended comes through the channel, whether or not somebody waits for it.
    pub fn kill(&self) -> oneshot::Receiver<io::Result<ExitStatus>> {
        let (told, ended) = oneshot::channel();
        let leader = self.leader().take();
        if let Some(mut group) = leader {
            // Kill first: who waits for a process that lives may wait for ever.
            let _ = group.start_kill();
            let mark = self.mark.clone();
            let wait = move || {
                let _ = told.send(group.wait());
                strays::end(&mark);
            };
            // A thread, and no task: a process that nobody waits for stays as a zombie, and a task ends with its loop.
            let _ = thread::Builder::new().name("undertaker".into()).spawn(wait);
        }
        ended
    }
    // ANCHOR_END: kill

    fn leader(&self) -> MutexGuard<'_, Option<Box<dyn ChildWrapper>>> {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.kill());
    }
}

#[cfg(unix)]
fn in_a_group(mut command: CommandWrap) -> CommandWrap {
    command.wrap(process_wrap::std::ProcessGroup::leader());
    command
}

/// A group for Ctrl-C, and a job object, by which Windows ends what a process has started.
#[cfg(windows)]
fn in_a_group(mut command: CommandWrap) -> CommandWrap {
    use process_wrap::std::{CreationFlags, JobObject};
    use windows::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP;

    command.wrap(CreationFlags(CREATE_NEW_PROCESS_GROUP)).wrap(JobObject);
    command
}

/// Lets a pipe hold a megabyte, where it may: a long request crosses in few writes.
#[cfg(target_os = "linux")]
fn widen(pipe: impl std::os::fd::AsFd) {
    let _ = nix::fcntl::fcntl(pipe, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
}

#[cfg(not(target_os = "linux"))]
fn widen<T>(_pipe: T) {}

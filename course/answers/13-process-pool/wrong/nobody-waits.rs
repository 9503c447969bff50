//! WRONG: the process is killed, and nobody waits for its end.
//! rejected-by: timed_out_job_is_killed
//! sentence: nobody waited for it
//! instead-of: group.rs

use std::{
    io,
    process::{Command, ExitStatus},
};

use process_wrap::std::{ChildWrapper, CommandWrap};
use tokio::sync::oneshot;

/// A process, and all that it has started. Dropping it kills them.
pub struct Group(Option<Box<dyn ChildWrapper>>);

impl Group {
    /// Starts a process that leads a group of its own, so that Ctrl-C, which goes to the client's, spares it.
    ///
    /// # Errors
    /// When the system does not start it.
    pub fn start(command: Command) -> io::Result<Group> {
        Ok(Group(Some(in_a_group(command.into()).spawn()?)))
    }

    /// The process that was started, until it is killed.
    pub fn leader(&mut self) -> Option<&mut dyn ChildWrapper> {
        self.0.as_deref_mut()
    }

    /// Kills the whole group; how its leader ended comes through the channel, whether or not somebody waits for it.
    pub fn kill(&mut self) -> oneshot::Receiver<io::Result<ExitStatus>> {
        let (told, ended) = oneshot::channel();
        if let Some(mut group) = self.0.take() {
            // Kill first: who waits for a process that lives may wait for ever.
            let _ = group.start_kill();
            // How it ended is made up: nobody asks.
            drop(told.send(Ok(ExitStatus::default())));
        }
        ended
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

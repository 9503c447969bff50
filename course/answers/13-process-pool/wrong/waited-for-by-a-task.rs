//! WRONG: a task waits for the process, and ends with its runtime before the process does.
//! rejected-by: ended_runtime_leaves_nothing
//! sentence: nobody kills the worker of a keeper that is dropped, and waits for it
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
            // A thread, and no task: a process that nobody waits for stays as a zombie, and a task ends with its loop.
            let wait = async move {
                while let Ok(None) = group.try_wait() {
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                drop(told.send(group.wait()));
            };
            let _ = tokio::runtime::Handle::try_current().map(|runtime| runtime.spawn(wait));
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

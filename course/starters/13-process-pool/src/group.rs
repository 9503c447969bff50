//! To be a process together with all that it starts; so far it is the process alone.

use std::{
    io,
    process::{Command, ExitStatus},
};

use process_wrap::std::{ChildWrapper, CommandWrap};
use tokio::sync::oneshot;

/// A process. Dropping it kills it.
pub struct Group(Option<Box<dyn ChildWrapper>>);

impl Group {
    /// Starts a process.
    ///
    /// # Errors
    /// When the system does not start it.
    pub fn start(command: Command) -> io::Result<Group> {
        Ok(Group(Some(CommandWrap::from(command).spawn()?)))
    }

    /// The process that was started, until it is killed.
    pub fn leader(&mut self) -> Option<&mut dyn ChildWrapper> {
        self.0.as_deref_mut()
    }

    /// Kills the process; how it ended is to come through the channel, whether or not somebody waits for it.
    pub fn kill(&mut self) -> oneshot::Receiver<io::Result<ExitStatus>> {
        let (_told, ended) = oneshot::channel();
        if let Some(mut process) = self.0.take() {
            let _ = process.start_kill();
        }
        ended
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.kill());
    }
}

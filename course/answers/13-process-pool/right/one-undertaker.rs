//! RIGHT: one thread waits for all processes that were killed.
//! instead-of: group.rs

use std::{
    io,
    process::{Command, ExitStatus},
    sync::{LazyLock, mpsc},
    thread,
};

use process_wrap::std::{ChildWrapper, CommandWrap};
use tokio::sync::oneshot;

/// A process that was killed, and whoever wants to know how it ended.
type Body = (Box<dyn ChildWrapper>, oneshot::Sender<io::Result<ExitStatus>>);

/// The one thread that waits for all of them, started by the first.
static UNDERTAKER: LazyLock<mpsc::Sender<Body>> = LazyLock::new(|| {
    let (sender, bodies) = mpsc::channel::<Body>();
    let wait = move || bodies.into_iter().for_each(|(mut body, told)| drop(told.send(body.wait())));
    let _ = thread::Builder::new().name("undertaker".into()).spawn(wait);
    sender
});

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
            let _ = group.start_kill();
            let _ = UNDERTAKER.send((group, told));
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

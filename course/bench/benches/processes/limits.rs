//! The least that each thing can cost: two processes that pass bytes to and fro, and the start of a process.

use std::{
    env,
    io::{self, Read, Write},
    process::{Child, Command, Stdio},
    time::Instant,
};

use bench::Subject;

pub const PIPE: &str = "two processes and pipes";
pub const SOCKET: &str = "two processes and a socket pair";
pub const START: &str = "start of a process, to its end";

/// The argument of a process that gives back what it reads, in pieces of this many bytes.
const ECHO: &str = "--echo-";
/// The argument of a process that ends at once.
const NOTHING: &str = "--nothing";

/// Plays the other side, if this process was started for that.
pub fn echo(argument: Option<&str>) -> io::Result<bool> {
    if argument == Some(NOTHING) {
        return Ok(true);
    }
    let Some(bytes) = argument.and_then(|argument| argument.strip_prefix(ECHO)) else { return Ok(false) };
    let mut piece = vec![0; bytes.parse().map_err(io::Error::other)?];
    let (mut input, mut output) = ends()?;
    while input.read_exact(&mut piece).is_ok() {
        output.write_all(&piece)?;
    }
    Ok(true)
}

/// Without buffers of their own; a socket pair has both directions on stdin.
#[cfg(unix)]
fn ends() -> io::Result<(std::fs::File, std::fs::File)> {
    use std::os::{fd::AsFd, unix::fs::FileTypeExt};
    let input = std::fs::File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let is_socket = input.metadata()?.file_type().is_socket();
    let output =
        if is_socket { input.try_clone()? } else { io::stdout().as_fd().try_clone_to_owned()?.into() };
    Ok((input, output))
}

#[cfg(not(unix))]
fn ends() -> io::Result<(io::Stdin, io::Stdout)> {
    Ok((io::stdin(), io::stdout()))
}

/// A round trip of bytes: through pipes, and through a socket pair where the system has one.
pub fn subjects(bytes: usize, times: usize) -> Vec<Subject> {
    let mut subjects = Vec::new();
    let mut pipes = command(bytes).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
    let ends = (pipes.stdin.take().expect("a pipe"), pipes.stdout.take().expect("a pipe"));
    subjects.push(Subject::peer(PIPE, passing(Some(pipes), ends, bytes, times)));
    #[cfg(unix)]
    {
        let (here, there) = std::os::unix::net::UnixStream::pair().expect("a socket pair");
        let child = command(bytes).stdin(Stdio::from(std::os::fd::OwnedFd::from(there))).spawn();
        let ends = (here.try_clone().expect("a socket"), here);
        subjects.push(Subject::peer(SOCKET, passing(child.ok(), ends, bytes, times)));
    }
    subjects
}

/// Microseconds of one round trip.
fn passing(
    child: Option<Child>,
    (mut output, mut input): (impl Write + 'static, impl Read + 'static),
    bytes: usize,
    times: usize,
) -> impl FnMut() -> f64 {
    let mut piece = vec![7; bytes];
    let mut child = Killed(child);
    move || {
        let begin = Instant::now();
        for _ in 0..times {
            output.write_all(&piece).and_then(|()| input.read_exact(&mut piece)).expect("an echo");
        }
        assert!(child.0.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|ended| ended.is_none())));
        begin.elapsed().as_secs_f64() * 1e6 / times as f64
    }
}

/// Kills a process when its measurement is over.
struct Killed(Option<Child>);

impl Drop for Killed {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn command(bytes: usize) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.arg(format!("{ECHO}{bytes}"));
    command
}

/// Milliseconds from the start of this program, to do nothing, to its end.
pub fn start() -> Subject {
    let program = env::current_exe().expect("this program");
    Subject::peer(START, move || {
        let begin = Instant::now();
        let status = Command::new(&program).arg(NOTHING).status().expect("a process");
        assert!(status.success());
        begin.elapsed().as_secs_f64() * 1e3
    })
}

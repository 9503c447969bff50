//! The `main` of every client lesson: flags, the room, the trace, and the exit status.

use std::{
    env,
    fs::File,
    io,
    path::PathBuf,
    process::{ExitCode, Termination},
    time::Duration,
};

use lexopt::{Arg, ValueExt};

use crate::{
    address::address,
    complaint::{complain, has_complained},
    print, println,
    room::Room,
    rules::{Mood, Rules},
    trace,
};

/// The argument that starts a program as its own worker process, and not as a client.
///
/// It is an argument, and no variable of the environment: what a worker starts would inherit that.
pub const WORKER: &str = "--worker";

const USAGE: &str = "\
usage: cargo run -p lesson-NN -- [--server URL] [--strict] [--trace FILE [--follow]]

  --server URL   join the room at ws://HOST:PORT, not one inside this program
  --strict       the room inside drops a client that answers no pings for 1 s
  --trace FILE   write what ran when, as JSON, when the client ends
  --follow       with --trace: write it while the client runs, too
";

/// What comes behind it where jobs may leave the machine, in lesson 15.
const USAGE_OF_MACHINES: &str =
    "  --nats URL     hand jobs to the machines that take them from the server nats://HOST:PORT, not to processes here
  --machine      with --nats: be such a machine, until Ctrl-C, and join no room
";

/// What a lesson's client is told about the room that it visits.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Where the room is: `ws://HOST:PORT`.
    pub url: String,
    /// Where jobs go, in lesson 15: `nats://HOST:PORT`.
    pub nats: Option<String>,
}

/// What the command line asks for.
#[derive(Default)]
struct Flags {
    /// A room elsewhere.
    server: Option<String>,
    /// Whether the room inside is strict.
    strict: bool,
    /// Where the trace goes.
    trace: Option<PathBuf>,
    /// Whether it is written while the client runs.
    follow: bool,
    /// Where jobs go.
    nats: Option<String>,
    /// Whether this is a machine.
    machine: bool,
    /// Whether the usage is asked for.
    help: bool,
}

/// Reads the flags, opens the room, runs the client, and turns its end into an exit status.
///
/// The status is the client's own, 1 after an error or when stdout failed, and 2 after a wrong flag.
pub fn visit<T: Termination>(client: impl FnOnce(&Visit) -> io::Result<T>) -> ExitCode {
    visit_or_serve(client, None::<fn(&str) -> io::Result<()>>)
}

fn visit_or_serve<T: Termination>(
    client: impl FnOnce(&Visit) -> io::Result<T>,
    serve: Option<impl FnOnce(&str) -> io::Result<()>>,
) -> ExitCode {
    let of_machines = if serve.is_some() { USAGE_OF_MACHINES } else { "" };
    match flags(lexopt::Parser::from_env(), serve.is_some()) {
        Ok(Flags { help: true, .. }) => {
            print!("{USAGE}{of_machines}");
            or_failed(ExitCode::SUCCESS)
        }
        Ok(Flags { machine: true, nats: Some(url), .. }) => {
            let served = serve.map_or(Ok(()), |serve| serve(&url));
            served.map_or_else(|error| failed(&error, 1), |()| or_failed(ExitCode::SUCCESS))
        }
        Ok(flags) => run(flags, client).map_or_else(|error| failed(&error, 1), or_failed),
        Err(error) => failed(&io::Error::other(format!("{error}\n\n{USAGE}{of_machines}")), 2),
    }
}

/// As [`visit`], for a program that is its own worker process: started with [`WORKER`], it does `work` and joins no room.
pub fn visit_or_work<T: Termination>(
    client: impl FnOnce(&Visit) -> io::Result<T>,
    work: impl FnOnce() -> io::Result<()>,
) -> ExitCode {
    if is_worker() { run_worker(work) } else { visit(client) }
}

/// As [`visit_or_work`], for a program whose jobs may leave the machine: with `--machine` it does `serve` and joins no room.
pub fn visit_or_work_or_serve<T: Termination>(
    client: impl FnOnce(&Visit) -> io::Result<T>,
    work: impl FnOnce() -> io::Result<()>,
    serve: impl FnOnce(&str) -> io::Result<()>,
) -> ExitCode {
    if is_worker() { run_worker(work) } else { visit_or_serve(client, Some(serve)) }
}

fn is_worker() -> bool {
    env::args_os().nth(1).is_some_and(|first| first == WORKER)
}

fn run_worker(work: impl FnOnce() -> io::Result<()>) -> ExitCode {
    work().map_or_else(|error| failed(&error, 1), |()| ExitCode::SUCCESS)
}

fn failed(error: &io::Error, status: u8) -> ExitCode {
    complain(error);
    ExitCode::from(status)
}

/// A visit of which something was not shown, or not read, is no success, however it ended.
fn or_failed(status: ExitCode) -> ExitCode {
    if has_complained() { ExitCode::FAILURE } else { status }
}

fn flags(mut parser: lexopt::Parser, machines: bool) -> Result<Flags, lexopt::Error> {
    let mut flags = Flags::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("server") => flags.server = Some(address(&parser.value()?.string()?)?),
            Arg::Long("strict") => flags.strict = true,
            Arg::Long("trace") => flags.trace = Some(parser.value()?.into()),
            Arg::Long("follow") => flags.follow = true,
            Arg::Long("nats") if machines => flags.nats = Some(parser.value()?.string()?),
            Arg::Long("machine") if machines => flags.machine = true,
            Arg::Long("help") | Arg::Short('h') => flags.help = true,
            other => return Err(other.unexpected()),
        }
    }
    if flags.strict && flags.server.is_some() {
        return Err("--strict is for the room inside: a room elsewhere has its own mood".into());
    }
    if flags.follow && flags.trace.is_none() {
        return Err("--follow is for a trace: name its file with --trace FILE".into());
    }
    if flags.machine && flags.nats.is_none() {
        return Err("--machine takes its jobs from a server: name it with --nats nats://HOST:PORT".into());
    }
    Ok(flags)
}

fn run<T: Termination>(flags: Flags, client: impl FnOnce(&Visit) -> io::Result<T>) -> io::Result<ExitCode> {
    let trace = flags.trace.map(|path| start_trace(path, flags.follow)).transpose()?;
    let mood = if flags.strict { Mood::Strict } else { Mood::Lenient };
    let room = match flags.server {
        Some(_) => None,
        None => Some(Room::open(Rules { mood, ..Rules::default() })?),
    };
    let url = flags.server.or(room.as_ref().map(Room::url)).unwrap_or_default();
    let ended = client(&Visit { url, nats: flags.nats });
    farewell(room);
    if let Some(output) = trace {
        output.end()?;
    }
    ended.map(Termination::report)
}

fn start_trace(path: PathBuf, follow: bool) -> io::Result<trace::Output> {
    let file = File::create(&path).map_err(|error| {
        io::Error::new(error.kind(), format!("cannot write the trace to {}: {error}", path.display()))
    })?;
    trace::start();
    if follow { trace::Output::followed(file) } else { Ok(trace::Output::new(file)) }
}

/// Says what the room inside saw; it may still be hearing the client's last words.
fn farewell(room: Option<Room>) {
    if let Some(saw) = room.and_then(|room| room.last_seen(Duration::from_millis(300))) {
        println!("the room saw: {saw}");
    }
}

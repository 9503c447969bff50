//! This program again, as a process that plays a machine.

use std::{
    env,
    io::{self, BufRead, BufReader, Read},
    process::{self, Child, Command, Stdio},
    thread,
    time::Instant,
};

use futures_util::{StreamExt, stream};
use tokio::runtime::{Builder, Runtime};

/// Starts it in a role, and waits until it has said a line. It ends when nobody holds its stdin any more.
pub fn process(role: &str, url: &str) -> Child {
    let mut command = Command::new(env::current_exe().expect("this program"));
    let command = command.args([role, url]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    let mut said = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut ready = String::new();
    said.read_line(&mut ready).expect("a line");
    assert!(!ready.is_empty(), "the process ends at once");
    // It may say more: somebody has to listen.
    let listen = move || io::copy(&mut said, &mut io::sink());
    thread::Builder::new().name("listener".into()).spawn(listen).expect("a thread");
    child
}

/// So that a benchmark which is killed leaves no process.
pub fn end_with_stdin() -> io::Result<()> {
    let end = || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0)
    };
    thread::Builder::new().name("end of input".into()).spawn(end).map(drop)
}

/// Kills processes, and waits for them.
pub fn end(processes: &mut [Child]) {
    for process in processes {
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// A loop of one thread, as each of them has.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Seconds for so many jobs, of which so many are under way at once.
pub fn flight<F: Future<Output = ()>>(
    runtime: &Runtime,
    in_flight: usize,
    jobs: usize,
    job: impl Fn() -> F,
) -> f64 {
    let begin = Instant::now();
    let all = stream::iter(0..jobs).map(|_| job()).buffer_unordered(in_flight).for_each(|()| async {});
    runtime.block_on(all);
    begin.elapsed().as_secs_f64()
}

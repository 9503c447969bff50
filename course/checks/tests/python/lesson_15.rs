//! `book/python/15_another_machine.py`: a job whose machine is killed is done by another one.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use checks::{Ended, Host, NatsServer, Program, patience};

use crate::script;

/// A Python program that leads a group; dropping it kills the group, for its pool's processes would outlive it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

/// Whether the script's Python has the client of NATS; without it there is a word about that.
fn has_nats(script: &Program) -> bool {
    let python = script.command().get_program().to_owned();
    let found = Command::new(&python).args(["-c", "import nats"]).stderr(Stdio::null()).status();
    let is_there = found.is_ok_and(|status| status.success());
    if !is_there {
        let python = python.to_string_lossy();
        let lack = format!("`{python}` has no nats-py: type `{python} -m pip install nats-py`");
        assert!(env::var_os("COURSE_PYTHON").is_none(), "{lack}");
        let _ = writeln!(io::stderr(), "passed over: {lack}");
    }
    is_there
}

/// A machine, which takes jobs when this returns, and what it prints.
fn machine(script: &Program, url: &str) -> (Running, impl Iterator<Item = String> + use<>) {
    let mut machine = script.command();
    machine.args([url, "--machine"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = machine.process_group(0).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert_eq!(lines.next().as_deref(), Some("takes jobs"));
    (Running(child), lines)
}

/// Each job is answered once, although the machine that had one of them was killed.
#[test]
fn python_machine_may_die() {
    let Some(script) = script("15_another_machine.py") else { return };
    if !has_nats(&script) {
        return;
    }
    let Some(server) = NatsServer::start() else { return };
    let (first, mut said) = machine(&script, &server.url());
    let mut caller = script.command();
    caller.args([&server.url(), "slow", "tea"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut caller = Running(caller.process_group(0).spawn().unwrap());
    assert!(said.any(|line| line == "takes slow"));
    drop(first);
    let _second = machine(&script, &server.url());
    let began = Instant::now();
    let ended = loop {
        if let Some(status) = caller.0.try_wait().unwrap() {
            break Ended::Status(status.code().unwrap_or(-1) as u32);
        }
        assert!(began.elapsed() < patience() * 5, "no answer");
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(ended, Ended::Status(0));
    let mut said = String::new();
    io::Read::read_to_string(caller.0.stdout.as_mut().unwrap(), &mut said).unwrap();
    let mut lines: Vec<&str> = said.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["SLOW", "TEA"]);
}

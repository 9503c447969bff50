//! A client hears the signals that end it, though whoever started its check ignores them, as `nohup` and `&` do.
#![cfg(unix)]

use std::{env, process::Command};

use checks::{Client, Ended, Program, ScriptedRoom};

/// Set in the process that was started to ignore signals.
const INSIDE: &str = "COURSE_TEST_INSIDE";

/// Runs this same test in a process that ignores SIGHUP, SIGINT, SIGQUIT and SIGTERM, and, where bash is, ended children.
#[test]
fn ignored_signals_end_a_client() {
    if env::var_os(INSIDE).is_some() {
        return end_clients();
    }
    checks::let_children_hear().unwrap();
    let shell = if Command::new("bash").arg("--version").output().is_ok() { "bash" } else { "sh" };
    let mut deaf = Command::new(shell);
    deaf.args(["-c", r#"trap "" HUP INT QUIT TERM CHLD; exec "$0" "$@""#]).arg(env::current_exe().unwrap());
    deaf.args(["--exact", "ignored_signals_end_a_client"]).env(INSIDE, "1");
    let output = deaf.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Each signal ends a client on pipes, and Ctrl-C one at a terminal.
fn end_clients() {
    assert_eq!(checks::ignored_signals(), [1, 2, 3, 15]);
    let room = ScriptedRoom::open();
    let waiting = Program::at("sh").leading("-c").leading("echo ready; exec sleep 60").leading("sh");
    for signal in ["-HUP", "-INT", "-QUIT", "-TERM"] {
        let client = Client::on_pipes(&waiting, &room);
        client.shows("ready").unwrap();
        let sent = Command::new("kill").args([signal, &client.process().to_string()]).status();
        assert!(sent.unwrap().success());
        assert_eq!(client.exits(), Ok(Ended::Signal), "{signal}");
    }
    let mut client = Client::on_terminal(&waiting, &room);
    client.shows("ready").unwrap();
    client.interrupt();
    assert!(client.exits().is_ok());
}

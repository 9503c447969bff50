//! A client talks to a server written with the Python package `websockets`.
//!
//! The clients of lessons 03 to 05 include this file as tests of their own, since cargo builds a program for its package alone.
//! Whoever includes it says with `client` which program that is.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Instant,
};

use checks::{Client, Host, Program, patience};

use super::client;

/// A server in another process; it ends when this is dropped.
struct Server {
    /// The process.
    process: Child,
    /// Where it listens.
    url: String,
    /// What it prints.
    printed: Receiver<String>,
}

impl Server {
    /// Starts the server; `None` where Python or `websockets` will not do.
    fn start() -> Option<Server> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../course/checks/tests/python");
        let server = Program::python(folder.join("peer_server.py"))?;
        let mut process = server.command().stdout(Stdio::piped()).spawn().expect("the server starts");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let (sender, printed) = mpsc::channel();
        let copying = move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line));
        thread::Builder::new().name("server".into()).spawn(copying).expect("a thread");
        let url = printed.recv_timeout(patience()).expect("the server says where it listens");
        Some(Server { process, url, printed })
    }

    /// Waits until the server prints exactly `wanted`.
    fn prints(&self, wanted: &str) {
        let deadline = Instant::now() + patience();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.printed.recv_timeout(left) {
                Ok(line) if line == wanted => return,
                Ok(_) => {}
                Err(_) => panic!("the server did not print `{wanted}` within {:?}", patience()),
            }
        }
    }
}

impl Host for Server {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn silence(&self) -> Box<dyn Fn() -> String + Send> {
        Box::new(|| "the server is another program".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Pings are answered while stdin is silent, lines are echoed, and the end of input is a close frame.
#[test]
fn client_talks_to_a_python_server() {
    let Some(server) = Server::start() else { return };
    let mut client = Client::on_terminal(&client(), &server);
    client.shows("<< welcome from Python").unwrap();
    (0..10).for_each(|_| server.prints("pong"));
    for line in ["hello, Python", "are you well? – ça va"] {
        client.type_line(line);
        client.shows(&format!("<< echo: {line}")).unwrap();
    }
    client.end_input();
    client.shows("longest freeze: ").unwrap();
    client.exits().unwrap();
    // 1005: a close frame without a code, as `close(None)` sends it.
    server.prints("left: 1005");
}

/// Whatever a message is made of, the text is shown, and nothing else stops the client.
#[test]
fn client_reads_all_kinds_of_messages() {
    let Some(server) = Server::start() else { return };
    let mut client = Client::on_terminal(&client(), &server);
    client.type_line("in parts please");
    client.shows("<< in three parts").unwrap();
    client.type_line("binary please");
    client.shows("<< that was binary").unwrap();
    client.type_line("much please");
    client.shows("<< message 999 of 1000").unwrap();
    client.type_line("still here");
    client.shows("<< echo: still here").unwrap();
}

/// The server's reason is shown, and the client ends.
#[test]
fn client_shows_why_a_python_server_closed() {
    let Some(server) = Server::start() else { return };
    let mut client = Client::on_terminal(&client(), &server);
    client.shows("<< welcome").unwrap();
    client.type_line("please close");
    client.shows("the room closed: the kettle is empty").unwrap();
    // Lesson 04 ends with its next line alone.
    client.type_line("");
    client.exits().unwrap();
    assert!(client.screen().contains("longest freeze: "), "{}", client.screen());
}

/// A server that vanishes ends the client with a sentence.
#[test]
fn client_notices_that_a_python_server_vanished() {
    let Some(server) = Server::start() else { return };
    let mut client = Client::on_terminal(&client(), &server);
    client.shows("<< welcome").unwrap();
    client.type_line("please vanish");
    client.shows("longest freeze: ").unwrap();
    client.type_line("");
    client.exits().unwrap();
    assert!(client.screen().contains("error: the room is gone: "), "{}", client.screen());
}

/// Piped lines arrive once each, in order, and the last of them before the close frame.
#[test]
fn piped_lines_reach_a_python_server() {
    let Some(server) = Server::start() else { return };
    let mut client = Client::on_pipes(&client(), &server);
    let lines: Vec<String> = (0..1000).map(|number| format!("note {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    lines.iter().for_each(|line| server.prints(&format!("noted: {line}")));
    server.prints("left: 1005");
    client.exits().unwrap();
}

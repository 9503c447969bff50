//! The book is served whatever else goes on: beside another server, and where files cannot be watched.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::Fixture;
use crate::printed::Printed;

/// Longer than any answer takes.
const LONG: Duration = Duration::from_secs(60);

/// A server that is ended on drop.
pub struct Served(pub Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A course with a book of one page.
pub fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("book/book.toml", "[book]\ntitle = \"B\"\n[output.html.playground]\nrunnable = false\n");
    fixture.write("book/src/en/SUMMARY.md", "# Summary\n\n- [First](01-first-step.md)\n");
    fixture
}

/// Starts a server, and returns it with its address.
pub fn serve(mut command: Command) -> (Served, String) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    address_of(Served(child))
}

/// A server with the address that it prints.
fn address_of(mut served: Served) -> (Served, String) {
    let line = Printed::by(&mut served.0).line();
    let address = line.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
    let Some((address, _)) = address else {
        let _ = served.0.kill();
        let told = served.0.stderr.take().map(std::io::read_to_string);
        panic!("no address in `{line}`: {told:?}");
    };
    (served, address.to_owned())
}

fn page(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    write!(stream, "GET /01-first-step.html HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Two servers of one clone build into two folders.
#[test]
fn servers_share_no_folder() {
    let fixture = fixture();
    let servers = [(); 2].map(|()| serve(fixture.command(&["--no-open", "--port", "0"])));
    for ((_, address), folder) in servers.iter().zip(["en", "en-2"]) {
        assert!(page(address).contains("The check says"), "{address}");
        assert!(fixture.root().join("book/build").join(folder).join("index.html").exists(), "{folder}");
    }
    drop(servers);
    let (_third, _) = serve(fixture.command(&["--no-open", "--port", "0"]));
    assert!(!fixture.root().join("book/build/en-3").exists(), "a folder that is free is taken again");
}

/// The tool in a world without any inotify instance; none where such a world cannot be made.
fn unwatchable(fixture: &Fixture, args: &[&str]) -> Option<Command> {
    let wrap = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "sh", "-c", script]).current_dir(fixture.root());
        command
    };
    let limit = "echo 0 > /proc/sys/user/max_inotify_instances";
    let status = wrap(limit).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !status.is_ok_and(|status| status.success()) {
        eprintln!("passed over: no namespace with limits of its own can be made here");
        return None;
    }
    let tool = fixture.command(args);
    let mut command = wrap(&format!("{limit} && exec \"$0\" \"$@\""));
    command.arg(tool.get_program()).args(tool.get_args()).env("NO_COLOR", "1").env("COURSE_LANG", "en");
    Some(command)
}

/// Where the system tells of no save the pages follow saves all the same, without a word: they are looked at.
#[test]
fn unwatchable_book_is_looked_at() {
    let fixture = fixture();
    let Some(command) = unwatchable(&fixture, &["--no-open", "--port", "0"]) else { return };
    let (mut served, address) = serve(command);
    assert!(page(&address).contains("The check says"));
    fixture.write("book/src/en/01-first-step.md", "# First\n\nThis was saved later.\n");
    let end = Instant::now() + LONG;
    while !page(&address).contains("This was saved later.") {
        assert!(Instant::now() < end, "the page stays as it was");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let stderr = served.0.stderr.take().unwrap();
    drop(served);
    assert_eq!(std::io::read_to_string(stderr).unwrap(), "");
}

/// A lesson is watched there in the same way, and that is said.
#[test]
fn unwatchable_lesson_is_looked_at() {
    let fixture = fixture();
    let Some(mut command) = unwatchable(&fixture, &["watch", "01"]) else { return };
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut served = Served(child);
    let lines = Printed::by(&mut served.0);
    lines.sees("the system watches no more files: the files are looked at twice a second");
    lines.sees("waiting for the next save");
    fixture.answer(42);
    lines.sees("Lesson 01 is solved");
}

/// The book as files: where it stands is the last thing said, and a folder of somebody else's is left alone.
#[test]
fn book_is_written_as_files() {
    let fixture = fixture();
    let built = fixture.course(&["build"]);
    assert_eq!(built.status, 0, "{}", built.stderr);
    let index = fixture.root().join("book/build/site/index.html");
    assert!(built.stdout.trim_end().ends_with(&format!("Open {}", index.display())), "{}", built.stdout);
    assert!(std::fs::read_to_string(index).unwrap().contains("The check says"));
    fixture.write("mine/letter.txt", "mine");
    fixture.course(&["build", "--out", "mine"]).complains(&["mine is not empty", "new or empty"]);
    assert_eq!(fixture.read("mine/letter.txt"), "mine");
}

/// A browser is opened where somebody sees it; elsewhere the address is printed, and why it is not.
#[test]
fn browser_is_opened_for_somebody() {
    let fixture = fixture();
    // What opens addresses here; it is what the tool's library tries first.
    fixture
        .write("bin/xdg-open", "#!/bin/sh\necho \"$1\" > \"$OPENED.new\"; mv \"$OPENED.new\" \"$OPENED\"\n");
    let opener = fixture.root().join("bin/xdg-open");
    std::fs::set_permissions(opener, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let opened = fixture.root().join("opened");
    let path = format!("{}:{}", fixture.root().join("bin").display(), std::env::var("PATH").unwrap());
    let command = |variables: &[(&str, &str)]| {
        let mut command = fixture.command(&["--port", "0"]);
        for name in ["BROWSER", "SSH_TTY", "SSH_CONNECTION", "CODESPACES", "REMOTE_CONTAINERS"] {
            command.env_remove(name);
        }
        command.env("PATH", &path).env("OPENED", &opened).envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    };
    let mut away = Served(command(&[("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")]));
    let printed = Printed::by(&mut away.0);
    let lines = [printed.line(), printed.line()];
    assert!(lines[0].contains("The book is open at http://127.0.0.1:"), "{lines:?}");
    assert_eq!(lines[1], "Open it in a browser yourself: this terminal is of another machine.");
    drop(away);
    if !cfg!(target_os = "linux") {
        return;
    }
    assert!(!opened.exists(), "a browser was opened");
    let (_served, address) = address_of(Served(command(&[("BROWSER", "any")])));
    let until = Instant::now() + LONG;
    while !opened.exists() {
        assert!(Instant::now() < until, "no browser was opened");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert_eq!(fixture.read("opened").trim_end(), format!("http://{address}/"));
    // Whoever names a browser, and has nothing that opens one, hears of it.
    let mut bare = Served(command(&[("BROWSER", "any"), ("PATH", "/nowhere")]));
    Printed::by(&mut bare.0).sees("Open it in a browser yourself: no program here opens addresses.");
}

/// Other machines are told an address with a token in it, and what that means.
#[test]
fn open_book_has_a_token() {
    let fixture = fixture();
    let mut command = fixture.command(&["--no-open", "--port", "0", "--host", "0.0.0.0"]);
    let mut served = Served(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap());
    let printed = Printed::by(&mut served.0);
    let lines = [printed.line(), printed.line()];
    assert!(lines[0].contains("/?token="), "{lines:?}");
    assert_eq!(lines[1], "Whoever has this address can run what is in it: keep it to yourself.");
    let noted = fixture.read(".course/book-url");
    assert!(lines[0].contains(&noted) && !noted.contains("token"), "{noted}");
    fixture.course(&["--host", "here"]).complains(&["here", "--host", "Try `cargo course --help`"]);
    fixture
        .course(&["--no-open", "--host", "192.0.2.1"])
        .complains(&["192.0.2.1 is no address of this machine"]);
}

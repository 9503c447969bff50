//! The served book starts programs for its own pages alone: as many as may run, as long as they may, and none without its page.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use crate::book::{Served, fixture, serve};
use crate::common::Fixture;
use crate::hangs::{all_gone, interrupt};

/// Longer than any wait here can take, on a machine that is busy.
const LONG: Duration = Duration::from_secs(60);

/// As many tabs as nobody has open.
const TABS: usize = 50;

/// As many programs as may run.
const AT_ONCE: usize = 4;

/// A program that says its number, starts another one in a group of its own, and ends by itself never.
const ENDLESS: &str = r#"//! Stays.
use std::os::unix::process::CommandExt;
fn main() {
    let other = std::process::Command::new("sleep").arg("1000").process_group(0).spawn();
    println!("processes {} {}.", std::process::id(), other.unwrap().id());
    loop { std::thread::park() }
}
"#;

/// A program that prints without end.
const FLOOD: &str =
    "//! Floods.\nfn main() {\n    loop { println!(\"the kettle boils over and over and over\") }\n}\n";

/// A course whose first program is this one, served.
struct Course {
    /// Its folder.
    fixture: Fixture,
    /// The tool that serves it.
    server: Served,
    /// Where: `127.0.0.1:3000`.
    address: String,
    /// What its pages carry.
    token: String,
}

type Socket = WebSocket<TcpStream>;

impl Course {
    fn of(program: &str) -> Self {
        Self::with(&[], program)
    }

    /// The same with these flags besides.
    fn with(flags: &[&str], program: &str) -> Self {
        let fixture = fixture();
        fixture.write("lessons/01-first-step/src/main.rs", program);
        let (server, address) = serve(fixture.command(&[&["--no-open", "--port", "0"][..], flags].concat()));
        let page = ask(&address, "/01-first-step.html", &[("Host", &address)]);
        let token = page.split_once("thaw-token\" content=\"").and_then(|(_, rest)| rest.split_once('"'));
        let token = token.unwrap_or_else(|| panic!("no token: {page}")).0.to_owned();
        Self { fixture, server, address, token }
    }

    /// A page's question, with these headers in place of those that a page has.
    fn ask(&self, path: &str, headers: &[(&str, &str)]) -> String {
        let own = format!("http://{}", self.address);
        let usual = [("Host", self.address.as_str()), ("Origin", &own), ("X-Thaw-Token", &self.token)];
        let is_given = |name: &str| headers.iter().any(|(given, _)| *given == name);
        let kept: Vec<_> =
            usual.into_iter().filter(|(name, _)| !is_given(name)).chain(headers.iter().copied()).collect();
        ask(&self.address, path, &kept)
    }

    /// A page's terminal, just opened.
    fn open(&self) -> Socket {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let request = Request::builder()
            .uri(format!("ws://{}/__course/run/01/yours?token={}", self.address, self.token))
            .header("Host", &self.address)
            .header("Origin", format!("http://{}", self.address))
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", tungstenite::handshake::client::generate_key());
        tungstenite::client(request.body(()).unwrap(), stream).unwrap().0
    }

    /// A terminal in which the endless program runs, and the numbers of its two processes.
    fn running(&self) -> (Socket, Vec<i32>) {
        let mut socket = self.open();
        let shown = until(&mut socket, |shown| shown.contains('.'));
        let numbers = shown.split_once("processes ").unwrap().1.split_once('.').unwrap().0;
        (socket, numbers.split(' ').map(|number| number.parse().unwrap()).collect())
    }
}

/// Asks as a browser would, with these headers alone, and gives the whole answer.
fn ask(address: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The next message. A read with a limit is not begun anew by the system after a signal, and here children of other tests end.
fn read(socket: &mut Socket) -> Result<Message, tungstenite::Error> {
    loop {
        match socket.read() {
            Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// What comes, until there is enough of it; each part is said to be shown. What is told stands between line feeds.
fn until(socket: &mut Socket, is_enough: impl Fn(&str) -> bool) -> String {
    let mut all = String::new();
    let mut last = 0;
    // What came last may end what came before.
    while !is_enough(&all[all.floor_char_boundary(last)..]) {
        last = all.len().saturating_sub(200);
        match read(socket) {
            Ok(Message::Binary(bytes)) => {
                all += &String::from_utf8_lossy(&bytes);
                // The program may have ended meanwhile.
                let _ = socket.send(Message::text(format!("{{\"shown\":{}}}", bytes.len())));
            }
            Ok(Message::Text(text)) => all += &format!("\n{text}\n"),
            Ok(_) => {}
            Err(error) => panic!("{error}: {all}"),
        }
    }
    all
}

/// A greeting that starts a program, as a browser sends it.
const GREETING: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

#[track_caller]
fn is_refused(answer: &str, status: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    assert!(answer.len() < 1000 && !answer.contains("thaw-token"), "{answer}");
}

/// Another page of this browser, a name that leads here, and whoever has no token start nothing; a page gets no other name.
#[test]
fn only_own_pages_start_programs() {
    let course = Course::of(ENDLESS);
    let run = "/__course/run/01/yours";
    let with = |extra: &[(&'static str, &'static str)]| [GREETING.as_slice(), extra].concat();
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        is_refused(&course.ask(run, &with(&[("Origin", origin)])), "403");
    }
    for host in ["evil.example", "127.0.0.1.evil.example:3000"] {
        is_refused(&course.ask(run, &with(&[("Host", host)])), "403");
        is_refused(&course.ask("/01-first-step.html", &[("Host", host)]), "403");
        is_refused(&course.ask("/__course/terminal.js", &[("Host", host)]), "403");
    }
    for token in ["", "0", "00000000000000000000000000000000"] {
        is_refused(&course.ask(run, &with(&[("X-Thaw-Token", token)])), "403");
    }
    let host = course.address.as_str();
    is_refused(&ask(host, run, &[GREETING.as_slice(), &[("Host", host)]].concat()), "403");
    is_refused(&course.ask(run, &[]), "426");
    // With all of it a program starts.
    all_gone(&{
        let (socket, processes) = course.running();
        drop(socket);
        processes
    });
}

/// No address leads out of the book, and none to what is no lesson.
#[test]
fn no_path_climbs() {
    let course = Course::of(ENDLESS);
    for path in [
        "/__course/run/../01/yours",
        "/__course/run/..%2f..%2flessons%2f01-first-step/yours",
        "/__course/run/01/..%2fsolution",
        "/__course/run/01/yours/..",
        "/__course/run/1/yours",
        "/__course/run/lesson-01/yours",
        "/__course/run/03/yours",
        "/__course/run/01;touch%20x/yours",
        "/__course/run/01/yours%00",
        "/__course/../../Cargo.toml",
        "/..%2f..%2fCargo.toml",
        "/../../../../../../etc/passwd",
        "//etc/passwd",
    ] {
        let answer = course.ask(path, &GREETING);
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
        assert!(!answer.contains("[workspace]") && !answer.contains("root:"), "{path}: {answer}");
    }
}

/// A page that closes, one that is gone without a word, and a server that is gone take the program with them.
#[test]
fn no_program_outlives_its_page() {
    let mut course = Course::of(ENDLESS);
    let (mut socket, processes) = course.running();
    socket.close(None).unwrap();
    all_gone(&processes);

    let (socket, processes) = course.running();
    drop(socket);
    all_gone(&processes);

    // Its connection stands, and nobody answers any more.
    let (silent, processes) = course.running();
    all_gone(&processes);
    drop(silent);

    let (_socket, processes) = course.running();
    course.server.0.kill().unwrap();
    all_gone(&processes[..1]);
}

/// Ctrl-C at the server ends all that its pages have started.
#[test]
fn interrupt_ends_all_programs() {
    let course = Course::of(ENDLESS);
    let (_socket, processes) = course.running();
    interrupt(&course.server.0);
    all_gone(&processes);
}

/// A program that runs for longer than it may is ended, with what it has started, and its page is told why.
#[test]
fn endless_run_is_ended() {
    let course = Course::with(&["--longest-run", "5"], ENDLESS);
    let (mut socket, processes) = course.running();
    let told = until(&mut socket, |told| told.contains("\"ended\""));
    assert!(told.contains("\"why\":\"It has run for 5 s, and was ended.\""), "{told}");
    // They are gone before the page hears of it.
    all_gone(&processes);
}

/// A program that floods waits for its page, and is ended in the end; the book is served meanwhile.
#[test]
fn flood_is_bounded() {
    let course = Course::of(FLOOD);
    // It says of nothing that it was shown.
    let mut held = course.open();
    let mut count = 0;
    held.get_ref().set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let stands = loop {
        match read(&mut held) {
            Ok(Message::Binary(bytes)) => count += bytes.len(),
            Ok(_) => {}
            // The build of the program takes longer than that.
            Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock && count == 0 => {}
            Err(error) => break error,
        }
    };
    assert!(
        matches!(&stands, tungstenite::Error::Io(error) if error.kind() == ErrorKind::WouldBlock),
        "{stands}"
    );
    assert!((100_000..200_000).contains(&count), "{count} bytes came");

    let mut taken = course.open();
    let all = until(&mut taken, |all| all.contains("\"ended\""));
    assert!(all.contains("It has printed more than 4 MB, and was ended."), "{}", &all[all.len() - 400..]);
    assert!(all.len() < 5_000_000, "{} bytes came", all.len());
    assert!(course.ask("/01-first-step.html", &[]).contains("The check says"));
}

/// Of many tabs as many run a program as may; the others hear why not, and the book is served to all.
#[test]
fn fifty_tabs_run_four_programs() {
    let course = Course::of(ENDLESS);
    let mut tabs: Vec<_> = (0..TABS).map(|_| course.open()).collect();
    let is_told = |shown: &str| shown.contains('.') || shown.contains("\"refused\"");
    let told: Vec<_> = tabs.iter_mut().map(|tab| until(tab, is_told)).collect();
    let refused =
        told.iter().filter(|told| told.contains("4 programs run already: stop one of them first")).count();
    assert_eq!(refused, TABS - AT_ONCE, "{told:?}");
    assert!(course.ask("/01-first-step.html", &[]).contains("The check says"));
    drop(tabs);
    // Their places are free again, as soon as they are gone.
    let end = Instant::now() + LONG;
    loop {
        let told = until(&mut course.open(), is_told);
        if told.contains("processes") {
            break;
        }
        assert!(Instant::now() < end, "no place becomes free: {told}");
    }
}

/// A page shows what a terminal has checked, a terminal what a page has, and a page tries what was saved.
#[test]
fn page_and_terminal_agree() {
    let course = Course::of("//! Ends.\nfn main() {}\n");
    let standing = || course.ask("/__course/standing/01", &[]);
    let until = |part: &str| {
        let end = Instant::now() + LONG;
        while !standing().contains(part) {
            assert!(Instant::now() < end, "{part} never came: {}", standing());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let fresh = standing();
    assert!(fresh.contains("\"report\":null") && !fresh.contains("tried"), "{fresh}");

    assert_eq!(course.fixture.course(&["check", "01"]).status, 1);
    let tried = standing();
    assert!(tried.contains("\"state\":\"tried\"") && tried.contains("the answer was 41"), "{tried}");

    course.fixture.answer(42);
    until("\"is_solved\":true");
    course.fixture.course(&["list"]).says(&["01  solved"]);

    course
        .fixture
        .write("lessons/01-first-step/src/lib.rs", "//! Answers.\npub fn answer() -> u32 { \"42\" }\n");
    until("does not compile yet: mend the first error above");
    assert!(standing().contains("\"state\":\"solved\""), "what was solved stays so");
}

/// The shell of a terminal gets no text of a page: what is typed is typed, and nothing more.
#[test]
fn keys_reach_the_program_alone() {
    let echo = "//! Echoes.\nfn main() {\n    let mut line = String::new();\n    std::io::stdin().read_line(&mut line).unwrap();\n    println!(\"heard {}.\", line.len());\n    std::process::exit(7);\n}\n";
    let course = Course::of(echo);
    let mut socket = course.open();
    until(&mut socket, |shown| shown.contains("running"));
    socket.send(Message::text(r#"{"keys":"$(touch x); `exit 3` %d\\\r"}"#)).unwrap();
    let all = until(&mut socket, |all| all.contains("\"ended\""));
    assert!(all.contains("heard 25."), "{all}");
    assert!(all.contains("\"status\":7") && !all.contains("thaw;"), "{all}");
}

//! The served book follows each save, shows what is wrong, and ends without a trace.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::common::Ground;
use book::{Live, Serve, Server};

/// Longer than any wait here can take.
const LONG: Duration = Duration::from_secs(20);

/// Asks for a path, and returns the whole answer.
fn get(server: &Server, path: &str) -> String {
    let host = server.url().trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).expect("the server listens");
    stream.set_read_timeout(Some(LONG)).expect("a timeout");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Asks again until the answer holds `part`; a build has no other sign outside.
fn get_until(server: &Server, path: &str, part: &str) -> String {
    let end = Instant::now() + LONG;
    loop {
        let answer = get(server, path);
        if answer.contains(part) {
            return answer;
        }
        assert!(Instant::now() < end, "{part} never came; the last answer was {answer}");
        // Leaves the processor to the build that is waited for.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A page carries the revision that the server tells, so its first question can already see a change.
#[test]
fn page_carries_its_revision() {
    let ground = Ground::new();
    let server = Server::start(ground.root(), Some(0), Live::default()).expect("it starts");
    let revision = get(&server, "/__revision").lines().last().expect("a line").to_owned();
    assert!(get(&server, "/page.html").contains(&format!("let shown = '{revision}'")));
}

/// A save reaches the page, and changes the revision.
#[test]
fn save_reaches_the_page() {
    let ground = Ground::new();
    let server = Server::start(ground.root(), Some(0), Live::default()).expect("it starts");
    let before = get(&server, "/__revision");
    ground.page("# Page\n\nA new sentence.\n");
    get_until(&server, "/page.html", "A new sentence.");
    assert_ne!(get(&server, "/__revision").lines().last(), before.lines().last());
}

/// So does one of which no event of the system tells: the sources are looked at.
#[test]
fn looking_reaches_the_page() {
    let ground = Ground::new();
    let looks = Serve { port: Some(0), polls: true, ..Serve::default() };
    let server = Server::start_at(ground.root(), looks).expect("it starts");
    ground.page("# Page\n\nA new sentence.\n");
    get_until(&server, "/page.html", "A new sentence.");
}

/// A broken page says so on itself; mended, it is well again; the others never suffer.
#[test]
fn broken_page_says_so() {
    let ground = Ground::new();
    let server = Server::start(ground.root(), Some(0), Live::default()).expect("it starts");
    ground.page("# Page\n\n{{#transcript none}}\n");
    get_until(&server, "/page.html", "book/transcripts/none.txt cannot be read");
    ground.page("# Page\n\nMended.\n");
    assert!(!get_until(&server, "/page.html", "Mended.").contains("thaw-error"));
}

/// A build that fails altogether keeps the last pages, under a banner.
#[test]
fn failed_build_keeps_the_pages() {
    let ground = Ground::new();
    let server = Server::start(ground.root(), Some(0), Live::default()).expect("it starts");
    ground.put("book/book.toml", "[output.html]\nno-such-key = 1\n");
    let page = get_until(&server, "/page.html", "The book cannot be built");
    assert!(page.contains("Text."), "{page}");
}

/// Even a book that was never built is served, with the reason.
#[test]
fn first_build_may_fail() {
    let ground = Ground::new();
    ground.put("book/book.toml", "[");
    let server = Server::start(ground.root(), Some(0), Live::default()).expect("it starts");
    assert!(get(&server, "/").contains("The book cannot be built"));
}

/// A port in use is one sentence with the next command.
#[test]
fn taken_port_is_named() {
    let ground = Ground::new();
    let first = Server::start(ground.root(), Some(0), Live::default()).expect("it starts");
    let port = first
        .url()
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .and_then(|port| port.parse::<u16>().ok())
        .expect("a port");
    let error = Server::start(ground.root(), Some(port), Live::default())
        .err()
        .expect("the port is taken")
        .to_string();
    assert_eq!(
        error,
        format!("port {port} is in use by another program. Try `cargo course --port {}`", port + 1)
    );
}

/// No address leads out of the site, and an unknown one gets the page for it.
#[test]
fn unknown_address_is_not_found() {
    let ground = Ground::new();
    let server = Server::start(ground.root(), Some(0), Live::default()).expect("it starts");
    for path in ["/nothing", "/../book.toml", "/..%2fbook.toml"] {
        assert!(get(&server, path).starts_with("HTTP/1.1 404"), "{path}");
    }
}

/// The end of a server closes its port, though a browser still holds a connection.
#[test]
fn end_leaves_nothing_behind() {
    let ground = Ground::new();
    let server = Server::start(ground.root(), Some(0), Live::default()).expect("it starts");
    let host = server.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let held = TcpStream::connect(&host).expect("the server listens");
    drop(server);
    assert!(TcpStream::connect(&host).is_err());
    drop(held);
}

/// A book for other machines lets nobody in without the token of its address, and asks for it once.
#[test]
fn other_machines_come_in_with_the_token() {
    let ground = Ground::new();
    let everywhere = Some("0.0.0.0".parse().expect("an address"));
    let open = |host, port| Server::start_at(ground.root(), Serve { host, port, ..Serve::default() });
    let server = open(everywhere, Some(0)).expect("it starts");
    let address = server.invitation("");
    let (url, token) = address.split_once("?token=").expect("a token");
    assert_eq!(url, server.url());
    for path in ["/page.html", "/__revision", "/page.html?token=", "/page.html?token=0123"] {
        let answer = get(&server, path);
        assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("# Page"), "{answer}");
        assert!(answer.contains("the one that `cargo course` prints has a token in it"), "{answer}");
    }
    let russian = get(&server, "/ru/page.html");
    assert!(russian.starts_with("HTTP/1.1 403 ") && !russian.contains("This book"), "{russian}");
    let answer = get(&server, &format!("/page.html?token={token}"));
    assert!(
        answer.starts_with("HTTP/1.1 303 ") && answer.contains("\r\nlocation: /page.html\r\n"),
        "{answer}"
    );
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let (cookie, rules) = cookie.split_once(';').expect("rules");
    assert!(rules.contains("HttpOnly") && rules.contains("SameSite=Strict"), "{rules}");
    let answer = get(&server, &format!("/page.html HTTP/1.1\r\nCookie: {cookie}\r\nX-Rest:"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let elsewhere = Some("192.0.2.1".parse().expect("an address"));
    let error = open(elsewhere, None).err().expect("it is refused");
    assert!(error.to_string().starts_with("192.0.2.1 is no address of this machine. Try `"), "{error}");
}

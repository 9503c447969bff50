//! What the screen of tokio-console shows, where it is installed: `cargo install tokio-console`.

use std::env;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::transcript::{Figures, hold_transcript};
use crate::{LONG, Service};

/// Wide enough for the place of each task.
const SIZE: PtySize = PtySize { rows: 16, cols: 250, pixel_width: 0, pixel_height: 0 };

/// The stuck task is busy, all others of its kind are idle, and the place that spawned it is told.
#[test]
fn screen_shows_the_stuck_task() {
    let console = env::var("TOKIO_CONSOLE").unwrap_or_else(|_| "tokio-console".into());
    let service = Service::start();
    let Some(screen) = screen(&console, &service.at) else {
        let _ = writeln!(std::io::stderr(), "passed over: there is no tokio-console");
        return;
    };
    hold_transcript("your-program-console", "tokio-console", &table(&screen), Figures::VaryInAnyOrder);
}

/// The table of tasks down to their places, without the folder in which the course stands here.
fn table(screen: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let root = format!("{}/", root.display());
    let rows =
        screen.lines().skip_while(|line| !line.starts_with("Warn")).filter(|line| !line.trim().is_empty());
    let is_place = |word: &&str| word.contains(".rs:") || *word == "Location";
    let rows = rows.map(|row| {
        let end =
            row.split_whitespace().find(is_place).and_then(|place| Some(row.find(place)? + place.len()));
        row[..end.unwrap_or(row.len())].replace(&root, "").trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// The screen, once one is busy for a second; `None` where there is no console.
fn screen(console: &str, at: &str) -> Option<String> {
    let pty = native_pty_system().openpty(SIZE).unwrap();
    let mut command = CommandBuilder::new(console);
    command.args(["--no-colors", "--lang", "C", &format!("http://{at}")]);
    command.env("TERM", "xterm");
    let mut child = pty.slave.spawn_command(command).ok()?;
    let mut reader = pty.master.try_clone_reader().unwrap();
    let (bytes, seen) = channel();
    thread::spawn(move || {
        let mut some = [0; 4096];
        while let Ok(read @ 1..) = reader.read(&mut some) {
            let _ = bytes.send(some[..read].to_vec());
        }
    });
    let mut terminal = vt100::Parser::new(cells(SIZE.rows), cells(SIZE.cols), 0);
    let deadline = Instant::now() + LONG;
    let shown = loop {
        let now = terminal.screen().contents();
        if now.lines().any(is_stuck) {
            break Ok(now);
        }
        match seen
            .recv_timeout(deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(5)))
        {
            Ok(bytes) => terminal.process(&bytes),
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Err(_) => break Err(now),
        }
    };
    let _ = child.kill();
    let _ = child.wait();
    Some(shown.unwrap_or_else(|last| panic!("no stuck task on the screen:\n{last}")))
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a screen with cells")
}

/// A line of the table whose task has been busy for seconds.
fn is_stuck(line: &str) -> bool {
    line.contains("service.rs") && line.contains("BUSY")
}

//! `cargo course` alone: serves the book, and says what the next step is.

use std::cell::OnceCell;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::lesson::Lesson;
use crate::live::live;
use crate::progress::Progress;
use crate::say::say;
use crate::stop::Stop;
use crate::table::Table;
use crate::workspace::Workspace;

/// Where the address of the served book is noted, for the links that other commands print.
const NOTE: &str = "book-url";

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);

/// Builds and serves the book until Ctrl-C.
pub fn run(workspace: &Workspace, port: Option<u16>, open: bool) -> Result<ExitCode> {
    let steps = steps(Table::read(workspace)?.next(workspace, &Progress::read(workspace)));
    let note = workspace.state().join(NOTE);
    let stop = Stop::on_interrupt()?;
    let noted = OnceCell::new();
    let ready = |url: &str| {
        let _ = noted.set(url.to_owned());
        // Without the note other commands name the file instead of the link.
        let _ = std::fs::create_dir_all(workspace.state()).and_then(|()| std::fs::write(&note, url));
        say!("The book is open at {url} until you press Ctrl-C.\nGo on in another terminal.\n\n{steps}");
    };
    let served = book::serve(
        workspace.root(),
        book::Serve { port, open, live: live(workspace, &stop) },
        ready,
        || wait(&stop),
    );
    // Another server may have noted its own address meanwhile.
    if noted.into_inner().is_some_and(|url| std::fs::read_to_string(&note).is_ok_and(|now| now == url)) {
        let _ = std::fs::remove_file(&note);
    }
    served.map(|()| ExitCode::SUCCESS)
}

/// Returns when Ctrl-C, a hang-up or a request to terminate came: all that pages have started ends then.
fn wait(stop: &Stop) -> Result<()> {
    while !stop.is_raised() {
        std::thread::park_timeout(TICK);
    }
    Ok(())
}

/// The next step: see the symptom, then check.
pub fn steps(next: Option<&Lesson>) -> String {
    match next {
        Some(next) => format!(
            "Next: lesson {}, {}.\n  cargo run -p {}\n  cargo course check {}",
            next.number,
            next.title,
            next.package(),
            next.number
        ),
        None => "Every lesson that exists is solved.\n  cargo course list".to_owned(),
    }
}

/// The address of the book, if it is served right now.
pub fn address(workspace: &Workspace) -> Option<String> {
    let url = std::fs::read_to_string(workspace.state().join(NOTE)).ok()?;
    let host = url.strip_prefix("http://")?.trim_end_matches('/');
    let address = host.parse().ok()?;
    std::net::TcpStream::connect_timeout(&address, std::time::Duration::from_millis(200)).ok()?;
    Some(url)
}

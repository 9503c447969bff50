//! `cargo course` alone: serves the book, and says what the next step is.

use std::cell::OnceCell;
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::browser;
use crate::language::{said, word, words};
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

/// Where to serve.
#[derive(Debug, Args)]
pub struct Options {
    /// The port of the book; 3000, or a free one, without it
    #[arg(long)]
    port: Option<u16>,
    /// An address of this machine at which others may read it, with the token that is printed; 0.0.0.0 is all of them
    #[arg(long, value_name = "ADDRESS")]
    host: Option<IpAddr>,
    /// Do not open the book in a browser
    #[arg(long)]
    no_open: bool,
    /// Look at the pages twice a second, where the system does not tell of what others write
    #[arg(long)]
    poll: bool,
    /// After how many seconds a lesson that runs in a page is ended; half an hour without it
    #[arg(long, value_name = "SECONDS", default_value_t = 30 * 60, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..))]
    longest_run: u64,
}

/// Builds and serves the book until Ctrl-C.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let steps = steps(Table::read(workspace)?.next(workspace, &Progress::read(workspace)));
    let note = workspace.state().join(NOTE);
    let stop = Stop::on_interrupt()?;
    let noted = OnceCell::new();
    let has_russian = workspace.path("book/src/ru/SUMMARY.md").is_file();
    let place = if words().is_translated() && has_russian { "ru/" } else { "" };
    let ready = |address: &str| {
        // A browser that has been let in once needs no token in a link.
        let url = address.split('?').next().unwrap_or(address);
        let top = url.strip_suffix(place).unwrap_or(url);
        let _ = noted.set(top.to_owned());
        // Without the note other commands name the file instead of the link.
        let _ = std::fs::create_dir_all(workspace.state()).and_then(|()| std::fs::write(&note, top));
        say!("{}", said!("The book is open at {address} until you press Ctrl-C.", address = address));
        if let Some(because) = (!options.no_open).then(|| browser::open(address)).and_then(Result::err) {
            say!("{}", said!("Open it in a browser yourself: {because}.", because = because));
        }
        if address != url {
            say!("{}", word("Whoever has this address can run what is in it: keep it to yourself."));
        }
        say!("{}\n\n{steps}", word("Go on in another terminal."));
    };
    let served = book::serve(
        workspace.root(),
        book::Serve {
            port: options.port,
            host: options.host,
            place,
            polls: options.poll,
            live: live(workspace, &stop, Duration::from_secs(options.longest_run)),
        },
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
        Some(next) => said!(
            "Next: lesson {number}, {title}.\n  cargo run -p {package}\n  cargo course check {number}",
            number = next.number,
            title = next.called(),
            package = next.package()
        ),
        None => word("Every lesson that exists is solved.") + "\n  cargo course list",
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

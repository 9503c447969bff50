//! The book: builds it with mdBook's libraries, in this process, and serves it with reload.
//!
//! `cargo course` calls [`serve`], and `cargo course build` [`publish`]; tests call [`build`].
//! The program `mdbook` builds the same pages: it starts `mdbook-thaw`, which is [`preprocess`].
//! What mdBook passes over in silence is an error here, with the chapter, the line and what to do.
//!
//! ```text
//! book/src/en/*.md ──> expand (include, timeline, diff, transcript, plot, curve, lessons) ──> mdBook ──> site
//! book/traces, book/benchmarks, lessons/, solutions/ ──┘                               server <──┘
//! ```

mod address;
mod anchor;
mod answer;
mod curve;
mod diff;
mod expand;
mod folder;
pub mod git;
mod guard;
mod languages;
mod lessons;
mod live;
mod logs;
pub mod lookout;
mod plot;
mod preprocess;
mod press;
mod problem;
mod publish;
mod reload;
pub mod rules;
mod russian;
pub mod saves;
pub mod screens;
mod server;
mod site;
mod sources;
pub mod timeline;
pub mod translation;
mod watch;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;

pub use lessons::{Lesson, lessons};
pub use live::Live;
pub use preprocess::preprocess;
pub use problem::{Problem, Problems};
pub use russian::translated_heading;
pub use server::Server;
pub use sources::Sources;
pub use translation::{Translation, Words};

/// The port that the book is served on unless another is asked for.
pub const PORT: u16 = 3000;

/// The lesson whose runs the README shows: the first that thaws.
pub const POSTER: &str = "03";

/// What a build made.
#[derive(Debug)]
pub struct Built {
    /// Where the site stands: what to publish or to open.
    pub out: PathBuf,
    /// How many pages it has, so that a caller can say so.
    pub pages: usize,
}

/// How to serve the book.
#[derive(Default)]
pub struct Serve {
    /// The port, as the reader asked; without one [`PORT`], or a free one if that is taken.
    pub port: Option<u16>,
    /// An address of this machine that others may reach; without one the book is for this machine alone.
    pub host: Option<IpAddr>,
    /// What of the book is read first: nothing is its beginning, `ru/` that of the Russian one.
    pub place: &'static str,
    /// Whether sources are looked at for saves, where the system does not tell of what others write.
    pub polls: bool,
    /// What its pages can do besides being read.
    pub live: Live,
}

/// Builds the book of the workspace at `root` into `out`, and fails on anything wrong in any page.
pub fn build(root: &Path, out: &Path) -> anyhow::Result<Built> {
    let sources = Sources::english(root);
    let pages = press::strict(&sources, out)?;
    Ok(Built { out: out.to_path_buf(), pages })
}

/// Builds the book as it is published: into `out`, or into `book/build/site`, whatever path that is read below.
///
/// `out` is new, empty, or holds a book that this function wrote; of other files nothing is lost.
///
/// # Errors
/// When `out` is none of these, stands among the sources or cannot be written to, or when a page is broken.
pub fn publish(root: &Path, out: Option<&Path>) -> anyhow::Result<Built> {
    let sources = Sources::english(root);
    let usual = sources.book().join("build/site");
    publish::publish(&sources, out.unwrap_or(&usual))
}

/// The pictures of both READMEs, drawn from the recorded runs of one lesson: where each stands, and what it holds.
pub fn posters(root: &Path) -> anyhow::Result<[(PathBuf, String); 2]> {
    let drawn = |sources: Sources, name: &str| {
        let svg = timeline::poster(&sources, POSTER).map_err(anyhow::Error::msg)?;
        anyhow::Ok((sources.book().join(name), svg))
    };
    Ok([
        drawn(Sources::english(root), "freeze-and-thaw.svg")?,
        drawn(Sources::russian(root), "freeze-and-thaw.ru.svg")?,
    ])
}

/// Builds and serves the book until `wait` returns; calls `on_ready` with its address, and the token where one is needed,
/// once it can be read.
pub fn serve(
    root: &Path,
    options: Serve,
    on_ready: impl FnOnce(&str),
    wait: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let place = options.place;
    let server = Server::start_at(root, options)?;
    on_ready(&server.invitation(place));
    wait()
}

/// Waits for Ctrl-C.
pub fn ctrl_c() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c()).context("the book cannot listen for Ctrl-C")
}

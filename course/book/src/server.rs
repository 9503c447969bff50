//! Serves the book on this machine, builds it again on each save, and has open pages reload.
//!
//! Pages reload by asking for the revision: an open event stream in each tab would use up
//! the browser's six connections, and the seventh tab would hang.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE, X_FRAME_OPTIONS};
use axum::http::{StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use crate::Serve;
use crate::address::{is_here, listen, listen_at, seen};
use crate::diff::escape;
use crate::folder::Folder;
use crate::guard::{Guard, Ruling};
use crate::live::Live;
use crate::press;
use crate::problem::Problem;
use crate::reload::{self, REVISION};
use crate::russian;
use crate::site::{Site, media_type};
use crate::sources::Sources;
use crate::translation::Words;
use crate::watch::Watch;

/// A served book. Dropping it ends it.
pub struct Server {
    /// Where the book can be read.
    url: String,
    /// What lets somebody in stands behind an address, where that is needed.
    invitation: String,
    /// Ends the serving thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    /// Waited for at the end, so that nothing is left behind.
    serving: Option<thread::JoinHandle<()>>,
    /// Builds again on each save for as long as it is held.
    _watch: Watch,
}

impl Server {
    /// Builds the book of the workspace at `root` and serves it to this machine alone, with what is `live` in it; see
    /// [`Serve`] for the port.
    pub fn start(root: &Path, port: Option<u16>, live: Live) -> anyhow::Result<Self> {
        Self::start_at(root, Serve { port, live, ..Serve::default() })
    }

    /// The same as it is asked for: at an address that other machines may reach they need the token.
    pub fn start_at(root: &Path, Serve { host, port, polls, live, .. }: Serve) -> anyhow::Result<Self> {
        let host = host.filter(|host| !is_here(*host));
        let listener = match host {
            Some(host) => listen_at(host, port)?,
            None => listen(port)?,
        };
        let address = seen(listener.local_addr().context("the server has no address")?);
        let guard = if host.is_some() { Guard::open(address.port())? } else { Guard::new()? };
        let url = format!("http://{address}/");
        let invitation = guard.invitation();
        let progress = root.join(".course/progress.toml");
        let folder = Folder::take(&Sources::english(root).default_out());
        let shelf = Arc::new(Shelf::new(folder, progress, live.head(guard.token())));
        let sources = Sources::english(root);
        // Watched first: a save during the first build must not be missed.
        let on_save = {
            let (shelf, sources) = (Arc::clone(&shelf), sources.clone());
            move || shelf.refill(&sources)
        };
        let watch = Watch::start(&sources, polls, on_save)?;
        shelf.refill(&sources);
        let (stop, stopped) = oneshot::channel();
        let serving = thread::Builder::new()
            .name("book server".to_owned())
            .spawn(move || run(listener, shelf, live, guard, stopped))?;
        Ok(Self { url, invitation, stop: Some(stop), serving: Some(serving), _watch: watch })
    }

    /// Where the book can be read: `http://127.0.0.1:3000/`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A place of the book with the token, where other machines may come: what to tell whoever shall read it.
    pub fn invitation(&self, place: &str) -> String {
        format!("{}{place}{}", self.url, self.invitation)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}

/// Answers requests on this thread until the other end of `stopped` is dropped.
fn run(listener: TcpListener, shelf: Arc<Shelf>, live: Live, guard: Guard, stopped: oneshot::Receiver<()>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async move {
        let router = routes(shelf, live, guard);
        let Some(listener) = adopt(listener) else { return };
        // Not a graceful end: a browser may hold its connection for minutes.
        tokio::select! {
            _ = axum::serve(listener, router) => {}
            _ = stopped => {}
        }
    });
}

/// Everything that is served, behind its guard.
fn routes(shelf: Arc<Shelf>, live: Live, guard: Guard) -> Router {
    let guard = Arc::new(guard);
    let refuse = |why: &str| {
        (StatusCode::FORBIDDEN, [(CACHE_CONTROL, "no-store")], format!("{why}\n")).into_response()
    };
    let starts = {
        let guard = Arc::clone(&guard);
        middleware::from_fn(move |request: Request, next: Next| {
            let refused = guard.refuses_start(request.uri(), request.headers());
            async move {
                match refused {
                    Some(why) => refuse(why),
                    None => next.run(request).await,
                }
            }
        })
    };
    let reads = middleware::from_fn(move |request: Request, next: Next| {
        let ruling = guard.rules(request.uri(), request.headers());
        async move {
            match ruling {
                Ruling::Pass => next.run(request).await,
                Ruling::Enter(place, cookie) => {
                    let headers =
                        [(LOCATION, place), (SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())];
                    (StatusCode::SEE_OTHER, headers).into_response()
                }
                Ruling::Refuse(why) => refuse(&why.told(words(request.uri()))),
            }
        }
    });
    let pages = move |uri: Uri| {
        let shelf = Arc::clone(&shelf);
        async move { shelf.answer(&uri) }
    };
    let open = live.open();
    live.guarded.layer(starts).merge(open).fallback(pages).layer(reads)
}

fn adopt(listener: TcpListener) -> Option<tokio::net::TcpListener> {
    listener.set_nonblocking(true).ok()?;
    tokio::net::TcpListener::from_std(listener).ok()
}

/// What is served now.
struct Shelf {
    /// Where the site is built.
    folder: Folder,
    /// Where the course tool keeps what the reader has solved.
    progress: PathBuf,
    /// What each page loads besides, to be more than read.
    live: String,
    /// The last site that could be built.
    site: Mutex<Arc<Site>>,
    /// What no page can show, since the build itself failed; empty when it did not.
    failure: Mutex<String>,
    /// What the terminal shows already. Held while building: two builds at once would write to one folder.
    told: Mutex<Vec<String>>,
    /// Differs after each change, and from that of any server before, so that old tabs reload.
    revision: AtomicU64,
}

impl Shelf {
    fn new(folder: Folder, progress: PathBuf, live: String) -> Self {
        let (site, failure, told, revision) = Default::default();
        Self { folder, progress, live, site, failure, told, revision }
    }

    /// Builds the book; keeps the last site when that fails, and says why.
    fn refill(&self, sources: &Sources) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (site, failure, lines) = match fresh(sources, &self.folder.path) {
            Ok((site, problems)) => {
                (Some(site), unseen(&problems), problems.iter().map(Problem::to_string).collect())
            }
            Err(error) => {
                let line = format!("The book cannot be built: {error:#}");
                (None, line.clone(), vec![line])
            }
        };
        lines.iter().filter(|line| !told.contains(line)).for_each(|line| tell(line));
        *told = lines;
        if self.put(site, failure) {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.revision.store(u64::try_from(since.as_micros()).unwrap_or(1), Ordering::Release);
        }
    }

    /// Says whether anything changed: a save without effect reloads no page.
    fn put(&self, site: Option<Site>, failure: String) -> bool {
        let mut shown = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = *shown != failure;
        *shown = failure;
        if let Some(site) = site {
            let mut current = self.site.lock().unwrap_or_else(PoisonError::into_inner);
            changed |= **current != site;
            *current = Arc::new(site);
        }
        changed
    }

    fn answer(&self, uri: &Uri) -> Response {
        let revision = self.revision.load(Ordering::Acquire);
        if uri.path() == REVISION {
            return ([(CACHE_CONTROL, "no-store")], revision.to_string()).into_response();
        }
        let site = Arc::clone(&self.site.lock().unwrap_or_else(PoisonError::into_inner));
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let extra = Extra {
            solved: solved(&self.progress),
            live: self.live.clone(),
            tail: banner(&failure),
            revision,
        };
        let nowhere = if words(uri).is_translated() { "ru/404.html" } else { "404.html" };
        match (site.find(uri.path()), site.find(nowhere).or_else(|| site.find("404.html"))) {
            (Some((path, bytes)), _) => reply(StatusCode::OK, path, bytes, extra),
            (None, Some((path, bytes))) => reply(StatusCode::NOT_FOUND, path, bytes, extra),
            (None, None) => reply(StatusCode::NOT_FOUND, "empty.html", EMPTY.as_bytes(), extra),
        }
    }
}

/// The language of a page, by its address.
fn words(uri: &Uri) -> Words {
    if uri.path().starts_with("/ru/") { russian::pictures() } else { Words::ENGLISH }
}

/// What is shown when no build has succeeded yet.
const EMPTY: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>Thaw</title></head><body></body></html>";

fn fresh(sources: &Sources, out: &Path) -> anyhow::Result<(Site, Vec<Problem>)> {
    let (_, problems) = press::lenient(sources, out)?;
    Ok((Site::read(out)?, problems))
}

/// Says a line at the terminal, if anybody is there.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Problems of no page of the book, which every page then shows.
fn unseen(problems: &[Problem]) -> String {
    let unseen = problems.iter().filter(|problem| problem.line == 0);
    unseen.map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// What a served page has, and a published one has not.
struct Extra {
    /// In its head: what its reader has solved.
    solved: String,
    /// And what it loads to be more than read.
    live: String,
    /// At the end of its body.
    tail: String,
    /// Of which site it is.
    revision: u64,
}

fn reply(status: StatusCode, path: &str, bytes: &[u8], extra: Extra) -> Response {
    // In the frame of another page, a click there would be one here.
    let headers =
        [(CONTENT_TYPE, media_type(path)), (CACHE_CONTROL, "no-store"), (X_FRAME_OPTIONS, "SAMEORIGIN")];
    if !path.ends_with(".html") {
        return (status, headers, bytes.to_vec()).into_response();
    }
    let mut page = String::from_utf8_lossy(bytes).into_owned();
    page.insert_str(page.rfind("</body>").unwrap_or(page.len()), &extra.tail);
    let script = reload::script(extra.revision, &page, &extra.live);
    page.insert_str(page.rfind("</body>").unwrap_or(page.len()), &script);
    page.insert_str(page.find("</head>").unwrap_or(0), &(extra.solved + &extra.live));
    (status, headers, page).into_response()
}

/// The lessons whose checks have passed, for the title page; a file that cannot be read tells of none.
fn solved(progress: &Path) -> String {
    let text = fs::read_to_string(progress).unwrap_or_default();
    let kept: toml::Table = text.parse().unwrap_or_default();
    let slugs = kept.get("solved").and_then(toml::Value::as_array);
    let slugs: Vec<&str> = slugs.into_iter().flatten().filter_map(toml::Value::as_str).collect();
    match slugs[..] {
        [] => String::new(),
        _ => format!("<meta name=\"thaw-solved\" content=\"{}\">\n", escape(&slugs.join(" "))),
    }
}

fn banner(failure: &str) -> String {
    match failure {
        "" => String::new(),
        text => format!("<pre class=\"thaw-error thaw-banner\" role=\"alert\">{}</pre>", escape(text)),
    }
}

//! The programs that the book's pages have started: at most four, bounded, and none without its page.
//!
//! A page asks for a lesson by its number, and for the reader's version or the solution; nothing else of what it says
//! leads to a program. It talks over a WebSocket, and the end of that is the end of the program.
//!
//! ```text
//!   page ── {"keys": …} {"size": …} {"shown": bytes} ──▶ session ──▶ pane ──▶ program
//!        ◀── output, {"building": …} {"ended": …} ──────┘   the page says what it has shown; where it does not,
//!                                                           the program waits, as at a terminal that is held
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use book::Words;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{self, Interval, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::cargo;
use crate::lesson::Lesson;
use crate::meter::Meter;
use crate::pane::Pane;
use crate::process::Mark;
use crate::stop::Stop;
use crate::table::Table;
use crate::workspace::Workspace;

/// How many programs run at once.
const AT_ONCE: usize = 4;

/// How many bytes a program may print.
const MOST: usize = 4 << 20;

/// How many bytes may be on their way to a page that has not shown them yet.
const WINDOW: usize = 128 << 10;

/// How often a page is asked whether it is there, and how long one that says nothing is waited for.
const ASKED: Duration = Duration::from_secs(3);
const GONE: Duration = Duration::from_secs(10);

/// How often the trace of a program that runs is looked at.
const LOOKED: Duration = Duration::from_millis(250);

/// The longest message of a page.
const MESSAGE: usize = 64 << 10;

/// What a page says.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Asked {
    /// Keys were pressed.
    Keys(String),
    /// The terminal has so many columns and rows.
    Size(u16, u16),
    /// So many bytes more were shown.
    Shown(usize),
}

/// What a page is told.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    /// No program will start, and why.
    Refused(String),
    /// How far the build is.
    Building(String),
    /// The program runs.
    Running,
    /// The timeline of the run so far, as HTML.
    Timeline(String),
    /// The program has ended.
    Ended {
        /// Its status, if it ended by itself.
        status: Option<u32>,
        /// Why it was ended, if it was.
        why: Option<String>,
        /// The timeline of the run, as HTML, if it left a trace.
        timeline: Option<String>,
    },
}

/// Whose program a page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The reader's.
    Yours,
    /// The solution's.
    Solution,
}

/// Starts programs for pages, while there is room.
pub struct Sessions {
    /// Whose programs.
    workspace: Workspace,
    /// Ends the builds, too, when the server ends.
    stop: Stop,
    /// A place for each program that may run.
    places: Arc<Semaphore>,
    /// How long a program may run.
    longest: Duration,
}

impl Sessions {
    /// None runs yet, and none will run longer than `longest`.
    pub fn new(workspace: Workspace, stop: Stop, longest: Duration) -> Self {
        Self { workspace, stop, places: Arc::new(Semaphore::new(AT_ONCE)), longest }
    }

    /// Answers `/__course/run/03/yours`: the program runs for as long as the page holds the connection.
    pub fn open(self: Arc<Self>, number: &str, whose: &str, mut request: Request) -> Response {
        let whose = match whose {
            "yours" => Whose::Yours,
            "solution" => Whose::Solution,
            _ => return (StatusCode::NOT_FOUND, "There is `yours` and `solution`.\n").into_response(),
        };
        let table = match Table::read(&self.workspace) {
            Ok(table) => table,
            Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
        };
        // By its number alone: what a reader may call a lesson is more than a page needs.
        let lesson = table.existing(&self.workspace).find(|lesson| lesson.number == number).cloned();
        let Some(lesson) = lesson else {
            return (StatusCode::NOT_FOUND, "There is no such lesson.\n").into_response();
        };
        let Some(accept) = accept(request.headers()) else {
            return (StatusCode::UPGRADE_REQUIRED, "This address takes WebSockets alone.\n").into_response();
        };
        let words = words(&self.workspace, request.uri());
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            if let Ok(upgraded) = upgraded.await {
                let mut page = Page::new(upgraded, words).await;
                let told = self.serve(&mut page, &lesson, whose).await;
                page.end(told).await;
            }
        });
        let headers = [
            (CONNECTION, "Upgrade".to_owned()),
            (UPGRADE, "websocket".to_owned()),
            (SEC_WEBSOCKET_ACCEPT, accept),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }

    /// From the first message to the end of the program; what to say last, if anybody is there to hear it.
    async fn serve(&self, page: &mut Page, lesson: &Lesson, whose: Whose) -> Option<Told> {
        let Ok(_place) = self.places.clone().try_acquire_owned() else {
            return Some(Told::Refused(format!("{AT_ONCE} programs run already: stop one of them first.")));
        };
        let program = match self.build(page, lesson, whose).await? {
            Ok(program) => program,
            Err(error) => return Some(Told::Refused(format!("{error:#}"))),
        };
        let folder = match whose {
            Whose::Yours => self.workspace.lesson(lesson),
            Whose::Solution => self.workspace.solution(lesson),
        };
        let trace = Trace::below(&self.workspace.state());
        let (size, words, path) = (page.size, page.words, trace.0.clone());
        let open = move || {
            Pane::open(&program, &[Path::new("--follow"), Path::new("--trace"), &path], &folder, size)
        };
        let ended = match aside(open).await {
            Ok(pane) => watch(page, pane, follow(trace.0.clone(), words), self.longest).await?,
            Err(error) => return Some(Told::Refused(format!("{error:#}"))),
        };
        let timeline = aside(move || Ok(drawn(&trace.0, words))).await.ok().flatten();
        let (status, why) = ended.map_or_else(|why| (None, Some(why)), |status| (Some(status), None));
        Some(Told::Ended { status, why, timeline })
    }

    /// Builds the program, and tells the page how far that is; nothing when the page has gone.
    async fn build(&self, page: &mut Page, lesson: &Lesson, whose: Whose) -> Option<Result<PathBuf>> {
        let stop = EndsAll(self.stop.part());
        let (tell, mut told) = mpsc::channel(8);
        let work = {
            let (workspace, lesson, stop) = (self.workspace.clone(), lesson.clone(), stop.0.clone());
            move || build(&workspace, &lesson, whose, &stop, tell)
        };
        let mut building = std::pin::pin!(aside(work));
        loop {
            tokio::select! {
                built = &mut building => return Some(built),
                Some(text) = told.recv() => page.tell(&Told::Building(text)).await?,
                // Keys that are pressed now would be echoed nowhere.
                asked = page.hear() => drop(asked?),
            }
        }
    }
}

/// Passes keys and output on until the program has ended: with a status, or for a reason. Nothing when the page has gone.
async fn watch(
    page: &mut Page,
    mut pane: Pane,
    mut timelines: mpsc::Receiver<String>,
    longest: Duration,
) -> Option<Result<u32, String>> {
    page.tell(&Told::Running).await?;
    let end = time::sleep(longest);
    tokio::pin!(end);
    let mut looks = interval(Duration::from_millis(200));
    let mut printed = 0;
    let ended = loop {
        tokio::select! {
            shown = pane.shown(), if page.waiting < WINDOW => {
                let Some(shown) = shown else { break pane.status().ok_or_else(|| "Its terminal was closed.".to_owned()) };
                printed += shown.bytes.len();
                page.show(shown.bytes).await?;
                if let Some(status) = shown.status {
                    break Ok(status);
                }
                if printed > MOST {
                    break Err("It has printed more than 4 MB, and was ended.".to_owned());
                }
            }
            asked = page.hear() => match asked? {
                Asked::Keys(keys) => pane.press(keys.into_bytes()),
                Asked::Size(..) => pane.resize(page.size),
                Asked::Shown(_) => {}
            },
            Some(timeline) = timelines.recv() => page.tell(&Told::Timeline(timeline)).await?,
            _ = looks.tick() => if let Some(status) = pane.status() { break Ok(status) },
            () = &mut end => break Err(format!("It has run for {}, and was ended.", said(longest))),
        }
    };
    // Killing waits for the dead.
    let _ = tokio::task::spawn_blocking(move || drop(pane)).await;
    Some(ended)
}

/// A length of time as its reader says it.
fn said(length: Duration) -> String {
    match length.as_secs() {
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// Builds one program of the workspace. Blocks.
fn build(
    workspace: &Workspace,
    lesson: &Lesson,
    whose: Whose,
    stop: &Stop,
    tell: mpsc::Sender<String>,
) -> Result<PathBuf> {
    let (package, folder) = match whose {
        Whose::Yours => (lesson.package(), workspace.lesson(lesson)),
        Whose::Solution => (lesson.solution(), workspace.solution(lesson)),
    };
    let meter = Meter::telling(format!("building {package}"), move |text| drop(tell.try_send(text)));
    let args = ["-p", &package, "--bin", &package].map(str::to_owned);
    let built = cargo::build(workspace.root(), &args, None, stop, &meter)?;
    if !built.is_whole {
        anyhow::bail!("{}", built.complaint().trim());
    }
    built
        .unit(&folder)
        .program
        .with_context(|| format!("cargo built no program {package}. Try `cargo run -p {package}`"))
}

/// Does what blocks away from the loop that serves the book.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("the server ends")?
}

fn interval(every: Duration) -> Interval {
    let mut interval = time::interval(every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Raises a stop when it is dropped.
struct EndsAll(Stop);

impl Drop for EndsAll {
    fn drop(&mut self) {
        self.0.raise();
    }
}

/// The language of the page, which it says in its address: `?language=ru`.
fn words(workspace: &Workspace, uri: &Uri) -> Words {
    let mut parts = uri.query().unwrap_or_default().split('&');
    let is_russian = parts.any(|part| part == "language=ru");
    let of = if is_russian { book::Sources::russian } else { book::Sources::english };
    of(workspace.root()).words()
}

/// Where a run leaves its trace; dropping it removes the file.
struct Trace(PathBuf);

impl Trace {
    fn below(state: &Path) -> Self {
        let folder = state.join("runs");
        // Where there is no folder, the program says that it cannot write.
        let _ = fs::create_dir_all(&folder);
        Self(folder.join(format!("{}.json", Mark::new().variable().1)))
    }
}

/// The timeline of a trace; none where there is no trace, or half of one.
fn drawn(trace: &Path, words: Words) -> Option<String> {
    book::timeline::own(&fs::read_to_string(trace).ok()?, words).ok()
}

/// Draws a trace anew each time that the program has written it, for as long as somebody takes the timelines.
fn follow(trace: PathBuf, words: Words) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut looks = interval(LOOKED);
        let mut before = None;
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = tell.closed() => return,
            }
            let path = trace.clone();
            let look = move || {
                let written = fs::metadata(&path)?.modified()?;
                Ok((before != Some(written))
                    .then(|| drawn(&path, words))
                    .flatten()
                    .map(|timeline| (written, timeline)))
            };
            let Ok(Some((written, timeline))) = aside(look).await else { continue };
            before = Some(written);
            if tell.send(timeline).await.is_err() {
                return;
            }
        }
    });
    told
}

impl Drop for Trace {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The page at the other end of the connection.
struct Page {
    /// The connection.
    socket: WebSocketStream<TokioIo<Upgraded>>,
    /// When it was heard of last.
    heard: Instant,
    /// When to ask whether it is there.
    asks: Interval,
    /// The columns and rows of its terminal.
    size: (u16, u16),
    /// How many bytes it was sent, and has not shown yet.
    waiting: usize,
    /// In which language the timeline of the run is told.
    words: Words,
}

impl Page {
    async fn new(upgraded: Upgraded, words: Words) -> Self {
        let config = WebSocketConfig::default().max_message_size(Some(MESSAGE)).max_frame_size(Some(MESSAGE));
        let socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        Self { socket, heard: Instant::now(), asks: interval(ASKED), size: (80, 24), waiting: 0, words }
    }

    /// What it says next; nothing when it has gone. May be dropped while it waits.
    async fn hear(&mut self) -> Option<Asked> {
        loop {
            tokio::select! {
                message = self.socket.next() => {
                    self.heard = Instant::now();
                    match message?.ok()? {
                        Message::Text(text) => return self.take(&text),
                        Message::Close(_) => return None,
                        _ => {}
                    }
                }
                _ = self.asks.tick() => {
                    if self.heard.elapsed() > GONE {
                        return None;
                    }
                    self.send(Message::Ping(Bytes::new())).await?;
                }
            }
        }
    }

    /// Whoever says what no page says is taken for gone.
    fn take(&mut self, text: &str) -> Option<Asked> {
        let asked = serde_json::from_str(text).ok()?;
        match asked {
            Asked::Size(columns, rows) => self.size = (columns, rows),
            Asked::Shown(bytes) => self.waiting = self.waiting.saturating_sub(bytes),
            Asked::Keys(_) => {}
        }
        Some(asked)
    }

    async fn show(&mut self, bytes: Vec<u8>) -> Option<()> {
        self.waiting += bytes.len();
        if bytes.is_empty() { Some(()) } else { self.send(Message::Binary(bytes.into())).await }
    }

    async fn tell(&mut self, told: &Told) -> Option<()> {
        self.send(Message::text(serde_json::to_string(told).ok()?)).await
    }

    /// Nothing when it does not take what is sent.
    async fn send(&mut self, message: Message) -> Option<()> {
        time::timeout(GONE, self.socket.send(message)).await.ok()?.ok()
    }

    /// Says the last word and goodbye.
    async fn end(&mut self, told: Option<Told>) {
        if let Some(told) = told {
            self.tell(&told).await;
        }
        let _ = time::timeout(GONE, self.socket.close(None)).await;
    }
}

/// The answer to a WebSocket's greeting, if it is one.
fn accept(headers: &HeaderMap) -> Option<String> {
    let says = |name, word: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    };
    let is_greeting =
        says(UPGRADE, "websocket") && says(CONNECTION, "upgrade") && says(SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| is_greeting)?;
    Some(derive_accept_key(key.as_bytes()))
}

//! What the checks share: a runtime with one slot, jobs whose parts wait at a gate, and a keyboard on which a check types.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Wake, Waker},
    thread::{self, ThreadId},
    time::Duration,
};

use cancellation::{Keyboard, Token, in_parts};
use checks::{Missed, awkward_line, check, on_a_loop, patience};
use tokio::{
    runtime::Builder,
    select,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

pub const IDEA: &str = "06-cancellation.md#the-idea";
pub const TOKEN: &str = "06-cancellation.md#task-1-tell-the-job";
pub const NOT_TOLD: &str = "nobody tells the job: its token is not set when the future is dropped";
pub const STUCK: &str = "the job never begins, or never ends";

/// Long enough for a wrong answer to do what it must not do; a right one only spends it.
pub const QUIET: Duration = Duration::from_millis(150);

/// Runs `work` on a runtime whose blocking pool has one thread; a job that does not end is abandoned with it.
pub fn on_one_slot<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    let one = || {
        let mut builder = Builder::new_current_thread();
        builder.enable_all().max_blocking_threads(1).thread_name("pool").build()
    };
    on_a_loop(one, "the check is done with its jobs and prompts", work)
}

/// A part that says that it began and then waits at the gate: a message lets one on, dropping the gate all.
pub fn gated() -> (impl FnMut(usize) + Send + 'static, UnboundedReceiver<usize>, mpsc::Sender<()>) {
    let (began, parts) = unbounded_channel();
    let (gate, closed) = mpsc::channel();
    let part = move |number| {
        let _ = began.send(number);
        let _ = closed.recv();
    };
    (part, parts, gate)
}

/// Waits until the job is gone, and says how many parts began that nobody has seen.
pub async fn rest(parts: &mut UnboundedReceiver<usize>) -> usize {
    let mut begun = 0;
    while parts.recv().await.is_some() {
        begun += 1;
    }
    begun
}

/// Fills the one slot, until the gate is dropped.
pub async fn occupied_slot() -> (JoinHandle<()>, mpsc::Sender<()>) {
    let (mut part, mut parts, gate) = gated();
    let ahead = spawn_blocking(move || part(0));
    parts.recv().await;
    (ahead, gate)
}

/// A job of 30 parts behind a gate, of which the check can see each.
pub struct Thirty {
    /// The numbers of the parts, as they begin.
    pub parts: UnboundedReceiver<usize>,
    /// What its token says at the end; nothing when the job never began.
    told: UnboundedReceiver<bool>,
    /// Lets all parts on when it is dropped.
    gate: mpsc::Sender<()>,
}

impl Thirty {
    pub fn new() -> (impl FnOnce(&Token) -> usize + Send + 'static, Thirty) {
        let (part, parts, gate) = gated();
        let (tells, told) = unbounded_channel();
        let job = move |token: &Token| {
            let done = in_parts(30, token, part).len();
            let _ = tells.send(token.is_cancelled());
            done
        };
        (job, Thirty { parts, told, gate })
    }

    /// Waits until the third part began.
    pub async fn third(&mut self) {
        for _ in 0..2 {
            self.parts.recv().await;
            let _ = self.gate.send(());
        }
        self.parts.recv().await;
    }

    /// Opens the gate, waits until the job is gone, and says how many more parts began, and whether it was told to stop.
    pub async fn end(mut self) -> (usize, bool) {
        drop(self.gate);
        let more = rest(&mut self.parts).await;
        (more, self.told.recv().await.unwrap_or(true))
    }
}

/// Drops what `start` makes of a job in the third of its parts, and waits for the job's end.
pub async fn dropped_in_the_third<F: Future>(
    start: impl FnOnce(Box<dyn FnOnce(&Token) -> usize + Send>) -> F,
) -> (usize, bool) {
    let (job, mut thirty) = Thirty::new();
    select! {
        _ = start(Box::new(job)) => {}
        () = thirty.third() => {}
    }
    thirty.end().await
}

/// At most `allowed` parts of a job began after its end was wished; if more did, why.
pub fn stopped(allowed: usize, expected: &str, (begun, told): (usize, bool)) -> Result<(), Missed> {
    let parts = if begun == 1 { "part" } else { "parts" };
    let more = if allowed == 0 { "more " } else { "" };
    check(begun <= allowed, expected, format!("{begun} {more}{parts} began")).map_err(|missed| {
        missed.because(if told {
            "the job was told, and it does not look at its token before each part"
        } else {
            NOT_TOLD
        })
    })
}

/// The threads that have called `read`, and their names.
pub type Readers = Arc<Mutex<Vec<(ThreadId, String)>>>;

/// A keyboard on which the check types, and who reads from it.
pub fn keyboard_of(typed: mpsc::Receiver<String>) -> (Keyboard, Readers) {
    let (typed, readers) = (Mutex::new(typed), Readers::default());
    let seen = readers.clone();
    let read = move || {
        let reader = thread::current();
        let mut seen = seen.lock().unwrap();
        if seen.iter().all(|(id, _)| *id != reader.id()) {
            seen.push((reader.id(), reader.name().unwrap_or("a thread without a name").to_owned()));
        }
        drop(seen);
        Ok(typed.lock().unwrap().recv().ok())
    };
    (Keyboard::new(read).expect("a keyboard"), readers)
}

/// Asks for a line, and says what came within the time of a prompt.
pub async fn answer(keyboard: &mut Keyboard) -> String {
    match timeout(patience() / 4, keyboard.line()).await {
        Ok(Ok(line)) => quoted(&line),
        Ok(Err(error)) => format!("the error `{error}`"),
        Err(_) => "nothing".into(),
    }
}

/// Asks for the next line, which must be the awkward one of this number, or the end of input.
pub async fn next_is(keyboard: &mut Keyboard, number: Option<usize>) -> Result<(), Missed> {
    let expected = number.map(awkward_line);
    let (answer, due) = (answer(keyboard).await, quoted(&expected));
    let follower = quoted(&number.map(|number| awkward_line(number + 1)));
    check(answer == due, format!("{due} is next"), format!("{answer} came")).map_err(|missed| {
        // Of a long one the beginning.
        let words = |told: &str| -> Vec<String> {
            let start = told.split('…').next().unwrap_or_default().replace('`', " ");
            start.split_whitespace().map(str::to_owned).collect()
        };
        let is_changed = words(&answer) == words(&due);
        match expected.as_deref() {
            Some("") if answer == follower => missed.because("an empty line is a line, too"),
            Some(_) if is_changed => missed.because("a line is changed on its way"),
            None if answer == "nothing" => {
                missed.because("the end of input is not told to each who asks after it")
            }
            None if answer.starts_with("the error") => {
                missed.because("the end of input is told as an error: it is `None`, to each who asks")
            }
            _ => missed,
        }
    })
}

/// A line as it is told: in quotes, of a long one the beginning and how long it is.
pub fn quoted(line: &Option<String>) -> String {
    let Some(line) = line else { return "the end of input".into() };
    let start: String = line.chars().take(30).collect();
    if start == *line { format!("`{line}`") } else { format!("`{start}…` of {} bytes", line.len()) }
}

/// Awaits a future, and counts how often it is woken.
pub async fn counted<T>(future: impl Future<Output = T>, wakes: Arc<AtomicUsize>) -> T {
    let mut future = pin!(future);
    poll_fn(|context| future.as_mut().poll(&mut Context::from_waker(&counting(context.waker(), &wakes))))
        .await
}

/// A waker that hands each wake on, and counts it.
pub fn counting(waker: &Waker, wakes: &Arc<AtomicUsize>) -> Waker {
    Waker::from(Arc::new(Counter(waker.clone(), wakes.clone())))
}

struct Counter(Waker, Arc<AtomicUsize>);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(1, SeqCst);
        self.0.wake_by_ref();
    }
}

//! RIGHT: a mutex and a condition variable, tasks that own their futures, and a heap that keeps what was taken back.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    future::{Future, poll_fn},
    io, mem,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::AcqRel},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, SinkExt, StreamExt};
use practice::{Failure, Heartbeat, Socket, Visit, is_command, read_line, show, trace};
use tokio::{select, sync::mpsc, sync::oneshot};
use tokio_tungstenite::tungstenite::{Error, Message};

/// One stage is all there is.
pub mod fast {
    pub use super::{JoinHandle, Sleep, block_on, sleep, spawn, yield_now};
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<EventLoop>>> = const { RefCell::new(None) };
}

/// Runs `main` and the tasks that are spawned meanwhile.
pub fn block_on<F: Future>(main: F) -> F::Output {
    let entered = Entered::new();
    let event_loop = &entered.0;
    let mut main = pin!(main);
    let for_main =
        Arc::new(Task { future: Mutex::new(None), is_queued: false.into(), event_loop: event_loop.weak() });
    let waker = Waker::from(for_main.clone());
    waker.wake_by_ref();
    loop {
        // Apart from the loop: in its head the lock would be held while tasks are polled.
        let ready = mem::take(&mut event_loop.state().ready);
        for task in ready {
            task.is_queued.swap(false, AcqRel);
            if !Arc::ptr_eq(&task, &for_main) {
                task.poll();
            } else if let Poll::Ready(output) = main.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
        }
        event_loop.fire();
        trace::parked(|| event_loop.park());
    }
}

struct EventLoop {
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Arc<Task>>,
    alive: Vec<Weak<Task>>,
    due: BinaryHeap<Reverse<(Instant, u64)>>,
    sleepers: HashMap<u64, Waker>,
    sleeps: u64,
}

impl EventLoop {
    fn current() -> Arc<EventLoop> {
        CURRENT.with_borrow(Clone::clone).expect("call this inside of `block_on`")
    }

    fn weak(self: &Arc<Self>) -> Weak<EventLoop> {
        Arc::downgrade(self)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fire(&self) {
        loop {
            let mut state = self.state();
            let Some(Reverse((_, number))) =
                state.due.peek().copied().filter(|due| due.0.0 <= Instant::now())
            else {
                return;
            };
            state.due.pop();
            let waker = state.sleepers.remove(&number);
            drop(state);
            waker.into_iter().for_each(Waker::wake);
        }
    }

    fn park(&self) {
        let mut state = self.state();
        while state.ready.is_empty() {
            let Some(Reverse((due, _))) = state.due.peek().copied() else {
                state = self.woken.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.woken.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

struct Task {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    is_queued: AtomicBool,
    event_loop: Weak<EventLoop>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if self.is_queued.swap(true, AcqRel) {
            return;
        }
        if let Some(event_loop) = self.event_loop.upgrade() {
            event_loop.state().ready.push_back(self);
            event_loop.woken.notify_one();
        }
    }
}

impl Task {
    fn poll(self: &Arc<Self>) {
        let mut future = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let waker = Waker::from(self.clone());
        let is_done =
            future.as_mut().is_some_and(|f| f.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
        if is_done {
            *future = None;
        }
    }
}

struct Entered(Arc<EventLoop>);

impl Entered {
    fn new() -> Entered {
        trace::own_loop();
        let event_loop = Arc::new(EventLoop { state: Mutex::default(), woken: Condvar::new() });
        CURRENT.with_borrow_mut(|current| {
            assert!(current.is_none(), "`block_on` inside of `block_on`");
            *current = Some(event_loop.clone());
        });
        Entered(event_loop)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        loop {
            let alive = mem::take(&mut self.0.state().alive);
            if alive.is_empty() {
                break;
            }
            for task in alive.iter().filter_map(Weak::upgrade) {
                drop(task.future.lock().unwrap_or_else(PoisonError::into_inner).take());
            }
        }
        let _ready = mem::take(&mut self.0.state().ready);
        CURRENT.set(None);
    }
}

/// Runs `future` as a task of the current loop.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let event_loop = EventLoop::current();
    let (sender, receiver) = oneshot::channel();
    let work = AssertUnwindSafe(future).catch_unwind().map(|caught| {
        let _ = sender.send(caught.map_err(|panic| Failure::panicked(&*panic)));
    });
    let future = Mutex::new(Some(Box::pin(work) as _));
    let task = Arc::new(Task { future, is_queued: false.into(), event_loop: event_loop.weak() });
    let mut state = event_loop.state();
    if state.alive.len() == state.alive.capacity() {
        state.alive.retain(|task| task.strong_count() > 0);
    }
    state.alive.push(Arc::downgrade(&task));
    drop(state);
    Waker::from(task).wake();
    JoinHandle(receiver)
}

/// Awaits what became of a task; dropping it detaches the task.
pub struct JoinHandle<T>(oneshot::Receiver<Result<T, Failure>>);

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context).map(|answer| answer.unwrap_or(Err(Failure::Lost)))
    }
}

/// Ends `duration` after its first poll.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { duration, due: None, event_loop: EventLoop::current() }
}

/// A future that ends at an instant.
pub struct Sleep {
    duration: Duration,
    due: Option<(Instant, u64)>,
    event_loop: Arc<EventLoop>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let event_loop = self.event_loop.clone();
        let mut state = event_loop.state();
        let (due, number) = match self.due {
            Some(due) => due,
            None => {
                state.sleeps += 1;
                let due = (now + self.duration, state.sleeps);
                state.due.push(Reverse(due));
                self.due = Some(due);
                due
            }
        };
        if now >= due {
            return Poll::Ready(());
        }
        let _old = state.sleepers.insert(number, context.waker().clone());
        drop(state);
        event_loop.woken.notify_one();
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let Some((_, number)) = self.due else { return };
        let mut state = self.event_loop.state();
        let _waker = state.sleepers.remove(&number);
        // What was taken back stays in the heap, but never more of it than of what still counts.
        if state.due.len() > 2 * state.sleepers.len() + 64 {
            let State { due, sleepers, .. } = &mut *state;
            due.retain(|Reverse((_, number))| sleepers.contains_key(number));
        }
        drop(state);
    }
}

/// Lets the others have their turn.
pub async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Joins the room and talks until stdin or the connection ends.
pub fn run(visit: &Visit) -> io::Result<()> {
    // It watches sockets on a thread of its own, and wakes this loop from there.
    let reactor = practice::reactor()?;
    let _inside = reactor.enter();
    block_on(chat(&visit.url))
}

async fn chat(url: &str) -> io::Result<()> {
    let mut room = practice::connect(url).await?;
    let (heartbeat, beating) = Heartbeat::on(sleep);
    let ended = select! { ended = talk(&mut room) => ended, () = beating => Ok(()) };
    println!("longest freeze: {:.2} s", heartbeat.longest_freeze().as_secs_f64());
    ended
}

/// Sends what is typed and shows what is said, whichever comes next; a command is a task.
async fn talk(room: &mut Socket) -> io::Result<()> {
    let mut lines = typed_lines()?;
    loop {
        select! {
            line = lines.recv() => match line {
                Some(line) if is_command(&line) => drop(spawn(answer(line))),
                Some(line) => room.send(Message::text(line)).await.map_err(gone)?,
                None => return leave(room).await,
            },
            message = room.next() => match message {
                Some(message) => show(&message.map_err(gone)?),
                None => return Ok(()),
            },
        }
    }
}

/// Starts the one thread that reads stdin; each line wakes the loop, and so does the end of input.
fn typed_lines() -> io::Result<mpsc::Receiver<String>> {
    let (sender, receiver) = mpsc::channel(16);
    thread::Builder::new().name("reading thread".into()).spawn(move || {
        while let Ok(Some(line)) = read_line() {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    })?;
    Ok(receiver)
}

/// Runs a command as another task, and prints what became of it.
async fn answer(line: String) {
    let text = match spawn(command(line.clone())).await {
        Ok(text) => format!("== {line}: {text}"),
        Err(Failure::Panicked(why)) => format!("!! {line}: the task panicked: {why}"),
        Err(Failure::Lost) => return,
    };
    println!("{text}");
    trace::shown(&text);
}

/// Does what a line that starts with `/` asks for; panics when that is no number, as a careless task does.
async fn command(line: String) -> &'static str {
    let (name, seconds) = line.split_once(' ').unwrap_or((&line, ""));
    let seconds = || Duration::from_secs_f64(seconds.parse().unwrap_or_else(|_| panic!("how many seconds?")));
    match name {
        "/sleep" => sleep(seconds()).await,
        // What lesson 01 did, now on a loop of your own.
        "/freeze" => trace::blocked("thread::sleep", || thread::sleep(seconds())),
        _ => return "the commands are /sleep SECONDS and /freeze SECONDS",
    }
    "awake again"
}

/// Says goodbye with a close frame, and shows what arrives until the room answers.
async fn leave(room: &mut Socket) -> io::Result<()> {
    let goodbye = async {
        room.close(None).await?;
        while let Some(message) = room.next().await {
            show(&message?);
        }
        Ok::<_, Error>(())
    };
    // A room that does not answer is left all the same.
    select! { _ = goodbye => {}, () = sleep(Duration::from_secs(1)) => {} }
    Ok(())
}

/// Why a connection that broke ends the client.
fn gone(error: Error) -> io::Error {
    io::Error::other(format!("the room is gone: {error}"))
}

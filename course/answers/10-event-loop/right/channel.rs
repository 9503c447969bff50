//! RIGHT: a channel of woken tasks, and timers on a thread of their own, which wakes the loop from outside.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    future::{Future, poll_fn},
    io, mem,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    rc::Rc,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::AcqRel, Ordering::Relaxed},
        mpsc as std_mpsc,
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
    static CURRENT: RefCell<Option<Rc<EventLoop>>> = const { RefCell::new(None) };
}

/// Counts tasks, and sleeps.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

struct EventLoop {
    sender: std_mpsc::Sender<Arc<Task>>,
    tasks: RefCell<HashMap<u64, Arc<Task>>>,
}

/// Runs `main` and the tasks that are spawned meanwhile.
pub fn block_on<F: Future>(main: F) -> F::Output {
    let (sender, woken) = std_mpsc::channel();
    let entered = Entered::new(sender);
    let event_loop = &entered.0;
    let mut main = pin!(main);
    let for_main = event_loop.task(0, None);
    let waker = Waker::from(for_main.clone());
    waker.wake_by_ref();
    loop {
        // The loop holds a sender itself: the channel does not close.
        let Ok(task) = woken.try_recv().or_else(|_| trace::parked(|| woken.recv())) else { continue };
        task.is_sent.swap(false, AcqRel);
        if task.number != 0 {
            if task.poll() {
                event_loop.tasks.borrow_mut().remove(&task.number);
            }
        } else if let Poll::Ready(output) = main.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
    }
}

impl EventLoop {
    fn task(&self, number: u64, future: Option<Boxed>) -> Arc<Task> {
        let sender = self.sender.clone();
        Arc::new(Task { number, future: Mutex::new(future), is_sent: false.into(), sender })
    }
}

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Task {
    number: u64,
    future: Mutex<Option<Boxed>>,
    is_sent: AtomicBool,
    sender: std_mpsc::Sender<Arc<Task>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.is_sent.swap(true, AcqRel) {
            // A loop that is gone takes nothing.
            let _ = self.sender.send(self.clone());
        }
    }
}

impl Task {
    /// Whether it is done.
    fn poll(self: &Arc<Self>) -> bool {
        let mut future = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let waker = Waker::from(self.clone());
        let is_pending = |f: &mut Boxed| f.as_mut().poll(&mut Context::from_waker(&waker)).is_pending();
        if future.as_mut().is_some_and(is_pending) {
            return false;
        }
        *future = None;
        true
    }
}

struct Entered(Rc<EventLoop>);

impl Entered {
    fn new(sender: std_mpsc::Sender<Arc<Task>>) -> Entered {
        trace::own_loop();
        let event_loop = Rc::new(EventLoop { sender, tasks: RefCell::default() });
        CURRENT.with_borrow_mut(|current| {
            assert!(current.is_none(), "`block_on` inside of `block_on`");
            *current = Some(event_loop.clone());
        });
        Entered(event_loop)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        while !self.0.tasks.borrow().is_empty() {
            for task in self.0.tasks.take().into_values() {
                drop(task.future.lock().unwrap_or_else(PoisonError::into_inner).take());
            }
        }
        CURRENT.set(None);
    }
}

/// Runs `future` as a task of the current loop.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let event_loop = CURRENT.with_borrow(Clone::clone).expect("call this inside of `block_on`");
    let (sender, receiver) = oneshot::channel();
    let work = AssertUnwindSafe(future).catch_unwind().map(|caught| {
        let _ = sender.send(caught.map_err(|panic| Failure::panicked(&*panic)));
    });
    let number = NUMBERS.fetch_add(1, Relaxed);
    let task = event_loop.task(number, Some(Box::pin(work)));
    event_loop.tasks.borrow_mut().insert(number, task.clone());
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

/// What the thread of the timers is told.
enum Tell {
    Set((Instant, u64), Waker),
    Forget((Instant, u64)),
}

/// Starts the thread of the timers when it is first needed.
fn tell(what: Tell) {
    static TIMERS: OnceLock<std_mpsc::Sender<Tell>> = OnceLock::new();
    let timers = TIMERS.get_or_init(|| {
        let (sender, told) = std_mpsc::channel();
        let run = move || run_timers(&told);
        thread::Builder::new().name("timers".into()).spawn(run).expect("a thread for the timers");
        sender
    });
    let _ = timers.send(what);
}

fn run_timers(told: &std_mpsc::Receiver<Tell>) {
    let mut timers: BTreeMap<(Instant, u64), Waker> = BTreeMap::new();
    loop {
        while let Some(first) = timers.first_entry()
            && first.key().0 <= Instant::now()
        {
            first.remove().wake();
        }
        let next = timers.first_key_value().map(|((due, _), _)| *due);
        let left = next.map_or(Duration::MAX, |due| due.saturating_duration_since(Instant::now()));
        match told.recv_timeout(left) {
            Ok(Tell::Set(key, waker)) => drop(timers.insert(key, waker)),
            Ok(Tell::Forget(key)) => drop(timers.remove(&key)),
            Err(std_mpsc::RecvTimeoutError::Timeout) => {}
            Err(std_mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Ends `duration` from now.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep((Instant::now() + duration, NUMBERS.fetch_add(1, Relaxed)))
}

/// A future that ends at an instant.
pub struct Sleep((Instant, u64));

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.0.0 {
            return Poll::Ready(());
        }
        tell(Tell::Set(self.0, context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        tell(Tell::Forget(self.0));
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

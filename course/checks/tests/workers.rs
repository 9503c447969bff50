//! Where a blocking call sits decides what freezes on Tokio's multi-thread runtime: the table of lesson 02, row by row.
//!
//! In each row a task, or the body of `block_on`, waits at a [`Gate`], as `read_line` waits for Enter.
//! The runtime is frozen when a second connection gets no answer meanwhile.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream as Peer},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use checks::patience;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    join,
    net::TcpStream,
    runtime::{Builder, Runtime},
    sync::{mpsc, oneshot},
    task, time,
};

/// An answer that takes longer does not come before the gate opens.
const FROZEN: Duration = Duration::from_millis(400);

/// In the task that also reads: frozen, however many workers there are.
#[test]
fn same_task_as_the_reader_freezes() {
    for workers in [1, 2, 4] {
        let (runtime, mut peer, echo) = stage(workers);
        let (gate, key) = gate();
        runtime.spawn(async move {
            join!(echo, async move { gate.block() });
        });
        key.is_blocked();
        assert!(!answers(&mut peer, FROZEN), "an answer on {workers} workers");
        drop(key);
        assert!(answers(&mut peer, patience()), "no answer after the gate was opened");
        runtime.shutdown_background();
    }
}

/// In the body of `block_on`: hidden, since that thread is not a worker.
#[test]
fn body_of_block_on_hides_it() {
    let (runtime, mut peer, echo) = stage(1);
    let (gate, key) = gate();
    runtime.spawn(echo);
    let handle = runtime.handle().clone();
    thread::spawn(move || handle.block_on(async { gate.block() }));
    key.is_blocked();
    assert!(answers(&mut peer, patience()), "no answer");
    drop(key);
    runtime.shutdown_background();
}

/// In a spawned task: frozen on one worker, hidden on two.
#[test]
fn spawned_task_freezes_one_worker() {
    for (workers, hidden) in [(1, false), (2, true)] {
        let (runtime, mut peer, echo) = stage(workers);
        let (gate, key) = gate();
        runtime.spawn(echo);
        runtime.spawn(async move { gate.block() });
        key.is_blocked();
        let limit = if hidden { patience() } else { FROZEN };
        assert_eq!(answers(&mut peer, limit), hidden, "on {workers} workers");
        drop(key);
        runtime.shutdown_background();
    }
}

/// In a task that a lone I/O event woke: frozen on any number of workers, until another thread spawns a task.
#[test]
fn lone_event_freezes_all_workers() {
    for workers in [1, 2, 4, 16] {
        let (runtime, mut peer, echo) = stage(workers);
        let (mut asking, socket) = connection(&runtime);
        let (gate, key) = gate();
        runtime.spawn(echo);
        runtime.spawn(wait_then_block(socket, gate));
        all_parked(&runtime);
        asking.write_all(b"?").expect("a connection");
        key.is_blocked();
        assert!(!answers(&mut peer, FROZEN), "an answer on {workers} workers");
        runtime.spawn(async {});
        assert_eq!(
            answers(&mut peer, FROZEN),
            workers > 1,
            "the new task wakes another worker, if there is one"
        );
        drop(key);
        runtime.shutdown_background();
    }
}

/// In a task that a lone timer woke: frozen on any number of workers.
#[test]
fn lone_timer_freezes_all_workers() {
    for workers in [1, 2, 4] {
        let (runtime, mut peer, echo) = stage(workers);
        let (wake, woken) = oneshot::channel();
        let (gate, key) = gate();
        runtime.spawn(echo);
        runtime.spawn(async move {
            let _ = woken.await;
            time::sleep(Duration::from_millis(500)).await;
            gate.block();
        });
        all_parked(&runtime);
        let _ = wake.send(());
        key.is_blocked();
        assert!(!answers(&mut peer, FROZEN), "an answer on {workers} workers");
        drop(key);
        runtime.shutdown_background();
    }
}

/// In one of two tasks that are woken at once: hidden, since a batch wakes a second worker.
#[test]
fn two_timers_at_once_hide_it() {
    for workers in [2, 4] {
        let (runtime, mut peer, echo) = stage(workers);
        let (gate, key) = gate();
        let _inside = runtime.enter();
        let at = time::Instant::now() + Duration::from_millis(500);
        runtime.spawn(echo);
        runtime.spawn(time::sleep_until(at));
        runtime.spawn(async move {
            time::sleep_until(at).await;
            gate.block();
        });
        key.is_blocked();
        assert!(answers(&mut peer, patience()), "no answer on {workers} workers");
        drop(key);
        runtime.shutdown_background();
    }
}

/// With `block_in_place` or `spawn_blocking` the same lone event freezes nothing.
#[test]
fn blocking_elsewhere_keeps_the_loop_free() {
    for in_place in [true, false] {
        let (runtime, mut peer, echo) = stage(2);
        let (mut asking, mut socket) = connection(&runtime);
        let (gate, key) = gate();
        runtime.spawn(echo);
        runtime.spawn(async move {
            let _ = socket.read_u8().await;
            match in_place {
                true => task::block_in_place(|| gate.block()),
                false => drop(task::spawn_blocking(move || gate.block()).await),
            }
        });
        all_parked(&runtime);
        asking.write_all(b"?").expect("a connection");
        key.is_blocked();
        assert!(answers(&mut peer, patience()), "no answer");
        drop(key);
        runtime.shutdown_background();
    }
}

/// A task that is woken right before the block waits for its end, on any number of workers.
#[test]
fn woken_task_waits_in_the_lifo_slot() {
    for workers in [1, 2, 4] {
        assert!(!woken_task_runs(workers, false), "it ran on {workers} workers");
    }
}

/// A `yield_now` between the wake and the block lets it run first.
#[test]
fn yield_now_empties_the_lifo_slot() {
    for workers in [1, 2, 4] {
        assert!(woken_task_runs(workers, true), "it did not run on {workers} workers");
    }
}

/// Whether a task runs that another one wakes right before it blocks.
fn woken_task_runs(workers: usize, yields: bool) -> bool {
    let (runtime, _peer, _echo) = stage(workers);
    let (wake, mut woken) = mpsc::channel(1);
    let (ran, has_run) = channel();
    let (gate, key) = gate();
    runtime.spawn(async move {
        woken.recv().await;
        let _ = ran.send(());
    });
    all_parked(&runtime);
    runtime.spawn(wake_then_block(wake, yields, gate));
    key.is_blocked();
    let runs = has_run.recv_timeout(if yields { patience() } else { FROZEN }).is_ok();
    drop(key);
    runtime.shutdown_background();
    runs
}

// ANCHOR: lone
/// The byte wakes this task and no other, and the worker that carried it here blocks.
async fn wait_then_block(mut socket: TcpStream, gate: Gate) {
    let _ = socket.read_u8().await;
    gate.block();
}
// ANCHOR_END: lone

// ANCHOR: lifo
/// The woken task moves into the LIFO slot of this worker, where no other worker may take it.
async fn wake_then_block(wake: mpsc::Sender<()>, yields: bool, gate: Gate) {
    let _ = wake.send(()).await;
    if yields {
        task::yield_now().await; // This worker runs the woken task first.
    }
    gate.block();
}
// ANCHOR_END: lifo

/// A runtime, a connection to it, and the task that answers there, yet to be spawned.
fn stage(workers: usize) -> (Runtime, Peer, impl Future<Output = ()> + Send + 'static) {
    let runtime =
        Builder::new_multi_thread().worker_threads(workers).enable_all().build().expect("a runtime");
    let (peer, mut socket) = connection(&runtime);
    let echo = async move {
        while let Ok(byte) = socket.read_u8().await {
            let _ = socket.write_u8(byte).await;
        }
    };
    (runtime, peer, echo)
}

/// Two ends of a connection: one for the test, one for a task of the runtime.
fn connection(runtime: &Runtime) -> (Peer, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let peer = Peer::connect(listener.local_addr().expect("an address")).expect("a connection");
    let (socket, _) = listener.accept().expect("a connection");
    socket.set_nonblocking(true).expect("a socket");
    let _inside = runtime.enter();
    (peer, TcpStream::from_std(socket).expect("a socket with an I/O driver"))
}

/// Whether a byte comes back within `limit`.
fn answers(peer: &mut Peer, limit: Duration) -> bool {
    peer.set_read_timeout(Some(limit)).expect("a limit above zero");
    peer.write_all(b"!").expect("a connection");
    peer.read_exact(&mut [0]).is_ok()
}

/// Waits until every worker has slept for a while: whatever comes next is lone.
fn all_parked(runtime: &Runtime) {
    let (metrics, deadline) = (runtime.metrics(), Instant::now() + patience());
    let counts = || (0..metrics.num_workers()).map(|worker| metrics.worker_park_unpark_count(worker));
    let (mut last, mut since) = (Vec::new(), Instant::now());
    while since.elapsed() < Duration::from_millis(50) {
        assert!(Instant::now() < deadline, "the workers do not come to rest");
        thread::sleep(Duration::from_millis(1));
        let now: Vec<_> = counts().collect();
        // An odd count means that the worker sleeps.
        if now != last || now.iter().any(|count| count % 2 == 0) {
            (last, since) = (now, Instant::now());
        }
    }
}

/// What blocks a thread, as `read_line` does.
struct Gate {
    /// Tells the test that the thread is about to block.
    blocked: Sender<()>,
    /// Ends the block when the key is dropped.
    opened: Receiver<()>,
}

/// Opens its gate when it is dropped.
struct Key {
    /// Hears that the gate was reached.
    is_blocked: Receiver<()>,
    /// Dropped with the key.
    _open: Sender<()>,
}

fn gate() -> (Gate, Key) {
    let (blocked, is_blocked) = channel();
    let (open, opened) = channel();
    (Gate { blocked, opened }, Key { is_blocked, _open: open })
}

impl Gate {
    /// Blocks the calling thread until the key is dropped.
    fn block(&self) {
        let _ = self.blocked.send(());
        let _ = self.opened.recv();
    }
}

impl Key {
    /// Waits until a thread blocks at the gate.
    fn is_blocked(&self) {
        self.is_blocked.recv_timeout(patience()).expect("a thread at the gate");
    }
}

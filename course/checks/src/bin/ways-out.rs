//! Measures when a program ends whose reading thread is still in `read_line`: the table of lesson 05.
//!
//! Run it: `cargo run -p checks --bin ways-out`.
//! You will see, after three seconds, one line for each way to end: main is done at 0.3 s, and Enter comes at 2.5 s.
//! Where the way is about Ctrl-C, it is pressed at 1, 1.5 and 2 s.

use std::{
    env,
    io::{self, Read, Write},
    mem, process, thread,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    runtime::{Builder, Runtime},
    signal::ctrl_c,
    sync::mpsc,
    task,
};

/// When the asynchronous part of main is done.
const DONE: Duration = Duration::from_millis(300);
/// When Enter is pressed.
const ENTER: Duration = Duration::from_millis(2500);
/// When Ctrl-C is pressed, where the way is about that.
const PRESSES: [Duration; 3] =
    [Duration::from_millis(1000), Duration::from_millis(1500), Duration::from_millis(2000)];

const WAYS: [&str; 10] = [
    "drop(runtime)",
    "abort(), then drop",
    "tokio::io::stdin()",
    "panic in block_on",
    "ctrl_c(), then drop",
    "shutdown_timeout",
    "shutdown_background",
    "mem::forget(runtime)",
    "process::exit",
    "thread and channel",
];

/// Runs every way at a terminal of its own, all at the same time; with the name of a way, runs that one.
fn main() -> io::Result<()> {
    if let Some(way) = env::args().nth(1) {
        return end(&way);
    }
    println!("way to end             ended at   without Enter");
    let measured = WAYS.map(|way| (way, thread::spawn(move || measure(way))));
    for (way, measuring) in measured {
        let ended = measuring.join().map_err(|_| io::Error::other("no terminal, or no program"))?;
        let alone = if ended < ENTER { "yes" } else { "no" };
        println!("{way:<22} {:>6.2} s   {alone}", ended.as_secs_f64());
    }
    Ok(())
}

/// The time from the start of a program that ends this way to its end; Enter is pressed if it takes long.
fn measure(way: &str) -> Duration {
    let pty = native_pty_system().openpty(PtySize::default()).expect("a terminal");
    let mut command = CommandBuilder::new(env::current_exe().expect("this program"));
    command.arg(way);
    let start = Instant::now();
    let mut child = pty.slave.spawn_command(command).expect("this program, once more");
    drop(pty.slave);
    let mut keys = pty.master.take_writer().expect("a keyboard");
    let mut screen = pty.master.try_clone_reader().expect("a screen");
    // What is printed must be taken away: a full terminal blocks its program.
    thread::spawn(move || while let Ok(1..) = screen.read(&mut [0; 1024]) {});
    let presses = if way.starts_with("ctrl_c") { &PRESSES[..] } else { &[] };
    thread::spawn(move || {
        for (at, key) in presses.iter().map(|at| (*at, b"\x03")).chain([(ENTER, b"\r")]) {
            thread::sleep(at.saturating_sub(start.elapsed()));
            let _ = keys.write_all(key);
        }
        // Without its keyboard a terminal hangs up, and that would end the program, too.
        thread::sleep(Duration::from_secs(10));
    });
    child.wait().expect("an end");
    start.elapsed()
}

/// Reads a line somewhere, is done before it comes, and ends.
fn end(way: &str) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        read(way);
        match way {
            "ctrl_c(), then drop" => ctrl_c().await?,
            _ => tokio::time::sleep(DONE).await,
        }
        assert!(way != "panic in block_on", "the program has a fault");
        io::Result::Ok(())
    })?;
    leave(way, runtime);
    Ok(())
}

// ANCHOR: leave
fn leave(way: &str, runtime: Runtime) {
    match way {
        "shutdown_timeout" => runtime.shutdown_timeout(Duration::from_millis(200)),
        "shutdown_background" => runtime.shutdown_background(),
        "mem::forget(runtime)" => mem::forget(runtime),
        "process::exit" => process::exit(0),
        _ => drop(runtime),
    }
}
// ANCHOR_END: leave

/// Starts to read one line, off the event loop.
fn read(way: &str) {
    match way {
        "tokio::io::stdin()" => {
            drop(task::spawn(async { BufReader::new(tokio::io::stdin()).lines().next_line().await }))
        }
        "thread and channel" => {
            let (sender, _) = mpsc::channel(1);
            thread::spawn(move || sender.blocking_send(read_line()));
        }
        "abort(), then drop" => {
            let reading = task::spawn_blocking(read_line);
            // The thread must be in `read_line` when it is aborted: a queued job would not begin.
            task::spawn(async move {
                tokio::time::sleep(DONE / 2).await;
                reading.abort();
            });
        }
        _ => drop(task::spawn_blocking(read_line)),
    }
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

//! The service that stutters, with the watchdog: it tells of the freeze while it lasts.
//!
//! Run it: `cargo run -p your-program --bin watch`; a number behind `--` is the length of the freeze in seconds.
//! You will see the watchdog's line before the guests are answered.

use std::{io, sync::atomic::Ordering::Relaxed, time::Duration};

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use your_program::service::{Backend, answer, delay, serve, visit};
use your_program::watchdog::watch;

// ANCHOR: main
#[tokio::main(worker_threads = 1)]
async fn main() -> io::Result<()> {
    let longest = watch(&Handle::current(), Duration::from_millis(300), |line| println!("watchdog: {line}"))?;
    // ANCHOR_END: main
    let backend = Backend::start(delay())?;
    let at = backend.at;
    let service = serve(move |request| answer(at, request)).await?;
    println!("pid {}", std::process::id());
    spawn_blocking(move || visit(service, &backend)).await??;
    // The watchdog hears of the end a beat after the guests; without one, ten seconds are enough.
    let has_heard = || Duration::from_millis(longest.load(Relaxed)) > delay() / 2;
    let heard = async {
        while !has_heard() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let _ = timeout(Duration::from_secs(10), heard).await;
    println!("longest silence: {:.1} s", longest.load(Relaxed) as f64 / 1000.0);
    Ok(())
}

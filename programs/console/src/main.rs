//! The service that stutters, with what tokio-console connects to.
//!
//! Run it in this folder, where `.cargo/config.toml` sets the flag: `cd programs/console && cargo run -- 60`.
//! A number behind `--` is the length of the freeze in seconds; start `tokio-console` in another terminal meanwhile.
//! You will see one task whose busy time grows.

use std::io;

use tokio::task::spawn_blocking;
use your_program::service::{Backend, answer, delay, serve, visit};

// ANCHOR: init
#[tokio::main(worker_threads = 1)]
async fn main() -> io::Result<()> {
    console_subscriber::init(); // Listens on 127.0.0.1:6669, on a thread of its own.
    // ANCHOR_END: init
    let backend = Backend::start(delay())?;
    let at = backend.at;
    let service = serve(move |request| answer(at, request)).await?;
    spawn_blocking(move || visit(service, &backend)).await??;
    Ok(())
}

//! The service that stutters, with a tracing span around each request: its end says how long it held a worker.
//!
//! Run it: `cargo run -p your-program --bin spans`.
//! You will see a line for each request, and in one of them a busy time of two seconds.

use std::io;

use tokio::task::spawn_blocking;
use tracing::{Instrument, info_span};
use tracing_subscriber::fmt::format::FmtSpan;
use your_program::service::{Backend, answer, delay, serve, visit};

#[tokio::main(worker_threads = 1)]
async fn main() -> io::Result<()> {
    // ANCHOR: spans
    tracing_subscriber::fmt().with_span_events(FmtSpan::CLOSE).with_ansi(false).init();
    // ANCHOR_END: spans
    let backend = Backend::start(delay())?;
    let at = backend.at;
    // ANCHOR: span
    let service = serve(move |request| {
        let span = info_span!("request", request);
        answer(at, request).instrument(span)
    })
    .await?;
    // ANCHOR_END: span
    spawn_blocking(move || visit(service, &backend)).await??;
    Ok(())
}

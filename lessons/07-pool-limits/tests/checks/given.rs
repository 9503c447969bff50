//! What Tokio does by itself: these are green before you change a line.

use std::{io, net::TcpListener};

use checks::{Explain, check, patience};
use tokio::{
    fs,
    net::TcpStream,
    runtime::{Builder, Runtime},
    task::spawn_blocking,
    time::timeout,
};

use super::common::{IDEA, QUIET, in_a_loop};

const OTHER_TOKIO: &str = "this Tokio is not the one that the page describes";

/// Behind a full pool a name is not looked up and no file is read, while a literal address connects.
#[test]
fn full_pool_starves_names_and_files() {
    let seen = in_a_loop(one_thread, async |bench| {
        spawn_blocking(bench.job(0));
        bench.running(1).await;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let literal = timeout(patience() / 2, TcpStream::connect(("127.0.0.1", port))).await.is_ok();
        let name = timeout(QUIET, TcpStream::connect(("localhost", port))).await.is_ok();
        let file = timeout(QUIET, fs::read("Cargo.toml")).await.is_ok();
        (literal, name, file)
    });
    let seen = seen.or_explain(OTHER_TOKIO, IDEA);
    check(
        seen == (true, false, false),
        "the literal address connects, name and file wait",
        format!("{seen:?}"),
    )
    .or_explain(OTHER_TOKIO, IDEA);
}

/// The blocking pool that Tokio makes by default runs 512 jobs at once and lets the rest wait.
#[test]
fn default_pool_runs_512_jobs() {
    let default = || Builder::new_current_thread().enable_all().build();
    let running = in_a_loop(default, async |bench| {
        (0..600).for_each(|number| drop(spawn_blocking(bench.job(number))));
        bench.running(512).await;
        let more = timeout(QUIET, bench.running(513)).await;
        bench.open();
        more.is_err()
    });
    let stops = running.or_explain(OTHER_TOKIO, IDEA);
    check(stops, "512 jobs run at once", "more than 512").or_explain(OTHER_TOKIO, IDEA);
}

fn one_thread() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(1).build()
}

//! Task 3, a reading thread outside the pool: the prompt takes no thread from jobs.

use std::io;

use checks::{Explain, check, patience};
use pool_limits::{runtime, typed_lines};
use tokio::{sync::mpsc, task::spawn_blocking, time::timeout};

use super::common::{READER, in_a_loop};

/// While the prompt waits for a key, all four threads of the pool are there for jobs; lines come in order.
#[test]
fn prompt_takes_no_thread_of_the_pool() {
    let seen = in_a_loop(runtime, async |bench| {
        let (keys, typed) = std::sync::mpsc::channel::<String>();
        let mut lines = typed_lines(move || Ok(typed.recv().ok())).expect("a source of lines");
        let _ = keys.send("first".into());
        let first = line(&mut lines).await;
        (0..4).for_each(|number| drop(spawn_blocking(bench.job(number))));
        let _ = timeout(patience() / 2, bench.running(4)).await;
        // Before the input ends: a thread of the pool that reads would be free for a job then.
        let jobs = bench.peak();
        let _ = keys.send("second".into());
        drop(keys);
        (jobs, [first, line(&mut lines).await, line(&mut lines).await])
    });
    let (jobs, lines) = seen.or_explain("no line comes: nobody calls `read`", READER);
    check(jobs == 4, "4 jobs run while the prompt waits, within 3 s", format!("{jobs} run"))
        .or_explain("`typed_lines` reads in the blocking pool", READER);
    let expected = [Some("first".into()), Some("second".into()), None];
    check(lines == expected, "`first`, `second`, the end", format!("{lines:?}"))
        .or_explain("lines are lost, or the end of input is", READER);
}

/// The thread that reads has a name, for the debugger and for you.
#[test]
fn reading_thread_has_a_name() {
    let seen = in_a_loop(runtime, async |_| {
        let name = || std::thread::current().name().map(str::to_owned);
        let mut lines = typed_lines(move || Ok(name())).expect("a source of lines");
        line(&mut lines).await
    });
    let name = seen.or_explain("no line comes: nobody calls `read`", READER);
    check(name.as_deref() == Some("reading thread"), "a thread named `reading thread`", format!("{name:?}"))
        .or_explain("`thread::Builder` gives a thread its name", READER);
}

/// The next line; `None` at the end of input.
async fn line(lines: &mut mpsc::Receiver<io::Result<String>>) -> Option<String> {
    lines.recv().await.and_then(Result::ok)
}

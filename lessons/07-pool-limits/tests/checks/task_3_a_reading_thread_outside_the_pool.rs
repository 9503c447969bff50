//! Task 3, a reading thread outside the pool: the prompt takes no thread from jobs.

use std::{
    io,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc as keys,
    },
    thread,
};

use checks::{Explain, Missed, awkward_line, check, no_text_ends_the_visit, patience, program, span};
use pool_limits::{runtime, typed_lines};
use tokio::{sync::mpsc, task::spawn_blocking, time::timeout};

use super::common::{QUIET, READER, in_a_loop};

const NO_LINE: &str = "no line comes: nobody calls `read`";

/// While the prompt waits for a key, all four threads of the pool are there for jobs.
#[test]
fn prompt_takes_no_thread_of_the_pool() {
    let seen = in_a_loop(runtime, async |bench| {
        let (keys, typed) = keys::channel::<String>();
        let mut lines = typed_lines(move || Ok(typed.recv().ok())).expect("a source of lines");
        let _ = keys.send("first".into());
        let first = next(&mut lines).await;
        (0..8).for_each(|number| drop(spawn_blocking(bench.job(number))));
        let _ = timeout(patience() / 2, bench.running(4)).await;
        let _ = timeout(QUIET, bench.running(5)).await;
        // Before the input ends: a thread of the pool that reads would be free for a job then.
        let jobs = bench.peak();
        drop(keys);
        (first, jobs)
    });
    let (first, jobs) = seen.or_explain(NO_LINE, READER);
    check(first == "`first`", "the line `first`, which was typed", first).or_explain(NO_LINE, READER);
    let likely = match jobs {
        ..4 => "`typed_lines` reads in the blocking pool",
        _ => "`runtime` has more threads than before: keep the four",
    };
    let expected = format!("4 jobs run while the prompt waits, within {}", span(patience() / 2));
    check(jobs == 4, expected, format!("{jobs} run")).or_explain(likely, READER);
}

/// Lines come as they were typed, in order, however many wait to be taken; then the input ends.
#[test]
fn lines_come_as_they_were_typed() {
    let lost = in_a_loop(runtime, async |_| {
        let (keys, typed) = keys::channel();
        (0..200).for_each(|number| keys.send(awkward_line(number)).expect("the keys"));
        drop(keys);
        let mut lines = typed_lines(move || Ok(typed.recv().ok())).expect("a source of lines");
        tokio::time::sleep(QUIET).await;
        for number in 0..200 {
            let (line, due) = (next(&mut lines).await, quoted(&awkward_line(number)));
            check(line == due, format!("the line {due}"), line)?;
        }
        let end = next(&mut lines).await;
        check(end == "the end of input", "the end of input", end)
    });
    let lost = lost.or_explain(NO_LINE, READER);
    lost.or_explain("lines are lost or changed, or the end of input is", READER);
}

/// What `read` has as an error comes as an error, and is no end of input: the line behind it comes.
#[test]
fn failed_read_is_an_error_in_the_channel() {
    let seen = in_a_loop(runtime, async |_| {
        let reads = AtomicUsize::new(0);
        let read = move || match reads.fetch_add(1, SeqCst) {
            0 => Err(io::Error::other("no text")),
            1 => Ok(Some("behind it".to_owned())),
            _ => Ok(None),
        };
        let mut lines = typed_lines(read).expect("a source of lines");
        (next(&mut lines).await, next(&mut lines).await)
    });
    let (failed, behind) = seen.or_explain(NO_LINE, READER);
    check(failed == "the error `no text`", "`read` fails, and the channel has the error `no text`", failed)
        .or_explain("an error of `read` is not handed on", READER);
    check(behind == "`behind it`", "then the line `behind it`, which `read` has next", behind)
        .or_explain("an error of `read` ends the reading", READER);
}

/// The thread that reads has a name, for the debugger and for you, and is the same one for each line.
#[test]
fn reading_thread_has_a_name() {
    let seen = in_a_loop(runtime, async |_| {
        let (threads, readers) = keys::channel();
        let name = move || {
            let thread = thread::current();
            let _ = threads.send(thread.id());
            thread.name().unwrap_or("a thread without a name").to_owned()
        };
        let mut lines = typed_lines(move || Ok(Some(name()))).expect("a source of lines");
        let name = next(&mut lines).await;
        next(&mut lines).await;
        let readers: Vec<_> = readers.try_iter().take(2).collect();
        (name, readers.windows(2).all(|two| two[0] == two[1]))
    });
    let (name, is_same) = seen.or_explain(NO_LINE, READER);
    let likely = match name.as_str() {
        "`a thread without a name`" => "`thread::Builder` gives a thread its name",
        _ => "it is not the thread that the page asks for",
    };
    check(name == "`reading thread`", "a thread named `reading thread` reads", name)
        .or_explain(likely, READER);
    check(is_same, "the same thread reads the next line", "another one does")
        .or_explain("a new thread for each line", READER);
}

/// The reading ends at a line that nobody receives, and that is no panic.
#[test]
fn reading_ends_when_nobody_receives() {
    let (keys, typed) = keys::channel::<String>();
    let (told, ends) = keys::channel();
    let seen = in_a_loop(runtime, async move |_| {
        let end = End(told);
        let read = move || {
            let _reads = &end;
            Ok(typed.recv().ok())
        };
        drop(typed_lines(read).expect("a source of lines"));
    });
    seen.or_explain("`typed_lines` waits for a line", READER);
    let _ = keys.send("a line that nobody receives".into());
    let by_panic = ends.recv_timeout(patience()).map_err(|_| Missed::new("the reading ends", "it goes on"));
    let by_panic = by_panic.or_explain("its loop goes on although nobody receives: end it", READER);
    check(!by_panic, "an end without a panic", "the thread panics")
        .or_explain("a line that nobody receives is no reason to panic: end the loop", READER);
}

/// Tells, when it is dropped, whether a panic does that.
struct End(keys::Sender<bool>);

impl Drop for End {
    fn drop(&mut self) {
        let _ = self.0.send(thread::panicking());
    }
}

/// A stdin that holds no text ends the visit as an error.
#[test]
fn stdin_without_text_is_an_error() {
    no_text_ends_the_visit(&program!("07")).or_explain("an error of `read` is no end of input", READER);
}

/// What comes next, in words.
async fn next(lines: &mut mpsc::Receiver<io::Result<String>>) -> String {
    match timeout(patience() / 4, lines.recv()).await {
        Ok(Some(Ok(line))) => quoted(&line),
        Ok(Some(Err(error))) => format!("the error `{error}`"),
        Ok(None) => "the end of input".into(),
        Err(_) => "nothing".into(),
    }
}

/// The beginning of a line, in quotes.
fn quoted(line: &str) -> String {
    format!("`{}`", line.chars().take(30).collect::<String>())
}

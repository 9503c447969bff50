//! Pieces of the client, looked at alone: what they are for shows in a race, or after hours.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use checks::patience;
use progress::Progress;
use rustyline::Prompt;
use turns::Turns;

#[path = "../src/progress.rs"]
mod progress;
#[path = "../src/turns.rs"]
mod turns;

/// A job that can say how far it is says so in percent, and another one in seconds.
#[test]
fn progress_is_told() {
    let progress = Progress::of("/primes 800");
    assert_eq!(progress.to_string(), "/primes 0 s");
    for (done, told) in [(0, "/primes 0 %"), (100, "/primes 12 %"), (800, "/primes 100 %")] {
        progress.percent().tell(done, 800);
        assert_eq!(progress.to_string(), told);
    }
}

/// Each line is told from the one before it, and one that has ended is edited no more.
#[test]
fn lines_are_told_apart() {
    let turns = Arc::new(Turns::default());
    for line in 0..3 {
        let (edited, number) = mpsc::channel();
        let waiting = Arc::clone(&turns);
        thread::spawn(move || edited.send(waiting.edited()));
        // Nothing is edited before the editor asks for its prompt, however long one waits.
        assert_eq!(turns.lines(), line);
        assert!(number.try_recv().is_err(), "line {line} is edited too early");
        turns.raw();
        assert_eq!(number.recv_timeout(patience()), Ok(Some(line)));
        turns.line_ended();
    }
}

/// Whoever waits for a line hears that nobody reads any more.
#[test]
fn end_of_the_reader_is_told() {
    let turns = Arc::new(Turns::default());
    let (edited, number) = mpsc::channel();
    let (parked, told) = mpsc::channel();
    let (one, other) = (Arc::clone(&turns), Arc::clone(&turns));
    thread::spawn(move || edited.send(one.edited()));
    thread::spawn(move || parked.send(other.parked()));
    turns.reader_is_gone();
    assert_eq!(number.recv_timeout(patience()), Ok(None));
    assert_eq!(told.recv_timeout(patience()), Ok(()));
}

/// The last prompt is not drawn: whoever closes waits until the editor has come to it, and that stays there.
#[test]
fn reader_is_parked_before_the_last_prompt() {
    for round in 0..100 {
        let turns = Arc::new(Turns::default());
        let (has_drawn, is_past) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        turns.printer_is_gone();
        let (reader, drawn, past) = (Arc::clone(&turns), Arc::clone(&has_drawn), Arc::clone(&is_past));
        thread::spawn(move || {
            drawn.store(true, Relaxed);
            reader.raw();
            past.store(true, Relaxed);
        });
        let (parked, told) = mpsc::channel();
        thread::spawn(move || parked.send((turns.parked(), has_drawn.load(Relaxed))));
        assert_eq!(told.recv_timeout(patience()), Ok(((), true)), "in round {round}");
        assert!(!is_past.load(Relaxed), "a prompt is drawn, in round {round}");
    }
}

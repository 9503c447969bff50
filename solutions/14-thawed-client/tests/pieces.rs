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
use futures_util::FutureExt;
use outbox::Outbox;
use progress::Progress;
use rustyline::Prompt;
use turns::Turns;

#[path = "../src/outbox.rs"]
mod outbox;
#[path = "../src/progress.rs"]
mod progress;
#[path = "../src/turns.rs"]
mod turns;

/// Numbers go on behind lines that have arrived, so a pong that comes late confirms none that was sent after it.
#[test]
fn numbers_of_lines_go_on() {
    let (say, said) = tokio::sync::mpsc::channel(8);
    let mut outbox = Outbox::new(said, Arc::default());
    let send = |outbox: &mut Outbox, line: &str| {
        say.try_send(line.to_owned()).unwrap();
        outbox.fill().now_or_never().unwrap();
        outbox.send_next().map(|(_, number)| number)
    };
    for (line, number) in [("one", "1"), ("two", "2")] {
        assert_eq!(send(&mut outbox, line).as_deref(), Some(number));
    }
    outbox.confirm(b"1");
    assert_eq!(send(&mut outbox, "three").as_deref(), Some("3"));
    outbox.confirm(b"2");
    outbox.rewind();
    assert_eq!(outbox.send_next(), Some(("three".to_owned(), "3".to_owned())));
    assert_eq!(outbox.unsaid().collect::<Vec<_>>(), ["three"]);
    assert!(outbox.is_done());
}

/// A full outbox takes no line, and gives back what nobody has a place for.
#[test]
fn full_outbox_takes_no_line() {
    let (say, said) = tokio::sync::mpsc::channel(1025);
    let mut outbox = Outbox::new(said, Arc::default());
    (0..1025).for_each(|number| say.try_send(number.to_string()).unwrap());
    (0..1024).for_each(|_| assert_eq!(outbox.fill_or_refuse().now_or_never(), Some(None)));
    assert_eq!(outbox.fill().now_or_never(), None);
    assert_eq!(outbox.fill_or_refuse().now_or_never(), Some(Some("1024".to_owned())));
}

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
    thread::spawn(move || {
        other.parked();
        parked.send(())
    });
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

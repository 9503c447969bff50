//! How requests are written: many short ones at once, and the bytes of a long one behind them.

use std::sync::Arc;

use crate::{fast_outbox::Outbox, fast_sent::Sent};

const MIB: usize = 1 << 20;

/// What is not written, as one.
fn left(outbox: &Outbox) -> Vec<u8> {
    outbox.left().iter().flat_map(|part| part.iter().copied()).collect()
}

/// However few bytes are written at once, the next ones are those behind them.
#[test]
fn bytes_are_written_once() {
    for step in 1..=9 {
        let (mut outbox, mut seen) = (Outbox::default(), Vec::new());
        assert!(outbox.is_empty());
        assert!(outbox.add(1, b"tea", None), "others may follow a short one");
        assert!(!outbox.add(2, b"for", Some(&Arc::new(b"two".to_vec()))), "nothing follows a long one");
        while !outbox.is_empty() {
            let next = left(&outbox);
            assert_eq!(next.len(), outbox.unwritten());
            let next = &next[..step.min(next.len())];
            seen.extend(next);
            outbox.wrote(next.len());
        }
        assert_eq!((seen, outbox.unwritten(), outbox.passed), (b"teafortwo".to_vec(), 0, None));
        assert!(outbox.add(3, b"milk", None));
        assert_eq!(left(&outbox), b"milk");
    }
}

/// A worker has surely begun what is longer than any pipe, once all of it is written.
#[test]
fn longer_than_a_pipe_has_begun() {
    for (length, passed) in [(MIB, None), (MIB + 1, Some(7))] {
        let mut outbox = Outbox::default();
        outbox.add(7, b"tea", Some(&Arc::new(vec![0; length])));
        outbox.wrote(length);
        assert_eq!(outbox.passed, None, "three bytes are left");
        outbox.wrote(3);
        assert_eq!(outbox.passed, passed, "{length} bytes");
    }
}

/// Each request knows which of all written ones it is, and how many bytes were before it.
#[test]
fn written_ones_are_numbered() {
    let mut sent = Sent::default();
    (1..=3).for_each(|id| sent.push(id, 10 * id as usize, id));
    assert_eq!((sent.len(), sent.held(), sent.has_more()), (3, 60, true));
    sent.write(|id| *id < 2);
    assert_eq!((sent.begun(), sent.has_more()), (Some(&1), true));
    sent.write(|_| true);
    assert!(!sent.has_more());
    let written: Vec<_> = sent.list.iter().map(|entry| entry.written).collect();
    assert_eq!(written, [Some((1, 0)), Some((2, 10)), Some((3, 30))]);
    assert_eq!((sent.answered(1), sent.held()), (Some(1), 50));
    assert_eq!([sent.get(1).copied(), sent.get(3).copied()], [None, Some(3)]);
    assert!(sent.all().eq(&[2, 3]));
}

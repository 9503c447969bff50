//! What waits unread in the client's socket: messages that are not shown yet, pings that are not answered yet.

use std::collections::HashMap;

use practice::trace::format::{Mark, MarkKind, Trace};

/// What is read sooner than this did not wait.
pub(crate) const WAIT_US: u64 = 50_000;

/// A message of the room: when it was sent, and when it was shown, if it ever was.
pub(crate) struct Message<'a> {
    /// When the room sent it.
    pub(crate) sent_us: u64,
    /// When the client showed it.
    pub(crate) shown_us: Option<u64>,
    /// What it says.
    pub(crate) text: &'a str,
}

impl Message<'_> {
    /// Whether it lay unread for a time that anybody would notice.
    pub(crate) fn waited(&self) -> bool {
        self.shown_us.is_none_or(|shown| shown.saturating_sub(self.sent_us) >= WAIT_US)
    }
}

/// The messages of the room in the order in which it sent them.
pub(crate) fn messages(trace: &Trace) -> Vec<Message<'_>> {
    let mut shown: HashMap<&str, Vec<u64>> = HashMap::new();
    for mark in marks(trace, MarkKind::Shown).into_iter().rev() {
        shown.entry(said(&mark.text)).or_default().push(mark.at_us);
    }
    let message = |mark: &'_ Mark| shown.get_mut(mark.text.as_str()).and_then(Vec::pop);
    let sent = marks(trace, MarkKind::Sent);
    let at: Vec<Option<u64>> = sent.iter().copied().map(message).collect();
    sent.into_iter()
        .zip(at)
        .map(|(mark, shown_us)| Message { sent_us: mark.at_us, shown_us, text: &mark.text })
        .collect()
}

/// What a shown text says, without the sign that some clients put before the room's words.
pub(crate) fn said(shown: &str) -> &str {
    shown.strip_prefix("<< ").unwrap_or(shown)
}

/// The counts of unread messages and pings, each from a moment on, in the order of time.
///
/// A client reads its pings in order and may answer the last alone, so whatever pong comes, none is unread then;
/// nor is one when the connection is over.
pub(crate) fn counts(trace: &Trace) -> Vec<(u64, usize, usize)> {
    let mut changes: Vec<(u64, Change)> = Vec::new();
    for message in messages(trace).iter().filter(|message| message.waited()) {
        changes.push((message.sent_us, Change::Message(1)));
        changes.extend(message.shown_us.map(|shown| (shown, Change::Message(-1))));
    }
    let reads = [MarkKind::Pong, MarkKind::Closed, MarkKind::Dropped].map(|kind| marks(trace, kind)).concat();
    for ping in marks(trace, MarkKind::Ping) {
        let read = reads.iter().map(|mark| mark.at_us).filter(|read| *read >= ping.at_us).min();
        if read.is_none_or(|read| read - ping.at_us >= WAIT_US) {
            changes.push((ping.at_us, Change::Ping(1)));
            changes.extend(read.map(|read| (read, Change::Ping(-1))));
        }
    }
    changes.sort_by_key(|change| change.0);
    let (mut messages, mut pings) = (0, 0);
    let mut counts: Vec<(u64, usize, usize)> = vec![(0, 0, 0)];
    for (at_us, change) in changes {
        match change {
            Change::Message(by) => messages += by,
            Change::Ping(by) => pings += by,
        }
        let count = |number: i32| usize::try_from(number).unwrap_or(0);
        counts.push((at_us, count(messages), count(pings)));
    }
    counts
}

/// How a count changes.
enum Change {
    /// Of messages.
    Message(i32),
    /// Of pings.
    Ping(i32),
}

fn marks(trace: &Trace, kind: MarkKind) -> Vec<&Mark> {
    let mut marks: Vec<&Mark> = trace.marks.iter().filter(|mark| mark.kind == kind).collect();
    marks.sort_by_key(|mark| mark.at_us);
    marks
}

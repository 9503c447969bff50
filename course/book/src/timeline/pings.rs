//! Which pong answers which ping: pongs come in the order of their pings, as a client reads them.

use practice::trace::format::{Mark, MarkKind, Trace};

/// What became of a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its pong came before the next ping was sent.
    InTime,
    /// Its pong came after this many microseconds, when the next ping had been sent.
    Late(u64),
    /// No pong came: the room calls such a ping missed.
    Missed,
}

/// Every ping of a run in the order of time: when it was sent, and what became of it.
pub(crate) fn answers(trace: &Trace) -> Vec<(u64, Answer)> {
    let (pings, pongs) = (times(trace, MarkKind::Ping), times(trace, MarkKind::Pong));
    let answer = |(index, &sent): (usize, &u64)| {
        let wait = pongs.get(index).map(|pong| pong.saturating_sub(sent));
        let next = pings.get(index + 1).map_or(u64::MAX, |next| next - sent);
        let answer = match wait {
            None => Answer::Missed,
            Some(wait) if wait >= next => Answer::Late(wait),
            Some(_) => Answer::InTime,
        };
        (sent, answer)
    };
    pings.iter().enumerate().map(answer).collect()
}

fn times(trace: &Trace, kind: MarkKind) -> Vec<u64> {
    let marks = trace.marks.iter().filter(|mark: &&Mark| mark.kind == kind);
    let mut times: Vec<u64> = marks.map(|mark| mark.at_us).collect();
    times.sort_unstable();
    times
}

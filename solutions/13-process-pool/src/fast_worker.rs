//! The worker's side of the fast stage: one thread does the jobs, and another hears, meanwhile, what is asked back.
//!
//! ```text
//!   stdin  ──▶ many requests ──▶ run one ──▶ its reply, and the claim of the next one ──▶ stdout
//!   stderr ──▶ what is asked back ──▶ given back, unless it has begun ────────────────────▶
//! ```

use std::{
    env,
    io::{self, BufReader, Read},
    process,
    sync::Arc,
    thread,
};

use crate::{
    fast_claims::Claims,
    fast_line, frame, lifeline,
    message::{Answer, Request},
    worker::{self, private_channel, reply, run},
};

/// The argument that tells a worker that it is one of the fast stage.
pub const FAST: &str = "--fast";

/// Serves requests until they end, as the stage that has started this process wants it.
///
/// # Errors
/// When the channel cannot be moved away, or what comes is no request.
pub fn work() -> io::Result<()> {
    if env::args_os().nth(2).is_some_and(|second| second == FAST) { serve() } else { worker::work() }
}

fn serve() -> io::Result<()> {
    let (requests, mut replies) = private_channel()?;
    let mut requests = BufReader::with_capacity(64 << 10, lifeline::hold(requests)?);
    reply(&mut replies, 0, Ok(Answer::Number(process::id().into())))?;
    let claims = Arc::new(Claims::new(replies));
    let (asked, theirs) = (fast_line::control()?, Arc::clone(&claims));
    thread::Builder::new().name("control".into()).spawn(move || give_back(asked, &theirs))?;
    for position in 1.. {
        let Some(Request { id, job }) = frame::read(&mut requests).map_err(io::Error::other)? else { break };
        if claims.begins(position) {
            let result = run(job);
            claims.ends(|replies| reply(replies, id, result))?;
        }
    }
    Ok(())
}

/// Gives back what it is asked for, by position and number, unless that has begun.
fn give_back(mut asked: impl Read, claims: &Claims<std::fs::File>) {
    let (mut position, mut id) = ([0; 8], [0; 8]);
    while asked.read_exact(&mut position).and_then(|()| asked.read_exact(&mut id)).is_ok() {
        let back = Ok(Answer::Number(u64::from_be_bytes(id) as i64));
        // When the client is gone, the lifeline ends this process.
        let _ = claims.take_back(u64::from_be_bytes(position), |replies| reply(replies, 0, back));
    }
}

//! One worker of lesson 13's fast stage and its client, and what lies between the two.
//!
//! ```text
//!   client: `Sent` ──requests──▶ the thread that does jobs ──┐
//!     │  ▲                                                   ├─▶ `Claims`
//!     │  └────────────replies, and what is given back────────┤
//!     └───────────────asked back─▶ the thread that hears it ─┘
//! ```

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use crate::{fast_claims::Claims, fast_recall::Recall, fast_sent::Sent};

/// How many schedules of each scene are tried.
pub const SCHEDULES: usize = 20_000;

/// How many requests there are; each is one byte long.
const REQUESTS: u64 = 4;

/// What the worker says.
#[derive(Clone, Copy)]
enum Word {
    /// This request is done.
    Done(u64),
    /// This one is given back.
    Back(u64),
}

/// What lies between the two processes, and what became of the worker.
#[derive(Default)]
struct World {
    /// Requests that the worker has not read.
    requests: VecDeque<u64>,
    /// What it is asked for, by position and number.
    asked: VecDeque<(u64, u64)>,
    /// What it has said, and nobody has read.
    words: VecDeque<Word>,
    /// The requests that ran.
    ran: Vec<u64>,
    /// Whether it is dead, or is to end.
    over: bool,
}

/// A world that several threads share.
#[derive(Clone, Default)]
struct Shared(Arc<(Mutex<World>, Condvar)>);

impl Shared {
    /// Changes it, and wakes whoever waits.
    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let changed = change(&mut self.0.0.lock().expect("no panic"));
        self.0.1.notify_all();
        changed
    }

    /// Waits for something; `None` when all is over.
    fn wait<T>(&self, mut look: impl FnMut(&mut World) -> Option<T>) -> Option<T> {
        let (world, mut seen) = (self.0.0.lock().expect("no panic"), None);
        let holds = |world: &mut World| {
            // It may be asked again when it holds no more.
            seen = seen.take().or_else(|| look(world));
            seen.is_none() && !world.over
        };
        drop(self.0.1.wait_timeout_while(world, Duration::MAX, holds).expect("no panic"));
        seen
    }

    /// What a process does, unless it is dead.
    fn alive<T>(&self, act: impl FnOnce(&mut World) -> T) -> Option<T> {
        self.change(|world| (!world.over).then(|| act(world)))
    }
}

/// Does jobs, as the solution's worker.
fn work(world: &Shared, claims: &Claims<Shared>) -> Option<()> {
    for position in 1.. {
        let next = world.wait(|world| if world.over { None } else { world.requests.pop_front() })?;
        if claims.begins(position) {
            world.alive(|world| world.ran.push(next))?;
            claims.ends(|world| world.alive(|world| world.words.push_back(Word::Done(next))))?;
        }
    }
    None
}

/// Hears what is asked back, as the solution's worker.
fn give_back(world: &Shared, claims: &Claims<Shared>) -> Option<()> {
    loop {
        let (position, id) = world.wait(|world| if world.over { None } else { world.asked.pop_front() })?;
        claims.take_back(position, |world| world.alive(|world| world.words.push_back(Word::Back(id))));
    }
}

/// What became of the requests.
#[derive(Default)]
struct Ends {
    /// Those with a reply.
    done: Vec<u64>,
    /// Those that were given back.
    back: Vec<u64>,
    /// The one that a death cost.
    begun: Option<u64>,
    /// Those that it left for another worker.
    left: Vec<u64>,
}

/// Sends all requests, asks some back, and hears what became of them, whether or not the worker dies meanwhile.
pub fn scene(recalled: &[u64], dies: bool) {
    let world = Shared::default();
    let claims = Arc::new(Claims::new(world.clone()));
    let (one, other) = ((world.clone(), claims.clone()), (world.clone(), claims));
    let mut threads = vec![
        thread::spawn(move || work(&one.0, &one.1)),
        thread::spawn(move || give_back(&other.0, &other.1)),
    ];
    if dies {
        let world = world.clone();
        threads.push(thread::spawn(move || world.alive(|world| world.over = true)));
    }
    let (mut sent, mut ends) = (Sent::default(), Ends::default());
    for id in 1..=REQUESTS {
        sent.push(id, 1, id);
        sent.write(|id| {
            world.change(|world| world.requests.push_back(*id));
            true
        });
    }
    for id in recalled {
        match sent.recall(*id) {
            Recall::Ask(position) => world.change(|world| world.asked.push_back((position, *id))),
            Recall::Here(_) => panic!("what was written cannot be taken out"),
            Recall::Begun | Recall::Nothing => {}
        }
    }
    while sent.len() > 0 {
        match world.wait(|world| world.words.pop_front()) {
            Some(Word::Done(id)) => ends.done.push(sent.answered(id).expect("the reply to what had begun")),
            Some(Word::Back(id)) => ends.back.push(sent.given_back(id).expect("one that was asked for")),
            None => break,
        }
    }
    world.change(|world| world.over = true);
    threads.into_iter().for_each(|thread| drop(thread.join()));
    let (begun, left) = sent.died(world.change(|world| world.requests.len() as u64));
    (ends.begun, ends.left) = (begun, left.collect());
    holds(&ends, &world.change(|world| world.ran.clone()), dies);
}

/// Each request has one end, and what ran was answered, or is the one that the death cost.
fn holds(ends: &Ends, ran: &[u64], dies: bool) {
    let Ends { done, back, begun, left } = ends;
    let mut all: Vec<u64> = [done, back, left].into_iter().flatten().chain(begun).copied().collect();
    all.sort_unstable();
    assert_eq!(all, (1..=REQUESTS).collect::<Vec<_>>(), "each request has one end");
    assert!(done.iter().all(|id| ran.contains(id)), "a reply to what never ran");
    assert!(ran.iter().all(|id| done.contains(id) || *begun == Some(*id)), "what ran is nobody else's");
    assert!(ran.is_sorted_by(|one, next| one < next), "nothing runs twice");
    assert!(dies || begun.is_none() && left.is_empty(), "a worker that lives settles all");
}

//! What the checks share: withdrawals whose approval waits for the check, and all orders of five of them.

use std::{
    collections::HashMap,
    fmt,
    hint::spin_loop,
    io, iter,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use checks::{Missed, on_a_loop, patience, within};
use shared_state::Bank;
use tokio::{
    runtime::Builder,
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        oneshot,
    },
    task::{JoinHandle, yield_now},
};

pub const IDEA: &str = "08-shared-state.md#the-idea";
pub const ONE_LOCK: &str = "08-shared-state.md#task-1-one-lock-around-check-and-act";
pub const BACK: &str = "08-shared-state.md#task-2-give-back-what-was-not-taken";
pub const NO_JOIN: &str = "`run` returned before it joined the room";
pub const STANDS: &str =
    "a withdrawal is neither refused nor asks for its approval: it waits for a lock, or for money";
pub const WAITS: &str = "a lock is held while the approval is awaited: everybody waits for the slowest";

/// What the check says to an approval.
#[derive(Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It succeeds.
    Yes,
    /// It is an error.
    No,
    /// It panics.
    Panic,
}

/// What came of five withdrawals of 100 from 100.
#[derive(Default)]
pub struct Seen {
    /// The order: a number for the start of a withdrawal, the same one again for its approval.
    order: Vec<usize>,
    /// How many were asked to approve; the verdict depends on it.
    asked: usize,
    /// Whether an approval said yes.
    approved: bool,
    /// How many succeeded.
    succeeded: usize,
    /// The lowest balance.
    lowest: i64,
    /// The balance at the end.
    left: i64,
}

impl Seen {
    /// Whether one succeeded, if one was approved, and the money is right at each step.
    fn is_sound(&self) -> bool {
        let taken = if self.approved { 1 } else { 0 };
        self.succeeded == taken && self.lowest >= 0 && self.left == 100 - 100 * taken as i64
    }
}

impl Seen {
    /// What the figures say of the cause.
    pub fn likely(&self) -> &'static str {
        let due = if self.approved { 0 } else { 100 };
        if self.succeeded > 1 || self.lowest < 0 {
            "check and act are two steps, and others come in between"
        } else if self.left < due {
            "what was not taken is not given back"
        } else if self.left > due {
            "money is given back that was taken for good, or twice"
        } else {
            "a withdrawal is told otherwise than it went"
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { succeeded, lowest, left, .. } = self;
        writeln!(out, "{succeeded} succeeded, the balance fell to {lowest}, and {left} is left")?;
        write!(out, "in this order (+ starts, ! is approved):")?;
        for (at, number) in self.order.iter().enumerate() {
            let starts = !self.order[..at].contains(number);
            write!(out, " {}{}", if starts { '+' } else { '!' }, number + 1)?;
        }
        Ok(())
    }
}

/// Plays all orders, and returns the first one with a wrong end.
pub async fn first_unsound(verdict: impl Fn(usize) -> Verdict) -> Option<Seen> {
    for order in orders() {
        let seen = play(order, &verdict).await;
        if !seen.is_sound() {
            return Some(seen);
        }
    }
    None
}

/// The 945 orders of five starts and five approvals; starts stand in the order of their numbers.
fn orders() -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for _ in 0..10 {
        let longer = |order: Vec<usize>| {
            let started = order.iter().max().map_or(0, |last| last + 1);
            let waits = |number: &usize| order.iter().filter(|other| *other == number).count() == 1;
            let next = (started < 5).then_some(started).into_iter().chain((0..started).filter(waits));
            next.map(|number| [&order[..], &[number]].concat()).collect::<Vec<_>>()
        };
        orders = orders.into_iter().flat_map(longer).collect();
    }
    orders
}

/// Starts withdrawals and lets their approvals answer, each step when the one before has had its effect.
async fn play(order: Vec<usize>, verdict: &impl Fn(usize) -> Verdict) -> Seen {
    let bank = Arc::new(Bank::new(100));
    let mut seen = Seen { lowest: 100, ..Seen::default() };
    let mut waiting: HashMap<usize, (Started, Verdict)> = HashMap::new();
    for (at, number) in order.iter().enumerate() {
        if let Some((mut started, verdict)) = waiting.remove(number) {
            seen.approved |= verdict == Verdict::Yes;
            started.says(verdict);
            seen.succeeded += usize::from(matches!(started.answer.await, Ok(Ok(()))));
        } else if !order[..at].contains(number) {
            let mut started = Started::withdrawal(&bank);
            // It has its effect when it asks for its approval, or is answered without.
            if started.asked.recv().await.is_some() {
                waiting.insert(*number, (started, verdict(seen.asked)));
                seen.asked += 1;
            } else {
                seen.succeeded += usize::from(matches!(started.answer.await, Ok(Ok(()))));
            }
        }
        seen.lowest = seen.lowest.min(bank.balance().await);
    }
    Seen { order, left: bank.balance().await, ..seen }
}

/// A withdrawal of 100 that was started.
pub struct Started {
    /// Told when it asks for its approval; closed when it is over.
    pub asked: UnboundedReceiver<()>,
    /// Lets the approval answer, once.
    gate: Option<oneshot::Sender<Verdict>>,
    /// What comes of it.
    pub answer: JoinHandle<io::Result<()>>,
}

impl Started {
    pub fn withdrawal(bank: &Arc<Bank>) -> Started {
        let (asks, asked) = unbounded_channel();
        let (gate, closed) = oneshot::channel();
        let approval = async move {
            let _ = asks.send(());
            match closed.await {
                Ok(Verdict::Yes) => Ok(()),
                Ok(Verdict::Panic) => resume_unwind(Box::new("as it should")),
                _ => Err(io::Error::other("not today")),
            }
        };
        Started { asked, gate: Some(gate), answer: start(bank, 100, approval) }
    }

    /// Lets the approval answer.
    pub fn says(&mut self, verdict: Verdict) {
        let _ = self.gate.take().map(|gate| gate.send(verdict));
    }
}

/// Starts a withdrawal in a task of its own.
pub fn start(
    bank: &Arc<Bank>,
    amount: u32,
    approval: impl Future<Output = io::Result<()>> + Send + 'static,
) -> JoinHandle<io::Result<()>> {
    let bank = bank.clone();
    tokio::spawn(async move { bank.withdraw(amount, approval).await })
}

/// Gives way to others once, and says yes.
pub async fn yes() -> io::Result<()> {
    yield_now().await;
    Ok(())
}

/// Runs `work` on two threads at once, with what `make` makes for both; each is told which of the two it is.
pub fn on_two_threads<S: Send + Sync, T: Send + 'static>(
    make: impl FnOnce() -> S + Send + 'static,
    work: impl AsyncFn(usize, &S) -> T + Send + Sync + 'static,
) -> Result<[T; 2], Missed> {
    within(patience(), "two threads have their answers", move || {
        let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
        let _inside = runtime.enter();
        let (shared, work, handle) = (&make(), &work, runtime.handle());
        thread::scope(|threads| {
            [0, 1]
                .map(|number| threads.spawn(move || handle.block_on(work(number, shared))))
                .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    })
}

/// Again and again two threads ask a bank of 100 at nearly the same moment: how often, and how often not as is right.
pub fn at_the_same_moment<T: Send + 'static>(
    time: Duration,
    ask: impl AsyncFn(&Bank) -> T + Copy + Send + Sync + 'static,
    is_right: impl Fn(&T, &T) -> bool,
) -> Result<(usize, usize), Missed> {
    let (began, mut rounds, mut wrong) = (Instant::now(), 0, 0);
    // Not too many banks at once: each may have a thread of its own.
    while rounds == 0 || wrong == 0 && began.elapsed() < time {
        let make = || ((0..500).map(|_| Bank::new(100)).collect::<Vec<_>>(), Meeting::default());
        let [one, two] = on_two_threads(make, async move |number, (banks, meeting)| {
            let mut told = Vec::new();
            for (round, bank) in banks.iter().enumerate() {
                meeting.of(round);
                // One comes a little later, by another while each time.
                (0..round % 50 * number).for_each(|_| spin_loop());
                told.push(ask(bank).await);
            }
            told
        })?;
        rounds += one.len();
        wrong += one.iter().zip(&two).filter(|(one, two)| !is_right(one, two)).count();
    }
    Ok((rounds, wrong))
}

/// How often threads have come to where two of them begin a round at nearly the same moment: one that sleeps is late.
#[derive(Default)]
struct Meeting(AtomicUsize);

impl Meeting {
    /// Waits for the other thread.
    fn of(&self, round: usize) {
        self.0.fetch_add(1, SeqCst);
        while self.0.load(SeqCst) < 2 * (round + 1) {
            thread::yield_now();
        }
    }
}

/// Goes on for so long that two threads come in between each other's steps, if these are not one, on two free cores.
pub fn for_a_while() -> impl Iterator<Item = ()> {
    let (end, mut turns) = (Instant::now() + Duration::from_millis(500), 0_u32);
    // The clock is asked now and then: a look at it takes longer than a step.
    iter::from_fn(move || {
        turns += 1;
        (turns % 64 != 0 || Instant::now() < end).then_some(())
    })
}

/// Runs `work` on an event loop of one thread.
pub fn on_one_thread<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    on_a_loop(|| Builder::new_current_thread().enable_time().build(), "the check has all its answers", work)
}

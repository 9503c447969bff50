//! What the bank and the client of lesson 08 must do; run them with `cargo course check 08`.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, HashMap},
    env, fmt,
    io::{self, Write},
    panic::resume_unwind,
    process::{Command, Stdio},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use checks::{Client, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, program, within};
use futures_util::future::join_all;
use shared_state::Bank;
use tokio::{
    join,
    runtime::Builder,
    sync::{
        Barrier, Semaphore,
        mpsc::{UnboundedReceiver, unbounded_channel},
        oneshot,
    },
    task::{JoinHandle, yield_now},
};

const IDEA: &str = "08-shared-state.md#the-idea";
const STOPPED: &str = "08-shared-state.md#what-rust-stops";
const ONE_LOCK: &str = "08-shared-state.md#task-1-one-lock-around-check-and-act";
const BACK: &str = "08-shared-state.md#task-2-give-back-what-was-not-taken";
const ONCE: &str = "08-shared-state.md#task-3-ask-once-wait-together";
const GUARD: &str = "08-shared-state.md#task-4-no-guard-across-an-await";
const NO_JOIN: &str = "`run` returned before it joined the room";
const HELD: &str =
    "a guard lives across the await: the second lock blocks the thread that would go on with the first";
const WAITS: &str = "a lock is held while the approval is awaited: everybody waits for the slowest";

// What Rust does by itself: these are green before you change a line.

/// The compiler refuses what could be a data race, each file with the error in its first line.
#[test]
fn compiler_refuses_data_races() {
    let refused = [
        include_str!("refused/two_threads_one_balance.rs"),
        include_str!("refused/cell_to_a_thread.rs"),
        include_str!("refused/guard_in_a_task.rs"),
        include_str!("refused/guard_dropped_by_hand.rs"),
    ];
    for source in refused {
        let expected = source.lines().next().unwrap_or_default().trim_start_matches("//! ");
        let said = within(PATIENCE * 5, "rustc answers", || compile(source));
        let said = said.or_explain("the machine is busy", STOPPED).unwrap_or_else(|error| error.to_string());
        check(said == expected, format!("rustc says `{expected}`, and no more"), format!("`{said}`"))
            .or_explain("this Rust is not the one that the page describes", STOPPED);
    }
}

/// One thread, no lock, nothing that the compiler could refuse: five withdrawals of 100 from 100 succeed.
#[test]
fn one_thread_overdraws_too() {
    let left = on_one_thread(async || {
        // ANCHOR: cell
        let balance = Rc::new(Cell::new(100));
        let withdraw = async |balance: Rc<Cell<i64>>| {
            if balance.get() >= 100 {
                // Stands for the approval: the others run here.
                yield_now().await;
                balance.set(balance.get() - 100);
            }
        };
        join_all([(); 5].map(|()| withdraw(balance.clone()))).await;
        // ANCHOR_END: cell
        balance.get()
    });
    let left = left.or_explain("the machine is busy", STOPPED);
    check(left == -400, "a balance of -400", left.to_string())
        .or_explain("this Tokio is not the one that the page describes", STOPPED);
}

// The account.

/// Two approvals meet, and the balance answers meanwhile: nobody waits for the approval of somebody else.
#[test]
fn withdrawals_wait_for_nobody() {
    let met = on_one_thread(async || {
        let (bank, both) = (Bank::new(200), Barrier::new(3));
        let approval = async || {
            both.wait().await;
            both.wait().await;
            Ok(())
        };
        let asks = async {
            both.wait().await;
            let balance = bank.balance().await;
            both.wait().await;
            balance
        };
        let (one, two, meanwhile) =
            join!(bank.withdraw(100, approval()), bank.withdraw(100, approval()), asks);
        (one.is_ok() && two.is_ok(), meanwhile >= 0, bank.balance().await)
    });
    let met = met.or_explain(WAITS, ONE_LOCK);
    check(met == (true, true, 0), "two withdrawals of 100 take 200", format!("{met:?}"))
        .or_explain("the second one is refused, although there is enough for both", ONE_LOCK);
}

/// Of five withdrawals of 100 from 100 exactly one succeeds, in each of the 945 orders of starts and approvals.
#[test]
fn exactly_one_of_five_succeeds() {
    let unsound = on_one_thread(async || first_unsound(|_| Verdict::Yes).await).or_explain(WAITS, ONE_LOCK);
    let instead = unsound.map(|seen| seen.to_string());
    check(instead.is_none(), "one of five withdrawals of 100 from 100 succeeds", instead.unwrap_or_default())
        .or_explain("check and act are two steps, and others come in between", ONE_LOCK);
}

/// Threads that ask at the same time take what is there, and no more: 200 of 400 succeed.
#[test]
fn threads_at_once_take_what_is_there() {
    let taken = within(PATIENCE, "400 withdrawals on four threads", || {
        let runtime = Builder::new_multi_thread().worker_threads(4).build().expect("a runtime");
        runtime.block_on(async {
            let bank = Arc::new(Bank::new(200));
            let tasks = [(); 400].map(|()| start(&bank, 1, yes()));
            let answers = join_all(tasks).await;
            let succeeded = answers.into_iter().flatten().filter(Result::is_ok).count();
            (succeeded, bank.balance().await)
        })
    });
    let taken = taken.or_explain(WAITS, ONE_LOCK);
    let instead = format!("{} succeed, and {} are left", taken.0, taken.1);
    check(taken == (200, 0), "200 of 400 withdrawals succeed, and 0 are left", instead)
        .or_explain("check and act are two steps, and another thread comes in between", ONE_LOCK);
}

/// The error of an approval comes back as it was, and the money goes back.
#[test]
fn refused_approval_gives_the_money_back() {
    let seen = on_one_thread(async || {
        let bank = Bank::new(100);
        let refused = bank.withdraw(100, async { Err(io::Error::other("not today")) }).await;
        let text = refused.map_or_else(|error| error.to_string(), |()| "done".into());
        (text, bank.balance().await, bank.withdraw(100, yes()).await.is_ok())
    });
    let seen = seen.or_explain(WAITS, BACK);
    check(
        seen == ("not today".into(), 100, true),
        "`not today`, 100 left, then a success",
        format!("{seen:?}"),
    )
    .or_explain("`?` leaves the function before the money is given back", BACK);
}

/// A panic in an approval gives the money back, and the account serves others.
#[test]
fn panicking_approval_gives_the_money_back() {
    let seen = on_one_thread(async || {
        let bank = Arc::new(Bank::new(100));
        let panicked = start(&bank, 100, async { resume_unwind(Box::new("as it should")) }).await;
        let next = start(&bank, 100, yes()).await;
        (panicked.is_err(), matches!(next, Ok(Ok(()))), bank.balance().await)
    });
    let seen = seen.or_explain(WAITS, BACK);
    check(seen == (true, true, 0), "a panic, then a success that leaves 0", format!("{seen:?}"))
        .or_explain("nothing gives the money back when the approval panics, or the lock is poisoned", BACK);
}

/// A withdrawal that is dropped while it waits gives the money back.
#[test]
fn dropped_withdrawal_gives_the_money_back() {
    let seen = on_one_thread(async || {
        let bank = Arc::new(Bank::new(100));
        let mut started = Started::withdrawal(&bank);
        started.asked.recv().await;
        started.answer.abort();
        let _ = started.answer.await;
        (bank.balance().await, bank.withdraw(100, yes()).await.is_ok())
    });
    let seen = seen.or_explain(WAITS, BACK);
    check(seen == (100, true), "100 left, then a success", format!("{seen:?}"))
        .or_explain("the money is given back after the await, which a dropped future never reaches", BACK);
}

/// One approval fails, one panics, others pass: in each of the 945 orders no money is lost, and none is made.
#[test]
fn money_is_neither_lost_nor_made() {
    let verdict = |asked| match asked {
        0 => Verdict::No,
        1 => Verdict::Panic,
        _ => Verdict::Yes,
    };
    let unsound = on_one_thread(async move || first_unsound(verdict).await).or_explain(WAITS, BACK);
    let instead = unsound.map(|seen| seen.to_string());
    check(
        instead.is_none(),
        "one withdrawal succeeds if one was approved, and none otherwise",
        instead.unwrap_or_default(),
    )
    .or_explain("check and act are two steps, or what failed is given back twice or not at all", BACK);
}

// The rate.

/// A hundred ask before the first answer is there: it is asked for once, and all have it; so has whoever comes later.
#[test]
fn hundred_askers_share_one_answer() {
    let seen = on_one_thread(async || {
        let (bank, gate) = (Arc::new(Bank::new(0)), Arc::new(Semaphore::new(0)));
        let (asked, computed) = (counter(), counter());
        let askers = [(); 100].map(|()| {
            let (bank, gate) = (bank.clone(), gate.clone());
            let (asked, computed) = (asked.clone(), computed.clone());
            tokio::spawn(async move {
                asked.fetch_add(1, SeqCst);
                bank.rate(counted(computed, opened(gate))).await
            })
        });
        until(&asked, 100).await;
        gate.close();
        let rates = join_all(askers).await.into_iter().filter(|rate| matches!(rate, Ok(Ok(1.08)))).count();
        let later = bank.rate(counted(computed.clone(), async { Ok(2.0) })).await.ok();
        (rates, later, computed.load(SeqCst))
    });
    let (rates, later, computed) = seen.or_explain("an asker is never woken", ONCE);
    check(computed == 1, "one computation for 100 askers", format!("{computed} computations"))
        .or_explain("they all find the cache empty before the first one fills it", ONCE);
    check(
        (rates, later) == (100, Some(1.08)),
        "all have 1.08",
        format!("{rates} of 100, and later {later:?}"),
    )
    .or_explain("only the one that computes has the answer", ONCE);
}

/// An error is not kept: whoever asks next computes again, and that answer is kept.
#[test]
fn failed_answer_is_asked_for_again() {
    let seen = on_one_thread(async || {
        let (bank, computed) = (Bank::new(0), counter());
        let failed = bank.rate(counted(computed.clone(), async { Err(io::Error::other("no line")) })).await;
        let again = bank.rate(counted(computed.clone(), async { Ok(1.08) })).await.ok();
        let kept = bank.rate(counted(computed.clone(), async { Ok(2.0) })).await.ok();
        (failed.is_err_and(|error| error.to_string() == "no line"), again, kept, computed.load(SeqCst))
    });
    let seen = seen.or_explain("who asks after a failure waits for ever", ONCE);
    let expected = "`no line`, then 1.08 twice, from two computations";
    check(seen == (true, Some(1.08), Some(1.08), 2), expected, format!("{seen:?}"))
        .or_explain("the error is kept as if it were the answer", ONCE);
}

/// The one who computes panics: those who wait have an answer all the same.
#[test]
fn panicking_computation_leaves_no_one_waiting() {
    let likely = "who waits is woken by an answer only, and whoever computed it panicked";
    let rate = on_one_thread(async || rate_without_the_first(true).await).or_explain(likely, ONCE);
    check(rate == Some(1.08), "1.08 for the second asker", format!("{rate:?}")).or_explain(likely, ONCE);
}

/// The one who computes is dropped: those who wait have an answer all the same.
#[test]
fn dropped_asker_leaves_no_one_waiting() {
    let likely = "who waits is woken by an answer only, and whoever computed it was dropped";
    let rate = on_one_thread(async || rate_without_the_first(false).await).or_explain(likely, ONCE);
    check(rate == Some(1.08), "1.08 for the second asker", format!("{rate:?}")).or_explain(likely, ONCE);
}

// The receipts.

/// Two receipts in one `join!`, on one thread: both are printed.
#[test]
fn two_receipts_at_once_are_printed() {
    let bounded = within(PATIENCE, "two receipts in one `join!` are printed", || {
        let both = async {
            let bank = Bank::new(0);
            join!(bank.receipt(|_| yes()), bank.receipt(|_| yes()))
        };
        Builder::new_current_thread().build().expect("a runtime").block_on(both)
    });
    let (one, two) = bounded.or_explain(HELD, GUARD);
    check(one.is_ok() && two.is_ok(), "two numbers", format!("{one:?} and {two:?}"))
        .or_explain("an error is made up", GUARD);
}

/// Five receipts at once: each has a number that no other has, and returns the one that was printed.
#[test]
fn each_receipt_has_its_own_number() {
    let seen = on_one_thread(async || {
        let (bank, printed) = (Bank::new(0), RefCell::new(BTreeSet::new()));
        let print = async |number| {
            yield_now().await;
            printed.borrow_mut().insert(number);
            Ok(())
        };
        let given = join_all([(); 5].map(|()| bank.receipt(&print))).await;
        (given.into_iter().flatten().collect::<BTreeSet<u32>>(), printed.into_inner())
    });
    let (given, printed) = seen.or_explain(HELD, GUARD);
    check(printed.len() == 5, "five receipts with five numbers", format!("the numbers {printed:?}"))
        .or_explain("the number is read under one lock, and written under another", GUARD);
    check(given == printed, format!("the numbers {printed:?}"), format!("{given:?}"))
        .or_explain("the number that is returned is not the one that was printed", GUARD);
}

// The client.

/// Five withdrawals, typed as fast as a terminal takes them: one success, four refusals, and nothing is left.
#[test]
fn five_typed_withdrawals_give_one_success() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_raw(&"/withdraw 100\n".repeat(5));
    room.pongs(2).or_explain("the event loop is blocked", IDEA);
    (0..5).for_each(|_| client.shows("/withdraw 100: ").or_explain("a withdrawal has no answer", ONE_LOCK));
    let screen = client.screen();
    let counts =
        ["== /withdraw 100: done", "!! /withdraw 100: refused"].map(|text| screen.matches(text).count());
    check(counts == [1, 4], "one success and four refusals", format!("{} and {}", counts[0], counts[1]))
        .or_explain("check and act are two steps, and others come in between", ONE_LOCK);
    client.type_line("/balance");
    client.shows("== /balance: 0").or_explain("money is lost or made", BACK);
}

/// Three ask for the rate: the client asks for it once, and all three have it; a fourth has it at once.
#[test]
fn typed_rates_share_one_answer() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_raw(&"/rate\n".repeat(3));
    (0..3).for_each(|_| client.shows("== /rate: 1.08").or_explain("an asker has no answer", ONCE));
    client.type_line("/rate");
    client.shows("== /rate: 1.08").or_explain("an asker has no answer", ONCE);
    let computed = client.screen().matches(".. rate").count();
    check(computed == 1, "the rate is asked for once", format!("{computed} times"))
        .or_explain("they all find the cache empty before the first one fills it", ONCE);
}

/// Two receipts are printed while the room goes on; then `/quit` ends the client.
#[test]
fn typed_receipts_are_printed() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("08"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/receipts");
    room.pongs(2).or_explain("the event loop is blocked", GUARD);
    client.shows("== /receipts: numbers 1 and 2").or_explain(HELD, GUARD);
    client.type_line("/withdraw a lot");
    client
        .shows("!! /withdraw a lot: how much? Try /withdraw 100")
        .or_explain("the answer was changed", IDEA);
    client.type_line("/quit");
    let ended = client.exits().or_explain("something waits for a job", GUARD);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("`run` does not return what `talk` returns", IDEA);
}

/// What the check says to an approval.
#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    /// It succeeds.
    Yes,
    /// It is an error.
    No,
    /// It panics.
    Panic,
}

/// What came of five withdrawals of 100 from 100.
#[derive(Default)]
struct Seen {
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
async fn first_unsound(verdict: impl Fn(usize) -> Verdict) -> Option<Seen> {
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
        if let Some((started, verdict)) = waiting.remove(number) {
            seen.approved |= verdict == Verdict::Yes;
            let _ = started.gate.send(verdict);
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
struct Started {
    /// Told when it asks for its approval; closed when it is over.
    asked: UnboundedReceiver<()>,
    /// Lets the approval answer.
    gate: oneshot::Sender<Verdict>,
    /// What comes of it.
    answer: JoinHandle<io::Result<()>>,
}

impl Started {
    fn withdrawal(bank: &Arc<Bank>) -> Started {
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
        Started { asked, gate, answer: start(bank, 100, approval) }
    }
}

/// Starts a withdrawal in a task of its own.
fn start(
    bank: &Arc<Bank>,
    amount: u32,
    approval: impl Future<Output = io::Result<()>> + Send + 'static,
) -> JoinHandle<io::Result<()>> {
    let bank = bank.clone();
    tokio::spawn(async move { bank.withdraw(amount, approval).await })
}

/// The rate that a second asker gets when the first one is lost while it computes: by a panic, or dropped.
async fn rate_without_the_first(panics: bool) -> Option<f64> {
    let (bank, gate) = (Arc::new(Bank::new(0)), Arc::new(Semaphore::new(0)));
    let (computed, asked) = (counter(), counter());
    let (shared, closed, counts) = (bank.clone(), gate.clone(), asked.clone());
    let lost = counted(computed.clone(), async move {
        let rate = opened(closed).await;
        if panics { resume_unwind(Box::new("as it should")) } else { rate }
    });
    let first = tokio::spawn(async move { shared.rate(lost).await });
    until(&computed, 1).await;
    let second = tokio::spawn(async move { counted(counts, bank.rate(async { Ok(1.08) })).await });
    until(&asked, 1).await;
    if !panics {
        first.abort();
    }
    gate.close();
    second.await.ok()?.ok()
}

/// Gives way to others once, and says yes.
async fn yes() -> io::Result<()> {
    yield_now().await;
    Ok(())
}

fn counter() -> Arc<AtomicUsize> {
    Arc::default()
}

/// Counts, and then does the work.
async fn counted<T>(counter: Arc<AtomicUsize>, work: impl Future<Output = T>) -> T {
    counter.fetch_add(1, SeqCst);
    work.await
}

/// A rate that comes when the gate is closed for good, which lets all through.
async fn opened(gate: Arc<Semaphore>) -> io::Result<f64> {
    let _ = gate.acquire().await;
    Ok(1.08)
}

/// Waits until so many were counted; on one thread they then wait for something else.
async fn until(counter: &AtomicUsize, count: usize) {
    while counter.load(SeqCst) < count {
        yield_now().await;
    }
}

/// Runs `work` on an event loop of one thread.
fn on_one_thread<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    within(PATIENCE, "the check has all its answers", || {
        Builder::new_current_thread().build().expect("a runtime").block_on(work())
    })
}

/// The errors that the compiler has for a source, without its last line that counts them.
fn compile(source: &str) -> io::Result<String> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into()));
    rustc.args(["-", "--edition=2024", "--crate-type=lib", "--crate-name=refused", "--emit=metadata"]);
    rustc.arg("--out-dir").arg(env::temp_dir());
    let mut process = rustc.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    process.stdin.take().expect("a pipe").write_all(source.as_bytes())?;
    let said = String::from_utf8_lossy(&process.wait_with_output()?.stderr).into_owned();
    let errors = said.lines().filter(|line| line.starts_with("error") && !line.contains("aborting"));
    Ok(errors.collect::<Vec<_>>().join("; "))
}

//! What some checks look at: a pool in a certain moment, a waker, a span, the bytes of a reply.

#[cfg(unix)]
use std::{
    fs,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use std::{
    sync::{Arc, Mutex},
    task::Wake,
};

#[cfg(unix)]
use checks::{Explain, Missed, descendants, patience, within};
use process_pool::ProcessPool;
#[cfg(unix)]
use process_pool::{Job, Reply, Settings, frame::Frame};
#[cfg(unix)]
use tokio::runtime::Builder;

#[cfg(unix)]
use super::common::{
    Orphan, Outcome, Scratch, TASK_2, TASK_3, TASK_4, bound, calls, eventually, one, runs, said, serves,
    some_turns, told, with_pool,
};

/// A runtime ends while a worker is busy: the worker, and what it had started.
#[cfg(unix)]
pub fn busy_when_its_runtime_ended() -> (Orphan, Vec<Orphan>) {
    within(patience(), "the runtime ends", || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let seen = runtime.block_on(async {
            let pool = Arc::new(ProcessPool::new(one()));
            calls(&pool, 1, || Job::Run("sleep 1000".to_owned())).detach_all();
            let worker = eventually(async || pool.stats().workers.first().copied()).await;
            let told = worker.ok_or_else(|| Missed::new("the worker among the stats", said(&pool.stats())));
            let worker = told.or_explain("a worker is not counted while it is busy", TASK_2);
            let grandchild = async || descendants(worker).is_none_or(|all| !all.is_empty()).then_some(());
            eventually(grandchild).await;
            let grandchildren = descendants(worker).unwrap_or_default();
            (Orphan(worker), grandchildren.into_iter().map(Orphan).collect())
        });
        drop(runtime);
        seen
    })
    .or_explain("the end of the runtime waits for the job", TASK_4)
}

/// A request is given up in the queue: what becomes of the one before it, whether it ran, and how many workers were started.
#[cfg(unix)]
pub fn given_up_in_the_queue() -> (Option<Outcome>, bool, u64) {
    let there = Scratch::worker("there");
    let [gate, file] = ["before-it", "never"].map(Scratch::file);
    let waits = Scratch::waits_for(&gate);
    with_pool(Settings { program: Some(there.0.clone()), ..one() }, TASK_2, async move |pool| {
        let mut busy = calls(&pool, 1, || waits.job());
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_2);
        let touch = format!("touch {}", file.name());
        let mut queued = calls(&pool, 1, || Job::Run(touch.clone()));
        runs(&pool, 1, 1).await.or_explain("the second request does not wait", TASK_2);
        queued.shutdown().await;
        runs(&pool, 1, 0).await.or_explain("who gives up in the queue is counted on", TASK_2);
        // Who takes the worker along does so now, and not when the request before is done.
        some_turns().await;
        fs::write(&gate.0, "").expect("a file");
        let first = told(&mut busy).await;
        serves(&pool).await.or_explain("no worker is there for the next request", TASK_2);
        (first, file.0.exists(), pool.stats().started)
    })
}

/// How long ago it was so many nanoseconds after 1970.
#[cfg(unix)]
pub fn since(nanos: u64) -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH + Duration::from_nanos(nanos)).unwrap_or_default()
}

/// How long it takes until a worker is started, at best: a busy machine may be late, and not each time.
#[cfg(unix)]
pub fn first_try() -> Duration {
    let (began, mut soonest) = (Instant::now(), Duration::MAX);
    while soonest >= Duration::from_millis(20) && began.elapsed() < bound() / 2 {
        soonest = soonest.min(with_pool(one(), TASK_3, async |pool| {
            let began = Instant::now();
            let _call = calls(&pool, 1, || Job::Pid);
            let started = async || (pool.stats().started > 0).then(|| began.elapsed());
            eventually(started).await.unwrap_or(Duration::MAX)
        }));
    }
    soonest
}

/// The lane of the first span of this name, and how many microseconds it takes.
#[cfg(unix)]
pub fn span(trace: &str, name: &str) -> Option<(u64, u64)> {
    let (before, after) = trace.split_once(&format!("\"kind\":\"job\",\"name\":\"{name}\""))?;
    let number = |text: &str, key: &str| {
        let (_, number) = text.rsplit_once(&format!("\"{key}\":"))?;
        number.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    let (span, _) = after.split_once('}')?;
    Some((number(before, "lane")?, number(span, "to_us")? - number(span, "from_us")?))
}

/// A waker that asks for the pool's stats, which the desk's lock must not forbid.
pub struct Asks {
    /// The pool whose answer wakes this.
    pub pool: Arc<ProcessPool>,
    /// How many requests ran and were answered then.
    pub seen: Mutex<Option<(usize, u64)>>,
}

impl Wake for Asks {
    fn wake(self: Arc<Self>) {
        let stats = self.pool.stats();
        *self.seen.lock().expect("no panic") = Some((stats.running, stats.answered));
    }
}

/// A reply as `printf` of a shell takes it.
#[cfg(unix)]
pub fn octal(reply: Reply) -> String {
    let mut bytes = Vec::new();
    Frame::of(reply).expect("a frame").write(&mut bytes).expect("a list takes it");
    bytes.iter().map(|byte| format!("\\{byte:03o}")).collect()
}

//! Task 3, ask whether anybody waits: a job that nobody awaits any more stops, or never begins.

use std::{pin::pin, sync::Arc, time::Duration};

use checks::{Explain, check, patience};
use cpu_bound::CpuPool;
use practice::cores;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

use super::common::{Gate, TASK_3, hand_in, on_a_loop, stages, told};

/// A job that nobody waits for any more stops at its next look, and it alone; its place is free.
#[test]
fn abandoned_job_stops_at_its_next_look() {
    for (stage, make) in stages() {
        let seen = on_a_loop(async move || {
            let pool = Arc::new(make().expect("a pool"));
            let (began, mut parts) = unbounded_channel();
            let (gate, mut jobs) = full(&pool, &began).await;
            let begun = received(&mut parts, cores()).await;
            // It waits for a place, and goes on to be awaited.
            let mut next = pin!(pool.compute(|wanted| wanted()));
            let _ = timeout(Duration::from_millis(1), &mut next).await;
            jobs.shutdown().await;
            gate.open();
            drop(began);
            let more = rest(&mut parts).await;
            let next = timeout(patience() / 3, next).await;
            (begun == cores(), more, next.map_or("no answer".into(), |next| told(&next)))
        });
        let (filled, more, next) = seen.or_explain("a job does not end, or its place is lost", TASK_3);
        let expected = format!("{stage}: no part begins after the futures were dropped in the first of 30");
        check(filled, format!("{stage}: a job for each core begins"), "fewer begin")
            .or_explain("the pool is narrower than the machine, or a place is taken already", TASK_3);
        check(more == 0, expected, format!("{more} more parts began"))
            .or_explain("`wanted` says yes although the receiver is gone", TASK_3);
        let likely = match next.as_str() {
            "no answer" => "the place of an abandoned job is lost",
            _ => "the end of another wait stops it: each job asks for its own caller",
        };
        check(next == "true", format!("{stage}: `wanted` says yes to the next job, which is awaited"), next)
            .or_explain(likely, TASK_3);
    }
}

/// A job that is abandoned in the queue never begins.
#[test]
fn abandoned_job_in_the_queue_never_begins() {
    for (stage, make) in stages() {
        let seen = on_a_loop(async move || {
            let pool = Arc::new(make().expect("a pool"));
            let gate = Arc::new(Gate::default());
            let mut jobs = hand_in(&pool, &gate, cores());
            gate.crowd(cores(), patience() / 3).await;
            let (began, mut begun) = unbounded_channel();
            let queued = pool.compute(move |_| began.send(()));
            let waited = timeout(Duration::from_millis(20), queued).await.is_err();
            gate.open();
            while jobs.join_next().await.is_some() {}
            let idle = begun.recv().await.is_none();
            let mut more = hand_in(&pool, &gate, cores());
            while let Ok(Some(_)) = timeout(patience() / 3, more.join_next()).await {}
            (waited, idle, more.is_empty())
        });
        let (waited, idle, free) = seen.or_explain("the job in the queue never leaves it", TASK_3);
        check(waited, format!("{stage}: with all places taken the next job waits"), "it has an answer")
            .or_explain("the pool is wider than the machine, or gives an answer of its own", TASK_3);
        check(idle, format!("{stage}: a job that was abandoned in the queue never begins"), "it began")
            .or_explain("the job does not look before it begins", TASK_3);
        check(free, format!("{stage}: then all places are free"), "a job never ends")
            .or_explain("the place of a job that was abandoned in the queue is lost", TASK_3);
    }
}

/// Fills the pool with jobs of 30 parts, which look before each part whether they are wanted.
async fn full(pool: &Arc<CpuPool>, began: &UnboundedSender<()>) -> (Arc<Gate>, JoinSet<usize>) {
    let (gate, mut jobs) = (Arc::new(Gate::default()), JoinSet::new());
    for _ in 0..cores() {
        let (pool, inner, began) = (pool.clone(), gate.clone(), began.clone());
        let job = move |wanted: cpu_bound::Wanted<'_>| {
            let part = |_: &usize| {
                let _ = began.send(());
                inner.pass();
            };
            (0..30).take_while(|_| wanted()).inspect(part).count()
        };
        jobs.spawn(async move { pool.compute(job).await.unwrap_or(0) });
    }
    (gate, jobs)
}

/// Waits for `count` parts to begin.
async fn received(parts: &mut UnboundedReceiver<()>, count: usize) -> usize {
    let mut begun = 0;
    while begun < count && timeout(patience() / 3, parts.recv()).await.is_ok_and(|part| part.is_some()) {
        begun += 1;
    }
    begun
}

/// Waits until all jobs are gone, and says how many parts began that nobody has seen.
async fn rest(parts: &mut UnboundedReceiver<()>) -> usize {
    let mut begun = 0;
    while parts.recv().await.is_some() {
        begun += 1;
    }
    begun
}

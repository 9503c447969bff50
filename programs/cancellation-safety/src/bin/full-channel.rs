//! `send` on a full channel in a `select!`: the value goes with the future.
//!
//! Run it: `cargo run -p cancellation-safety --bin full-channel`.
//! You will see three jobs of which the second never arrives, and then all three.

use tokio::{
    select,
    sync::mpsc::{self, Receiver, Sender},
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("sent:    [1, 2, 3]");
    let (jobs, ticks, arrived) = stage();
    dropped(jobs, ticks).await;
    println!("dropped: {:?}", arrived.await.unwrap_or_default());
    let (jobs, ticks, arrived) = stage();
    kept(jobs, ticks).await;
    println!("kept:    {:?}", arrived.await.unwrap_or_default());
}

// ANCHOR: dropped
/// The job moves into the future; when the future is dropped, nobody has it.
async fn dropped(jobs: Sender<u32>, mut ticks: Receiver<()>) {
    for job in [1, 2, 3] {
        select! {
            biased;
            _ = jobs.send(job) => {}
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
}
// ANCHOR_END: dropped

// ANCHOR: kept
/// Waits for a place, and gives the job away when it has one.
async fn kept(jobs: Sender<u32>, mut ticks: Receiver<()>) {
    let mut waiting = [1, 2, 3].into_iter().peekable();
    while waiting.peek().is_some() {
        select! {
            biased;
            place = jobs.reserve() => match (place, waiting.next()) {
                (Ok(place), Some(job)) => place.send(job),
                _ => return, // Nobody takes jobs any more.
            },
            Some(()) = ticks.recv() => println!("         (tick)"),
        }
    }
}
// ANCHOR_END: kept

/// A channel with one place, a tick that waits already, and who takes jobs once that tick was taken.
fn stage() -> (Sender<u32>, Receiver<()>, tokio::task::JoinHandle<Vec<u32>>) {
    let (jobs, mut taken) = mpsc::channel(1);
    let (tick, ticks) = mpsc::channel(1);
    let arrived = tokio::spawn(async move {
        let _ = tick.send(()).await;
        let _ = tick.reserve().await;
        let mut arrived = Vec::new();
        while let Some(job) = taken.recv().await {
            arrived.push(job);
        }
        arrived
    });
    (jobs, ticks, arrived)
}

//! Check, wait, act: what held at the check no longer holds at the act, and no compiler says so.
//!
//! Run it: `cargo run -p lesson-08`, then type `/withdraw 100` five times, quickly, and `/balance`.
//! You will see five successes, and a balance of -400. The next thing to type is `/rate`, then `/receipts`.
//!
//! ```text
//!   /withdraw 100 ── [check] ── approval ── [act] ── done       balance: 100, 0
//!   /withdraw 100 ── [check] ── approval ── [act] ── done       ... then -100
//!   /withdraw 100 ── [check] ── approval ── [act] ── done       ... then -200
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, io::Result, process::ExitCode, thread, time::Duration};

use practice::{Visit, println, trace};
use tokio::runtime::{Builder, Handle};
use tokio::{join, task};

/// Joins the room and talks; all commands share one bank.
pub fn run(visit: &Visit) -> Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let bank = Arc::new(Bank::new(100));
    practice::talk(visit, runtime, move |line| command(bank.clone(), line))
}

/// New in this lesson: what several commands use at the same time.
pub struct Bank {
    /// What no withdrawal has taken.
    balance: Mutex<i64>,
    /// Empty until it is known.
    rate: Mutex<Option<f64>>,
    /// The number of the newest one.
    receipts: Mutex<u32>,
}

impl Bank {
    /// A bank with one account, which holds `balance`.
    pub fn new(balance: i64) -> Bank {
        Bank { balance: Mutex::new(balance), rate: Mutex::new(None), receipts: Mutex::new(0) }
    }

    /// What can be withdrawn now.
    pub async fn balance(&self) -> i64 {
        *lock(&self.balance)
    }

    // ANCHOR: withdraw
    /// Takes `amount`, if there is so much, and if `approval` says yes.
    pub async fn withdraw(&self, amount: u32, approval: impl Future<Output = Result<()>>) -> Result<()> {
        let amount = i64::from(amount);
        if *lock(&self.balance) < amount {
            return Err(io::Error::other("refused: there is too little"));
        }
        approval.await?;
        *lock(&self.balance) -= amount;
        Ok(())
    }
    // ANCHOR_END: withdraw

    /// The rate; where nobody knows it yet, `answer` does.
    pub async fn rate(&self, answer: impl Future<Output = Result<f64>>) -> Result<f64> {
        if let Some(rate) = *lock(&self.rate) {
            return Ok(rate);
        }
        let rate = answer.await?;
        *lock(&self.rate) = Some(rate);
        Ok(rate)
    }

    // ANCHOR: receipt
    /// Gives `print` a number that no other receipt has, and returns it.
    // Task 4 takes this line out: Clippy is right about the guard.
    #[allow(clippy::await_holding_lock)]
    pub async fn receipt(&self, print: impl AsyncFnOnce(u32) -> Result<()>) -> Result<u32> {
        let mut last = lock(&self.receipts);
        let number = *last + 1;
        print(number).await?;
        *last = number;
        Ok(number)
    }
    // ANCHOR_END: receipt
}

/// Does what a line that starts with `/` asks for.
async fn command(bank: Arc<Bank>, line: String) -> Result<String> {
    match line.split_once(' ').unwrap_or((&line, "")) {
        ("/withdraw", amount) => {
            let amount = amount.parse().map_err(|_| io::Error::other("how much? Try /withdraw 100"))?;
            bank.withdraw(amount, slow("approval")).await.map(|()| "done".into())
        }
        ("/balance", _) => Ok(bank.balance().await.to_string()),
        ("/rate", _) => Ok(bank.rate(async { slow("rate").await.map(|()| 1.08) }).await?.to_string()),
        ("/receipts", _) => {
            let print = |_| slow("receipt");
            let both = async move || join!(bank.receipt(print), bank.receipt(print));
            // Tokio refuses `both` in a task, so it gets a thread and a loop of its own.
            let job = move || Handle::current().block_on(both());
            let (one, two) = task::spawn_blocking(job).await?;
            Ok(format!("numbers {} and {}", one?, two?))
        }
        _ => Err(io::Error::other("the commands are /withdraw AMOUNT, /balance, /rate, /receipts and /quit")),
    }
}

/// A job that blocks a thread of the pool for a second.
async fn slow(name: &'static str) -> Result<()> {
    println!(".. {name}, please wait");
    Ok(task::spawn_blocking(|| trace::job(name, || thread::sleep(Duration::from_secs(1)))).await?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

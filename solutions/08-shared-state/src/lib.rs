//! Check and act stand under one lock; whatever is slow comes after it, without a lock.
//!
//! Run it: `cargo run -p solution-08`, then type `/withdraw 100` five times, quickly, and `/balance`.
//! You will see one success, four refusals, and a balance of 0.
//!
//! ```text
//!   /withdraw 100 ── [check, act] ── approval ── done       balance: 100, 0
//!   /withdraw 100 ── [check] ── refused                     [ ]: under the lock
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, io::Result, process::ExitCode, thread, time::Duration};

use practice::{Visit, println, trace};
use tokio::{join, runtime::Builder, sync::OnceCell, task};

/// Joins the room and talks; all commands share one bank.
pub fn run(visit: &Visit) -> Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let bank = Arc::new(Bank::new(100));
    practice::talk(visit, runtime, move |line| command(bank.clone(), line))
}

/// New in this lesson: what several commands use at the same time.
pub struct Bank {
    /// What no withdrawal has taken or reserved.
    balance: Mutex<i64>,
    /// Empty until it is known.
    rate: OnceCell<f64>,
    /// The number of the newest one.
    receipts: Mutex<u32>,
}

impl Bank {
    /// A bank with one account, which holds `balance`.
    pub fn new(balance: i64) -> Bank {
        Bank { balance: Mutex::new(balance), rate: OnceCell::new(), receipts: Mutex::new(0) }
    }

    /// What can be withdrawn now.
    pub async fn balance(&self) -> i64 {
        *lock(&self.balance)
    }

    /// Takes `amount`, if there is so much, and if `approval` says yes.
    pub async fn withdraw(&self, amount: u32, approval: impl Future<Output = Result<()>>) -> Result<()> {
        let mut reserved = self.reserve(amount.into())?;
        approval.await?;
        // It is taken for good: nothing goes back.
        reserved.amount = 0;
        Ok(())
    }

    // ANCHOR: reserve
    fn reserve(&self, amount: i64) -> Result<Reserved<'_>> {
        let mut balance = lock(&self.balance);
        if *balance < amount {
            return Err(io::Error::other("refused: there is too little"));
        }
        *balance -= amount;
        Ok(Reserved { bank: self, amount })
    }
    // ANCHOR_END: reserve

    /// The rate; where nobody knows it yet, `answer` does.
    pub async fn rate(&self, answer: impl Future<Output = Result<f64>>) -> Result<f64> {
        self.rate.get_or_try_init(|| answer).await.copied()
    }

    /// Gives `print` a number that no other receipt has, and returns it.
    pub async fn receipt(&self, print: impl AsyncFnOnce(u32) -> Result<()>) -> Result<u32> {
        let number = {
            let mut last = lock(&self.receipts);
            *last += 1;
            *last
        };
        print(number).await.map(|()| number)
    }
}

/// Money that waits for its approval; when this is dropped, it goes back.
struct Reserved<'a> {
    /// Where it goes back to.
    bank: &'a Bank,
    /// How much goes back.
    amount: i64,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        *lock(&self.bank.balance) += self.amount;
    }
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
            let (one, two) = join!(bank.receipt(|_| slow("receipt")), bank.receipt(|_| slow("receipt")));
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

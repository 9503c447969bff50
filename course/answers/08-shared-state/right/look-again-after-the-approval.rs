//! RIGHT: nothing is reserved: check and act stand together after the approval; the guard of a receipt is dropped by hand, so its future stays on one thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, io::Result, process::ExitCode, thread, time::Duration};

use practice::{Visit, trace};
use tokio::runtime::{Builder, Handle};
use tokio::{join, sync::OnceCell, task};

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
        let amount = i64::from(amount);
        let refused = || Err(io::Error::other("refused: there is too little"));
        if *lock(&self.balance) < amount {
            return refused();
        }
        approval.await?;
        // The first check only spared a question; this one decides.
        let mut balance = lock(&self.balance);
        if *balance < amount {
            return refused();
        }
        *balance -= amount;
        Ok(())
    }

    /// The rate; where nobody knows it yet, `answer` does.
    pub async fn rate(&self, answer: impl Future<Output = Result<f64>>) -> Result<f64> {
        self.rate.get_or_try_init(|| answer).await.copied()
    }

    /// Gives `print` a number that no other receipt has, and returns it.
    pub async fn receipt(&self, print: impl AsyncFnOnce(u32) -> Result<()>) -> Result<u32> {
        let mut last = lock(&self.receipts);
        *last += 1;
        let number = *last;
        drop(last);
        print(number).await.map(|()| number)
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
            let print = |_| slow("receipt");
            let both = async move || join!(bank.receipt(print), bank.receipt(print));
            // The compiler counts the scope of a guard and refuses `both` in a task, so it gets a thread and a loop of its own.
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

//! RIGHT: no lock of std at all: `fetch_update` tries until nobody came in between; rate and receipts hold a lock of Tokio while they wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::{io, io::Result, process::ExitCode, thread, time::Duration};

use practice::{Visit, trace};
use tokio::{join, runtime::Builder, sync::Mutex, task};

/// Joins the room and talks; all commands share one bank.
pub fn run(visit: &Visit) -> Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let bank = Arc::new(Bank::new(100));
    practice::talk(visit, runtime, move |line| command(bank.clone(), line))
}

/// New in this lesson: what several commands use at the same time.
pub struct Bank {
    /// What no withdrawal has taken or reserved.
    balance: AtomicI64,
    /// Empty until it is known.
    rate: Mutex<Option<f64>>,
    /// The number of the newest one.
    receipts: Mutex<u32>,
}

impl Bank {
    /// A bank with one account, which holds `balance`.
    pub fn new(balance: i64) -> Bank {
        Bank { balance: AtomicI64::new(balance), rate: Mutex::new(None), receipts: Mutex::new(0) }
    }

    /// What can be withdrawn now.
    pub async fn balance(&self) -> i64 {
        self.balance.load(SeqCst)
    }

    /// Takes `amount`, if there is so much, and if `approval` says yes.
    pub async fn withdraw(&self, amount: u32, approval: impl Future<Output = Result<()>>) -> Result<()> {
        let mut reserved = Reserved(self, 0);
        let take = |balance: i64| (balance >= amount.into()).then(|| balance - i64::from(amount));
        let taken = self.balance.fetch_update(SeqCst, SeqCst, take);
        taken.map_err(|_| io::Error::other("refused: there is too little"))?;
        reserved.1 = amount.into();
        approval.await?;
        reserved.1 = 0;
        Ok(())
    }

    /// The rate; where nobody knows it yet, `answer` does.
    pub async fn rate(&self, answer: impl Future<Output = Result<f64>>) -> Result<f64> {
        let mut known = self.rate.lock().await;
        if known.is_none() {
            *known = Some(answer.await?);
        }
        known.ok_or_else(|| io::Error::other("nobody knows the rate"))
    }

    /// Gives `print` a number that no other receipt has, and returns it.
    pub async fn receipt(&self, print: impl AsyncFnOnce(u32) -> Result<()>) -> Result<u32> {
        let mut last = self.receipts.lock().await;
        *last += 1;
        print(*last).await.map(|()| *last)
    }
}

/// Money that goes back when this is dropped: where to, and how much.
struct Reserved<'a>(&'a Bank, i64);

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.0.balance.fetch_add(self.1, SeqCst);
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

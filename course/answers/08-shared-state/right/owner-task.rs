//! RIGHT: one task owns the balance, and all others send it requests; what it hands out goes back by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::{io, io::Result, process::ExitCode, thread, time::Duration};

use practice::{Visit, trace};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OnceCell, oneshot};
use tokio::{join, runtime::Builder, task};

/// Joins the room and talks; all commands share one bank.
pub fn run(visit: &Visit) -> Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let bank = {
        let _inside = runtime.enter();
        Arc::new(Bank::new(100))
    };
    practice::talk(visit, runtime, move |line| command(bank.clone(), line))
}

/// New in this lesson: what several commands use at the same time.
pub struct Bank {
    /// To the owner of the balance.
    owner: UnboundedSender<Request>,
    /// Empty until it is known.
    rate: OnceCell<f64>,
    /// The number of the newest one.
    receipts: AtomicU32,
}

impl Bank {
    /// A bank with one account, which holds `balance`.
    pub fn new(balance: i64) -> Bank {
        let (owner, requests) = unbounded_channel();
        task::spawn(own(balance, requests));
        Bank { owner, rate: OnceCell::new(), receipts: AtomicU32::new(0) }
    }

    /// What can be withdrawn now.
    pub async fn balance(&self) -> i64 {
        let (reply, balance) = oneshot::channel();
        let _ = self.owner.send(Request::Balance(reply));
        balance.await.unwrap_or(0)
    }

    /// Takes `amount`, if there is so much, and if `approval` says yes.
    pub async fn withdraw(&self, amount: u32, approval: impl Future<Output = Result<()>>) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        let nothing = Reserved { owner: self.owner.clone(), amount: 0 };
        let _ = self.owner.send(Request::Reserve(amount.into(), nothing, reply));
        let too_little = |_| io::Error::other("refused: there is too little");
        let mut reserved: Reserved = answer.await.map_err(too_little)?;
        approval.await?;
        reserved.amount = 0;
        Ok(())
    }

    /// The rate; where nobody knows it yet, `answer` does.
    pub async fn rate(&self, answer: impl Future<Output = Result<f64>>) -> Result<f64> {
        self.rate.get_or_try_init(|| answer).await.copied()
    }

    /// Gives `print` a number that no other receipt has, and returns it.
    pub async fn receipt(&self, print: impl AsyncFnOnce(u32) -> Result<()>) -> Result<u32> {
        let number = self.receipts.fetch_add(1, SeqCst) + 1;
        print(number).await.map(|()| number)
    }
}

/// What the owner is asked for.
enum Request {
    /// The balance.
    Balance(oneshot::Sender<i64>),
    /// So much money, to be put in there; no reply is a refusal.
    Reserve(i64, Reserved, oneshot::Sender<Reserved>),
    /// So much comes back.
    Back(i64),
}

/// The one task that knows the balance: it does one request after the other.
async fn own(mut balance: i64, mut requests: UnboundedReceiver<Request>) {
    while let Some(request) = requests.recv().await {
        match request {
            Request::Balance(reply) => drop(reply.send(balance)),
            Request::Reserve(amount, mut reserved, reply) if balance >= amount => {
                balance -= amount;
                reserved.amount = amount;
                // A reply that nobody takes is dropped, and so comes back.
                drop(reply.send(reserved));
            }
            Request::Reserve(..) => {}
            Request::Back(amount) => balance += amount,
        }
    }
}

/// Money that waits for its approval; when this is dropped, it goes back.
struct Reserved {
    /// Where it goes back to.
    owner: UnboundedSender<Request>,
    /// How much goes back.
    amount: i64,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let _ = self.owner.send(Request::Back(self.amount));
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

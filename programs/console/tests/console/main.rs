//! tokio-console sees a freeze while it lasts: what the service tells it, and what its screen shows.

mod costs;
mod screen;
#[path = "../../../../course/checks/src/transcript.rs"]
#[allow(dead_code, reason = "only a part of it is used")]
mod transcript;
mod updates;

use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::Duration;

/// Longer than any wait here can take.
const LONG: Duration = Duration::from_secs(60);

/// The service, frozen for as long as the test lasts; it is ended with this.
struct Service {
    /// Its process.
    child: Child,
    /// Where tokio-console connects to.
    at: String,
}

impl Service {
    fn start() -> Service {
        // Nobody else takes it in between, but the next one who asks for any port.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = format!("127.0.0.1:{port}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_console"));
        let child = command.arg("600").env("TOKIO_CONSOLE_BIND", &at).spawn().unwrap();
        Service { child, at }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

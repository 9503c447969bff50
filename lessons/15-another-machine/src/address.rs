//! Where the server is, or those of a cluster: `nats://USER:PASSWORD@HOST:PORT`, with commas between several.

use std::{fmt, io};

use async_nats::{ConnectError, ConnectErrorKind, ConnectOptions, ServerAddr};

/// One address or more. As a text it holds no password.
pub struct Address(Vec<ServerAddr>);

impl Address {
    /// Reads it.
    ///
    /// # Errors
    /// When it is none; the text says what one looks like.
    pub fn of(text: &str) -> io::Result<Address> {
        let servers = text.split(',').map(str::parse).collect::<io::Result<_>>();
        let advice = |error| io::Error::other(format!("no line to {text} ({error}): try nats://HOST:PORT"));
        servers.map(Address).map_err(advice)
    }

    /// The servers.
    pub fn servers(&self) -> Vec<ServerAddr> {
        self.0.clone()
    }

    /// Who asks, as the first address says it: a user and a password, or a token alone.
    pub fn login(&self, options: ConnectOptions) -> ConnectOptions {
        let who = self.0.first().map(|server| (server.username(), server.password()));
        match who {
            Some((Some(user), Some(password))) => {
                options.user_and_password(user.to_owned(), password.to_owned())
            }
            Some((Some(token), None)) => options.token(token.to_owned()),
            _ => options,
        }
    }

    /// One sentence on why there is no line, and what to do.
    pub fn no_line(&self, error: &ConnectError) -> io::Error {
        let advice = match error.kind() {
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                "it wants a password that it knows: try nats://USER:PASSWORD@HOST:PORT"
            }
            ConnectErrorKind::Dns => "no machine has this name: try nats://HOST:PORT",
            ConnectErrorKind::Tls => "it wants TLS, and this course speaks none: start one without it",
            ConnectErrorKind::TimedOut => "what answers there is slow, or no NATS",
            ConnectErrorKind::Io if !is_refused(error) => "what answers there is no NATS",
            _ => "start a server with `nats-server -js`, or leave `--nats` out",
        };
        // What somebody else says there may have several lines.
        let error = error.to_string().lines().collect::<Vec<_>>().join(" ");
        io::Error::other(format!("no line to {self} ({error}): {advice}"))
    }
}

fn is_refused(error: &ConnectError) -> bool {
    let cause = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.0.iter().map(|server| format!("nats://{}:{}", server.host(), server.port()));
        out.write_str(&hosts.collect::<Vec<_>>().join(","))
    }
}

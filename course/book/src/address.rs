//! Where the book is served: on this machine alone, or at an address of it that was asked for; at the port that was asked
//! for, or else at any that can be had.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use anyhow::Context;
use practice::take_here;

use crate::PORT;

/// Takes the port that was asked for, or the usual one, or any.
pub(crate) fn listen(port: Option<u16>) -> anyhow::Result<TcpListener> {
    among(port, TcpListener::bind)
}

/// Takes such a port at an address of this machine, which other machines may reach.
pub(crate) fn listen_at(host: IpAddr, port: Option<u16>) -> anyhow::Result<TcpListener> {
    let bind = |port| TcpListener::bind(SocketAddr::new(host, port));
    match port {
        Some(port) => bind(port),
        None => bind(PORT).or_else(|_| bind(0)),
    }
    .map_err(|error| match error.kind() {
        ErrorKind::AddrNotAvailable => {
            anyhow::anyhow!("{host} is no address of this machine. Try `cargo course --host 0.0.0.0`, which is all of them")
        }
        _ => refused(port.unwrap_or(PORT), error),
    })
}

/// Whether only this machine can reach an address, by a name that it has everywhere.
pub(crate) fn is_here(host: IpAddr) -> bool {
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].contains(&host)
}

/// What other machines call an address at which a server listens: all of this machine's stand for the one that leads out.
pub(crate) fn seen(address: SocketAddr) -> SocketAddr {
    let (here, out) = match address.ip() {
        IpAddr::V4(host) if host.is_unspecified() => ("0.0.0.0:0", "192.0.2.1:9"),
        IpAddr::V6(host) if host.is_unspecified() => ("[::]:0", "[2001:db8::1]:9"),
        _ => return address,
    };
    // Nothing is sent to that address of an example: the system says from where it would be.
    let own = UdpSocket::bind(here).and_then(|socket| socket.connect(out).and_then(|()| socket.local_addr()));
    let own = own.map_or(
        if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() },
        |own| own.ip(),
    );
    SocketAddr::new(own, address.port())
}

/// As [`listen`], with whatever takes an address.
fn among<L>(port: Option<u16>, bind: impl Fn(SocketAddr) -> io::Result<L>) -> anyhow::Result<L> {
    match port {
        Some(port) => take_here(port, &bind).map_err(|error| refused(port, error)),
        // Reserved or in use: nobody asked for this one.
        None => take_here(PORT, &bind)
            .or_else(|_| take_here(0, &bind))
            .context("no port of this machine can be used"),
    }
}

fn refused(port: u16, error: io::Error) -> anyhow::Error {
    let other = port.checked_add(1).unwrap_or(PORT);
    match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow::anyhow!("port {port} is in use by another program. Try `cargo course --port {other}`")
        }
        ErrorKind::PermissionDenied => {
            anyhow::anyhow!("port {port} is reserved on this machine. Try `cargo course` without it")
        }
        _ => anyhow::Error::new(error)
            .context(format!("port {port} cannot be used. Try `cargo course` without it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in for a system that refuses some addresses: it gives back the one that it lets be taken.
    fn system(refuses: fn(SocketAddr) -> Option<ErrorKind>) -> impl Fn(SocketAddr) -> io::Result<SocketAddr> {
        move |address| refuses(address).map_or(Ok(address), |kind| Err(kind.into()))
    }

    /// The usual port may be in use or reserved: then it is any.
    #[test]
    fn usual_port_is_not_needed() {
        let taken = among(None, system(|address| (address.port() != 0).then_some(ErrorKind::AddrInUse)));
        assert_eq!(taken.expect("a port").to_string(), "127.0.0.1:0");
        let reserved =
            among(None, system(|address| (address.port() != 0).then_some(ErrorKind::PermissionDenied)));
        assert_eq!(reserved.expect("a port").to_string(), "127.0.0.1:0");
    }

    /// A machine without IPv4 has its own address all the same.
    #[test]
    fn other_loopback_is_taken() {
        let six = || system(|address| address.is_ipv4().then_some(ErrorKind::AddrNotAvailable));
        assert_eq!(among(None, six()).expect("a port").to_string(), format!("[::1]:{PORT}"));
        assert_eq!(among(Some(3141), six()).expect("a port").to_string(), "[::1]:3141");
    }

    /// A port that was asked for is had, or refused in one sentence.
    #[test]
    fn asked_port_is_no_other() {
        let said = |refuses| format!("{:#}", among(Some(80), system(refuses)).expect_err("it is refused"));
        assert!(
            said(|_| Some(ErrorKind::AddrInUse)).starts_with("port 80 is in use by another program. Try `")
        );
        assert!(
            said(|_| Some(ErrorKind::PermissionDenied))
                .starts_with("port 80 is reserved on this machine. Try `")
        );
        assert!(said(|_| Some(ErrorKind::AddrNotAvailable)).starts_with("port 80 cannot be used. Try `"));
    }
}

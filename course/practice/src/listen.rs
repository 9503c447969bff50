//! Where a room listens: on this machine alone, by IPv4 or, where there is none, by IPv6.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

/// This machine, by its two names: not every one has the first.
const HERE: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Listens on this machine alone; port 0 takes a free one. The listener blocks.
///
/// # Errors
/// When the port is taken, or the system lets nobody listen there; the text names the address.
pub fn listen(port: u16) -> io::Result<TcpListener> {
    take_here(port, TcpListener::bind).map_err(|error| {
        let address = SocketAddr::new(HERE[0], port);
        let text = match error.kind() {
            io::ErrorKind::AddrInUse => format!("{address} is in use"),
            _ => format!("the room cannot listen on {address}: {error}"),
        };
        io::Error::new(error.kind(), text)
    })
}

/// Takes a port of this machine, by whatever takes an address. One that is in use under one name is not taken under
/// the other.
///
/// # Errors
/// When it can be taken under neither name: what was wrong with the first.
pub fn take_here<L>(port: u16, bind: impl Fn(SocketAddr) -> io::Result<L>) -> io::Result<L> {
    let [first, second] = HERE.map(|here| SocketAddr::new(here, port));
    bind(first).or_else(|error| match error.kind() {
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
        _ => bind(second).map_err(|_| error),
    })
}

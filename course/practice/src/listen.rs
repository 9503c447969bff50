//! Where a room listens: on this machine alone, by IPv4 or, where there is none, by IPv6.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

/// The addresses that only this machine reaches, in the order in which they are tried.
const HERE: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Listens on this machine alone; port 0 takes a free one. The listener blocks.
///
/// # Errors
/// When the port is taken, or the system lets nobody listen there; the text names the address.
pub fn listen(port: u16) -> io::Result<TcpListener> {
    let [first, second] = HERE.map(|ip| SocketAddr::from((ip, port)));
    let listener = match TcpListener::bind(first) {
        // There is no such address: a machine, or a container, with IPv6 alone.
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            // Where there is none of both, the first is the one to name.
            TcpListener::bind(second).map_err(|_| error)
        }
        bound => bound,
    };
    listener.map_err(|error| {
        let text = match error.kind() {
            io::ErrorKind::AddrInUse => format!("{first} is in use"),
            _ => format!("the room cannot listen on {first}: {error}"),
        };
        io::Error::new(error.kind(), text)
    })
}

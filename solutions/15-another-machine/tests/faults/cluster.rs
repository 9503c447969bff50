//! Three servers that keep everything thrice.

use std::net::{IpAddr, SocketAddr, TcpListener};

use checks::{Door, Host, NatsServer};

use crate::network;

/// How many there are: one may be away.
pub const SERVERS: usize = 3;

/// The servers, and the lines to them.
pub struct Cluster {
    /// The servers.
    servers: Vec<NatsServer>,
    /// Where all share one network, a door before each.
    doors: Vec<Door>,
}

impl Cluster {
    /// Starts them; `None` where there is no server.
    pub fn start() -> Option<Cluster> {
        let inside = network::is_inside();
        let hosts: Vec<SocketAddr> = (0..SERVERS)
            .map(|number| match inside {
                true => (network::make(&name(number), number as u8), 6222).into(),
                false => free(),
            })
            .collect();
        let routes: Vec<String> = hosts.iter().map(|host| format!("nats://{host}")).collect();
        let mut servers = Vec::new();
        for (number, host) in hosts.iter().enumerate() {
            // Without `no_advertise` a server would tell its guests a way around the doors.
            let config = format!(
                "jetstream: enabled, server_name: {}, \
                 cluster {{ name: thaw, listen: \"{host}\", routes: [{}], no_advertise: true }}",
                name(number),
                routes.join(", "),
            );
            servers.push(match inside {
                true => NatsServer::start_in(&name(number), (host.ip(), 4222).into(), &config)?,
                false => NatsServer::start_with(&config)?,
            });
        }
        let doors = if inside { Vec::new() } else { servers.iter().map(Door::to).collect() };
        Some(Cluster { servers, doors })
    }

    /// The addresses of all of them.
    pub fn urls(&self) -> String {
        let urls: Vec<String> = match self.doors.is_empty() {
            true => self.servers.iter().map(Host::url).collect(),
            false => self.doors.iter().map(Host::url).collect(),
        };
        urls.join(",")
    }

    /// Kills one.
    pub fn kill(&mut self, number: usize) {
        self.servers[number].kill();
    }

    /// Starts it again.
    pub fn start_again(&mut self, number: usize) {
        self.servers[number].start_again();
    }

    /// Cuts the line of a server.
    pub fn cut(&self, number: usize) {
        match self.doors.get(number) {
            Some(door) => door.shut(),
            None => network::set(&name(number), "down"),
        }
    }

    /// Mends it.
    pub fn mend(&self, number: usize) {
        match self.doors.get(number) {
            Some(door) => door.open(),
            None => network::set(&name(number), "up"),
        }
    }
}

fn name(number: usize) -> String {
    format!("server-{number}")
}

/// A place that nobody has: others of this run ask the system for theirs, which does not give it away again so soon.
fn free() -> SocketAddr {
    let listener = TcpListener::bind((IpAddr::from([127, 0, 0, 1]), 0)).expect("a free port");
    listener.local_addr().expect("an address")
}

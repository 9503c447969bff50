//! The least that a job elsewhere can cost: a request to NATS and its reply, of which nothing is kept.

use std::{error::Error, process::Child};

use async_nats::Client;
use checks::{Host, NatsServer};
use futures_util::StreamExt;
use tokio::runtime::Runtime;

use crate::process::{end, end_with_stdin, flight, process, runtime};

pub const LIMIT: &str = "plain NATS, request and reply";

/// The argument of a process that replies; the server's address comes behind it.
pub const REPLY: &str = "--reply";

/// Where requests go.
const SUBJECT: &str = "thaw.limit";

/// Gives back what it is sent, until the end of its input.
pub fn reply(url: &str) -> Result<(), Box<dyn Error>> {
    end_with_stdin()?;
    runtime().block_on(async {
        let client = async_nats::connect(url).await?;
        let mut requests = client.queue_subscribe(SUBJECT, "machines".into()).await?;
        client.flush().await?;
        println!("ready");
        while let Some(request) = requests.next().await {
            if let Some(reply) = request.reply {
                client.publish(reply, request.payload).await?;
            }
        }
        Ok(())
    })
}

/// A server, processes that reply, and a line to it.
pub struct Limit {
    /// The loop.
    runtime: Runtime,
    /// The line.
    client: Client,
    /// Those that reply; killed when this is dropped.
    machines: Vec<Child>,
    /// Dropped last.
    _server: NatsServer,
}

impl Limit {
    /// Starts all of it; `None` where there is no server.
    pub fn start(machines: usize) -> Option<Limit> {
        let server = NatsServer::start_with("")?;
        let url = server.url();
        let machines = (0..machines).map(|_| process(REPLY, &url)).collect();
        let runtime = runtime();
        let client = runtime.block_on(async_nats::connect(url)).expect("a line to the server");
        Some(Limit { runtime, client, machines, _server: server })
    }

    /// Seconds for so many requests.
    pub fn echo(&self, in_flight: usize, jobs: usize) -> f64 {
        flight(&self.runtime, in_flight, jobs, || async {
            let reply = self.client.request(SUBJECT, "sixteen letters.".into()).await;
            assert_eq!(reply.expect("a reply").payload, "sixteen letters.");
        })
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        end(&mut self.machines);
    }
}

//! Faults: many jobs for four machines and a cluster of three servers, while machines and servers are killed, and lines
//! are cut.
//!
//! `cargo test -p solution-15 --test faults` hands in 200 jobs while 16 things go wrong; with `-- --ignored`, as
//! `cargo course bench faults --machines` does, 10 000 jobs: 200 machines and 20 servers are killed with SIGKILL, and 20
//! lines are cut. `FAULTS_SEED` chooses what goes wrong; it is printed.
//!
//! Each server and each machine has a network of its own where Linux lets this process make some, and a line that is
//! cut swallows what is sent, as a pulled cable does. Elsewhere, and with `--loopback`, all of them share this machine's,
//! and a line that is cut is closed.
//!
//! Every job is answered once, with its own answer or with the cause, and at the end the servers hold none of them.

#[cfg(unix)]
#[path = "faults/chaos.rs"]
mod chaos;
#[cfg(unix)]
#[path = "faults/cluster.rs"]
mod cluster;
#[cfg(unix)]
#[path = "faults/machines.rs"]
mod machines;
#[cfg(unix)]
#[path = "faults/network.rs"]
mod network;
#[cfg(unix)]
#[path = "faults/run.rs"]
mod run;

fn main() {
    #[cfg(unix)]
    run::main();
}

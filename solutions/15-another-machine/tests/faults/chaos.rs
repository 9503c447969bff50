//! One fault after the other, chosen by a seed.

use std::{thread, time::Duration};

use crate::{
    cluster::{Cluster, SERVERS},
    machines::{MACHINES, Park},
    network,
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// A machine is killed, and another one takes its place.
    Machine,
    /// A server is killed, and started again on its store.
    Server,
    /// A line is cut, and mended.
    Line,
}

/// Numbers that look random, and are the same for the same seed.
pub struct Seed(pub u64);

impl Seed {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// What there is to suffer, and the order in which it does.
pub struct Chaos {
    /// The servers.
    cluster: Cluster,
    /// The machines.
    pub park: Park,
    /// Chooses.
    seed: Seed,
    /// The faults to come, the next one last.
    plan: Vec<Fault>,
}

impl Chaos {
    /// A plan with so many faults of each kind.
    pub fn new(cluster: Cluster, park: Park, seed: u64, faults: &[(Fault, usize)]) -> Chaos {
        let mut seed = Seed(seed);
        let mut plan: Vec<Fault> =
            faults.iter().flat_map(|(fault, times)| std::iter::repeat_n(*fault, *times)).collect();
        for last in (1..plan.len()).rev() {
            plan.swap(last, seed.below(last + 1));
        }
        Chaos { cluster, park, seed, plan }
    }

    /// How many faults are to come.
    pub fn left(&self) -> usize {
        self.plan.len()
    }

    /// Lets the next thing go wrong, and mends it. Blocks for at most a few seconds.
    pub fn strike(&mut self) {
        match self.plan.pop() {
            Some(Fault::Machine) => {
                let machine = self.seed.below(MACHINES);
                self.park.replace(machine);
            }
            Some(Fault::Server) => {
                let server = self.seed.below(SERVERS);
                self.cluster.kill(server);
                self.pause(2000);
                self.cluster.start_again(server);
            }
            Some(Fault::Line) => self.cut(),
            None => {}
        }
    }

    /// Cuts the line of a server, or of a machine where it has one.
    fn cut(&mut self) {
        let ends = if network::is_inside() { SERVERS + MACHINES } else { SERVERS };
        match self.seed.below(ends) {
            server @ ..SERVERS => {
                self.cluster.cut(server);
                self.pause(4000);
                self.cluster.mend(server);
            }
            other => {
                self.park.cut(other - SERVERS);
                self.pause(4000);
                self.park.mend(other - SERVERS);
            }
        }
    }

    /// For how long something is away: nothing waits for this.
    fn pause(&mut self, most: usize) {
        thread::sleep(Duration::from_millis(self.seed.below(most) as u64));
    }
}

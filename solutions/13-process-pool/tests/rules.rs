//! The rules of the second stage, word for word and without a process: who gets a request, when a worker is wanted,
//! and what becomes of what comes back. A run with processes rarely meets the case that tells two rules apart.

#[path = "../src/fast_claims.rs"]
mod fast_claims;
#[path = "../src/fast_outbox.rs"]
mod fast_outbox;
#[path = "../src/fast_recall.rs"]
mod fast_recall;
#[path = "../src/fast_returns.rs"]
mod fast_returns;
#[path = "../src/fast_rules.rs"]
mod fast_rules;
#[path = "../src/fast_sent.rs"]
mod fast_sent;
#[path = "../src/fast_state.rs"]
mod fast_state;
#[expect(dead_code, reason = "no frame is made here")]
#[path = "../src/fast_ticket.rs"]
mod fast_ticket;
#[path = "../src/fast_turn.rs"]
mod fast_turn;

use solution_13::frame;

/// What takes processes, as far as the rules look at it.
mod fast_line {
    pub const AHEAD: usize = 32;
}

mod group {
    pub struct Group(u32);

    impl Group {
        pub fn id(&self) -> Option<u32> {
            Some(self.0)
        }
    }
}

mod message {
    pub use solution_13::{Answer, Reply};
}

mod stats {
    pub use solution_13::Stats;
}

mod ticket {
    pub type Outcome = Result<solution_13::Answer, solution_13::Failure>;
}

#[path = "rules/coming_back.rs"]
mod coming_back;
#[path = "rules/scene.rs"]
mod scene;
#[path = "rules/turn.rs"]
mod turn;
#[path = "rules/who_gets_it.rs"]
mod who_gets_it;
#[path = "rules/worker_wanted.rs"]
mod worker_wanted;
#[path = "rules/writing.rs"]
mod writing;

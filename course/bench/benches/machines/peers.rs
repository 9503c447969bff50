//! What a user of Python would pick: an executor of Dask, and a queue of Celery.

use bench::{Script, Subject};

/// Both, with two workers: a machine with more cores has them do more at once in its own rows, too.
pub const PEERS: [Script; 2] = [dask(&["dask", "2"]), celery(&["celery", "2"])];

/// How many machines there are, and the peers with as many workers.
pub const GROWN: [(usize, [Script; 2]); 4] = [
    (1, [dask(&["dask", "1"]), celery(&["celery", "1"])]),
    (2, [dask(&["dask", "2"]), celery(&["celery", "2"])]),
    (4, [dask(&["dask", "4"]), celery(&["celery", "4"])]),
    (8, [dask(&["dask", "8"]), celery(&["celery", "8"])]),
];

const fn dask(args: &'static [&'static str]) -> Script {
    Script { name: "Dask distributed", file: "machines.py", args, trial: "flight 1 1" }
}

const fn celery(args: &'static [&'static str]) -> Script {
    Script { name: "Celery with Redis", file: "machines.py", args, trial: "flight 1 1" }
}

/// Those of them that are there; `figure` makes a number of the seconds that `jobs` jobs took.
pub fn subjects(
    peers: &[Script],
    kind: &str,
    in_flight: usize,
    jobs: usize,
    figure: fn(f64, usize) -> f64,
) -> Vec<Subject> {
    let mut all = Vec::new();
    for peer in peers {
        let Some(mut python) = peer.if_there() else { continue };
        let request = format!("{kind} {in_flight} {jobs}");
        let sample = move || figure(python.seconds(&request).expect("a number of seconds"), jobs);
        all.push(Subject::peer(peer.name, sample));
    }
    all
}

//! `book/python/09_cpu_bound.py` and `book/python/09_pools.py`: computation in a pool of processes.

use std::{fs, path::Path};

use checks::{Client, Ended, ScriptedRoom};

use crate::script;

/// The room goes on while a worker process counts; an exception comes back as an error line.
#[test]
fn python_counts_in_a_process() {
    let Some(script) = script("09_cpu_bound.py") else { return };
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&script, &room);
    room.joined().unwrap();
    client.type_line("/primes 1000000");
    room.say("the kettle boils");
    client.shows("<< the kettle boils").unwrap();
    client.type_line("/primes x");
    client.shows("!! /primes x: ValueError(").unwrap();
    client.shows_within("== /primes 1000000: 78498 primes", 10 * checks::patience()).unwrap();
    room.pongs(2).unwrap();
    client.end_input();
    assert_eq!(client.exits().unwrap(), Ended::Status(0), "{}", client.screen());
}

/// Both pools count the same primes, as one job and as many.
#[test]
fn both_pools_count_the_same() {
    let Some(script) = script("09_pools.py") else { return };
    for kind in ["threads", "processes"] {
        let output = script.command().args([kind, "2", "5", "10000"]).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let mut figures = printed.split_whitespace();
        assert_eq!(figures.next(), Some("1229"), "{kind}: {output:?}");
        assert_eq!(figures.filter(|seconds| seconds.parse::<f64>().is_ok()).count(), 3, "{kind}: {printed}");
    }
}

/// What the page says of its table holds for the table: threads of Rust and processes are faster, threads of Python are not.
#[test]
fn table_says_what_the_page_says() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/transcripts/09-cpu.txt");
    let table = fs::read_to_string(table).unwrap();
    let figure = |pool: &str, from_right: usize| -> f64 {
        let row = table.lines().find(|line| line.contains(pool)).expect("a row of the table");
        row.split_whitespace().rev().nth(from_right).and_then(|word| word.parse().ok()).expect("a figure")
    };
    let (speed_up, empty) = (|pool| figure(pool, 2), |pool| figure(pool, 1));
    for pool in ["by_semaphore", "by_rayon", "ProcessPoolExecutor"] {
        assert!(speed_up(pool) > 1.3, "{pool}: {}", speed_up(pool));
    }
    assert!(speed_up("ThreadPoolExecutor") < 1.25, "{}", speed_up("ThreadPoolExecutor"));
    for pool in ["by_semaphore", "by_rayon", "ThreadPoolExecutor"] {
        assert!(empty(pool) * 3.0 < empty("ProcessPoolExecutor"), "{pool}: {}", empty(pool));
    }
}

//! Peers in Python: what is missing is passed over with one line, and what fails is not.
//!
//! Without a Python these tests say so and pass.

use std::{process::Command, sync::mpsc, thread, time::Duration};

use bench::{Absent, Python, Script, interpreter, missing, version};

/// A script that fails ends long before.
const PATIENCE: Duration = Duration::from_secs(60);

/// Does something in time; nothing where there is no Python.
fn in_time(work: impl FnOnce() + Send + 'static) {
    if let Err(why) = version() {
        return eprintln!("passed over: {why}");
    }
    let (done, end) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    // A worker that panics hangs up, and its panic is handed on.
    assert_ne!(end.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Timeout), "it did not end in time");
    worker.join().expect("what must hold");
}

/// The peer of these tests.
const fn peer(args: &'static [&'static str]) -> Script {
    Script { name: "peer", file: "../tests/peer.py", args, trial: "tea" }
}

/// Why it does not start.
fn why(start: Result<Python, Absent>) -> Absent {
    start.map(drop).expect_err("it does not start")
}

/// Without the packages of others, two peers of lesson 13 are missing, each with one line, and the third is there.
#[test]
fn missing_package_is_one_line() {
    in_time(|| {
        let start = |args| {
            let script = Script { name: "a pool", file: "processes.py", args, trial: "flight 2 16 10" };
            script.start_with(Command::new(interpreter()).args(["-I", "-S"]))
        };
        for (args, package) in [(&["loky"], "loky"), (&["anyio"], "anyio")] {
            let Absent::Missing(why) = why(start(args)) else { panic!("{package} is not missing") };
            assert!(why.starts_with(&format!("{package} is not installed (")), "{why}");
            assert_eq!(why.lines().count(), 1, "{why}");
        }
        assert!(
            start(&["executor"]).expect("a pool of the standard library").seconds("flight 1 16 2").is_ok()
        );
    });
}

/// Without them, the peers of lesson 15 are missing, each with the package to install.
#[test]
fn peers_with_machines_are_missing() {
    in_time(|| {
        for (args, package) in [(&["dask", "1"], "distributed"), (&["celery", "1"], "celery")] {
            let script = Script { name: "a queue", file: "machines.py", args, trial: "flight 1 1" };
            let missing = why(script.start_with(Command::new(interpreter()).args(["-I", "-S"])));
            assert!(matches!(missing, Absent::Missing(_)), "{missing:?}");
            assert!(missing.to_string().starts_with(&format!("{package} is not installed (")), "{missing}");
        }
    });
}

/// What several peers miss is said once, and whatever cannot be imported counts as missing.
#[test]
fn each_missing_thing_is_said_once() {
    in_time(|| {
        let tea = peer(&["import", "tea_that_nobody_brews"]);
        let all = missing(&[tea, peer(&["none"]), tea, peer(&["from", "json", "tea"])]).expect("no failure");
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all[0].starts_with("tea_that_nobody_brews is not installed ("), "{all:?}");
        assert!(all[1].starts_with("a package cannot be imported: cannot import name 'tea'"), "{all:?}");
    });
}

/// Any other failure is an error with the last line of the traceback, whether it comes at once or later.
#[test]
fn failure_is_not_passed_over() {
    in_time(|| {
        let failed = |absent: Absent, line| {
            assert!(matches!(absent, Absent::Failed(_)), "{absent:?}");
            let why = absent.to_string();
            assert!(why.ends_with(line) && why.lines().count() == 1, "{why}");
        };
        failed(missing(&[peer(&["raise"])]).expect_err("a failure"), "ValueError: the pot is empty");
        let mut python = peer(&["none"]).start().expect("a peer");
        assert_eq!(python.seconds("tea"), Ok(1.0));
        failed(python.seconds("break").expect_err("a failure"), "ValueError: the pot broke");
        failed(why(Script { file: "no such file.py", ..peer(&[]) }.start()), "No such file or directory");
    });
}

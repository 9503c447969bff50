//! `book/python/13_process_pool.py` and `book/python/13_broken_pool.py`: one crash, and a job whose time is up.

use checks::{Client, Ended, ScriptedRoom};

use crate::script;

/// A job whose time is up goes on, so the next one times out behind it; a crash breaks the pool for good.
#[test]
fn python_pool_goes_on_with_what_timed_out() {
    let Some(script) = script("13_process_pool.py") else { return };
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&script, &room);
    room.joined().unwrap();
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").unwrap();
    client.type_line("/slow 2.5");
    client.shows("!! /slow 2.5: TimeoutError(").unwrap();
    client.type_line("/upper milk");
    client.shows("!! /upper milk: TimeoutError(").unwrap();
    client.type_line("/crash now");
    client.shows("!! /crash now: BrokenProcessPool(").unwrap();
    client.type_line("/upper again");
    client.shows("!! /upper again: BrokenProcessPool(").unwrap();
    room.say("the kettle boils");
    client.shows("<< the kettle boils").unwrap();
    client.end_input();
    assert_eq!(client.exits().unwrap(), Ended::Status(0), "{}", client.screen());
}

/// Of eight jobs most fail when one of them aborts, and then the pool takes none.
#[test]
fn one_abort_fails_most_jobs() {
    let Some(script) = script("13_broken_pool.py") else { return };
    let output = script.command().output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let failed = printed.split("crashed: ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    assert!(failed.is_some_and(|failed: u32| failed > 1), "{output:?}");
    assert!(printed.contains("the next one: "), "{output:?}");
    let after =
        printed.split("is answered after ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    assert!(after.is_some_and(|seconds: f64| seconds >= 1.4), "{output:?}");
}

//! Task 1, leave the blocked thread behind: a room that ends the visit ends the client, without another key.

use std::{env, fs, process};

use checks::{Client, Explain, ScriptedRoom, check, program};

use super::common::{IDEA, NO_JOIN, TASK_1, all_shown, both, ends_by};

/// A room that closes ends the client, although nobody presses Enter.
#[test]
fn room_that_closes_ends_the_client() {
    let close = |room: &ScriptedRoom, _: &mut Client| room.close("good night");
    let screen = ends_by(&both(), "the room's close frame", close, None);
    all_shown(&screen, &["the room closed: good night", "longest freeze: "], 1);
}

/// So does a room that is gone without a word; that is an error.
#[test]
fn room_that_vanishes_ends_the_client() {
    ends_by(&both(), "the end of the connection", |room, _| room.vanish(), Some(1));
}

/// What `main` still has to do is done: the trace is written, since `run` returns.
#[test]
fn run_returns_to_main() {
    returns_after("the end of input", |_, client| client.end_input());
}

/// Ends such a visit, and looks for the trace.
pub fn returns_after(cause: &str, end: impl Fn(&ScriptedRoom, &mut Client)) {
    let name = format!(
        "clean-exit-{}-{}.json",
        process::id(),
        cause.replace(|sign: char| !sign.is_alphanumeric(), "-")
    );
    let (room, file) = (ScriptedRoom::open(), env::temp_dir().join(name));
    let path = file.to_str().expect("a path of letters");
    let mut client = Client::on_pipes_with(&program!("05"), &room, &["--trace", path]);
    room.joined().or_explain(NO_JOIN, IDEA);
    end(&room, &mut client);
    client.exits().or_explain(&format!("{cause} does not end the client"), TASK_1);
    let trace = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    let instead = format!("its file is empty after {cause}");
    check(!trace.is_empty(), "a trace, which `main` writes when `run` has returned", instead)
        .or_explain("`process::exit` ends the program before `main` has written it", TASK_1);
}

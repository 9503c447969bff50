//! The commands that are typed: each is a task of the loop.

use std::{thread, time::Duration};

use practice::{Failure, println, trace};

use crate::{sleep, spawn};

/// Runs a command as another task, and prints what became of it.
pub(crate) async fn answer(line: String) {
    let text = match spawn(command(line.clone())).await {
        Ok(text) => format!("== {line}: {text}"),
        Err(Failure::Panicked(why)) => format!("!! {line}: the task panicked: {why}"),
        Err(Failure::Lost) => return,
    };
    println!("{text}");
    trace::shown(&text);
}

/// Does what a line that starts with `/` asks for; panics when that is no number, as a careless task does.
async fn command(line: String) -> &'static str {
    let (name, seconds) = line.split_once(' ').unwrap_or((&line, ""));
    let seconds = || Duration::from_secs_f64(seconds.parse().unwrap_or_else(|_| panic!("how many seconds?")));
    match name {
        "/sleep" => sleep(seconds()).await,
        // What lesson 01 did, now on a loop of your own.
        "/freeze" => trace::blocked("thread::sleep", || thread::sleep(seconds())),
        _ => return "the commands are /sleep SECONDS and /freeze SECONDS",
    }
    "awake again"
}

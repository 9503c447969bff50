//! What a page of the book can do while `cargo course` serves it: start its lesson, and show what the checks say.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request};
use axum::routing::get;
use book::Live;

use crate::sessions::Sessions;
use crate::stop::Stop;
use crate::workspace::Workspace;

/// What pages load, by its address. A terminal comes to whoever opens one.
const FILES: &[(&str, &str)] = &[
    ("/__course/live.css", include_str!("../../../book/live/live.css")),
    ("/__course/terminal.js", include_str!("../../../book/live/terminal.js")),
    ("/__course/xterm.css", include_str!("../../../book/live/xterm/xterm.css")),
    ("/__course/xterm.js", include_str!("../../../book/live/xterm/xterm.js")),
    ("/__course/addon-fit.js", include_str!("../../../book/live/xterm/addon-fit.js")),
];

/// What each page loads at once.
const LOADS: &[&str] = &["/__course/live.css", "/__course/terminal.js"];

/// For the server of the book; raising `stop` ends what it does in the background.
pub fn live(workspace: &Workspace, stop: &Stop) -> Live {
    let sessions = Arc::new(Sessions::new(workspace.clone(), stop.part()));
    let run = move |Path((number, whose)): Path<(String, String)>, request: Request| {
        let sessions = Arc::clone(&sessions);
        async move { sessions.open(&number, &whose, request) }
    };
    Live {
        guarded: Router::new().route("/__course/run/{number}/{whose}", get(run)),
        files: FILES,
        loads: LOADS,
    }
}

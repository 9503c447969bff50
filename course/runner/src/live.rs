//! What a page of the book can do while `cargo course` serves it: start its lesson, and show what the checks say.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use book::Live;
use tokio::task::spawn_blocking;

use crate::attempts::Attempts;
use crate::sessions::Sessions;
use crate::stop::Stop;
use crate::workspace::Workspace;

/// What pages load, by its address. A terminal comes to whoever opens one.
const FILES: &[(&str, &str)] = &[
    ("/__course/live.css", include_str!("../../../book/live/live.css")),
    ("/__course/terminal.js", include_str!("../../../book/live/terminal.js")),
    ("/__course/verdict.js", include_str!("../../../book/live/verdict.js")),
    ("/__course/xterm.css", include_str!("../../../book/live/xterm/xterm.css")),
    ("/__course/xterm.js", include_str!("../../../book/live/xterm/xterm.js")),
    ("/__course/addon-fit.js", include_str!("../../../book/live/xterm/addon-fit.js")),
];

/// What each page loads at once.
const LOADS: &[&str] = &["/__course/live.css", "/__course/terminal.js", "/__course/verdict.js"];

/// For the server of the book: no program runs longer than `longest`, and raising `stop` ends what goes on in the background.
pub fn live(workspace: &Workspace, stop: &Stop, longest: Duration) -> Live {
    let sessions = Arc::new(Sessions::new(workspace.clone(), stop.part(), longest));
    let run = move |Path((number, whose)): Path<(String, String)>, request: Request| {
        let sessions = Arc::clone(&sessions);
        async move { sessions.open(&number, &whose, request) }
    };
    let attempts = Arc::new(Attempts::new(workspace.clone(), stop.part()));
    let asked = Arc::clone(&attempts);
    let standing = move |Path(number): Path<String>| {
        let attempts = Arc::clone(&attempts);
        answer(move || serde_json::to_string(&attempts.standing(&number)?).map_err(anyhow::Error::from))
    };
    let check = move |Path(number): Path<String>| {
        let attempts = Arc::clone(&asked);
        answer(move || attempts.ask(&number).map(|is_lesson| is_lesson.to_string()))
    };
    let guarded = Router::new()
        .route("/__course/run/{number}/{whose}", get(run))
        .route("/__course/standing/{number}", get(standing))
        .route("/__course/check/{number}", post(check));
    Live { guarded, files: FILES, loads: LOADS }
}

/// Answers with JSON that is found away from the loop that serves the book.
async fn answer(find: impl FnOnce() -> anyhow::Result<String> + Send + 'static) -> Response {
    match spawn_blocking(find).await {
        Ok(Ok(json)) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

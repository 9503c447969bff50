//! What a served book can do besides being read: it is handed in by whoever serves it.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::site::media_type;

/// What stands below `/__course/`, and what each page loads of it.
#[derive(Default)]
pub struct Live {
    /// What may start programs, or tells of the reader: asked for with the token of the server, by the book's pages.
    pub guarded: Router,
    /// What may be read by anybody, by its address.
    pub files: &'static [(&'static str, &'static str)],
    /// The scripts and the styles among them that each page loads.
    pub loads: &'static [&'static str],
}

impl Live {
    /// The files as they are served.
    pub(crate) fn open(&self) -> Router {
        let serve = |router: Router, &(path, text): &(&'static str, &'static str)| {
            let headers = [(CONTENT_TYPE, media_type(path)), (CACHE_CONTROL, "no-store")];
            router.route(path, get(move || async move { (headers, text).into_response() }))
        };
        self.files.iter().fold(Router::new(), serve)
    }

    /// What stands in the head of each page, so that its scripts may ask.
    pub(crate) fn head(&self, token: &str) -> String {
        let load = |path: &&str| match path.ends_with(".css") {
            true => format!("<link rel=\"stylesheet\" href=\"{path}\">\n"),
            false => format!("<script defer src=\"{path}\"></script>\n"),
        };
        let loads: String = self.loads.iter().map(load).collect();
        if loads.is_empty() {
            loads
        } else {
            format!("<meta name=\"thaw-token\" content=\"{token}\">\n{loads}")
        }
    }
}

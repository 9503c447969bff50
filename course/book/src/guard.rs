//! Who may ask the served book for something: this machine, and, for what starts a program, only the book's own pages.
//!
//! A page of the web can have a browser ask any address. Two things hold it off:
//! the name in `Host` must be one of this machine, or a page whose own name leads here could read the book with its token;
//! and what starts a program asks for that token, which only the book's pages carry, and for their origin.
//!
//! A book that other machines can reach asks whoever comes for the token, which then has no need of the name. It stands in
//! the address that is printed; the first answer takes it out of there, and leaves it with the browser as a cookie.

use anyhow::Context;
use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};

use crate::translation::Words;

/// The header in which a page of the book says its token.
const TOKEN: &str = "x-thaw-token";

/// The names of this machine that no other machine can have.
const HERE: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// What is asked of whoever wants something; each server has its own.
pub(crate) struct Guard {
    /// Differs with each start of a server, and cannot be guessed.
    token: String,
    /// What the cookie is called with which other machines come in; none, where none may.
    cookie: Option<String>,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// It is answered.
    Pass,
    /// It is sent to this place of the book, with this cookie.
    Enter(String, String),
    /// It is refused.
    Refuse(Stranger),
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// It comes by a name that another machine may have.
    Name,
    /// It does not bring the token.
    Token,
}

impl Stranger {
    /// What whoever asks is told.
    pub(crate) fn told(self, words: Words) -> String {
        match self {
            Self::Name => words.word(
                "This book is served to this machine alone. Open it at the address that `cargo course` prints.",
            ),
            Self::Token => words.word(
                "This book is for whoever has its address: the one that `cargo course` prints has a token in it.",
            ),
        }
    }
}

impl Guard {
    /// A guard with a new token.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
        Ok(Self { token: bytes.iter().map(|byte| format!("{byte:02x}")).collect(), cookie: None })
    }

    /// A guard of a book that other machines reach at this port.
    pub(crate) fn open(port: u16) -> anyhow::Result<Self> {
        // A browser tells no ports apart when it sends cookies.
        Ok(Self { cookie: Some(format!("thaw-{port}")), ..Self::new()? })
    }

    /// What is behind the address in what is printed: nothing, or the token.
    pub(crate) fn invitation(&self) -> String {
        self.cookie.as_ref().map_or(String::new(), |_| format!("?token={}", self.token))
    }

    /// What becomes of a request for a page, or for anything else.
    pub(crate) fn rules(&self, uri: &Uri, headers: &HeaderMap) -> Ruling {
        let Some(cookie) = &self.cookie else {
            return self.refuses(headers).map_or(Ruling::Pass, Ruling::Refuse);
        };
        let brought = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let is_ours = |pair: &str| {
            pair.trim()
                .split_once('=')
                .is_some_and(|(name, token)| name == cookie && is_same(token, &self.token))
        };
        if brought.flat_map(|value| value.split(';')).any(is_ours) {
            return Ruling::Pass;
        }
        match asked(uri) {
            Some(token) if is_same(token, &self.token) => {
                // Two slashes would lead to another machine.
                let place = format!("/{}", uri.path().trim_start_matches('/'));
                Ruling::Enter(place, format!("{cookie}={token}; Path=/; HttpOnly; SameSite=Strict"))
            }
            _ => Ruling::Refuse(Stranger::Token),
        }
    }

    /// What the book's pages carry.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Why a request for a page is refused, if it is.
    pub(crate) fn refuses(&self, headers: &HeaderMap) -> Option<Stranger> {
        match host(headers) {
            Some(host) if HERE.contains(&name(host)) => None,
            _ => Some(Stranger::Name),
        }
    }

    /// Why a request that starts a program is refused, if it is.
    ///
    /// A WebSocket says its token in its address, `?token=`: a browser lets no page set its headers.
    pub(crate) fn refuses_start(&self, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
        // With TLS it is the book behind somebody who forwards it, as Codespaces do: this port is taken by us.
        let own = |origin: &str| {
            let named = ["http://", "https://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
            named.is_some() && named == host(headers)
        };
        if headers.get(ORIGIN).is_some_and(|origin| !origin.to_str().is_ok_and(own)) {
            return Some("Only pages of this book may start what is in it.");
        }
        let header = headers.get(TOKEN).and_then(|token| token.to_str().ok());
        let token = header.or_else(|| asked(uri));
        match token {
            Some(token) if is_same(token, &self.token) => None,
            _ => Some("This page is of an earlier start of `cargo course`: load it again."),
        }
    }
}

/// The token in an address.
fn asked(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|part| part.strip_prefix("token="))
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}

/// A host without its port.
fn name(host: &str) -> &str {
    let port = |(_, port): &(&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
    host.rsplit_once(':').filter(port).map_or(host, |(name, _)| name)
}

/// Takes the same time wherever two tokens differ.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    /// Names of this machine are taken, with any port: it may be forwarded. A name of the web is not, wherever it leads.
    #[test]
    fn only_this_machine_is_a_host() {
        let guard = Guard::new().unwrap();
        for host in ["localhost:3000", "127.0.0.1:1", "[::1]:3000", "localhost"] {
            assert_eq!(guard.refuses(&headers(&[("host", host)])), None, "{host}");
        }
        for host in
            ["evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example:3000", "", "x@localhost"]
        {
            assert!(guard.refuses(&headers(&[("host", host)])).is_some(), "{host}");
        }
        assert!(guard.refuses(&HeaderMap::new()).is_some());
    }

    /// Of other machines only those with the token come in, by whatever name: first with it in the address, which leads
    /// nowhere else, and then with a cookie.
    #[test]
    fn other_machines_need_the_token() {
        let guard = Guard::open(3000).unwrap();
        let uri = |text: &str| text.parse::<Uri>().unwrap();
        let host = ("host", "192.168.0.7:3000");
        let token = guard.token().to_owned();
        assert_eq!(guard.invitation(), format!("?token={token}"));
        let cookie = format!("thaw-3000={token}; Path=/; HttpOnly; SameSite=Strict");
        for (path, place) in [("/a.html", "/a.html"), ("/", "/"), ("//evil.example/a", "/evil.example/a")] {
            let asked = uri(&format!("{path}?x=y&token={token}"));
            assert_eq!(
                guard.rules(&asked, &headers(&[host])),
                Ruling::Enter(place.to_owned(), cookie.clone())
            );
        }
        let brings = |value: &str| guard.rules(&uri("/a.html"), &headers(&[host, ("cookie", value)]));
        assert_eq!(brings(&format!("theme=rust; thaw-3000={token}")), Ruling::Pass);
        let other = Guard::open(3001).unwrap();
        for wrong in
            ["", "thaw-3000=", &format!("thaw-3001={token}"), &format!("thaw-3000={}", other.token())]
        {
            assert!(matches!(brings(wrong), Ruling::Refuse(_)), "{wrong}");
        }
        for wrong in ["/a.html", "/a.html?token=", "/a.html?token=1"] {
            assert!(matches!(
                guard.rules(&uri(wrong), &headers(&[("host", "localhost")])),
                Ruling::Refuse(_)
            ));
        }
        // A book of this machine alone asks for the name, and for no token.
        let own = Guard::new().unwrap();
        assert_eq!(own.invitation(), "");
        assert_eq!(own.rules(&uri("/"), &headers(&[("host", "localhost:3000")])), Ruling::Pass);
        assert!(matches!(own.rules(&uri("/"), &headers(&[host])), Ruling::Refuse(_)));
    }

    /// What starts a program needs this start's token, and no other origin than the book's.
    #[test]
    fn only_own_pages_start_programs() {
        let guard = Guard::new().unwrap();
        let (here, there) = (("host", "localhost:3000"), ("origin", "http://localhost:3001"));
        let token = guard.token().to_owned();
        let asked: Uri = format!("/x?a=b&token={token}").parse().unwrap();
        let plain: Uri = "/x".parse().unwrap();
        let own = ("origin", "http://localhost:3000");
        assert_eq!(guard.refuses_start(&asked, &headers(&[here, own])), None);
        assert_eq!(guard.refuses_start(&plain, &headers(&[here, ("x-thaw-token", &token)])), None);
        let forwarded = ("origin", "https://localhost:3000");
        assert_eq!(guard.refuses_start(&asked, &headers(&[here, forwarded])), None);
        for wrong in
            [there, ("origin", "null"), ("origin", "ws://localhost:3000"), ("origin", "localhost:3000")]
        {
            assert!(guard.refuses_start(&asked, &headers(&[here, wrong])).is_some(), "{wrong:?}");
        }
        let other = Guard::new().unwrap();
        assert!(other.refuses_start(&asked, &headers(&[here, own])).is_some(), "each start has its own");
        assert!(guard.refuses_start(&plain, &headers(&[here, own])).is_some());
        assert!(guard.refuses_start(&"/x?token=".parse().unwrap(), &headers(&[here])).is_some());
    }
}

//! Who may ask the served book for something: this machine, and, for what starts a program, only the book's own pages.
//!
//! A page of the web can have a browser ask any address. Two things hold it off:
//! the name in `Host` must be one of this machine, or a page whose own name leads here could read the book with its token;
//! and what starts a program asks for that token, which only the book's pages carry, and for their origin.

use anyhow::Context;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};

/// The header in which a page of the book says its token.
const TOKEN: &str = "x-thaw-token";

/// The names of this machine that no other machine can have.
const HERE: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// What is asked of whoever wants something; each server has its own.
pub(crate) struct Guard {
    /// Differs with each start of a server, and cannot be guessed.
    token: String,
}

impl Guard {
    /// A guard with a new token.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
        Ok(Self { token: bytes.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// What the book's pages carry.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Why a request for a page is refused, if it is.
    pub(crate) fn refuses(&self, headers: &HeaderMap) -> Option<&'static str> {
        match host(headers) {
            Some(host) if HERE.contains(&name(host)) => None,
            _ => Some(
                "This book is served to this machine alone. Open it at the address that `cargo course` prints.\n",
            ),
        }
    }

    /// Why a request that starts a program is refused, if it is.
    ///
    /// A WebSocket says its token in its address, `?token=`: a browser lets no page set its headers.
    pub(crate) fn refuses_start(&self, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
        let own =
            |origin: &str| host(headers).is_some_and(|host| origin.strip_prefix("http://") == Some(host));
        if headers.get(ORIGIN).is_some_and(|origin| !origin.to_str().is_ok_and(own)) {
            return Some("Only pages of this book may start what is in it.\n");
        }
        let header = headers.get(TOKEN).and_then(|token| token.to_str().ok());
        let token = header.or_else(|| uri.query()?.split('&').find_map(|part| part.strip_prefix("token=")));
        match token {
            Some(token) if is_same(token, &self.token) => None,
            _ => Some("This page is of an earlier start of `cargo course`: load it again.\n"),
        }
    }
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
        for wrong in [there, ("origin", "null"), ("origin", "https://localhost:3000")] {
            assert!(guard.refuses_start(&asked, &headers(&[here, wrong])).is_some(), "{wrong:?}");
        }
        let other = Guard::new().unwrap();
        assert!(other.refuses_start(&asked, &headers(&[here, own])).is_some(), "each start has its own");
        assert!(guard.refuses_start(&plain, &headers(&[here, own])).is_some());
        assert!(guard.refuses_start(&"/x?token=".parse().unwrap(), &headers(&[here])).is_some());
    }
}

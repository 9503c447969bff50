//! Which web pages may come in: those of this machine. A browser names its page in the header `Origin`.
//!
//! The same-origin policy of browsers does not hold for WebSockets: any page may connect to any address, this machine's
//! too, and only the server can refuse it. A program of ours sends no such header, and needs none.

use tokio_tungstenite::tungstenite::{
    handshake::server::{ErrorResponse, Request, Response},
    http::{HeaderValue, StatusCode, Uri, header},
};

use crate::harmless::harmless;

/// Lets a handshake pass unless the page of another machine asks for it.
///
/// # Errors
/// With status 403 and a sentence that names the origin.
// What the library gives and takes is as large as it is.
#[allow(clippy::result_large_err)]
pub(crate) fn admit(request: &Request, response: Response) -> Result<Response, ErrorResponse> {
    let foreign = request.headers().get_all(header::ORIGIN).iter().find(|origin| !is_of_this_machine(origin));
    match foreign {
        Some(origin) => Err(refusal(&String::from_utf8_lossy(origin.as_bytes()))),
        None => Ok(response),
    }
}

/// Whether an origin is a page that this machine serves. `null`, which a page gets in a sandbox or from a file, is
/// anybody's.
fn is_of_this_machine(origin: &HeaderValue) -> bool {
    let uri = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let Some(uri) = uri.filter(|uri| uri.scheme().is_some()) else { return false };
    let Some(host) = uri.host() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn refusal(origin: &str) -> ErrorResponse {
    let text = format!(
        "This room takes programs, and pages of this machine; the page is from {}.\n",
        harmless(origin)
    );
    let mut refusal = ErrorResponse::new(None);
    *refusal.status_mut() = StatusCode::FORBIDDEN;
    let headers = refusal.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    *refusal.body_mut() = Some(text);
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of this machine are known in every spelling; what only begins or ends like one is another's.
    #[test]
    fn origins_of_this_machine_are_known() {
        for ours in [
            "http://localhost:3000",
            "http://LOCALHOST",
            "http://127.0.0.1:3000",
            "https://127.8.9.1",
            "http://[::1]:3000",
        ] {
            assert!(is_of_this_machine(&HeaderValue::from_static(ours)), "{ours}");
        }
        let others = [
            "null",
            "",
            "localhost",
            "http://example.org",
            "http://127.0.0.1.example.org:3000",
            "http://localhost.example.org",
            "http://notlocalhost",
            "http://192.168.0.7",
            "http://0.0.0.0:3000",
            "http://[::ffff:8.8.8.8]",
            "http://127.0.0.1:3000@example.org",
            "file://",
            "http://",
        ];
        for other in others {
            assert!(!is_of_this_machine(&HeaderValue::from_static(other)), "{other}");
        }
        assert!(!is_of_this_machine(&HeaderValue::from_bytes(b"http://localhost\xff").unwrap()));
    }
}

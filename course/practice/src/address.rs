//! The address of a room, as it is typed, and what to try where nobody answers.

use tokio_tungstenite::tungstenite::http::Uri;

/// Takes `typed` for the address of a room, or says what one looks like.
///
/// # Errors
/// When it is none; the text says why.
pub(crate) fn address(typed: &str) -> Result<String, String> {
    let no = |why: &str| {
        let because = if why.is_empty() { String::new() } else { format!(" ({why})") };
        Err(format!("--server takes an address such as ws://127.0.0.1:7070, not `{typed}`{because}"))
    };
    // Whoever copies an address may have copied a space, and capitals mean the same in a scheme.
    let Some((scheme, rest)) = typed.trim().split_once("://") else { return no("") };
    match scheme.to_ascii_lowercase().as_str() {
        "ws" => {}
        "wss" => return no("a client of this course speaks no TLS"),
        _ => return no(""),
    }
    let url = format!("ws://{rest}");
    match url.parse::<Uri>() {
        Err(error) => no(&error.to_string()),
        Ok(uri) if uri.host().is_none_or(str::is_empty) => no("a host is missing"),
        Ok(uri) if !has_a_port_or_none(&uri) => no("a port is a number up to 65535"),
        Ok(_) => Ok(url),
    }
}

/// What to try when nobody answers at `url`, in the words of a sentence.
pub(crate) fn advice(url: &str) -> String {
    let uri = url.parse::<Uri>().unwrap_or_default();
    let host = uri.host().unwrap_or_default();
    match uri.port_u16() {
        None => format!("without a port it is port 80: try ws://{host}:7070"),
        Some(port) if host.starts_with('[') => {
            format!("`cargo course room` listens on 127.0.0.1 alone: try ws://127.0.0.1:{port}")
        }
        Some(_) => "open one with `cargo course room`, or leave `--server` out".into(),
    }
}

/// Whether the port can be used; the library takes 80 where it cannot.
fn has_a_port_or_none(uri: &Uri) -> bool {
    let place = uri.authority().map_or("", |authority| authority.as_str());
    let place = place.rsplit_once('@').map_or(place, |(_user, place)| place);
    uri.port_u16().is_some_and(|port| port > 0) || uri.host() == Some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of these is an address, in these words.
    #[test]
    fn addresses_are_taken() {
        for (typed, url) in [
            ("ws://127.0.0.1:7070", "ws://127.0.0.1:7070"),
            ("WS://127.0.0.1:7070", "ws://127.0.0.1:7070"),
            ("Ws://LocalHost:7070/room?a=b", "ws://LocalHost:7070/room?a=b"),
            (" ws://127.0.0.1:7070\n", "ws://127.0.0.1:7070"),
            ("ws://[::1]:7070", "ws://[::1]:7070"),
            ("ws://127.0.0.1", "ws://127.0.0.1"),
            ("ws://me:secret@127.0.0.1:7070", "ws://me:secret@127.0.0.1:7070"),
            ("ws://me@[::1]/", "ws://me@[::1]/"),
        ] {
            assert_eq!(address(typed), Ok(url.to_owned()), "{typed}");
        }
    }

    /// Each of these is none, and the error says why, or what an address looks like.
    #[test]
    fn what_is_no_address_is_refused() {
        for (typed, why) in [
            ("127.0.0.1:7070", "`127.0.0.1:7070`"),
            ("http://127.0.0.1:7070", "such as ws://127.0.0.1:7070"),
            ("wss://127.0.0.1:7070", "no TLS"),
            ("ws://", "empty"),
            ("ws://:7070", "missing"),
            ("ws:///room", "invalid"),
            ("ws://127.0.0.1: 7070", "invalid uri character"),
            ("ws://127.0.0.1:port", "a port is a number"),
            ("ws://127.0.0.1:70700", "a port is a number"),
            ("ws://127.0.0.1:0", "a port is a number"),
            ("ws://127.0.0.1:", "a port is a number"),
            ("ws://::1:7070", "invalid authority"),
            ("ws://[::1:7070", "invalid"),
        ] {
            let error = address(typed).expect_err(typed);
            assert!(error.contains(why), "{typed}: {error}");
        }
    }

    /// What to try fits the address.
    #[test]
    fn advice_fits_the_address() {
        for (url, try_it) in [
            ("ws://127.0.0.1:7070", "leave `--server` out"),
            ("ws://127.0.0.1", "try ws://127.0.0.1:7070"),
            ("ws://me@[::1]/", "try ws://[::1]:7070"),
            ("ws://[::1]:7071", "try ws://127.0.0.1:7071"),
        ] {
            assert!(advice(url).ends_with(try_it), "{url}: {}", advice(url));
        }
    }
}

//! The line to the server, and what is said where that one keeps no streams.

use std::{io, path::PathBuf, time::Duration};

use async_nats::{
    Client, ConnectOptions,
    jetstream::{
        Context, ErrorCode,
        context::CreateStreamErrorKind,
        stream::{Config, Stream},
    },
};

use crate::address::Address;

/// What is left of the server's longest message for the frame, when the headers have their place.
const HEADERS: usize = 1024;

/// What each stream says of itself: what other versions of this course keep, this one cannot read.
const VERSION: &str = "Thaw, lesson 15, version 1";

/// The oldest server that will do; its consumers are named as this course names them.
const OLDEST: (i64, i64) = (2, 9);

/// How long the server may take to confirm something, before it is asked again.
const CONFIRMS: Duration = Duration::from_secs(2);

/// How often it is asked for a stream.
const TRIES: usize = 3;

/// A line to the server, which comes back by itself when it breaks. Its copies are the same line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Messages that are gone when nobody listens.
    pub client: Client,
    /// Streams, which keep them.
    pub engine: Context,
}

impl Line {
    /// Connects, with one try: the address may be wrong, and tries would not help.
    ///
    /// # Errors
    /// When no NATS answers, an old one, or one that wants to know who asks; the text says what to do.
    pub async fn to(url: &str, name: &str) -> io::Result<Line> {
        let options = ConnectOptions::new().name(name).connection_timeout(Duration::from_secs(3));
        // A line that breaks without a word is noticed in a few seconds.
        let options = options.ping_interval(Duration::from_secs(1)).request_timeout(None);
        let options = options.reconnect_delay_callback(|tries| Duration::from_millis(50 << tries.min(5)));
        // Nothing here speaks TLS: where a server wants it, this makes an error of what would be a panic.
        let options = options.add_root_certificates(PathBuf::new());
        let address = Address::of(url)?;
        let client = address.login(options).connect(address.servers()).await;
        let client = client.map_err(|error| address.no_line(&error))?;
        if !client.is_server_compatible(OLDEST.0, OLDEST.1, 0) {
            let ((major, minor), found) = (OLDEST, client.server_info().version);
            let old = format!("{address} is NATS {found}: {major}.{minor} or newer is needed");
            return Err(io::Error::other(old));
        }
        let mut engine = async_nats::jetstream::new(client.clone());
        engine.set_timeout(CONFIRMS);
        Ok(Line { client, engine })
    }

    /// A word that nobody else has.
    pub fn unique(&self) -> String {
        self.client.new_inbox().rsplit('.').next().unwrap_or_default().to_owned()
    }

    /// How many bytes a frame may have.
    pub fn most(&self) -> usize {
        self.client.server_info().max_payload.saturating_sub(HEADERS)
    }

    /// Finds a stream that is as `config` says, or makes it.
    ///
    /// # Errors
    /// When the server keeps no streams, or has another one of that name; the text says what to do.
    pub async fn stream(&self, config: Config) -> io::Result<Stream> {
        let name = config.name.clone();
        let config = Config { description: Some(VERSION.to_owned()), ..config };
        let mut made = self.engine.create_stream(&config).await;
        // To make it again is safe, and a server that has just started may be slow.
        for _ in 1..TRIES {
            match made {
                Err(error) if error.kind() == CreateStreamErrorKind::TimedOut => {
                    made = self.engine.create_stream(&config).await;
                }
                _ => break,
            }
        }
        made.map_err(|error| {
            let why = match error.kind() {
                CreateStreamErrorKind::JetStream(error)
                    if error.error_code() == ErrorCode::STREAM_NAME_EXIST =>
                {
                    "this server has one with other settings, of other code or another version: \
                     stop the server, and start it with another folder, as `nats-server -js -sd FOLDER`"
                }
                CreateStreamErrorKind::JetStreamUnavailable => {
                    "this server keeps no streams: stop it, and start it with `nats-server -js`"
                }
                CreateStreamErrorKind::TimedOut => "this server is slow, or has no leader: try again",
                _ => "look into the log of the server",
            };
            io::Error::other(format!("no stream {name} ({error}): {why}"))
        })
    }

    /// As [`Line::stream`], but whoever made it has chosen its settings.
    ///
    /// # Errors
    /// As [`Line::stream`], when it is of another version of this course.
    pub async fn same_stream(&self, config: Config) -> io::Result<Stream> {
        match self.engine.get_stream(&config.name).await {
            Ok(stream) if stream.cached_info().config.description.as_deref() == Some(VERSION) => Ok(stream),
            _ => self.stream(config).await,
        }
    }
}

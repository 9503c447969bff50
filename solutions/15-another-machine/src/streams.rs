//! What the engine keeps: jobs until they are confirmed, and answers until they are fetched.

use std::{io, time::Duration};

use async_nats::jetstream::{
    Message,
    consumer::{Consumer, pull},
    stream::{Config, DiscardPolicy, RetentionPolicy, Stream},
};

use futures_util::StreamExt;

use crate::{
    id::{ANSWERS, JOBS},
    line::Line,
    settings::Settings,
};

/// Both streams of the engine.
#[derive(Clone, Debug)]
pub struct Streams {
    /// Jobs, each of which is gone when its machine confirms it.
    pub jobs: Stream,
    /// Answers, each of which is gone when its caller confirms it.
    pub answers: Stream,
}

impl Streams {
    /// Finds both streams, or makes them.
    ///
    /// # Errors
    /// When the server keeps no streams, or has one of this name with other settings.
    pub async fn open(line: &Line, settings: &Settings) -> io::Result<Streams> {
        let (jobs, answers) = wanted(settings);
        Ok(Streams { jobs: line.stream(jobs).await?, answers: line.stream(answers).await? })
    }

    /// As [`Streams::open`], for a machine: it takes the settings of whoever was there first.
    ///
    /// # Errors
    /// When the server keeps no streams, or those of another version of this course.
    pub async fn join(line: &Line, settings: &Settings) -> io::Result<Streams> {
        let (jobs, answers) = wanted(settings);
        Ok(Streams { jobs: line.same_stream(jobs).await?, answers: line.same_stream(answers).await? })
    }

    /// The one consumer that all machines ask for jobs.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn for_machine(&self, settings: &Settings) -> io::Result<Consumer<pull::Config>> {
        let config = pull::Config {
            durable_name: Some("machines".to_owned()),
            ack_wait: settings.silence,
            max_ack_pending: -1,
            ..pull::Config::default()
        };
        self.jobs.create_consumer(config).await.map_err(io::Error::other)
    }

    /// Answers for one caller. The engine forgets its consumer when nobody has asked that for as long as answers are kept.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn for_caller(&self, caller: &str, settings: &Settings) -> io::Result<pull::Stream> {
        let config = pull::Config {
            durable_name: Some(caller.to_owned()),
            filter_subject: format!("{ANSWERS}.{caller}.*"),
            inactive_threshold: settings.kept,
            // What a broken line has swallowed comes again.
            ack_wait: settings.silence,
            max_ack_pending: -1,
            ..pull::Config::default()
        };
        let consumer = self.answers.create_consumer(config).await.map_err(io::Error::other)?;
        consumer.messages().await.map_err(io::Error::other)
    }
}

/// Asks for one job, and awaits it; what this machine has not asked for, another one can have.
///
/// It gives `None` when none has come for a second. Cancelling it may leave a job with nobody, until that silence ends.
/// A stream of batches of one would stand for half a minute where a job overtakes the word that it was asked for
/// (async-nats 0.51).
///
/// # Errors
/// When the engine has lost the consumer, or is gone.
pub async fn one_job(jobs: &Consumer<pull::Config>) -> io::Result<Option<Message>> {
    let one = jobs.batch().max_messages(1).expires(Duration::from_secs(1)).messages().await;
    one.map_err(io::Error::other)?.next().await.transpose().map_err(io::Error::other)
}

// ANCHOR: streams
/// The streams of jobs and of answers, as they must be.
fn wanted(settings: &Settings) -> (Config, Config) {
    // A message has one consumer, and is gone when that one has confirmed it.
    let kept =
        Config { retention: RetentionPolicy::WorkQueue, num_replicas: settings.copies, ..Config::default() };
    let jobs = Config {
        name: "THAW_JOBS".to_owned(),
        subjects: vec![format!("{JOBS}.>")],
        max_messages: settings.waiting as i64,
        // Whoever comes is told that there is no room; by default the oldest job is thrown away.
        discard: DiscardPolicy::New,
        ..kept.clone()
    };
    let answers = Config {
        name: "THAW_ANSWERS".to_owned(),
        subjects: vec![format!("{ANSWERS}.>")],
        max_age: settings.kept,
        ..kept
    };
    (jobs, answers)
}
// ANCHOR_END: streams

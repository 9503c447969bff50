//! What the engine keeps: jobs until they are confirmed, and answers until they are fetched.

use std::io;

use async_nats::jetstream::{
    consumer::pull,
    stream::{Config, Stream},
};

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

    /// Jobs for one machine. So far each machine makes a consumer of its own.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn for_machine(&self, settings: &Settings) -> io::Result<pull::Stream> {
        let config =
            pull::Config { ack_wait: settings.silence, max_ack_pending: -1, ..pull::Config::default() };
        let consumer = self.jobs.create_consumer(config).await.map_err(io::Error::other)?;
        consumer.messages().await.map_err(io::Error::other)
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

/// The streams of jobs and of answers. So far each keeps all that it was ever given.
fn wanted(settings: &Settings) -> (Config, Config) {
    let jobs = Config {
        name: "THAW_JOBS".to_owned(),
        subjects: vec![format!("{JOBS}.>")],
        max_messages: settings.waiting as i64,
        num_replicas: settings.copies,
        ..Config::default()
    };
    let answers = Config {
        name: "THAW_ANSWERS".to_owned(),
        subjects: vec![format!("{ANSWERS}.>")],
        max_age: settings.kept,
        num_replicas: settings.copies,
        ..Config::default()
    };
    (jobs, answers)
}

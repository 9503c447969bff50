//! What is wrong with a server, a stream or a message is said in one sentence, and nothing is lost by it.
//!
//! Against real servers; where there is none, these tests say so, and pass.

use std::{
    fmt::Display,
    future::pending,
    io::Write,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    thread,
    time::Duration,
};

use async_nats::jetstream::{self, consumer::pull, stream::Config};
use checks::{Host, NatsServer, patience};
use futures_util::StreamExt;
use solution_15::{Answer, Failure, Job, Machine, Machines, Outcome, Settings};
use tokio::{runtime::Builder, time::timeout};

/// Does something on a loop of one thread, and no longer than a check may wait.
fn bounded<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { timeout(4 * patience(), work).await }).expect("an end in time")
}

/// The machine's worker process: the program of the solution.
fn settings() -> Settings {
    let program = Some(PathBuf::from(env!("CARGO_BIN_EXE_solution-15")));
    Settings { program, ..Settings::default() }
}

/// What a caller and a machine say who connect, which is the same sentence, with all of `parts`.
async fn both_say(url: &str, parts: &[&str]) {
    let caller = Machines::connect(url, settings()).await.err().expect("a caller that is refused");
    let machine = Machine::connect(url, settings()).await.err().expect("a machine that is refused");
    says(&caller, parts);
    says(&machine, parts);
}

fn says(error: &impl Display, parts: &[&str]) {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in parts {
        assert!(text.contains(part), "`{text}` does not say `{part}`");
    }
}

/// A server that says this to whoever comes, and then nothing; without a word it hangs up.
fn someone(greeting: Option<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut guests = Vec::new();
        for mut guest in listener.incoming().flatten() {
            if let Some(greeting) = greeting {
                let _ = guest.write_all(greeting.as_bytes());
                guests.push(guest);
            }
        }
    });
    address
}

/// A machine that works for as long as `with` does.
async fn beside_a_machine<T>(url: &str, with: impl Future<Output = T>) -> T {
    let machine = Machine::connect(url, settings()).await.expect("a machine");
    tokio::select! { () = machine.work(pending()) => unreachable!("it works on"), value = with => value }
}

async fn tea(caller: &Machines) -> Outcome {
    caller.call_within(Job::Upper("tea".to_owned()), patience()).await
}

fn is_tea() -> Outcome {
    Ok(Answer::Text("TEA".to_owned()))
}

/// An address at which nobody answers, or somebody who speaks no NATS, is named; it costs a few seconds at most.
#[test]
fn no_nats() {
    bounded(async {
        both_say("nats://127.0.0.1:1", &["nats://127.0.0.1:1", "start a server with `nats-server -js`"])
            .await;
        both_say("tea and cake", &["tea and cake", "nats://HOST:PORT"]).await;
        for greeting in [Some(""), Some("220 mail is welcome\r\n"), None] {
            let url = format!("nats://{}", someone(greeting));
            both_say(&url, &[&url, "no NATS"]).await;
        }
    });
}

/// A server without JetStream is told from one that is away.
#[test]
fn no_jetstream() {
    let Some(server) = NatsServer::start_with("") else { return };
    bounded(both_say(&server.url(), &["keeps no streams: start it with `nats-server -js`"]));
}

/// One that wants a password says how to give it, and takes it.
#[test]
fn password() {
    let config = "jetstream: enabled, authorization { user: tea, password: kettle }";
    let Some(server) = NatsServer::start_with(config) else { return };
    let with = |who: &str| server.url().replace("nats://", &format!("nats://{who}@"));
    bounded(async {
        both_say(&server.url(), &["nats://USER:PASSWORD@HOST:PORT"]).await;
        both_say(&with("tea:cup"), &["nats://USER:PASSWORD@HOST:PORT"]).await;
        let url = with("tea:kettle");
        let caller = Machines::connect(&url, settings()).await.expect("a caller");
        assert_eq!(beside_a_machine(&url, tea(&caller)).await, is_tea());
    });
}

/// A server that is older than the lesson needs is told by its version.
#[test]
fn old_server() {
    const GREETING: &str = "INFO {\"server_id\":\"A\",\"server_name\":\"A\",\"version\":\"2.8.4\",\"go\":\"go1\",\
                            \"host\":\"127.0.0.1\",\"port\":1,\"headers\":true,\"max_payload\":1048576,\"proto\":1,\
                            \"jetstream\":true,\"client_id\":1}\r\nPONG\r\n";
    let url = format!("nats://{}", someone(Some(GREETING)));
    bounded(both_say(&url, &["2.8.4", "2.9 or newer"]));
}

/// Streams of that name which others have made are named, and left as they are.
#[test]
fn streams_of_others() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let engine = jetstream::new(async_nats::connect(server.url()).await.unwrap());
        let subjects = vec!["kettle.>".to_owned()];
        let config = Config { name: "THAW_JOBS".to_owned(), subjects, ..Config::default() };
        engine.create_stream(config).await.unwrap();
        engine.publish("kettle.boils", "soon".into()).await.unwrap().await.unwrap();
        both_say(&server.url(), &["THAW_JOBS", "other settings", "-sd FOLDER"]).await;
        let kept = engine.get_stream("THAW_JOBS").await.unwrap();
        assert_eq!(kept.cached_info().state.messages, 1);
    });
}

/// A caller with settings of its own is told that others agreed on other ones; what they have handed in stays.
#[test]
fn settings_of_others() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let caller = Machines::connect(&server.url(), settings()).await.expect("a caller");
        let other = Settings { waiting: 7, ..settings() };
        let refused = Machines::connect(&server.url(), other.clone()).await.err().expect("other settings");
        says(&refused, &["THAW_JOBS", "other settings"]);
        // A machine takes those of whoever was there first.
        let machine = Machine::connect(&server.url(), other).await.expect("a machine");
        drop(machine);
        assert_eq!(beside_a_machine(&server.url(), tea(&caller)).await, is_tea());
    });
}

/// What is longer than the server takes is refused with both lengths: the job at once, the answer when it is there.
#[test]
fn too_long() {
    let Some(server) = NatsServer::start_with("jetstream: enabled, max_payload: 65536") else { return };
    bounded(async {
        let caller = Machines::connect(&server.url(), settings()).await.expect("a caller");
        let long = caller.call_within(Job::Echo(vec![7; 100_000]), patience()).await.expect_err("too long");
        says(&long, &["bytes", "the server takes 64512"]);
        let answers = async {
            // 108 894 bytes, for a request of a few.
            let run = if cfg!(windows) { "cmd /c dir /s /b C:\\Windows\\System32" } else { "seq 20000" };
            let long = caller.call_within(Job::Run(run.to_owned()), patience()).await.expect_err("too long");
            says(&long, &["bytes", "the server takes 64512"]);
            tea(&caller).await
        };
        assert_eq!(beside_a_machine(&server.url(), answers).await, is_tea());
    });
}

/// A job that a machine cannot read is answered, and so its caller hears why; the machine works on.
#[test]
fn job_of_another_version() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let caller = Machines::connect(&server.url(), settings()).await.expect("a caller");
        let engine = jetstream::new(async_nats::connect(server.url()).await.unwrap());
        let answers = engine.get_stream("THAW_ANSWERS").await.unwrap();
        let guest = pull::Config { filter_subject: "thaw.answers.guest.*".to_owned(), ..Default::default() };
        let mut told = answers.create_consumer(guest).await.unwrap().messages().await.unwrap();
        engine.publish("thaw.jobs.guest._tea", "{\"job\": \"tea\"}".into()).await.unwrap().await.unwrap();
        let answered = async {
            let answer = told.next().await.unwrap().unwrap();
            let text = String::from_utf8_lossy(&answer.payload).into_owned();
            answer.ack().await.unwrap();
            (text, tea(&caller).await)
        };
        let (text, own) = beside_a_machine(&server.url(), answered).await;
        assert!(text.contains("another version of this course"), "{text}");
        assert_eq!(own, is_tea());
    });
}

/// An answer that a caller cannot read is told as what it is, and not waited for again.
#[test]
fn answer_of_another_version() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let caller = Machines::connect(&server.url(), settings()).await.expect("a caller");
        let engine = jetstream::new(async_nats::connect(server.url()).await.unwrap());
        let jobs = engine.get_stream("THAW_JOBS").await.unwrap();
        let other = pull::Config { durable_name: Some("machines".to_owned()), ..Default::default() };
        let mut asked = jobs.create_consumer(other).await.unwrap().messages().await.unwrap();
        let machine = async {
            let job = asked.next().await.unwrap().unwrap();
            let subject = job.subject.replace("thaw.jobs", "thaw.answers");
            engine.publish(subject, "{\"answer\": \"TEA\"}".into()).await.unwrap().await.unwrap();
            job.ack().await.unwrap();
        };
        let (outcome, ()) = tokio::join!(tea(&caller), machine);
        let Err(Failure::Refused(why)) = outcome else { panic!("{outcome:?}") };
        says(&why, &["another version of this course"]);
        let answers = engine.get_stream("THAW_ANSWERS").await.unwrap();
        // The confirmation is on its way.
        while answers.get_info().await.unwrap().state.messages > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

//! What is wrong with a server, a stream or a message is said in one sentence, and nothing is lost by it.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    process::{Command, Stdio},
    thread,
};

use async_nats::jetstream::{consumer::pull, stream::Config};
use checks::{Door, Host, NatsServer, patience, within};
use futures_util::StreamExt;
use solution_15::{Failure, Machine, Machines, Settings};
use tokio::join;

use crate::common::{beside_a_machine, bounded, caller, engine, holds, is_tea, says, settings, tea};

/// What a caller and a machine say who connect, which is the same sentence, with all of `parts`.
async fn both_say(url: &str, parts: &[&str]) {
    let caller = Machines::connect(url, settings()).await.err().expect("a caller that is refused");
    let machine = Machine::connect(url, settings()).await.err().expect("a machine that is refused");
    says(&caller, parts);
    says(&machine, parts);
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

/// An address at which nobody answers, or somebody who speaks no NATS, is named; it costs a few seconds at most.
#[test]
fn no_nats() {
    bounded(async {
        both_say("nats://127.0.0.1:1", &["nats://127.0.0.1:1", "start a server with `nats-server -js`"])
            .await;
        both_say("tea and cake", &["tea and cake", "nats://HOST:PORT"]).await;
        // Too long for a name, so no resolver has to be asked.
        let nobody = format!("nats://{}:4222", "tea".repeat(30));
        both_say(&nobody, &[&nobody, "no machine has this name"]).await;
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
    bounded(both_say(&server.url(), &["keeps no streams: stop it, and start it with `nats-server -js`"]));
}

/// One that wants a password or a token says how to give it, and takes it.
#[test]
fn password() {
    for (wanted, right, wrong) in
        [("user: tea, password: kettle", "tea:kettle", "tea:cup"), ("token: kettle", "kettle", "cup")]
    {
        let config = format!("jetstream: enabled, authorization {{ {wanted} }}");
        let Some(server) = NatsServer::start_with(&config) else { return };
        let with = |who: &str| server.url().replace("nats://", &format!("nats://{who}@"));
        bounded(async {
            both_say(&server.url(), &["nats://USER:PASSWORD@HOST:PORT"]).await;
            both_say(&with(wrong), &["nats://USER:PASSWORD@HOST:PORT"]).await;
            let url = with(right);
            let caller = Machines::connect(&url, settings()).await.expect("a caller");
            assert_eq!(beside_a_machine(&url, tea(&caller)).await, is_tea());
        });
        let said = first_words(&with(right));
        assert!(said.contains(&server.url()) && !said.contains("kettle"), "{said}");
    }
}

/// The first line that a machine prints, as a program.
fn first_words(url: &str) -> String {
    let mut machine = Command::new(env!("CARGO_BIN_EXE_solution-15"));
    let mut machine = machine.args(["--nats", url, "--machine"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut printed = BufReader::new(machine.stdout.take().unwrap());
    let mut line = String::new();
    let said =
        within(patience(), "a machine prints a line", move || printed.read_line(&mut line).map(|_| line));
    machine.kill().and_then(|()| machine.wait()).unwrap();
    said.unwrap_or_else(|missed| panic!("{missed}")).unwrap()
}

/// A server that is older than the lesson needs is told by its version, and one that wants TLS by that.
#[test]
fn old_server_and_one_with_tls() {
    const OLD: &str = "INFO {\"server_id\":\"A\",\"server_name\":\"A\",\"version\":\"2.8.4\",\"go\":\"go1\",\
                       \"host\":\"127.0.0.1\",\"port\":1,\"headers\":true,\"max_payload\":1048576,\"proto\":1,\
                       \"jetstream\":true,\"client_id\":1}\r\nPONG\r\n";
    const LOCKED: &str = "INFO {\"server_id\":\"A\",\"server_name\":\"A\",\"version\":\"2.15.1\",\"go\":\"go1\",\
                          \"host\":\"127.0.0.1\",\"port\":1,\"headers\":true,\"max_payload\":1048576,\"proto\":1,\
                          \"tls_required\":true,\"client_id\":1}\r\n";
    bounded(async {
        let url = format!("nats://{}", someone(Some(OLD)));
        both_say(&url, &["2.8.4", "2.9 or newer"]).await;
        let url = format!("nats://{}", someone(Some(LOCKED)));
        both_say(&url, &[&url, "it wants TLS"]).await;
    });
}

/// Streams of that name which others have made are named, and left as they are.
#[test]
fn streams_of_others() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let engine = engine(&server).await;
        let subjects = vec!["kettle.>".to_owned()];
        let config = Config { name: "THAW_JOBS".to_owned(), subjects, ..Config::default() };
        engine.create_stream(config).await.unwrap();
        engine.publish("kettle.boils", "soon".into()).await.unwrap().await.unwrap();
        both_say(&server.url(), &["THAW_JOBS", "other settings", "-sd FOLDER"]).await;
        let kept = engine.get_stream("THAW_JOBS").await.unwrap();
        assert_eq!(kept.cached_info().state.messages, 1);
    });
}

/// Streams of other names which take the same messages are no reason to begin anew: the server's own word is told.
#[test]
fn streams_of_others_that_overlap() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let subjects = vec!["thaw.jobs.tea".to_owned()];
        let config = Config { name: "KETTLE".to_owned(), subjects, ..Config::default() };
        engine(&server).await.create_stream(config).await.unwrap();
        both_say(&server.url(), &["THAW_JOBS", "overlap", "look into the log"]).await;
    });
}

/// A server whose word on a stream does not come is asked again, and not for ever.
#[test]
fn slow_server() {
    let Some(server) = NatsServer::start() else { return };
    let door = Door::to(&server);
    let connect = || {
        let url = door.url();
        thread::spawn(move || bounded(async { Machines::connect(&url, settings()).await.map(drop) }))
    };
    let asks: fn(&[u8]) -> bool = |said| String::from_utf8_lossy(said).contains("STREAM.CREATE.THAW_JOBS");
    door.swallow_from(asks);
    let late = connect();
    door.has_swallowed(1).unwrap();
    door.open();
    // What was thrown away may have held more than that; a new line says it all again.
    door.cut();
    late.join().unwrap().expect("a caller, when it asks for the second time");
    door.swallow_from(asks);
    let never = connect().join().unwrap().expect_err("a server that never answers");
    says(&never, &["THAW_JOBS", "this server is slow, or has no leader: try again"]);
}

/// A caller with settings of its own is told that others agreed on other ones; what they have handed in stays.
#[test]
fn settings_of_others() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let caller = caller(&server, settings()).await;
        let other = Settings { waiting: 7, ..settings() };
        let refused = Machines::connect(&server.url(), other.clone()).await.err().expect("other settings");
        says(&refused, &["THAW_JOBS", "other settings"]);
        // A machine takes those of whoever was there first.
        let machine = Machine::connect(&server.url(), other).await.expect("a machine");
        drop(machine);
        assert_eq!(beside_a_machine(&server.url(), tea(&caller)).await, is_tea());
    });
}

/// A job that a machine cannot read is answered, and so its caller hears why; the machine works on.
#[test]
fn job_of_another_version() {
    let Some(server) = NatsServer::start() else { return };
    bounded(async {
        let caller = caller(&server, settings()).await;
        let engine = engine(&server).await;
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
        let caller = caller(&server, settings()).await;
        let engine = engine(&server).await;
        let jobs = engine.get_stream("THAW_JOBS").await.unwrap();
        let other = pull::Config { durable_name: Some("machines".to_owned()), ..Default::default() };
        let mut asked = jobs.create_consumer(other).await.unwrap().messages().await.unwrap();
        let machine = async {
            let job = asked.next().await.unwrap().unwrap();
            let subject = job.subject.replace("thaw.jobs", "thaw.answers");
            engine.publish(subject, "{\"answer\": \"TEA\"}".into()).await.unwrap().await.unwrap();
            job.ack().await.unwrap();
        };
        let (outcome, ()) = join!(tea(&caller), machine);
        let Err(Failure::Refused(why)) = outcome else { panic!("{outcome:?}") };
        says(&why, &["another version of this course"]);
        // The confirmation is on its way.
        holds(&engine, "THAW_ANSWERS", 0).await;
    });
}

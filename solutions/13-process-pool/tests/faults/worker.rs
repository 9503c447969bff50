//! A worker that does as it is told, also to its own harm.

use std::{
    fs::File,
    io::{Read, Stdout, Write, stderr, stdin, stdout},
    os::fd::AsFd,
    process,
    process::Command,
    sync::Arc,
    thread,
};

use filedescriptor::{FileDescriptor, StdioDescriptor};
use solution_13::{
    Answer, Job, Reply, Request,
    frame::{self, Frame},
};

use crate::fast_claims::Claims;

/// What a worker can be told to do.
pub const FAULTS: [&str; 6] =
    ["abort", "exit in mid-frame", "close stdout", "stop", "print", "answer another"];

/// Serves requests; a text that names a fault is not put in capitals.
///
/// It claims what it does as a worker of the fast stage, which does the plain one no harm.
pub fn work() {
    let claims = Arc::new(Claims::new(stdout()));
    reply(&mut stdout(), 0, Answer::Number(0));
    let (asked, theirs) = (stderr().as_fd().try_clone_to_owned().expect("stderr"), claims.clone());
    thread::spawn(move || give_back(File::from(asked), &theirs));
    let mut requests = stdin().lock();
    for position in 1.. {
        let Ok(Some(Request { id, job })) = frame::read(&mut requests) else { process::exit(0) };
        match job {
            _ if !claims.begins(position) => {}
            Job::Upper(text) if FAULTS.contains(&&*text) => fail(id, &text),
            job => {
                let answer = job.run();
                claims.ends(|output| reply(output, id, answer));
            }
        }
    }
}

/// Gives back what it is asked for on stderr, which only the fast stage does.
fn give_back(mut asked: File, claims: &Claims<Stdout>) {
    let (mut position, mut id) = ([0; 8], [0; 8]);
    while asked.read_exact(&mut position).and_then(|()| asked.read_exact(&mut id)).is_ok() {
        let id = Answer::Number(u64::from_be_bytes(id) as i64);
        claims.take_back(u64::from_be_bytes(position), |output| reply(output, 0, id));
    }
}

fn reply(output: &mut Stdout, id: u64, answer: Answer) {
    let frame = Frame::of(Reply { id, result: Ok(answer) }).expect("a frame");
    frame.write(output).and_then(|()| output.flush()).expect("stdout");
}

fn fail(id: u64, fault: &str) {
    match fault {
        "abort" => process::abort(),
        "exit in mid-frame" => {
            stdout()
                .write_all(&[0, 0, 0, 40, 0, 0, 0, 0, 1, 2, 3])
                .and_then(|()| stdout().flush())
                .expect("stdout");
            process::exit(7);
        }
        "close stdout" => {
            let nothing = File::options().write(true).open("/dev/null").expect("/dev/null");
            drop(FileDescriptor::redirect_stdio(&nothing, StdioDescriptor::Stdout).expect("another stdout"));
        }
        "stop" => drop(Command::new("kill").args(["-STOP", &process::id().to_string()]).status()),
        "print" => stdout().write_all(b"hello, world").and_then(|()| stdout().flush()).expect("stdout"),
        _ => reply(&mut stdout(), id + 1000, Answer::Text("not yours".to_owned())),
    }
    loop {
        thread::park();
    }
}

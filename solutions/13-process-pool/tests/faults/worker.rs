//! A worker that does as it is told, also to its own harm.

use std::{
    fs::File,
    io::{Write, stdin, stdout},
    process,
    process::Command,
    thread,
};

use filedescriptor::{FileDescriptor, StdioDescriptor};
use solution_13::{
    Answer, Job, Reply, Request,
    frame::{self, Frame},
};

/// What a worker can be told to do.
pub const FAULTS: [&str; 6] =
    ["abort", "exit in mid-frame", "close stdout", "stop", "print", "answer another"];

/// Serves requests; a text that names a fault is not put in capitals.
pub fn work() {
    let mut requests = stdin().lock();
    reply(0, Answer::Number(0));
    while let Ok(Some(Request { id, job })) = frame::read(&mut requests) {
        match job {
            Job::Upper(text) if FAULTS.contains(&&*text) => fail(id, &text),
            job => reply(id, job.run()),
        }
    }
    process::exit(0);
}

fn reply(id: u64, answer: Answer) {
    let frame = Frame::of(Reply { id, result: Ok(answer) }).expect("a frame");
    frame.write(&mut stdout()).and_then(|()| stdout().flush()).expect("stdout");
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
        _ => reply(id + 1000, Answer::Text("not yours".to_owned())),
    }
    loop {
        thread::park();
    }
}

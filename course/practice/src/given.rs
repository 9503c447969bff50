//! What every client from lesson 04 on is given, as lessons 01 to 03 wrote it: `read_line` and `show`.

use std::io;

use tokio_tungstenite::tungstenite::Message;

use crate::{println, stdin::stdin, trace};

/// Blocks the calling thread until Enter; `None` at the end of input.
///
/// Nothing ends it early: a thread in it can only be abandoned.
///
/// # Errors
/// When stdin cannot be read or holds no UTF-8; the text names the line.
pub fn read_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let bytes = trace::blocked("read_line", || stdin().read_line(&mut line))?;
    let line = line.trim_end().to_owned();
    trace::typed(&line);
    Ok((bytes > 0).then_some(line))
}

/// Prints a message of the room, or the reason for which it closed; pings and pongs are not shown.
pub fn show(message: &Message) {
    match message {
        Message::Text(text) => println!("<< {text}"),
        Message::Close(Some(frame)) => println!("the room closed: {}", frame.reason),
        _ => return,
    }
    trace::shown(&message.to_string());
}

//! What must hold for any bytes; the fuzz target `course/fuzz/fuzz_targets/frames.rs` shares it.

use solution_13::{
    Reply, Request,
    frame::{self, Carrier, Frame},
};

/// Decodes requests and replies from `bytes`, in both ways.
///
/// # Panics
/// When both ways differ, or a message that was read is not read again from its own frame.
pub fn survives(bytes: &[u8]) {
    let both = (decoded::<Request>(bytes), decoded::<Reply>(bytes));
    for part in [both.0, both.1] {
        assert_eq!(part.0, part.1, "`read` and `receive` differ");
    }
}

/// What comes of the bytes by `read`, and by `receive`: each message in words, then how the stream ends.
fn decoded<T: Carrier + std::fmt::Debug>(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut input, mut read) = (bytes, Vec::new());
    while take(frame::read::<T>(&mut input), &mut read) {}
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let received = runtime.block_on(async {
        let (mut input, mut received) = (bytes, Vec::new());
        while take(frame::receive::<T>(&mut input).await, &mut received) {}
        received
    });
    (read, received)
}

/// Notes one message or the end; says whether more may come.
fn take<T: Carrier + std::fmt::Debug>(
    next: Result<Option<T>, frame::FrameError>,
    seen: &mut Vec<String>,
) -> bool {
    let Ok(Some(message)) = next else {
        seen.push(next.map_or_else(|error| error.to_string(), |_| "the end".to_owned()));
        return false;
    };
    let words = format!("{message:?}");
    let mut stream = Vec::new();
    let frame = Frame::of(message).expect("what was read is not too long");
    frame.write(&mut stream).expect("a list takes it");
    let again = frame::read::<T>(&mut &stream[..]).expect("its own frame").expect("a message");
    assert_eq!(format!("{again:?}"), words, "a message changes on its way");
    seen.push(words);
    true
}

//! Telling the room a line and waiting for its answer: a room repeats each line to whoever said it.

use std::{
    future::Future,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{mpsc::WeakSender, oneshot};
use tokio_tungstenite::tungstenite::Message;

/// The room, for whoever tells it something and waits for its answer.
///
/// It keeps no visit alive: once the visit is over, whoever waits hears so.
#[derive(Clone)]
pub struct Asker {
    /// Where lines go; closed once the visit is over.
    said: WeakSender<String>,
    /// Who waits.
    waiting: Waiting,
}

impl Asker {
    pub(crate) fn new(said: WeakSender<String>, waiting: Waiting) -> Asker {
        Asker { said, waiting }
    }

    /// Says `line`, and waits until the room repeats it: the answer is `you: ` and the line.
    ///
    /// Whoever drops this future has said the line, or has not; the room's answer goes to nobody then.
    ///
    /// # Errors
    /// When the visit ends before the answer comes.
    pub fn ask(&self, line: String) -> impl Future<Output = io::Result<String>> + Send + use<> {
        let Asker { said, waiting } = self.clone();
        async move {
            let over = || io::Error::other("the visit is over, and nobody answers");
            let said = said.upgrade().ok_or_else(over)?;
            // A place first: then lines go out in the order in which their answers are waited for.
            let place = said.reserve().await.map_err(|_| over())?;
            let answer = waiting.add(format!("you: {line}"));
            place.send(line);
            drop(said);
            answer.await.map_err(|_| over())
        }
    }
}

/// Which answers are due, in the order of the asking; `None` once the visit is over.
#[derive(Clone)]
pub(crate) struct Waiting(Arc<Mutex<Option<Vec<Due>>>>);

/// An answer, and who waits for it. One that nobody waits for any more stays: the room will repeat its line too.
type Due = (String, oneshot::Sender<String>);

impl Waiting {
    pub fn new() -> Waiting {
        Waiting(Arc::new(Mutex::new(Some(Vec::new()))))
    }

    fn with<T>(&self, change: impl FnOnce(&mut Option<Vec<Due>>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, answer: String) -> oneshot::Receiver<String> {
        let (tells, told) = oneshot::channel();
        self.with(|due| due.as_mut().map(|due| due.push((answer, tells))));
        told
    }

    /// Hands a message to the first who waits for it, if there is one.
    pub fn heard(&self, message: &Message) {
        let Message::Text(text) = message else { return };
        let first = self.with(|due| {
            let due = due.as_mut()?;
            let place = due.iter().position(|(answer, _)| answer.as_str() == text.as_str())?;
            Some(due.remove(place))
        });
        if let Some((answer, tells)) = first {
            let _ = tells.send(answer);
        }
    }

    /// Tells whoever waits, or asks from now on, that the visit is over.
    pub fn close(&self) {
        drop(self.with(Option::take));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::mpsc;

    use super::*;

    /// Each hears the answer to its own line, in the order of the asking; who went away is not in the way.
    #[test]
    fn answers_go_to_those_who_asked() {
        let (say, mut said) = mpsc::channel(16);
        let waiting = Waiting::new();
        let asker = Asker::new(say.downgrade(), waiting.clone());
        let mut asked = ["a", "b", "b", "b"].map(|line| Box::pin(asker.ask(line.into())));
        for one in &mut asked {
            assert!(one.as_mut().now_or_never().is_none());
        }
        assert_eq!([(); 4].map(|()| said.try_recv().unwrap()), ["a", "b", "b", "b"]);
        let [a, gone, b, other] = asked;
        drop(gone);
        waiting.heard(&Message::text("you: b"));
        waiting.heard(&Message::text("Ada: a"));
        assert!([b, other].map(|one| one.now_or_never().is_none()).into_iter().all(|waits| waits));
        waiting.heard(&Message::text("you: a"));
        assert_eq!(a.now_or_never().unwrap().unwrap(), "you: a");
    }

    /// Once the visit is over, whoever waits hears so, and so does whoever asks then.
    #[test]
    fn end_of_the_visit_is_told() {
        let (say, said) = mpsc::channel(16);
        let waiting = Waiting::new();
        let asker = Asker::new(say.downgrade(), waiting.clone());
        let mut waits = Box::pin(asker.ask("a".into()));
        assert!(waits.as_mut().now_or_never().is_none());
        waiting.close();
        assert!(waits.now_or_never().unwrap().is_err());
        assert!(asker.ask("b".into()).now_or_never().unwrap().is_err());
        drop(said);
        assert!(asker.ask("c".into()).now_or_never().unwrap().is_err());
        drop(say);
        assert!(asker.ask("d".into()).now_or_never().unwrap().is_err());
    }
}

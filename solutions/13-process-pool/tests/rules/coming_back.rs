//! What becomes of requests that come back: given up, taken back for a free worker, or left by a death.

use crate::{
    fast_claims::Claims,
    fast_recall::Recall,
    fast_sent::Sent,
    fast_state::Doing::{Gone, Nothing, Working},
    scene::Scene,
};

/// Requests of ten bytes, each its own number; so many of them are written.
fn sent(requests: u64, written: u64) -> Sent<u64> {
    let mut sent = Sent::default();
    (1..=requests).for_each(|id| sent.push(id, 10, id));
    if written > 0 {
        sent.write(|id| *id < written);
    }
    sent
}

/// What can be done about a request, in a word.
fn recalled(sent: &mut Sent<u64>, id: u64) -> String {
    match sent.recall(id) {
        Recall::Here(id) => format!("{id} is here"),
        Recall::Ask(position) => format!("ask at {position}"),
        Recall::Begun => "begun".to_owned(),
        Recall::Nothing => "nothing".to_owned(),
    }
}

/// What was not written is here, what was written is asked for once, and what has begun is not taken back.
#[test]
fn written_is_asked_back_once() {
    let mut sent = sent(4, 3);
    let told = [4, 3, 3, 1, 4, 9].map(|id| recalled(&mut sent, id));
    assert_eq!(told, ["4 is here", "ask at 3", "nothing", "begun", "nothing", "nothing"]);
    assert_eq!((sent.len(), sent.held(), sent.behind()), (3, 30, vec![2]));
}

/// Only what was asked for is given back, and never what has begun.
#[test]
fn given_back_was_asked_for() {
    let mut sent = sent(3, 3);
    assert_eq!(sent.given_back(2), None);
    assert_eq!(["ask at 2", "ask at 3"], [2, 3].map(|id| recalled(&mut sent, id)));
    assert_eq!(sent.given_back(3), Some(3));
    assert_eq!(sent.answered(1), Some(1));
    assert_eq!(sent.given_back(2), None, "it has begun now");
    assert_eq!((sent.answered(3), sent.answered(2)), (None, Some(2)));
    assert_eq!((sent.len(), sent.held()), (0, 0));
}

/// What was not written has no reply.
#[test]
fn unwritten_has_no_reply() {
    let mut sent = sent(1, 0);
    assert_eq!(sent.begun(), None);
    assert_eq!(sent.answered(1), None);
}

/// A death costs the request that the worker has read a byte of, and no other.
#[test]
fn death_costs_what_was_read() {
    for (written, answered, unread, begun) in
        [(3, 0, 30, None), (3, 0, 29, Some(1)), (3, 0, 0, Some(1)), (3, 0, 99, None), (0, 0, 0, None)]
            .into_iter()
            .chain([(3, 1, 20, None), (3, 1, 19, Some(2)), (3, 1, 5, Some(2))])
    {
        let mut sent = sent(4, written);
        (1..=answered).for_each(|id| assert_eq!(sent.answered(id), Some(id)));
        let (died, others) = sent.died(unread);
        assert_eq!(died, begun, "{answered} answered, {unread} bytes unread");
        assert!(others.eq(begun.unwrap_or(answered) + 1..=4));
    }
}

/// Requests that come back stand in the order in which they came first.
#[test]
fn line_is_in_order() {
    let mut scene = Scene::new(1, &[Nothing]);
    let [one, two, three] = [(); 3].map(|()| scene.ticket(1));
    [two, three, one].into_iter().for_each(|ticket| scene.state.line_up(ticket));
    assert_eq!(scene.waiting(), [1, 2, 3]);
}

/// What is given up leaves the line, is asked for, or has its keeper told that nobody waits.
#[test]
fn given_up_is_taken_out_or_asked_for() {
    let mut scene = Scene::new(2, &[Working; 2]).has(0, 1).has(1, 2).waits(&[1; 2]);
    let [out, asked, begun, unknown] = [4, 3, 1, 9].map(|id| scene.state.give_up(id).map(|out| out.id));
    assert_eq!([out, asked, begun, unknown], [Some(4), None, None, None]);
    assert_eq!((scene.waiting(), scene.state.told.clone()), (vec![5], vec![1, 0]));
    assert_eq!((scene.state.posts[0].asked.len(), scene.state.posts[1].asked.clone()), (0, vec![(2, 3)]));
}

/// A worker with nothing to do takes over what waits behind the longest row, and nothing waits there any more.
#[test]
fn longest_row_is_relieved() {
    let mut scene = Scene::new(3, &[Working; 3]).has(0, 2).has(1, 3);
    let ticket = scene.ticket(1);
    scene.state.posts[1].sent.push(6, 1, ticket);
    scene.state.relieve();
    assert_eq!((scene.waiting(), scene.state.posts[1].asked.clone()), (vec![6], vec![(2, 4), (3, 5)]));
    assert_eq!([0, 1, 2].map(|number| scene.state.posts[number].is_slow), [false, true, false]);
    // The next one is the other row; then there is none.
    scene.state.relieve();
    scene.state.relieve();
    assert_eq!(scene.state.posts[0].asked, [(2, 2)]);
    assert_eq!([0, 1, 2].map(|number| scene.state.posts[number].is_slow), [true, true, false]);
}

/// Requests are abandoned when the last keeper has ended.
#[test]
fn abandoned_is_what_no_keeper_takes() {
    for (other, left) in [(Gone, 2), (Nothing, 0)] {
        let mut scene = Scene::new(2, &[Gone, other]).waits(&[1; 2]);
        assert_eq!(scene.state.abandoned().len(), left);
    }
}

/// The worker's side: a request begins with the reply before it, and what was taken back is passed over.
#[test]
fn claims_pass_over_what_was_taken_back() {
    let claims = Claims::new(Vec::new());
    let begins = |claims: &Claims<_>| (1..9).filter(|position| claims.begins(*position)).collect::<Vec<_>>();
    assert_eq!(begins(&claims), [1]);
    for (position, is_given) in [(1, false), (3, true), (3, false), (2, true), (5, true)] {
        let given = claims.take_back(position, |said: &mut Vec<_>| said.push(position));
        assert_eq!(given.is_some(), is_given, "{position}");
    }
    assert_eq!(claims.ends(|said| said.clone()), [3, 2, 5]);
    assert_eq!(begins(&claims), [4]);
    assert_eq!(claims.take_back(4, |_| ()), None);
    claims.ends(|_| ());
    assert_eq!(begins(&claims), [6]);
    assert_eq!(claims.take_back(5, |_| ()), None);
}

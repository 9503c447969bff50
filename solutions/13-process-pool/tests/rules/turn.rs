//! What a keeper does in one look.

use std::sync::Arc;

use solution_13::{Answer, Reply};

use crate::{fast_outbox::Outbox, fast_state::Doing::Working, fast_turn::Turn, scene::Scene};

/// One look at a place, with these replies.
fn turn(scene: &mut Scene, number: usize, replies: &[(u64, i64)]) -> Turn {
    let reply = |(id, number): &(u64, i64)| Reply { id: *id, result: Ok(Answer::Number(*number)) };
    let mut replies = replies.iter().map(reply).collect();
    let turn = scene.state.turn(number, &mut replies, &mut Outbox::default());
    assert!(replies.is_empty());
    turn
}

/// Each reply to what has begun is told and counted, and with it another begins.
#[test]
fn replies_are_told_in_their_order() {
    let mut scene = Scene::new(1, &[Working]).has(0, 4).without(&[2]);
    scene.state.posts[0].is_slow = true;
    let seen = turn(&mut scene, 0, &[(1, 10), (2, 20)]);
    assert_eq!((seen.told.len(), scene.state.answered, seen.end.clone()), (2, 1, None));
    assert!(seen.begins && !scene.state.posts[0].is_slow);
    assert_eq!(scene.rows(), [[3, 4]]);
    let seen = turn(&mut scene, 0, &[]);
    assert!(!seen.begins && seen.told.is_empty() && seen.end.is_none(), "nothing has come");
}

/// Whatever is no reply to what has begun ends the worker, with what was seen.
#[test]
fn wrong_reply_ends_the_worker() {
    for (replies, instead) in [
        ([(2, 0)].as_slice(), "it answered request 2 instead of 1"),
        (&[(1, 0), (1, 0)], "it answered request 1 instead of 2"),
        (&[(0, 2)], "it answered request 0 instead of 1"),
        (&[(9, 0), (8, 0)], "it answered request 9 instead of 1"),
    ] {
        let mut scene = Scene::new(1, &[Working]).has(0, 2);
        assert_eq!(turn(&mut scene, 0, replies).end, Some(Some(instead.to_owned())));
    }
    let mut idle = Scene::new(1, &[Working]);
    assert_eq!(turn(&mut idle, 0, &[(1, 0)]).end, Some(None));
}

/// What is given back goes to whoever is free, unless nobody waits for it.
#[test]
fn given_back_is_shared_out_again() {
    for (given_up, rows) in [([].as_slice(), [[1], [2]].map(Vec::from)), (&[2], [vec![1], vec![]])] {
        let mut scene = Scene::new(2, &[Working; 2]).has(0, 2);
        scene.state.relieve();
        assert_eq!(turn(&mut scene, 0, &[]).asked, [(2, 2)]);
        assert_eq!(turn(&mut scene, 0, &[]).asked, []);
        scene = scene.without(given_up);
        let seen = turn(&mut scene, 0, &[(0, 2)]);
        assert_eq!((seen.end, scene.rows()), (None, rows.to_vec()));
    }
}

/// The worker of what nobody waits for ends; that of a request ahead of it does not.
#[test]
fn unwanted_work_ends_the_worker() {
    let nobody = "nobody waited any more".to_owned();
    for (given_up, end) in [(1, Some(Some(nobody))), (2, None)] {
        let mut scene = Scene::new(1, &[Working]).has(0, 2).without(&[given_up]);
        assert_eq!(turn(&mut scene, 0, &[]).end, end);
    }
}

/// A worker that has nothing to do ends when all is over.
#[test]
fn idle_worker_ends_with_the_pool() {
    for (busy, closed, end) in [(0, false, None), (0, true, Some(None)), (1, true, None)] {
        let mut scene = Scene::new(1, &[Working]).has(0, busy);
        scene.state.closed = closed;
        assert_eq!(turn(&mut scene, 0, &[]).end, end);
    }
}

/// Only a worker with nothing to do relieves another, if it may work and something waits there.
#[test]
fn free_worker_may_relieve() {
    for (workers, own, others, is_slow, may) in [
        (2, 0, 2, false, true),
        (2, 0, 2, true, false),
        (2, 0, 1, false, false),
        (2, 1, 2, false, false),
        (1, 0, 2, false, false),
        (3, 0, 2, false, true),
    ] {
        let mut scene = Scene::new(workers, &[Working; 2]).has(0, own).has(1, others);
        scene.state.posts[1].is_slow = is_slow;
        assert_eq!(
            turn(&mut scene, 0, &[]).may_relieve,
            may,
            "{workers} workers, {own} and {others}, {is_slow}"
        );
    }
}

/// Its own look is no news to a keeper; that others are to look still is.
#[test]
fn look_is_no_news() {
    let mut scene = Scene::new(2, &[Working; 2]).comes(&[1; 2]);
    let seen = turn(&mut scene, 1, &[]);
    assert_eq!((scene.state.told, seen.begins), (vec![0], true));
}

/// Requests are written when those before them are, and long bytes are let go when the worker has surely begun.
#[test]
fn requests_are_written_in_turn() {
    let mut scene = Scene::new(1, &[Working]).comes(&[1; 3]);
    let bytes = Arc::new(vec![7; 9]);
    // The second one is long.
    let second = scene.state.posts[0].sent.get(2).expect("it was sent");
    second.rest = Some(bytes.clone());
    let mut outbox = Outbox::default();
    scene.state.turn(0, &mut Vec::new(), &mut outbox);
    assert_eq!((outbox.unwritten(), outbox.more), (11, true));
    outbox.wrote(10);
    scene.state.turn(0, &mut Vec::new(), &mut outbox);
    assert_eq!((outbox.unwritten(), outbox.more), (1, true));
    outbox.wrote(1);
    outbox.passed = Some(2);
    assert_eq!(Arc::strong_count(&bytes), 2);
    scene.state.turn(0, &mut Vec::new(), &mut outbox);
    assert_eq!((outbox.unwritten(), outbox.more, outbox.passed), (1, false, None));
    assert_eq!(Arc::strong_count(&bytes), 1);
}

//! When a worker is wanted, and when the desk is full, over or deserted.

use crate::{
    fast_state::Doing::{self, Gone, Nothing, Starting, Working},
    scene::Scene,
};

/// Whether a worker is wanted where places are at this, the first ones have requests, and others wait.
fn wanted(workers: usize, places: &[Doing], busy: usize, waiting: usize) -> Scene {
    let scene = (0..busy).fold(Scene::new(workers, places), |scene, number| scene.has(number, 1));
    scene.waits(&vec![1; waiting])
}

/// One worker for each request that finds none, as long as there may be more.
#[test]
fn request_wants_a_worker() {
    for (workers, places, busy, waiting, is_wanted) in [
        (1, [Nothing].as_slice(), 0, 0, false),
        (1, &[Nothing], 0, 1, true),
        (1, &[Starting], 0, 1, false),
        (1, &[Working], 1, 1, false),
        (2, &[Starting, Nothing], 0, 1, false),
        (2, &[Starting, Nothing], 0, 2, true),
        (2, &[Working, Nothing], 0, 1, false),
        (2, &[Working, Nothing], 0, 2, true),
        (2, &[Working, Nothing], 1, 0, false),
        (2, &[Working, Nothing], 1, 1, true),
        (3, &[Working, Working, Nothing], 1, 1, false),
        (3, &[Working, Starting, Nothing], 1, 2, true),
    ] {
        let scene = wanted(workers, places, busy, waiting);
        assert_eq!(scene.state.wants_worker(), is_wanted, "{workers}, {busy} busy, {waiting} waiting");
    }
}

/// So many more than work, unless a start has failed or the pool is closed.
#[test]
fn spare_is_wanted() {
    for (places, busy, waiting, is_wanted) in [
        ([Nothing, Nothing], 0, 0, true),
        ([Starting, Nothing], 0, 0, false),
        ([Starting, Nothing], 0, 1, true),
        ([Working, Nothing], 0, 0, false),
        ([Working, Nothing], 1, 0, true),
        ([Working, Nothing], 1, 1, true),
        ([Working, Starting], 1, 0, false),
        ([Working, Working], 1, 1, false),
    ] {
        let mut scene = wanted(1, &places, busy, waiting);
        assert_eq!(scene.state.wants_worker(), is_wanted, "{busy} busy, {waiting} waiting");
        scene.state.failed = true;
        assert!(!scene.state.wants_worker(), "after a failure");
        (scene.state.failed, scene.state.closed) = (false, true);
        assert!(!scene.state.wants_worker(), "when all is closed");
    }
}

/// After a failed start one is wanted only where no worker lives or starts.
#[test]
fn failure_leaves_it_to_others() {
    for (places, busy, is_wanted) in
        [([Nothing, Nothing], 0, true), ([Working, Nothing], 1, false), ([Starting, Nothing], 0, false)]
    {
        let mut scene = wanted(2, &places, busy, 2);
        scene.state.failed = true;
        assert_eq!((scene.state.wants_worker(), scene.state.has_hope()), (is_wanted, !is_wanted));
    }
}

/// There is hope where a worker lives or starts.
#[test]
fn workers_are_hope() {
    let places = [(Nothing, false), (Gone, false), (Starting, true), (Working, true)];
    for (doing, is_hope) in places {
        assert_eq!(Scene::new(2, &[doing, Nothing]).state.has_hope(), is_hope);
    }
    assert!(Scene::new(2, &[Working, Starting]).state.has_hope());
}

/// It is full when so many wait as may, beyond those for which a worker is free or may come.
#[test]
fn room_is_for_those_that_wait() {
    for (busy, ahead, waiting, room, is_full) in [
        (0, 0, 1, 0, false),
        (0, 0, 2, 0, true),
        (0, 0, 2, 1, false),
        (0, 0, 3, 1, true),
        (1, 0, 0, 0, false),
        (1, 0, 1, 0, true),
        (2, 0, 0, 0, true),
        (2, 1, 0, 2, false),
        (2, 2, 0, 2, true),
        (2, 1, 1, 2, true),
        (2, 0, 2, 3, false),
    ] {
        let scene = wanted(2, &[Working; 2], busy, waiting);
        let scene = if ahead > 0 { scene.has(0, ahead) } else { scene };
        assert_eq!(
            scene.state.is_full(room),
            is_full,
            "{busy} busy, {ahead} ahead, {waiting} waiting, {room}"
        );
    }
}

/// What was given up and is not back yet keeps no place, and nobody counts it.
#[test]
fn given_up_keeps_no_place() {
    let scene = Scene::new(1, &[Working]).has(0, 3).waits(&[1]).without(&[2]);
    assert_eq!((scene.state.stats().waiting, scene.state.running()), (2, 1));
    assert!(scene.state.is_full(2));
    assert!(!scene.state.is_full(3));
}

/// What a dead worker had and nobody has settled yet waits, too.
#[test]
fn unsettled_ones_wait() {
    let mut scene = Scene::new(1, &[Working]).has(0, 2).waits(&[1]);
    scene.state.unsettled = 3;
    assert_eq!(scene.state.stats().waiting, 5);
}

/// It is over when it is closed, nothing is left to begin, and all deaths are settled.
#[test]
fn over_is_when_all_has_begun() {
    for (ahead, waiting, burials, is_over) in [
        (0, 0, 0, true),
        (1, 0, 0, false),
        (0, 1, 0, false),
        (1, 1, 0, false),
        (0, 0, 1, false),
        (1, 0, 1, false),
    ] {
        let mut scene = Scene::new(1, &[Working]).has(0, 1 + ahead).waits(&vec![1; waiting]);
        scene.state.burials = burials;
        assert!(!scene.state.is_over(), "it is open");
        scene.state.closed = true;
        assert_eq!(scene.state.is_over(), is_over, "{ahead} ahead, {waiting} waiting, {burials} burials");
    }
}

/// It is deserted when all keepers have ended, and all deaths are settled.
#[test]
fn deserted_is_when_all_are_gone() {
    for (other, burials, is_deserted) in
        [(Gone, 0, true), (Gone, 1, false), (Nothing, 0, false), (Working, 1, false)]
    {
        let mut scene = Scene::new(2, &[Gone, other]);
        scene.state.burials = burials;
        assert_eq!(scene.state.is_deserted(), is_deserted);
    }
}

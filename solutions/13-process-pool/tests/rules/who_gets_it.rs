//! Who gets a request.

use crate::{
    fast_state::Doing::{Gone, Nothing, Starting, Working},
    scene::Scene,
};

const KIB: usize = 1 << 10;

/// A free worker comes first, and then the one with the least to do.
#[test]
fn least_to_do_comes_first() {
    let scene = Scene::new(2, &[Working; 2]).comes(&[1; 5]);
    assert_eq!(scene.rows(), [vec![1, 3, 5], vec![2, 4]]);
    assert_eq!(scene.state.told, [0, 1, 0, 1, 0]);
}

/// A worker holds no more requests than are allowed; the others wait.
#[test]
fn row_has_an_end() {
    let scene = Scene::new(1, &[Working]).comes(&[1; 40]);
    assert_eq!(scene.rows()[0].len(), 32);
    assert_eq!(scene.waiting(), (33..=40).collect::<Vec<_>>());
}

/// Long ones are sent ahead one at a time, so that a worker always has its next one; others up to 256 KiB.
#[test]
fn bytes_ahead_have_a_bound() {
    let scene = Scene::new(1, &[Working]).comes(&[200 * KIB, 100 * KIB, 1]);
    assert_eq!((scene.rows(), scene.waiting()), (vec![vec![1, 2]], vec![3]));
    let scene = Scene::new(1, &[Working]).comes(&[100 * KIB, 100 * KIB, 56 * KIB, 1]);
    assert_eq!((scene.rows(), scene.waiting()), (vec![vec![1, 2, 3]], vec![4]));
}

/// Nothing waits behind what takes long.
#[test]
fn slow_worker_gets_nothing() {
    let mut scene = Scene::new(1, &[Working]).comes(&[1]);
    scene.state.posts[0].is_slow = true;
    let scene = scene.comes(&[1]);
    assert_eq!((scene.rows(), scene.waiting()), (vec![vec![1]], vec![2]));
}

/// While another worker may come, a request waits for that one.
#[test]
fn start_is_waited_for() {
    for (other, failed, waits) in [
        (Starting, false, true),
        (Starting, true, true),
        (Nothing, false, true),
        (Nothing, true, false),
        (Gone, false, false),
    ] {
        let mut scene = Scene::new(2, &[Working, other]);
        scene.state.failed = failed;
        let scene = scene.comes(&[1; 2]);
        let expected = if waits { (vec![1], vec![2]) } else { (vec![1, 2], vec![]) };
        assert_eq!((scene.rows()[0].clone(), scene.waiting()), expected);
    }
}

/// A spare worker, there or not, is nobody to wait for and takes nothing while as many work as may.
#[test]
fn spare_takes_nothing() {
    for spare in [Nothing, Starting, Working] {
        let scene = Scene::new(1, &[Working, spare]).comes(&[1; 2]);
        assert_eq!(scene.rows(), [vec![1, 2], vec![]]);
    }
}

/// What nobody waits for goes to nobody.
#[test]
fn given_up_goes_to_nobody() {
    let mut scene = Scene::new(1, &[Working]).waits(&[1; 3]).without(&[1]);
    scene.state.dispatch();
    assert_eq!((scene.rows(), scene.waiting()), (vec![vec![2, 3]], vec![]));
}

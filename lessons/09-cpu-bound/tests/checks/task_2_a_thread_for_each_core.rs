//! Task 2, a thread for each core: rayon is as wide as the machine, and no job ends the process or loses its place.

use std::{
    future::{Future, poll_fn},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use checks::{Client, Ended, Explain, Missed, ScriptedRoom, check, patience, program};
use cpu_bound::CpuPool;
use practice::cores;
use tokio::{select, time::timeout};

use super::common::{
    Gate, IDEA, NO_JOIN, REFUSED, TASK_1, TASK_2, TASK_3, TOO_MANY, asks_for_the_cores, hand_in,
    leaves_the_loop_free, on_a_loop, room_goes_on_during, runs_as_many_jobs_as_cores, stages, told,
};

/// The loop has a turn while a job computes: here it is what lets the job end.
#[test]
fn rayon_leaves_the_loop_free() {
    leaves_the_loop_free(CpuPool::by_rayon, TASK_2);
}

/// Forty jobs: as many at once as there are cores, and each gets its own answer.
#[test]
fn rayon_runs_as_many_jobs_as_cores() {
    runs_as_many_jobs_as_cores(
        "by_rayon",
        CpuPool::by_rayon,
        "the pool is wider than the machine, or each job has one of its own",
        TASK_2,
    );
    asks_for_the_cores(
        CpuPool::by_rayon,
        concat!(module_path!(), "::rayon_runs_as_many_jobs_as_cores"),
        TASK_2,
    );
}

/// A job that panics is an error line, and the process lives, with all its places.
#[test]
fn panicking_job_is_an_error_and_the_process_lives() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    for _ in 0..=cores() {
        client.type_line("/primes x");
        // One wait for the whole line: an aborting process may still print the start of an answer.
        let told = client.shows("!! /primes x: the job panicked: how many numbers?");
        told.map_err(|missed| gone(&client, missed))
            .or_explain("the panic is told as something else, or nobody is told", TASK_2);
    }
    client.type_line("/primes 100");
    client
        .shows("== /primes 100: 25 primes")
        .or_explain("a job that panicked has taken its thread along", TASK_2);
    room.say("who dropped that?");
    client.shows("<< who dropped that?").or_explain("the panic ended the client", TASK_2);
}

/// The pool is its own: it answers while rayon's global one, which others use, is full.
#[test]
fn rayon_pool_is_its_own() {
    let next = on_a_loop(async || {
        let (pool, gate) = (CpuPool::by_rayon().expect("a pool"), Arc::new(Gate::default()));
        for _ in 0..rayon::current_num_threads() {
            let gate = gate.clone();
            rayon::spawn(move || gate.pass());
        }
        gate.crowd(rayon::current_num_threads(), patience() / 3).await;
        let next = timeout(patience() / 3, pool.compute(|_| 7)).await;
        gate.open();
        next.map_or("no answer".into(), |next| told(&next))
    });
    let next = next.or_explain("the job never begins, or its answer is lost", TASK_2);
    check(next == "7", "7 from a job, while rayon's global pool is full", next)
        .or_explain("the jobs run in rayon's global pool, which they share with whoever uses it", TASK_2);
}

/// A place is free as soon as its job has ended, also when nobody has taken the answer yet.
#[test]
fn place_is_free_when_its_job_ends() {
    for (stage, make) in stages() {
        let next = on_a_loop(async move || {
            let pool = make().expect("a pool");
            let gate = Arc::new(Gate::default());
            let mut untaken: Vec<_> = (0..cores())
                .map(|_| {
                    let gate = gate.clone();
                    Box::pin(pool.compute(move |_| gate.pass()))
                })
                .collect();
            let all = poll_fn(|context| {
                untaken.iter_mut().for_each(|job| drop(job.as_mut().poll(context)));
                Poll::<()>::Pending
            });
            select! {
                () = all => {}
                _ = gate.crowd(cores(), patience() / 3) => {}
            }
            // From here on nobody polls them.
            gate.open();
            let next = timeout(patience() / 3, pool.compute(|_| 7)).await;
            next.map_or("no answer".into(), |next| told(&next))
        });
        let next = next.or_explain("the job never begins, or its answer is lost", TASK_1);
        let likely = match next.as_str() {
            "no answer" => {
                "a place is kept until the answer is taken: the job owns its permit, and no longer than it runs; or the pool is too narrow"
            }
            _ => REFUSED,
        };
        check(next == "7", format!("{stage}: 7 from a job, when those before it have ended"), next)
            .or_explain(likely, TASK_1);
    }
}

/// Whoever waits for a place is left alone until there is one.
#[test]
fn waiting_for_a_place_asks_once() {
    for (stage, make) in stages() {
        let polls = on_a_loop(async move || {
            let pool = Arc::new(make().expect("a pool"));
            let gate = Arc::new(Gate::default());
            let _jobs = hand_in(&pool, &gate, cores());
            gate.crowd(cores(), patience() / 3).await;
            let (mut polls, mut queued) = (0, Box::pin(pool.compute(|_| 7)));
            let counted = poll_fn(|context| {
                polls += 1;
                queued.as_mut().poll(context)
            });
            let _ = timeout(TOO_MANY, counted).await;
            gate.open();
            polls
        });
        let polls = polls.or_explain("the job never begins, or its answer is lost", TASK_1);
        check(
            polls <= 3,
            format!("{stage}: a poll at the start, and none while all places are taken"),
            format!("{polls} polls in 200 ms"),
        )
        .or_explain(
            "the await asks again and again: `acquire_owned` and a `oneshot` wake whoever waits",
            TASK_1,
        );
    }
}

/// A job that never looks keeps its place until it ends, although nobody waits for it.
#[test]
fn abandoned_job_keeps_its_place_until_it_ends() {
    for (stage, make) in stages() {
        let seen = on_a_loop(async move || {
            let pool = Arc::new(make().expect("a pool"));
            let gate = Arc::new(Gate::default());
            let mut jobs = hand_in(&pool, &gate, cores());
            gate.crowd(cores(), patience() / 3).await;
            jobs.shutdown().await;
            let mut next = hand_in(&pool, &gate, 1);
            let most = gate.crowd(cores() + 1, TOO_MANY).await;
            gate.open();
            let next = next.join_next().await.map(|next| next.map_or("a panic".into(), |next| told(&next)));
            (most, next.unwrap_or_default())
        });
        let (most, next) = seen.or_explain("the place of an abandoned job is lost", TASK_3);
        let expected = format!("{stage}: {} at once, the abandoned ones counted", cores());
        let likely = match most < cores() {
            true => "the pool is narrower than the machine",
            false => {
                "the permit belongs to the await: it is given back while the job goes on; or the pool is too wide"
            }
        };
        check(most == cores(), expected, format!("{most} at once")).or_explain(likely, TASK_1);
        check(next == "0", "0 from the next job, once a place is free", next).or_explain(REFUSED, TASK_3);
    }
}

/// Pongs go out and messages are shown while one core counts primes; Ctrl-C does not wait for it.
#[test]
fn pongs_go_out_while_primes_are_counted() {
    room_goes_on_during("/primes 3000000000", TASK_2);
}

/// What became of a client that does not show what it should.
fn gone(client: &Client, missed: Missed) -> Missed {
    match client.exits_within(Duration::from_millis(500)) {
        Ok(Ended::Signal) => Missed::new(missed.expected, "the process is gone: it was aborted")
            .because("nothing catches the panic on rayon's thread: it aborts the process"),
        Ok(Ended::Status(status)) => {
            Missed::new(missed.expected, format!("the process ended with status {status}"))
        }
        Err(_) => missed,
    }
}

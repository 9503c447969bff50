//! Task 1, hand the future to the loop: it runs there as a task, and the loop goes on while a job waits for it.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::channel,
    },
    thread,
    time::{Duration, Instant},
};

use checks::{Explain, Missed, ScriptedRoom, check, pass_over, patience, sleeps, this_thread, thread_names};
use the_way_back::{Bridge, CallError, call_async, offload};
use tokio::{
    runtime::Handle,
    sync::oneshot,
    task::{spawn_blocking, yield_now},
    time::sleep,
};

use super::common::{Flavor, Folder, HAND, IDEA, REFUSE, WAITS, guest, outcome, silent_room};

/// The loop gives others their turns while a job waits for it.
#[test]
fn loop_turns_while_a_job_waits() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("a job is answered by a task of its loop", async || {
            let (answer, answered) = oneshot::channel();
            let turns = tokio::spawn(async move {
                yield_now().await;
                answer.send(7)
            });
            let called = offload(|bridge| bridge.call(patience(), answered)).await;
            let _ = turns.await;
            called.map_err(|error| Missed::new("a result of the job", format!("the error `{error}`")))
        });
        let result = seen.or_explain(WAITS, HAND).or_explain(WAITS, HAND);
        check(result == Ok(Ok(7)), "the answer 7", outcome(&result)).or_explain(WAITS, HAND);
    }
}

/// The future runs where the loop runs, so that what it uses and spawns belongs to that loop: no runtime is built.
#[test]
fn future_runs_on_the_loop_that_runs() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("a job calls", async move || {
            let (handle, own) = (Handle::current(), thread::current().id());
            let called = spawn_blocking(move || {
                let caller = thread::current().id();
                let future = async move { (Handle::current().id(), thread::current().id()) };
                call_async(&handle, patience(), future).map(|(id, runs)| (id == handle.id(), runs, caller))
            });
            let called = called.await.expect("a job that ends");
            called.map(|(same, runs, caller)| match flavor {
                Flavor::Current => (same, runs == own),
                Flavor::Multi => (same, runs != caller),
            })
        });
        let seen = seen.or_explain(WAITS, HAND);
        let instead = match seen {
            Ok((false, _)) => "it runs in another runtime".to_owned(),
            Ok((true, _)) => "it runs on another thread".to_owned(),
            Err(_) => outcome(&seen),
        };
        check(seen == Ok((true, true)), format!("the future runs on {}", flavor.name()), instead)
            .or_explain("`block_on` runs the future on the thread that calls: spawn it on the loop", HAND);
        // A job of another loop has that one around it, and calls this one.
        let seen = flavor.run("a job of another loop calls", async || {
            let (handle, other) = (Handle::current(), Flavor::Multi.build().expect("a runtime"));
            let meant = handle.id();
            let calls = move || call_async(&handle, patience(), async { Handle::current().id() });
            let called = other.spawn_blocking(calls).await.expect("a job that ends");
            other.shutdown_background();
            called.map(|id| id == meant)
        });
        let seen = seen.or_explain(WAITS, HAND);
        let likely = "the future is spawned on the loop around the caller, and not through the handle";
        check(seen == Ok(true), "the future runs in the runtime that is called", outcome(&seen))
            .or_explain(likely, HAND);
    }
}

/// 1000 calls from 8 threads: each future runs once, and each caller has its own answer.
#[test]
fn thousand_calls_from_eight_threads_are_answered_once_each() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("1000 calls are answered", async || {
            let ran = Arc::new([const { AtomicUsize::new(0) }; 1000]);
            let (handle, counts, (tells, told)) = (Handle::current(), ran.clone(), channel());
            let calls = move || {
                let calling = |thread: usize| {
                    let own = (thread * 125)..(thread * 125 + 125);
                    own.filter(|&number| {
                        let ran = counts.clone();
                        let future = async move {
                            yield_now().await;
                            ran[number].fetch_add(1, SeqCst);
                            number
                        };
                        let called = call_async(&handle, patience(), future);
                        let is_own = called == Ok(number);
                        let _ = if is_own { Ok(()) } else { tells.send(called) };
                        is_own
                    })
                    .count()
                };
                thread::scope(|threads| {
                    let callers: Vec<_> =
                        (0..8).map(|thread| threads.spawn(move || calling(thread))).collect();
                    callers.into_iter().map(|caller| caller.join().unwrap_or(0)).sum::<usize>()
                })
            };
            let answered = spawn_blocking(calls).await.unwrap_or(0);
            let once = ran.iter().filter(|count| count.load(SeqCst) == 1).count();
            (answered, once, told.try_recv().ok())
        });
        let (answered, once, other) = seen.or_explain(WAITS, HAND);
        let (likely, task) = match other {
            Some(Err(CallError::OnTheLoop)) => {
                ("a thread that may block is taken for the loop's own", REFUSE)
            }
            _ => ("calls share something: each needs a channel of its own", HAND),
        };
        let instead = other.map_or(String::new(), |other| format!("; another one has {}", outcome(&other)));
        check(
            (answered, once) == (1000, 1000),
            "1000 calls have their own answers, and each future runs once",
            format!("{answered} have their own, and {once} ran once{instead}"),
        )
        .or_explain(likely, task);
    }
}

/// A job calls a future that offloads a job that calls, three deep.
#[test]
fn calls_nested_three_deep_are_answered() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("calls nested three deep", async || {
            offload(|bridge| deeper(bridge, 3)).await.map_err(|error| error.to_string())
        });
        let likely = "a call keeps what the call within it waits for";
        let seen = seen.or_explain(likely, HAND);
        check(seen == Ok(Ok(3)), "each of 3 calls is answered", format!("{seen:?}")).or_explain(likely, HAND);
    }
}

fn deeper(bridge: &Bridge, depth: usize) -> Result<usize, CallError> {
    if depth == 0 {
        return Ok(0);
    }
    let inner = async move { Box::pin(offload(move |bridge| deeper(bridge, depth - 1))).await };
    let answered = bridge.call(patience(), inner)?;
    answered.map_or(Err(CallError::LoopEnded), |below| below.map(|depth| depth + 1))
}

/// A thread that waits for an answer sleeps meanwhile, and does not look again and again. Linux only.
#[test]
fn waiting_thread_sleeps() {
    let slept = || sleeps(this_thread()?);
    let seen = Flavor::Current.run("a call that takes 0.3 s is answered", async move || {
        let handle = Handle::current();
        let waits = move || {
            let before = slept()?;
            let called = call_async(&handle, patience(), sleep(Duration::from_millis(300)));
            Some((called.is_ok(), slept()? - before))
        };
        spawn_blocking(waits).await
    });
    let seen = seen.or_explain(WAITS, HAND).expect("a job that ends");
    let Some((answered, sleeps)) = seen else {
        return pass_over("nothing tells here how often a thread sleeps");
    };
    check(answered, "an answer", "none").or_explain(WAITS, HAND);
    check(sleeps < 30, "a thread that sleeps until it has its answer", format!("it woke {sleeps} times"))
        .or_explain("the thread looks again and again: receive from a channel that blocks", HAND);
}

/// A panic in a job is an error for whoever awaits it.
#[test]
fn panic_in_a_job_is_an_error() {
    let seen = Flavor::Current.run("the end of a job that panics is told", async || {
        tokio::spawn(offload(|_| -> usize { resume_unwind(Box::new("as it should")) })).await
    });
    let seen = seen.or_explain("a job that panics is waited for", HAND);
    let instead = match &seen {
        Ok(Ok(_)) => "a result",
        Ok(Err(_)) => "an error",
        Err(_) => "the panic goes on in whoever awaits the job",
    };
    check(instead == "an error", "an error, of a job that panicked", instead)
        .or_explain("the panic of a job is the error of its handle: hand it on", HAND);
}

/// While the plugin waits for the room, pings are answered, and what others say is shown.
#[test]
fn pings_are_answered_while_the_plugin_waits() {
    let (room, folder) = (silent_room(), Folder::new("pings"));
    let mut client = guest(&room);
    client.type_line(&folder.scan());
    let shown = room.pings(2).and_then(|()| {
        room.say("the kettle boils");
        client.shows("<< the kettle boils")
    });
    shown.or_explain(WAITS, HAND);
    let screen = client.screen();
    let has_given_up =
        screen.find("!! /scan").is_some_and(|end| Some(end) < screen.find("<< the kettle boils"));
    let expected = "what the room says is shown while the plugin waits";
    check(!has_given_up, expected, "it is shown when the scan has been given up").or_explain(WAITS, HAND);
    room.pongs(2).or_explain(WAITS, HAND);
}

/// The plugin goes on when the room has answered, and not before.
#[test]
fn plugin_goes_on_when_the_room_has_answered() {
    let (room, folder) = (silent_room(), Folder::new("order"));
    let mut client = guest(&room);
    client.type_line(&folder.scan());
    room.hears_next("ice is in a").or_explain("the find does not reach the room", HAND);
    // A file takes 100 ms, and pings come every 250 ms: a plugin that does not wait has told its next find.
    room.pongs(2).or_explain(WAITS, HAND);
    client.type_line("hello");
    room.hears_next("hello").or_explain("the plugin goes on without the room's answer", HAND);
    room.say("you: ice is in a");
    room.hears_next("ice is in b").or_explain("the room's answer does not reach the plugin", HAND);
    room.say("you: ice is in b");
    client.shows(": 2 finds").or_explain("the end of the scan reaches nobody", HAND);
}

/// After 100 calls the client has no more threads than after a few.
#[test]
fn no_thread_is_left() {
    let (room, folder) = (ScriptedRoom::open(), Folder::new("threads"));
    let mut client = guest(&room);
    let mut scan = |times: usize| {
        for _ in 0..times {
            client.type_line(&folder.scan());
            room.hears("ice is in b")?;
            client.shows(": 2 finds")?;
        }
        Ok::<_, Missed>(thread_names(client.process()))
    };
    let Some(few) = scan(1).or_explain(WAITS, HAND) else { return };
    let mut many = scan(4).or_explain(WAITS, HAND).unwrap_or_default();
    // A thread that ends needs a moment for it.
    let deadline = Instant::now() + patience() / 2;
    while many.len() > few.len() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
        many = thread_names(client.process()).unwrap_or_default();
    }
    check(
        many.len() <= few.len(),
        format!("{} threads, as after the first scan", few.len()),
        many.join(", "),
    )
    .or_explain("each call or each job leaves a thread behind", IDEA);
}

//! Task 3, say why it died: any death is one error with its cause, and a worker follows it, though not for ever.

#[cfg(unix)]
use std::{fs, os::unix::fs::symlink, path::PathBuf, time::Duration};

use checks::{Explain, check, kill};
use process_pool::{Answer, Failure, Job};
#[cfg(unix)]
use process_pool::{Reply, Settings};

use super::common::{
    GIVEN, HOURS, TASK_3, answers, calls, eventually, is_gone, one, outcome, pid, runs, said, with_pool,
};
#[cfg(unix)]
use super::{
    common::{Scratch, bound, settings, told},
    scenes::{first_try, octal, since},
};

/// Whoever asked is told the cause: the signal, the code, and the words of the process.
#[test]
fn death_has_its_cause() {
    let abort = if cfg!(unix) { "SIGABRT" } else { "0xc0000409" };
    let deep = if cfg!(unix) { abort } else { "0xc00000fd" };
    let cases = [
        (Job::Crash, abort, ""),
        (Job::Exit(3), "3", ""),
        (Job::Exit(0), "0", ""),
        (Job::Deep, deep, "has overflowed its stack"),
        (Job::Greedy, abort, "memory allocation of 1125899906842624 bytes failed"),
    ];
    with_pool(one(), TASK_3, async move |pool| {
        for (job, cause, words) in cases {
            let answer = outcome(&pool, job.clone()).await;
            let Err(Failure::Died(why)) = &answer else {
                check(false, format!("after {job:?}: `Died`, with its cause"), said(&answer))
                    .or_explain("the end of a worker is not told to whoever waits for it", TASK_3);
                return;
            };
            check(why.contains(cause), format!("after {job:?}: `Died`, with `{cause}`"), why)
                .or_explain("the process is not waited for, so how it ended is not known", TASK_3);
            check(why.contains(words), format!("after {job:?}: `Died`, with its last words: `{words}`"), why)
                .or_explain("its last words are not heard", TASK_3);
            let silent = !words.is_empty() || !why.contains("saying");
            check(silent, format!("after {job:?}: no last words, since it has none"), why)
                .or_explain(GIVEN, TASK_3);
        }
        let worker = pid(&pool).await;
        let mut calls = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_3);
        kill(worker);
        let answer = calls.join_next().await.and_then(Result::ok);
        // Windows knows no signals, and whoever kills chooses the code.
        let cause = if cfg!(unix) { "SIGKILL" } else { "exit code: " };
        let named = matches!(&answer, Some(Err(Failure::Died(why))) if why.contains(cause));
        check(named, format!("`Died` with `{cause}` for a worker that was killed"), said(&answer))
            .or_explain("the process is not waited for, so how it ended is not known", TASK_3);
    });
}

/// A job whose worker died is not done again, nor is one that was done before; those behind it are done once.
#[test]
#[cfg(unix)]
fn died_job_is_not_done_again() {
    let [done, gate] = ["done", "deadly-gate"].map(Scratch::file);
    let there = Scratch::worker("mortal");
    let kills = format!("{}; kill -9 $PPID", gate.awaited());
    let notes = |what: &str| format!("echo {what} >> {}", done.path());
    let deadly = Scratch::script("deadly", &format!("{}; {kills}", notes("deadly")));
    let harmless = Scratch::script("harmless", &notes("\"$1\""));
    with_pool(Settings { program: Some(there.0.clone()), ..one() }, TASK_3, async move |pool| {
        let run = |what: &str| Job::Run(format!("./{} {what}", harmless.name()));
        let before = outcome(&pool, run("before")).await;
        check(before.is_ok(), "an answer to the job before", said(&before)).or_explain(GIVEN, TASK_3);
        let mut dies = calls(&pool, 1, || deadly.job());
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_3);
        let names = ["one", "two", "three"];
        let behind = names.map(|name| calls(&pool, 1, || run(name)));
        runs(&pool, 1, 3).await.or_explain("requests that find no worker do not wait", TASK_3);
        fs::write(&gate.0, "").expect("a file");
        let death = told(&mut dies).await;
        let named = matches!(&death, Some(Err(Failure::Died(why))) if why.contains("SIGKILL"));
        check(named, "`Died` with `SIGKILL` for a job that kills its worker", said(&death))
            .or_explain("the end of a worker is not told to whoever waits for it", TASK_3);
        for (name, mut call) in names.iter().zip(behind) {
            let answer = told(&mut call).await;
            check(
                matches!(answer, Some(Ok(_))),
                format!("an answer to {name}, which came behind"),
                said(&answer),
            )
            .or_explain("a death is told to others, or the worker is not replaced", TASK_3);
        }
        let all = fs::read_to_string(&done.0).unwrap_or_default();
        let mut seen: Vec<&str> = all.lines().collect();
        seen.sort_unstable();
        let expected = ["before", "deadly", "one", "three", "two"];
        check(seen == expected, format!("each job once: {}", expected.join(", ")), seen.join(", "))
            .or_explain("a job whose worker died is sent again, and may do twice what it does", TASK_3);
    });
}

/// What an earlier job wrote is no cause of a later one's death.
#[test]
fn last_words_are_of_the_last_job() {
    with_pool(one(), TASK_3, async |pool| {
        answers(&pool, Job::Print("old news".into()), Ok(Answer::Text("printed".into())))
            .await
            .or_explain(GIVEN, TASK_3);
        // The loop has many turns meanwhile, and hears what was printed.
        for _ in 0..20 {
            pid(&pool).await;
        }
        let answer = outcome(&pool, Job::Crash).await;
        let named = matches!(&answer, Err(Failure::Died(why)) if !why.contains("old news"));
        check(named, "`Died`, without the words of an earlier job", said(&answer)).or_explain(GIVEN, TASK_3);
    });
}

/// A worker that dies while it has nothing to do costs nothing.
#[test]
fn idle_death_costs_nothing() {
    with_pool(one(), TASK_3, async |pool| {
        for _ in 0..3 {
            let worker = pid(&pool).await;
            kill(worker);
            is_gone(worker, TASK_3).await;
            let left = eventually(async || pool.stats().workers.is_empty().then_some(())).await;
            check(left.is_some(), "the pool knows that its worker is gone", said(&pool.stats()))
                .or_explain("a keeper waits for requests, and not for the end of its worker", TASK_3);
        }
    });
}

/// A worker that breaks the channel, and lives on, is killed at once; nobody waits for it.
#[test]
#[cfg(unix)]
fn broken_channel_is_an_error_and_kills() {
    let stay = "exec sleep 1000";
    let reply = |id: u64| octal(Reply { id, result: Ok(Answer::Number(1)) });
    let cases = [
        (format!("exec >&-; {stay}"), "SIGKILL", "it closes its replies, and lives on"),
        (format!("printf 'hello, world'; {stay}"), "1751477356 bytes", "it prints, and lives on"),
        ("printf '\\000\\000'; exit 7".to_owned(), "7", "it exits inside of a frame"),
        (
            format!("printf '\\000\\000\\000\\001\\000\\000\\000\\000\\377'; {stay}"),
            "SIGKILL",
            "its reply is none",
        ),
        (
            format!("printf '\\377\\377\\377\\377\\377\\377\\377\\377'; {stay}"),
            "4294967295 bytes",
            "its length lies",
        ),
        (format!("printf '{}'; {stay}", reply(77)), "77", "it answers another request"),
        ("exec yes".to_owned(), "2030729482 bytes", "it floods its replies"),
    ];
    for (number, (script, cause, what)) in cases.into_iter().enumerate() {
        // It says that it is there, reads the header of a request, and goes wrong.
        let script = format!("printf '{}'; head -c 8 >/dev/null; {script}", reply(0));
        let file = Scratch::script(&format!("worker-{number}"), &script);
        with_pool(Settings { program: Some(file.0.clone()), ..one() }, TASK_3, async move |pool| {
            // A long request is still being written when the worker goes wrong.
            for (length, job) in [("short", Job::Pid), ("long", Job::Echo(vec![0; 8 << 20]))] {
                let answer = outcome(&pool, job).await;
                let named = matches!(&answer, Err(Failure::Died(why)) if why.contains(cause));
                let expected = format!("{what}, at a {length} request: `Died`, and `{cause}` in its text");
                let likely = match answer {
                    Err(Failure::TimedOut(_)) => "its worker lives on, and nobody ends it",
                    _ => "what came instead of the reply is not told, or not how the process ended",
                };
                check(named, expected, said(&answer)).or_explain(likely, TASK_3);
            }
            drop(file);
        });
    }
}

/// A program that is none, or that dies at once, is an error with its cause, after three tries; each request is told.
#[test]
#[cfg(unix)]
fn program_that_cannot_start_is_an_error() {
    let words = "echo 'note: milk' >&2; echo 'no tea today' >&2; exit 7";
    let silent = Scratch::script("silent", "exec sleep 1000");
    let dying = Scratch::script("dying", words);
    let odd = octal(Reply { id: 77, result: Ok(Answer::Number(1)) });
    let odd = Scratch::script("odd", &format!("printf '{odd}'; exec sleep 1000"));
    let alone = "a keeper that cannot start a worker leaves its callers alone";
    let cases = [
        (PathBuf::from("/nowhere/at/all"), "/nowhere/at/all", alone),
        (dying.0.clone(), "dying", alone),
        (dying.0.clone(), "exit status: 7, saying: no tea today", alone),
        (silent.0.clone(), "nothing for 0.2 s", "a worker has more time to get ready than the settings say"),
        (odd.0.clone(), "77", "a first reply with another number is taken for \"I am there\""),
    ];
    for (program, cause, likely) in cases {
        let start = if cause.contains("0.2") { Duration::from_millis(200) } else { bound() };
        with_pool(Settings { program: Some(program), start, ..one() }, TASK_3, async move |pool| {
            for (which, told) in [("first", 1), ("second", 2)] {
                let answer = outcome(&pool, Job::Pid).await;
                let is_told = matches!(&answer, Err(Failure::NoWorker(_)));
                check(is_told, format!("`NoWorker` for the {which} request"), said(&answer))
                    .or_explain(likely, TASK_3);
                let is_named = matches!(&answer, Err(Failure::NoWorker(why)) if why.contains(cause));
                check(is_named, format!("`NoWorker`, and `{cause}` in its text"), said(&answer))
                    .or_explain("the caller is not told why no worker starts", TASK_3);
                let stats = pool.stats();
                check(stats.answered == told, format!("{told} answered, errors counted"), said(&stats))
                    .or_explain("who is told `NoWorker` is not counted", TASK_3);
            }
        });
    }
}

/// A worker is tried three times for a request, at once and then with pauses, whether it dies or says nothing.
#[test]
#[cfg(unix)]
fn start_is_tried_three_times() {
    let tries = Scratch::file("tries");
    let script = Scratch::script("trying", &format!("date +%s%N >> {}; exit 7", tries.path()));
    let settings = Settings { program: Some(script.0.clone()), ..one() };
    with_pool(settings, TASK_3, async move |pool| {
        // A busy machine may be late, and not each time.
        let (mut request, mut soonest) = (0, Duration::MAX);
        while request < 2 || request < 6 && soonest >= Duration::from_millis(80) {
            request += 1;
            let _ = outcome(&pool, Job::Pid).await;
            let all = fs::read_to_string(&tries.0).unwrap_or_default();
            let tried = all.lines().count();
            check(tried == 3 * request, "3 tries for each request", format!("{tried} tries for {request}"))
                .or_explain("a program that dies at once is started again and again, or once only", TASK_3);
            // Elsewhere than on Linux `date` knows no nanoseconds.
            let times: Vec<u64> = all.lines().skip(3 * (request - 1)).flat_map(str::parse).collect();
            for (pair, pause) in times.windows(2).zip([20, 80]) {
                let passed = Duration::from_nanos(pair[1] - pair[0]);
                let paused = passed >= Duration::from_millis(pause);
                check(paused, format!("a pause of {pause} ms"), format!("{passed:?}"))
                    .or_explain("the next try comes too early", TASK_3);
            }
            soonest = soonest.min(times.last().map_or(Duration::ZERO, |last| since(*last)));
        }
        let expected = "an answer right after the third try, once in 6 requests";
        check(soonest < Duration::from_millis(80), expected, format!("one after {soonest:?}"))
            .or_explain("there is a pause behind the last try, too, before the callers are told", TASK_3);
    });
    let silent = Scratch::script("mute", "exec sleep 1000");
    let settings = Settings { program: Some(silent.0.clone()), start: Duration::from_millis(50), ..one() };
    with_pool(settings, TASK_3, async |pool| {
        let _ = outcome(&pool, Job::Pid).await;
        let started = pool.stats().started;
        let likely = match started {
            0 => "a process counts as started from its start on, whether or not it gets ready",
            _ => "a start that takes too long is no failure like others",
        };
        check(started == 3, "3 tries for a worker that says nothing in time", format!("{started} started"))
            .or_explain(likely, TASK_3);
    });
    let (pause, soonest) = (Duration::from_millis(20), first_try());
    check(soonest < pause, "a first try without a pause", format!("one after {soonest:?}"))
        .or_explain("each start pays for those that failed before", TASK_3);
}

/// Where no worker can be started, those that live do the work; when one can, it is started.
#[test]
#[cfg(unix)]
fn failed_start_costs_nothing_while_others_work() {
    let (link, real) = (Scratch::file("link"), settings().program.expect("a program"));
    symlink(&real, &link.0).expect("a link");
    let settings = Settings { program: Some(link.0.clone()), workers: 3, ..settings() };
    with_pool(settings, TASK_3, async move |pool| {
        pid(&pool).await;
        fs::remove_file(&link.0).expect("a link");
        let likely =
            "a keeper that cannot start a worker takes requests, although another one could serve them";
        let all = calls(&pool, 4, || Job::Slow(Duration::from_millis(150))).join_all().await;
        let served = all.iter().filter(|answer| answer.is_ok()).count();
        check(served == 4, "4 answers by the one worker that lives", said(&all)).or_explain(likely, TASK_3);
        for _ in 0..5 {
            let answer = outcome(&pool, Job::Upper("tea".into())).await;
            let expected = Ok(Answer::Text("TEA".into()));
            check(answer == expected, "an answer by the worker that is free", said(&answer))
                .or_explain(likely, TASK_3);
        }
        symlink(&real, &link.0).expect("a link");
        let _hours = calls(&pool, 2, || HOURS);
        runs(&pool, 2, 0).await.or_explain("after a failure nobody starts a worker again", TASK_3);
    });
}

/// A panic is a value, and so is an answer too long for a frame: neither costs a worker.
#[test]
fn panic_costs_no_worker() {
    with_pool(one(), TASK_3, async |pool| {
        let worker = pid(&pool).await;
        let expected = Err(Failure::Panicked("the job panicked: the cup broke".into()));
        answers(&pool, Job::Panic("the cup broke".into()), expected).await.or_explain(GIVEN, TASK_3);
        let likely = "a failure of the job is taken for the death of its worker";
        let after = pid(&pool).await;
        check(after == worker, "the same worker after a panic", "another one").or_explain(likely, TASK_3);
        // In capitals it has three times as many bytes.
        let answer = outcome(&pool, Job::Upper("ΐ".repeat(3_000_000))).await;
        check(matches!(answer, Err(Failure::Refused(_))), "`Refused` for a long answer", said(&answer))
            .or_explain(GIVEN, TASK_3);
        let after = pid(&pool).await;
        check(after == worker, "the same worker after it", "another one").or_explain(likely, TASK_3);
    });
}

/// What a worker prints is read: it never waits for that, and its replies are not harmed.
#[test]
fn printing_does_no_harm() {
    with_pool(one(), TASK_3, async |pool| {
        for _ in 0..3 {
            let expected = Ok(Answer::Text("printed".into()));
            answers(&pool, Job::Print("tea ".repeat(100_000)), expected).await.or_explain(GIVEN, TASK_3);
        }
    });
}

//! A pool where the system starts one thread, and no second one: in a process of its own, with little address space.

use std::{env, process::Command, thread, time::Duration};

use super::common::{BOUNDS, Gate, STAGES, Stage, block_on, seen, settings};
use thread_pool::Settings;

/// Tells the process which stage it is for.
const CHILD: &str = "COURSE_NO_SECOND_THREAD";

/// What four jobs give that are handed in while the first one runs, for each stage; `name` is the test that asks.
pub fn four_jobs_on_one_thread(name: &str) -> Vec<(Stage, String)> {
    if let Some(stage) = env::var_os(CHILD) {
        STAGES.into_iter().filter(|own| stage == *format!("{own:?}")).for_each(no_second_thread);
        return Vec::new();
    }
    checks::let_children_hear().expect("children that hear");
    let (_crate, name) = name.split_once("::").expect("a test in a module");
    let answers = STAGES.map(|stage| {
        // A process with less address space than two such stacks need.
        let mut child = Command::new("sh");
        child.args(["-c", r#"ulimit -v 1900000 && exec "$0" "$@""#]);
        child.arg(env::current_exe().expect("this program")).args([name, "--exact", "--nocapture"]);
        let ended = child.env(CHILD, format!("{stage:?}")).output().expect("a shell");
        let told = String::from_utf8_lossy(&ended.stdout);
        let gave = told.lines().find_map(|line| line.strip_prefix("four jobs: ")).unwrap_or("no answer");
        (stage, gave.to_owned())
    });
    let (here, elsewhere): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, gave)| gave != "not here");
    if !elsewhere.is_empty() {
        checks::pass_over("this system starts no first thread where it refuses a second one");
    }
    here
}

/// Four jobs at once, where one thread may start and two may wait; says what they gave.
fn no_second_thread(stage: Stage) {
    let (stack, gate) = (1 << 30, Gate::new());
    let start = || thread::Builder::new().stack_size(stack).spawn(gate.job(|| ()));
    let threads = [start(), start()];
    gate.open();
    // Only one that is gone leaves its stack to the next.
    if threads.map(|thread| thread.is_ok_and(|thread| thread.join().is_ok())) != [true, false] {
        return println!("four jobs: not here");
    }
    let gave = seen(stage, "a job is lost", BOUNDS, move || {
        let (pool, gate) = (stage.pool_with(Settings { stack, ..settings(2, 2) }), Gate::new());
        let first = pool.run_until_begun(&gate, || 1);
        let others = [2, 3, 4].map(|number| pool.run(move || number));
        gate.open();
        let four = [first].into_iter().chain(others).map(|job| format!("{:?}", block_on(job)));
        let four = four.collect::<Vec<_>>().join(", ");
        // The thread that lives has nothing to do now, and each of these wakes it.
        for _ in 0..20 {
            thread::sleep(Duration::from_millis(1));
            let _ = block_on(pool.run(|| ()));
        }
        four
    });
    println!("four jobs: {gave}");
}

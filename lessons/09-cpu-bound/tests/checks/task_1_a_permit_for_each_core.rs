//! Task 1, a permit for each core: the semaphore lets in as many jobs as there are cores, and a panic is a value.

use std::{panic::resume_unwind, sync::Arc};

use checks::{Explain, Missed, check, patience};
use cpu_bound::CpuPool;
use practice::cores;
use tokio::time::timeout;

use super::common::{
    TASK_1, asks_for_the_cores, leaves_the_loop_free, on_a_loop, runs_as_many_jobs_as_cores, told,
};

/// The loop has a turn while a job computes: here it is what lets the job end.
#[test]
fn semaphore_leaves_the_loop_free() {
    leaves_the_loop_free(CpuPool::by_semaphore, TASK_1);
}

/// Forty jobs: as many at once as there are cores, and each gets its own answer.
#[test]
fn semaphore_admits_as_many_jobs_as_cores() {
    let likely = "a job begins without a permit, or gives it back before it ends";
    runs_as_many_jobs_as_cores("by_semaphore", CpuPool::by_semaphore, likely, TASK_1);
    asks_for_the_cores(
        CpuPool::by_semaphore,
        concat!(module_path!(), "::semaphore_admits_as_many_jobs_as_cores"),
        TASK_1,
    );
}

/// A panic is a value with its text, and gives its place back.
#[test]
fn semaphore_turns_a_panic_into_a_value() {
    let seen = on_a_loop(async || {
        let pool = Arc::new(CpuPool::by_semaphore().expect("a pool"));
        for number in 0..=cores() {
            let pool = pool.clone();
            let panics =
                async move { pool.compute(|_| -> usize { resume_unwind(Box::new("the cup broke")) }).await };
            let heard = match timeout(patience() / 4, tokio::spawn(panics)).await {
                Ok(Ok(answer)) => told(&answer),
                Ok(Err(_)) => "the panic itself".into(),
                Err(_) => "no answer".into(),
            };
            if heard != "`the job panicked: the cup broke`" {
                return Err((number, heard));
            }
        }
        let next = timeout(patience() / 4, pool.compute(|_| 7)).await;
        Ok(next.map_or("no answer".into(), |next| told(&next)))
    });
    let seen = seen.or_explain("a job that panicked keeps its place, or gives no answer", TASK_1);
    let next = seen.map_err(|(number, heard)| {
        let expected = "`the job panicked: the cup broke`, from each job that panics";
        let cause = match heard.as_str() {
            "the panic itself" => "the error of the handle is unwrapped: the panic goes on in whoever awaits",
            "no answer" if number > 0 => "a job that panicked keeps its place",
            "no answer" => "nobody is told of the panic",
            heard if heard.contains("the cup broke") => {
                "the text stands inside of another one: make it of the payload that `catch_unwind` gives"
            }
            heard if heard.starts_with("`the job panicked") => {
                "the text is lost: `&*payload` looks into the box"
            }
            _ => "the panic is not caught, or told as something else",
        };
        Missed::new(expected, heard).because(cause)
    });
    let next = next.or_explain("the panic is told as something else", TASK_1);
    check(next == "7", "then 7 from the next job", next)
        .or_explain("a job that panicked keeps its place", TASK_1);
}

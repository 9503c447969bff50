//! Task 1, a permit for each core: the semaphore lets in as many jobs as there are cores, and a panic is a value.

use std::panic::resume_unwind;

use checks::{Explain, check};
use cpu_bound::CpuPool;
use practice::{Failure, cores};

use super::common::{TASK_1, leaves_the_loop_free, on_a_loop, runs_as_many_jobs_as_cores};

/// The loop has a turn while a job computes: here it is what lets the job end.
#[test]
fn semaphore_leaves_the_loop_free() {
    leaves_the_loop_free(CpuPool::by_semaphore, TASK_1);
}

/// Forty jobs: as many at once as there are cores, and each gets its own answer.
#[test]
fn semaphore_admits_as_many_jobs_as_cores() {
    let likely = "a job begins without a permit, or gives it back before it ends";
    runs_as_many_jobs_as_cores(CpuPool::by_semaphore, likely, TASK_1);
}

/// A panic is a value with its text, and gives its place back.
#[test]
fn semaphore_turns_a_panic_into_a_value() {
    let seen = on_a_loop(async || {
        let pool = CpuPool::by_semaphore().expect("a pool");
        for _ in 0..=cores() {
            let panicked = pool.compute(|_| -> usize { resume_unwind(Box::new("the cup broke")) }).await;
            if panicked != Err(Failure::Panicked("the cup broke".into())) {
                return Err(panicked);
            }
        }
        pool.compute(|_| 7_usize).await.map_err(Err)
    });
    let seen = seen.or_explain("a job that panicked keeps its place, or gives no answer", TASK_1);
    check(
        seen == Ok(7),
        "`Panicked(\"the cup broke\")` from each of these jobs, then 7 from the next",
        format!("{seen:?}"),
    )
    .or_explain("the panic goes on, or its text is lost", TASK_1);
}

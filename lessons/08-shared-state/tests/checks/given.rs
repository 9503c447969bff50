//! What Rust does by itself: these are green before you change a line.

use std::{
    cell::Cell,
    env,
    io::{self, Write},
    process::{Command, Stdio},
    rc::Rc,
};

use checks::{Explain, check, patience, within};
use futures_util::future::join_all;
use tokio::task::yield_now;

use super::common::on_one_thread;

const STOPPED: &str = "08-shared-state.md#what-rust-stops";

/// The compiler refuses what could be a data race, each file with the error in its first line.
#[test]
fn compiler_refuses_data_races() {
    let refused = [
        include_str!("../refused/two_threads_one_balance.rs"),
        include_str!("../refused/cell_to_a_thread.rs"),
        include_str!("../refused/guard_in_a_task.rs"),
        include_str!("../refused/guard_dropped_by_hand.rs"),
    ];
    for source in refused {
        let expected = source.lines().next().unwrap_or_default().trim_start_matches("//! ");
        let said = within(patience() * 5, "rustc answers", || compile(source));
        let said = said.or_explain("the machine is busy", STOPPED).unwrap_or_else(|error| error.to_string());
        check(said == expected, format!("rustc says `{expected}`, and no more"), format!("`{said}`"))
            .or_explain("this Rust is not the one that the page describes", STOPPED);
    }
}

/// One thread, no lock, nothing that the compiler could refuse: five withdrawals of 100 from 100 succeed.
#[test]
fn one_thread_overdraws_too() {
    let left = on_one_thread(async || {
        // ANCHOR: cell
        let balance = Rc::new(Cell::new(100));
        let withdraw = async |balance: Rc<Cell<i64>>| {
            if balance.get() >= 100 {
                // Stands for the approval: the others run here.
                yield_now().await;
                balance.set(balance.get() - 100);
            }
        };
        join_all([(); 5].map(|()| withdraw(balance.clone()))).await;
        // ANCHOR_END: cell
        balance.get()
    });
    let left = left.or_explain("the machine is busy", STOPPED);
    check(left == -400, "a balance of -400", left.to_string())
        .or_explain("this Tokio is not the one that the page describes", STOPPED);
}

/// The errors that the compiler has for a source, without its last line that counts them.
fn compile(source: &str) -> io::Result<String> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into()));
    rustc.args(["-", "--edition=2024", "--crate-type=lib", "--crate-name=refused", "--emit=metadata"]);
    rustc.arg("--out-dir").arg(env::temp_dir());
    let mut process = rustc.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    process.stdin.take().expect("a pipe").write_all(source.as_bytes())?;
    let said = String::from_utf8_lossy(&process.wait_with_output()?.stderr).into_owned();
    let errors = said.lines().filter(|line| line.starts_with("error") && !line.contains("aborting"));
    Ok(errors.collect::<Vec<_>>().join("; "))
}

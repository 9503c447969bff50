//! The Python side of the page "In your own program": who tells of the call that holds the loop, and when.

use crate::script;

/// `faulthandler` names the call while it lasts; the debug mode of asyncio names the task when it is over.
#[test]
fn call_is_named_meanwhile_and_task_afterwards() {
    let Some(program) = script("your_program.py") else { return };
    let output = program.command().output().expect("the script starts");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    let line = |part: &str| said.lines().position(|line| line.contains(part));
    let (dump, call, task) = (line("Timeout (0:00:00.3"), line(" in fetch_rate"), line("Executing <Task"));
    assert!(dump.is_some() && dump < call && call < task, "{said}");
    let slow = said.lines().filter(|line| line.contains("Executing <Task"));
    let slow: Vec<&str> = slow.filter(|line| line.contains("took 1.")).collect();
    assert_eq!(slow.len(), 1, "{said}");
    assert!(slow[0].contains("guest()"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("guest: rate: 1.08"), "{output:?}");
}

//! The course keeps its promises: solutions pass, kept starters fail as their pages say, and of each lesson a wrong
//! answer is rejected, and a right one passes.
//!
//! All kept answers take minutes to build: `cargo course verify` and the gate see to them.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use course::commands::verify::{Finding, Options, verify};
use course::stop::Stop;
use course::workspace::Workspace;

/// Building the subjects for the first time takes most of it; afterwards a tenth is enough.
const BOUND: Duration = Duration::from_secs(900);

/// Every solution passes, every starter is rejected by the check that its page names, and a sample of the answers gets
/// its verdict.
#[test]
fn solutions_starters_and_a_sample_get_their_verdicts() {
    let workspace = Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let options = Options {
        starters: true,
        answers: true,
        sample: true,
        solutions: true,
        times: 1,
        ..Options::default()
    };
    let (stop, (sender, findings)) = (Stop::default(), mpsc::channel::<Finding>());
    let own = stop.clone();
    let work = move || verify(&workspace, &options, &own, &mut |finding| drop(sender.send(finding.clone())));
    let work = std::thread::Builder::new().name("verify".to_owned()).spawn(work).unwrap();
    let mut bad = String::new();
    let deadline = std::time::Instant::now() + BOUND;
    loop {
        match findings.recv_timeout(deadline.saturating_duration_since(std::time::Instant::now())) {
            Ok(finding) if finding.is_good => (),
            Ok(finding) => bad += &format!("\n{}: {}", finding.what, finding.seen),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                stop.raise();
                bad += "\nverification did not end within its bound";
                break;
            }
        }
    }
    work.join().unwrap().unwrap();
    assert!(bad.is_empty(), "try `cargo course verify`:{bad}");
}

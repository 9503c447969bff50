//! Where a lesson begins does not depend on what its reader commits, stashes, pushes or unpacks.

use std::fs;

use crate::common::{Fixture, library_text, run};

const LIBRARY: &str = "lessons/01-first-step/src/lib.rs";

/// A course that keeps its promises but for the answers, of which it has none.
fn solved_and_committed() -> Fixture {
    let fixture = Fixture::new();
    fixture.commit();
    // A clone knows where it came from; after a push to a fork that is the reader's own commit.
    fixture.answer(42);
    fixture.write("NOTES.md", "# What I learned\n");
    fixture.write("lessons/01-first-step/notes.md", "It froze.\n");
    fixture.commit();
    fixture.git(&["update-ref", "refs/remotes/origin/HEAD", "HEAD"]);
    fixture
}

/// An answer that is committed together with a note, and pushed to a fork: the starter comes back, and verifies.
#[test]
fn committed_answers_hide_no_starter() {
    let fixture = solved_and_committed();
    fixture.course(&["verify", "01", "--starters"]).says(&["starter 01", "rejected by second_check"]);
    fixture.course(&["reset", "01", "--yes"]).says(&["is its starter again", ".course/kept/01-first-step-1"]);
    assert_eq!(fixture.read(LIBRARY), library_text(41));
    assert_eq!(fixture.read(".course/kept/01-first-step-1/src/lib.rs"), library_text(42));
    assert_eq!(fixture.read("lessons/01-first-step/notes.md"), "It froze.\n");
}

/// Without git, in what was unpacked from an archive, the starter comes back too.
#[test]
fn reset_needs_no_git() {
    let fixture = Fixture::new();
    fixture.answer(7);
    let mut command = fixture.command(&["reset", "01", "--yes"]);
    command.env("PATH", "");
    run(command).says(&["is its starter again"]);
    assert_eq!(fixture.read(LIBRARY), library_text(41));
    fs::remove_dir_all(fixture.root().join("lessons/01-first-step/src")).unwrap();
    fixture.course(&["reset", "01", "--yes"]).says(&["is its starter again"]);
    fixture.course(&["reset", "01", "--yes"]).says(&["nothing to reset"]);
}

/// What an editor keeps for itself stays; the reader's other sources go, and stand in the copy.
#[test]
fn reset_spares_the_editors_files() {
    let fixture = Fixture::new();
    fixture.answer(42);
    let editors = ["lib.rs~", ".lib.rs.swp", "4913", "lib.rs___jb_tmp___", ".hidden.rs"];
    for name in editors {
        fixture.write(&format!("lessons/01-first-step/src/{name}"), "mine");
    }
    fixture.write("lessons/01-first-step/src/deep/extra.rs", "//! Mine.\n");
    let source = fixture.root().join("lessons/01-first-step/src");
    #[cfg(unix)]
    std::os::unix::fs::symlink("reader@machine.1234:5678", source.join(".#lib.rs")).unwrap();
    fixture.course(&["reset", "01", "--yes"]).says(&["is its starter again"]);
    for name in editors {
        assert!(source.join(name).exists(), "{name} was removed");
    }
    #[cfg(unix)]
    assert!(source.join(".#lib.rs").is_symlink());
    assert!(!source.join("deep/extra.rs").exists());
    assert_eq!(fixture.read(".course/kept/01-first-step-1/src/deep/extra.rs"), "//! Mine.\n");
    fixture.course(&["reset", "01", "--yes"]).says(&["nothing to reset"]);
}

/// What stands behind a link is the reader's: the link goes, and what it leads to stays as it is.
#[cfg(unix)]
#[test]
fn reset_writes_through_no_link() {
    let fixture = Fixture::new();
    let (source, elsewhere) =
        (fixture.root().join("lessons/01-first-step/src"), tempfile::tempdir().unwrap());
    for name in ["lib.rs", "other.rs"] {
        fs::write(elsewhere.path().join(name), library_text(42)).unwrap();
    }
    fs::remove_file(source.join("lib.rs")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("lib.rs"), source.join("lib.rs")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), source.join("folder")).unwrap();
    fixture.course(&["reset", "01", "--yes"]).says(&["is its starter again"]);
    assert_eq!(fixture.read(LIBRARY), library_text(41));
    for name in ["lib.rs", "other.rs"] {
        assert_eq!(fs::read_to_string(elsewhere.path().join(name)).unwrap(), library_text(42));
    }
    assert_eq!(fixture.read(".course/kept/01-first-step-1/src/lib.rs"), library_text(42));
}

/// In the working copy a lesson must be what is kept; an author keeps it with one flag.
#[test]
fn stale_starters_are_named_and_saved() {
    let fixture = Fixture::new();
    let text = library_text(41).replace("/// The answer.", "/// The only answer.");
    fixture.write(LIBRARY, &text);
    fixture.write("lessons/01-first-step/src/more.rs", "//! More.\n");
    let verify =
        |args: &[&str]| fixture.course(&[&["verify", "01", "--starters", "--work-tree"], args].concat());
    let ran = verify(&[]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let said = "differs from lessons/01-first-step/src in lib.rs, more.rs. \
                Keep that with `cargo course verify 01 --work-tree --save-starters`";
    assert!(ran.stdout.contains(said), "{ran:?}");
    verify(&["--save-starters"]).says(&["kept starter 01", "is what the lesson has"]);
    assert_eq!(fixture.read("course/starters/01-first-step/src/lib.rs"), text);
    fs::remove_file(fixture.root().join("lessons/01-first-step/src/more.rs")).unwrap();
    verify(&["--save-starters"]).says(&["is what the lesson has"]);
    assert!(!fixture.root().join("course/starters/01-first-step/src/more.rs").exists());
    fixture.course(&["verify", "--save-starters"]).complains(&["--work-tree"]);
}

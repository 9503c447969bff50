//! What is a save: a change of a file that somebody wrote, and not of what an editor keeps for itself.
//! [`crate::lookout`] notices them.

use std::path::Path;

use notify::event::ModifyKind;
use notify::{Event, EventKind};

/// Whether an event tells of a save of a file that counts, be it a write, a rename into place, or a removal.
///
/// Reading is none, or a build that reads would never end; neither are new dates and rights.
pub(crate) fn is_save(event: &Event, counts: fn(&Path) -> bool) -> bool {
    let is_change = match event.kind {
        EventKind::Any | EventKind::Create(_) | EventKind::Remove(_) => true,
        EventKind::Modify(kind) => !matches!(kind, ModifyKind::Metadata(_)),
        _ => false,
    };
    // Where events were lost, one of them may have been a save.
    event.need_rescan() || (is_change && event.paths.iter().any(|path| counts(path)))
}

/// Whether what is checked depends on this file; of an editor's own files some end as sources do.
pub fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "rs" || end == "toml") && !is_editors_own(path)
}

/// Whether an editor keeps this file for itself, beside the one that is edited.
pub fn is_editors_own(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else { return false };
    // Hidden files: Vim's swap files, the links that Emacs locks with, what others write before they rename it.
    let is_hidden = name.starts_with('.');
    // Backups and what Emacs saves by itself; Vim tries whether it may write with `4913` and the numbers after it.
    let is_backup = name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    let is_trial = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_digit());
    let is_swap =
        [".swp", ".swx", ".swo", ".tmp", ".bak", ".orig", ".new"].iter().any(|end| name.ends_with(end));
    is_hidden || is_backup || is_trial || is_swap || name.contains("___jb_")
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, DataChange, Flag, MetadataKind, RemoveKind, RenameMode};

    use super::*;

    fn event(kind: EventKind, names: &[&str]) -> Event {
        names.iter().fold(Event::new(kind), |event, name| event.add_path(Path::new("src").join(name)))
    }

    fn is_save(event: &Event) -> bool {
        super::is_save(event, |path| !is_editors_own(path))
    }

    const WRITTEN: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));

    /// A write, a new file, a removal and a rename into place are saves.
    #[test]
    fn saves_are_seen() {
        let renamed = |mode| EventKind::Modify(ModifyKind::Name(mode));
        for kind in [WRITTEN, EventKind::Create(CreateKind::File), EventKind::Remove(RemoveKind::File)] {
            assert!(is_save(&event(kind, &["lib.rs"])), "{kind:?}");
        }
        assert!(is_save(&event(renamed(RenameMode::To), &["lib.rs"])));
        for temporary in ["lib.rs___jb_tmp___", ".lib.rs.tmp", "lib.rs~", "4913"] {
            assert!(is_save(&event(renamed(RenameMode::Both), &[temporary, "lib.rs"])), "{temporary}");
        }
    }

    /// What an editor keeps for itself is none.
    #[test]
    fn editors_files_are_no_saves() {
        let names = [
            ".#lib.rs",
            "#lib.rs#",
            ".lib.rs.swp",
            ".lib.rs.swx",
            "lib.rs~",
            "4913",
            "5036",
            "lib.rs___jb_tmp___",
            "lib.rs___jb_old___",
            ".lib.rs.kate-swp",
            ".goutputstream-XYZ",
            "lib.rs.tmp",
        ];
        for name in names {
            for kind in [WRITTEN, EventKind::Create(CreateKind::File), EventKind::Remove(RemoveKind::File)] {
                assert!(!is_save(&event(kind, &[name])), "{name}");
            }
        }
        for name in ["lib.rs", "123.rs", "mod.rs", "Cargo.toml", "42", "01-frozen.json"] {
            assert!(!is_editors_own(Path::new(name)), "{name}");
        }
    }

    /// Reading and new dates are none; lost events may have been one.
    #[test]
    fn only_changes_are_saves() {
        assert!(!is_save(&event(EventKind::Access(AccessKind::Read), &["lib.rs"])));
        assert!(!is_save(&event(EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), &["lib.rs"])));
        assert!(is_save(&Event::new(EventKind::Other).set_flag(Flag::Rescan)));
    }

    /// A lock of Emacs ends as a source does, and its run must not be thrown away for it.
    #[test]
    fn only_sources_are_checked() {
        for name in ["src/lib.rs", "tests/checks/given.rs", "Cargo.toml"] {
            assert!(is_source(Path::new(name)), "{name}");
        }
        for name in [
            "src/.#lib.rs",
            "src/.lib.rs.swp",
            "src/4913",
            "src/lib.rs~",
            "src/lib.rs___jb_tmp___",
            "notes.md",
        ] {
            assert!(!is_source(Path::new(name)), "{name}");
        }
    }
}

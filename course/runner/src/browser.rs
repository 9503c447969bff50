//! Whether a browser can be opened here for whoever typed the command.

use std::ffi::OsString;
use std::path::Path;

use crate::language::word;

/// Why no browser can be opened here, in a clause; none where one can.
pub fn missing() -> Option<String> {
    let is_container = ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists());
    without(&|name| std::env::var_os(name).filter(|value| !value.is_empty()), is_container)
}

/// The same, of an environment.
fn without(value: &dyn Fn(&str) -> Option<OsString>, is_container: bool) -> Option<String> {
    let has = |name: &str| value(name).is_some();
    // The reader names one, or an editor does that forwards it to the desk.
    if has("BROWSER") {
        return None;
    }
    if has("SSH_CONNECTION") || has("SSH_TTY") {
        return Some(word("this terminal is of another machine"));
    }
    if has("CI") {
        return Some(word("nobody sits here"));
    }
    if is_container || has("CODESPACES") || has("REMOTE_CONTAINERS") || has("container") {
        return Some(word("a container has none"));
    }
    // WSL has that of Windows.
    let has_screen = has("DISPLAY") || has("WAYLAND_DISPLAY") || has("WSL_DISTRO_NAME");
    (cfg!(target_os = "linux") && !has_screen).then(|| word("there is no screen here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn because(names: &[&str], is_container: bool) -> Option<String> {
        without(&|name| names.contains(&name).then(|| OsString::from("x")), is_container)
    }

    /// Where nobody would see it no browser is opened; whoever names one gets it.
    #[test]
    fn browsers_need_somebody_to_see_them() {
        for screen in ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"] {
            assert_eq!(because(&[screen], false), None, "{screen}");
            for away in ["SSH_CONNECTION", "SSH_TTY", "CI", "CODESPACES", "REMOTE_CONTAINERS", "container"] {
                assert!(because(&[screen, away], false).is_some(), "{away}");
                assert_eq!(because(&[screen, away, "BROWSER"], false), None);
            }
            assert!(because(&[screen], true).is_some());
        }
        assert_eq!(because(&[], false).is_some(), cfg!(target_os = "linux"));
    }
}

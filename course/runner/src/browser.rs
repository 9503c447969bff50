//! Opens a browser for whoever typed the command, where one can be seen.

use std::ffi::OsString;
use std::path::Path;

use crate::language::word;

/// Opens an address; says in a clause why it does not.
pub fn open(address: &str) -> Result<(), String> {
    match missing() {
        Some(because) => Err(because),
        None => open::that_detached(address).map_err(|_| word("no program here opens addresses")),
    }
}

/// Why no browser can be opened here; none where one can.
fn missing() -> Option<String> {
    let is_container = ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists());
    without(&|name| std::env::var_os(name).filter(|value| !value.is_empty()), is_container)
}

/// The same, of an environment.
fn without(value: &dyn Fn(&str) -> Option<OsString>, is_container: bool) -> Option<String> {
    let has = |name: &str| value(name).is_some();
    // There the editor opens the port that it forwards: the browser that it names, too, would be a second one.
    if has("CODESPACES") || has("REMOTE_CONTAINERS") {
        return Some(word("a container has none"));
    }
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
    if is_container || has("container") {
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
            for away in ["SSH_CONNECTION", "SSH_TTY", "CI", "container"] {
                assert!(because(&[screen, away], false).is_some(), "{away}");
                assert_eq!(because(&[screen, away, "BROWSER"], false), None);
            }
            for forwards in ["CODESPACES", "REMOTE_CONTAINERS"] {
                assert!(because(&[screen, forwards, "BROWSER"], false).is_some(), "{forwards}");
            }
            assert!(because(&[screen], true).is_some());
        }
        assert_eq!(because(&[], false).is_some(), cfg!(target_os = "linux"));
    }
}

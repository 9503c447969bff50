//! Scripts for a shell, wherever the reader keeps the course and what is temporary.

use std::path::Path;

/// A path as one word for a shell, whatever is in it: blanks, quotes, dollars.
///
/// What is no Unicode in it is lost.
pub fn shell_word(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn shell_takes_a_word_as_it_is() {
        let odd = "/tmp dir/d'été $HOME \"x\" `y` \\ [z]*";
        let said =
            Command::new("sh").args(["-c", &format!("printf %s {}", shell_word(Path::new(odd)))]).output();
        assert_eq!(said.expect("a shell").stdout, odd.as_bytes());
    }
}

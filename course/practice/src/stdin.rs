//! Stdin, line by line: as the standard library's, with errors that say where it is and which line.

use std::{
    io::{self, BufRead},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// How many lines were read from stdin; only whoever holds its lock counts.
static LINES: AtomicUsize = AtomicUsize::new(0);

/// What [`stdin`] returns.
pub struct Stdin;

/// As [`std::io::stdin`], for whole lines.
pub fn stdin() -> Stdin {
    Stdin
}

impl Stdin {
    /// As [`std::io::Stdin::read_line`]: blocks until Enter, and returns 0 at the end of input.
    ///
    /// # Errors
    /// When stdin cannot be read or holds no UTF-8; the text names stdin and the line.
    pub fn read_line(&self, line: &mut String) -> io::Result<usize> {
        let mut stdin = io::stdin().lock();
        let number = LINES.load(Relaxed) + 1;
        let count = next_line(&mut stdin, line)
            .map_err(|error| io::Error::new(error.kind(), format!("stdin, line {number}: {error}")))?;
        LINES.store(number, Relaxed);
        Ok(count)
    }
}

fn next_line(input: &mut impl BufRead, line: &mut String) -> io::Result<usize> {
    let mut bytes = Vec::new();
    let count = input.read_until(b'\n', &mut bytes)?;
    let text = str::from_utf8(&bytes).map_err(|error| {
        let byte = error.valid_up_to() + 1;
        let text = format!("this is no UTF-8 from byte {byte} on; `iconv -t UTF-8` makes it so");
        io::Error::new(io::ErrorKind::InvalidData, text)
    })?;
    line.push_str(text);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines come as they are, and what is no UTF-8 is an error and no end, wherever it stands.
    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        let mut input = &b"first\r\nol\xe9\n\nlast"[..];
        let mut next = || {
            let mut line = String::new();
            next_line(&mut input, &mut line).map(|count| (count, line)).map_err(|error| error.to_string())
        };
        assert_eq!(next(), Ok((7, "first\r\n".into())));
        assert_eq!(next(), Err("this is no UTF-8 from byte 3 on; `iconv -t UTF-8` makes it so".into()));
        assert_eq!(next(), Ok((1, "\n".into())));
        assert_eq!(next(), Ok((4, "last".into())));
        assert_eq!(next(), Ok((0, String::new())));
    }
}

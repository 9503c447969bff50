//! Where a trace goes: written once, when the client has ended, or now and then before that, for whoever looks on.
//!
//! A trace that is followed is for the eye alone: the thread that writes it takes its share of the processor.

use std::{
    fs::File,
    io::{self, BufWriter, Seek, Write},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{json::Json, recorder::recorder};

/// How soon a trace that is followed is written again.
const PACE: Duration = Duration::from_millis(500);

/// The longer a run, the longer its trace: so many pauses fit into what has run already.
const PAUSES: u32 = 20;

/// The file of a trace.
pub struct Output {
    /// Taken by whoever writes last.
    file: Arc<Mutex<Option<File>>>,
    /// Whether something stands in the file before the end.
    is_followed: bool,
}

impl Output {
    /// Written at the end alone.
    pub fn new(file: File) -> Self {
        Self { file: Arc::new(Mutex::new(Some(file))), is_followed: false }
    }

    /// Written while the client runs, too, by a thread of its own, in place of what stands there.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn followed(file: File) -> io::Result<Self> {
        let output = Self { is_followed: true, ..Self::new(file) };
        let file = Arc::clone(&output.file);
        let began = Instant::now();
        let follow = move || {
            loop {
                thread::sleep(PACE.max(began.elapsed() / PAUSES));
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                // The end has been written, or nothing can be.
                let Some(Ok(())) = file.as_mut().map(write_again) else { break };
            }
        };
        thread::Builder::new().name("trace writer".to_owned()).spawn(follow)?;
        Ok(output)
    }

    /// Writes what was recorded, for the last time.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end(self) -> io::Result<()> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).take();
        match file {
            Some(mut file) if self.is_followed => write_again(&mut file),
            Some(mut file) => write(&mut file),
            None => Ok(()),
        }
    }
}

fn write_again(file: &mut File) -> io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    write(file)
}

fn write(file: &mut File) -> io::Result<()> {
    let Some(recorder) = recorder() else { return Ok(()) };
    let mut out = BufWriter::new(file);
    writeln!(out, "{}", Json::trace(&recorder.trace()))?;
    out.flush()
}

//! The console: rustyline's editor, and its printer, which show all texts in the order in which they come.
//!
//! The printer holds one text until the editor draws it. Where no line is edited it prints at once, and so a text
//! could overtake the one before it when Enter comes between: after each text it waits until that is taken.

use std::{io, sync::Arc, thread};

use rustyline::{DefaultEditor, ExternalPrinter, error::ReadlineError};

use crate::{curtain, turns::Turns};

/// A row up and down again: a text that shows nothing.
const NOTHING: &str = "\x1b[A\n";

/// Reads lines; for one thread, which may wait for nothing else: between two lines nothing is drawn.
pub struct Reader {
    /// What edits them.
    editor: DefaultEditor,
    /// Shared with the printer.
    turns: Arc<Turns>,
}

/// Shows texts above the line that is edited; for another thread, which may wait for the reader.
pub struct Printer<P> {
    /// What hands them to the editor.
    printer: P,
    /// Shared with the reader.
    turns: Arc<Turns>,
}

/// Opens the console.
///
/// # Errors
/// When there is no terminal, or none that can move its cursor.
pub fn open() -> io::Result<(Reader, Printer<impl ExternalPrinter + Send + 'static>)> {
    let mut editor = DefaultEditor::new().map_err(io::Error::other)?;
    let printer = editor.create_external_printer().map_err(io::Error::other)?;
    let turns = Arc::<Turns>::default();
    Ok((Reader { editor, turns: turns.clone() }, Printer { printer, turns }))
}

impl Reader {
    /// Reads a line, and remembers it for the arrow keys. It blocks until Enter; a paste may hold several lines.
    ///
    /// # Errors
    /// `Interrupted` at Ctrl-C, `Eof` at Ctrl-D in an empty line, and those of the terminal.
    pub fn read(&mut self) -> Result<String, ReadlineError> {
        let read = self.editor.readline(&*self.turns);
        self.turns.line_ended();
        // A line that cannot be brought back is a line all the same.
        let _ = read.as_ref().map(|line| self.editor.add_history_entry(line));
        read
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.turns.reader_is_gone();
    }
}

impl<P: ExternalPrinter + Send + 'static> Printer<P> {
    /// Shows a text, which ends with a line end; an error says that the terminal is gone.
    pub fn show(&mut self, text: String) -> Result<(), ReadlineError> {
        self.printer.print(text)?;
        self.settle()
    }

    /// Waits until all is drawn, and parks the reader, so that no prompt follows.
    pub fn close(self) -> Result<(), ReadlineError> {
        let Printer { mut printer, turns } = self;
        // All texts are taken: when the editor draws its line the next time, it has drawn them.
        turns.printer_is_gone();
        // That may be the case already, and then nobody takes this.
        let last = move || printer.print(NOTHING.into());
        thread::Builder::new().name("last draw".into()).spawn(last)?;
        turns.parked();
        Ok(())
    }

    /// Waits until the text before is taken: the printer holds one, so it takes this one then.
    fn settle(&mut self) -> Result<(), ReadlineError> {
        while let Some(line) = self.turns.edited() {
            self.printer.print(NOTHING.into())?;
            // Unless a line has ended meanwhile: then this one may have been printed at once.
            if curtain::is_lifted() && self.turns.lines() == line {
                break;
            }
        }
        Ok(())
    }
}

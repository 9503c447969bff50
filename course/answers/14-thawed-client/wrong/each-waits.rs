//! WRONG: the editor waits until the event loop takes a key, which waits until the editor draws.
//! rejected-by: terminal_that_hangs_freezes_nothing
//! sentence: or the editor waits for the event loop, which waits for the editor
//! instead-of: editor.rs

use std::{io, io::Write, panic, thread};

use practice::trace;
use rustyline_async::{Readline, ReadlineError, ReadlineEvent, SharedWriter};
use tokio::{runtime::Builder, select, sync::mpsc};

use crate::terminal::{Owner, Typed};

/// What the editor's thread is called.
pub const THREAD: &str = "terminal";

/// How many lines are drawn at once.
const BATCH: usize = 64;

/// Takes the terminal over, on a thread of its own; panics are said through `say`.
///
/// # Errors
/// When the terminal cannot be set, or the thread does not start.
pub fn open(owner: Owner, say: mpsc::WeakSender<String>) -> io::Result<()> {
    // No driver: the editor wakes itself, and the channels need none.
    let runtime = Builder::new_current_thread().build()?;
    let (editor, writer) = Readline::new(prompt("")).map_err(io::Error::other)?;
    let work = move || {
        let mut owner = owner;
        // An editor that fails is dropped, which restores the settings; the end of its channel is an end of input.
        let _ = runtime.block_on(edit(editor, writer, &mut owner));
    };
    show_panics(say);
    thread::Builder::new().name(THREAD.into()).spawn(work)?;
    Ok(())
}

// ANCHOR: edit
/// Edits and draws until nobody has anything to show any more.
async fn edit(
    mut editor: Readline,
    mut writer: SharedWriter,
    owner: &mut Owner,
) -> Result<(), ReadlineError> {
    // It would repeat the prompt as it was: what is typed is shown like everything else.
    editor.should_print_line_on(false, false);
    let mut batch = Vec::new();
    loop {
        select! {
            // First, and after each line: the writer takes 500 lines, and the editor draws them only here.
            biased;
            event = editor.readline() => {
                let key = key(event?, &mut editor);
                if let Typed::Line(line) = &key {
                    writer.write_all(format!("> {line}\n").as_bytes())?;
                }
                let _ = owner.keys.send(key).await;
            }
            count = owner.lines.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    return editor.flush();
                }
                batch.push(String::new());
                writer.write_all(batch.join("\n").as_bytes())?;
                batch.clear();
            }
            Ok(()) = owner.progress.changed() => {
                let progress = owner.progress.borrow_and_update().clone();
                editor.update_prompt(&prompt(&progress))?;
            }
        }
    }
}
// ANCHOR_END: edit

/// What a key stands for; a line goes into the history.
fn key(event: ReadlineEvent, editor: &mut Readline) -> Typed {
    match event {
        ReadlineEvent::Line(line) => {
            let line = line.trim_end().to_owned();
            trace::typed(&line);
            editor.add_history_entry(line.clone());
            Typed::Line(line)
        }
        ReadlineEvent::Interrupted => Typed::Interrupt,
        ReadlineEvent::Eof => Typed::Leave,
    }
}

fn prompt(progress: &str) -> String {
    if progress.is_empty() { "> ".to_owned() } else { format!("[{progress}] > ") }
}

/// A panic's text is shown as a line, too: printed past the editor, it would run across the screen in steps.
fn show_panics(lines: mpsc::WeakSender<String>) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let thread = thread::current();
        let name = thread.name().unwrap_or("unnamed");
        // The editor's own thread shows nothing any more.
        let lines = lines.upgrade().filter(|_| name != THREAD);
        if lines.is_none_or(|lines| lines.try_send(format!("thread '{name}' {panic}")).is_err()) {
            before(panic);
        }
    }));
}

//! `cargo course watch`: checks again on each save.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use book::saves;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::check::{Answer, check};
use crate::lesson::Lesson;
use crate::say::{self, say};
use crate::stop::Stop;
use crate::table::Table;
use crate::workspace::Workspace;

/// An editor writes a file in several steps; what follows within this time is one save.
const SETTLE: Duration = Duration::from_millis(80);

/// How often Ctrl-C is looked for while nothing happens.
const TICK: Duration = Duration::from_millis(50);

/// What the watching thread hears.
enum News {
    /// A file of the lesson was saved.
    Saved,
    /// The run has ended.
    Ended(Result<Answer>),
}

/// Checks a lesson now and after each save, until Ctrl-C.
pub fn run(workspace: &Workspace, name: Option<&str>, advance: bool) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let stop = Stop::on_interrupt()?;
    let mut lesson = table.chosen(workspace, name)?;
    loop {
        let is_solved = watch(workspace, &table, lesson, advance, &stop)?;
        let next = table.after(lesson).filter(|next| workspace.lesson(next).is_dir());
        match next {
            Some(next) if is_solved => lesson = next,
            _ if is_solved => return Ok(ExitCode::SUCCESS),
            _ if stop.is_raised() => return Ok(ExitCode::from(130)),
            // Nobody listens any more.
            _ => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Returns when Ctrl-C came or nobody listens, or with true when the lesson is solved and that is enough.
fn watch(
    workspace: &Workspace,
    table: &Table,
    lesson: &Lesson,
    until_solved: bool,
    stop: &Stop,
) -> Result<bool> {
    let (sender, news) = mpsc::channel();
    let _watcher = watcher(workspace, lesson, sender.clone())?;
    loop {
        say!("\nlesson {}: checking; Ctrl-C ends", lesson.number);
        if !say::is_heard() {
            return Ok(false);
        }
        let answer = attempt(workspace, table, lesson, stop, (&sender, &news))?;
        match answer {
            Answer::Solved if until_solved => return Ok(true),
            Answer::Stopped if stop.is_raised() => return Ok(false),
            // A save came during the run: the next attempt checks what was saved.
            Answer::Stopped => settle(&news),
            _ => {
                say!("\nlesson {}: waiting for the next save; Ctrl-C ends", lesson.number);
                if !await_save(&news, stop) {
                    return Ok(false);
                }
            }
        }
    }
}

fn watcher(workspace: &Workspace, lesson: &Lesson, sender: Sender<News>) -> Result<RecommendedWatcher> {
    let heard = move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| is_save(&event)) {
            let _ = sender.send(News::Saved);
        }
    };
    let folder = workspace.lesson(lesson);
    let watcher = notify::recommended_watcher(heard).and_then(|mut watcher| {
        watcher.watch(&folder, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    watcher.with_context(|| {
        format!("`{}` cannot be watched here. Try `cargo course check {}`", folder.display(), lesson.number)
    })
}

/// Only sources and manifests are checked; of an editor's own files some end as sources do.
fn is_save(event: &Event) -> bool {
    let is_source = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "rs" || end == "toml") && !saves::is_editors_own(path)
    };
    saves::is_save(event) && (event.need_rescan() || event.paths.iter().any(is_source))
}

/// Runs the checks on a thread of its own, and stops them when a save or Ctrl-C comes.
fn attempt(
    workspace: &Workspace,
    table: &Table,
    lesson: &Lesson,
    stop: &Stop,
    (sender, news): (&Sender<News>, &Receiver<News>),
) -> Result<Answer> {
    let part = stop.part();
    thread::scope(|scope| {
        let (own, sender) = (part.clone(), sender.clone());
        let work = move || {
            let _ = sender.send(News::Ended(check(workspace, table, lesson, None, &own)));
        };
        thread::Builder::new()
            .name("check".to_owned())
            .spawn_scoped(scope, work)
            .context("no thread can be started")?;
        loop {
            match news.recv().context("the run was lost")? {
                News::Saved => part.raise(),
                // What a run found a moment before the save, or missed in the midst of it, is of no interest.
                News::Ended(_) if part.is_raised() => return Ok(Answer::Stopped),
                News::Ended(answer) => return answer,
            }
        }
    })
}

/// Waits until no further step of the same save comes.
fn settle(news: &Receiver<News>) {
    while news.recv_timeout(SETTLE).is_ok() {}
}

/// Waits for a save; false when Ctrl-C came first.
fn await_save(news: &Receiver<News>, stop: &Stop) -> bool {
    while !stop.is_raised() {
        match news.recv_timeout(TICK) {
            Ok(_) => {
                settle(news);
                return true;
            }
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use notify::EventKind;
    use notify::event::{CreateKind, Flag};

    use super::*;

    fn is_save_of(name: &str) -> bool {
        is_save(&Event::new(EventKind::Create(CreateKind::Any)).add_path(PathBuf::from(name)))
    }

    /// A lock of Emacs ends as a source does, and its run must not be thrown away for it.
    #[test]
    fn only_sources_are_saved() {
        for name in ["src/lib.rs", "tests/checks/given.rs", "Cargo.toml"] {
            assert!(is_save_of(name), "{name}");
        }
        for name in [
            "src/.#lib.rs",
            "src/.lib.rs.swp",
            "src/4913",
            "src/lib.rs~",
            "src/lib.rs___jb_tmp___",
            "notes.md",
        ] {
            assert!(!is_save_of(name), "{name}");
        }
        assert!(is_save(&Event::new(EventKind::Other).set_flag(Flag::Rescan)), "events were lost");
    }
}

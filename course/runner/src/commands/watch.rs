//! `cargo course watch`: checks again on each save, and does what keys ask for meanwhile.

use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use book::lookout::{Lookout, Silence};
use book::saves::is_source;
use clap::Args;

use super::check::{Answer, check};
use super::{diff, edit, hint};
use crate::keys::{Key, Keys};
use crate::language::{said, word};
use crate::lesson::Lesson;
use crate::meter;
use crate::say::{self, say};
use crate::stop::Stop;
use crate::table::Table;
use crate::workspace::Workspace;

/// An editor writes a file in several steps; what follows within this time is one save.
const SETTLE: Duration = Duration::from_millis(80);

/// How often Ctrl-C and saves are looked for while nobody types.
const TICK: Duration = Duration::from_millis(50);

/// How to watch.
#[derive(Debug, Args)]
pub struct Options {
    /// Go on to the next lesson when this one is solved
    #[arg(long)]
    advance: bool,
    /// Look at the files twice a second, where the system does not tell of what others write
    #[arg(long)]
    poll: bool,
}

/// What the watching thread hears.
enum News {
    /// A file of the lesson was saved.
    Saved,
    /// The run has ended.
    Ended(Result<Answer>),
    /// A key was typed.
    Typed(Key),
}

/// Why a lesson is watched no longer.
enum Left<'a> {
    /// For the next one.
    Onward(&'a Lesson),
    /// At the wish of the reader, since nobody listens any more, or since all is solved.
    Done,
    /// Ctrl-C, or a hang-up.
    Stopped,
}

/// Checks a lesson now and after each save, until `q` or Ctrl-C.
pub fn run(workspace: &Workspace, name: Option<&str>, options: &Options) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let stop = Stop::on_interrupt()?;
    let mut lesson = table.chosen(workspace, name)?;
    let mut keys = Keys::listen();
    loop {
        let mut watch = Watch::begin(workspace, &table, lesson, &stop, keys.as_mut(), options)?;
        match watch.follow()? {
            Left::Onward(next) => lesson = next,
            Left::Stopped => return Ok(ExitCode::from(130)),
            Left::Done => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Why files are looked at, although nobody asked for that.
fn because(silence: Silence) -> String {
    match silence {
        Silence::OtherWriters => word("other machines may write here"),
        Silence::Untold => word("the system tells of no save here"),
        Silence::Refused => word("the system watches no more files"),
    }
}

/// One lesson that is watched.
struct Watch<'a, 'k> {
    /// Where it stands.
    workspace: &'a Workspace,
    /// Knows the next one.
    table: &'a Table,
    /// Which one.
    lesson: &'a Lesson,
    /// Raised by Ctrl-C.
    stop: &'a Stop,
    /// The keys of the terminal, where there is one.
    keys: Option<&'k mut Keys>,
    /// Whether to go on when it is solved.
    advance: bool,
    /// For whatever has news.
    sender: Sender<News>,
    /// What was not heard yet.
    news: Receiver<News>,
    /// Notices saves for as long as it is held.
    _lookout: Lookout,
}

impl<'a, 'k> Watch<'a, 'k> {
    fn begin(
        workspace: &'a Workspace,
        table: &'a Table,
        lesson: &'a Lesson,
        stop: &'a Stop,
        keys: Option<&'k mut Keys>,
        options: &Options,
    ) -> Result<Self> {
        let (sender, news) = mpsc::channel();
        let own = sender.clone();
        let saved = move || drop(own.send(News::Saved));
        let folder = workspace.lesson(lesson);
        let lookout = Lookout::below(&folder, options.poll, is_source, saved).with_context(|| {
            said!(
                "lesson {number} cannot be watched. Try `cargo course check {number}`",
                number = lesson.number
            )
        })?;
        if let Some(silence) = lookout.because {
            let because = because(silence);
            say!("\n{}", said!("{because}: the files are looked at twice a second", because = because));
        }
        Ok(Self {
            workspace,
            table,
            lesson,
            stop,
            keys,
            advance: options.advance,
            sender,
            news,
            _lookout: lookout,
        })
    }

    /// Checks now, and again after each save.
    fn follow(&mut self) -> Result<Left<'a>> {
        loop {
            let (number, ends) = (&self.lesson.number, self.ends());
            say!("\n{}", said!("lesson {number}: checking; {ends}", number = number, ends = ends));
            if !say::is_heard() {
                return Ok(Left::Done);
            }
            let left = match self.attempt()? {
                (Answer::Solved, _) if self.advance => {
                    return Ok(self.next().map_or(Left::Done, Left::Onward));
                }
                // A save came during the run: the next attempt checks what was saved.
                (Answer::Stopped, News::Saved) => {
                    self.settle();
                    None
                }
                (Answer::Stopped, News::Typed(key)) => self.obey(key)?,
                (Answer::Stopped, News::Ended(_)) => Some(Left::Stopped),
                _ => self.rest()?,
            };
            if let Some(left) = left {
                return Ok(left);
            }
        }
    }

    /// Runs the checks on a thread of its own, and stops them when a save, Ctrl-C, or a key that needs that comes: then
    /// it tells which.
    fn attempt(&mut self) -> Result<(Answer, News)> {
        let part = self.stop.part();
        let (workspace, table, lesson, sender) =
            (self.workspace, self.table, self.lesson, self.sender.clone());
        thread::scope(|scope| {
            let own = part.clone();
            let work = move || {
                let _ = sender.send(News::Ended(check(workspace, table, lesson, None, &own)));
            };
            thread::Builder::new()
                .name("check".to_owned())
                .spawn_scoped(scope, work)
                .context("no thread can be started")?;
            let mut cause = None;
            loop {
                match self.hear() {
                    None => (),
                    // What a run found a moment before it was stopped, or missed in the midst of it, is of no interest.
                    Some(News::Ended(answer)) => match cause {
                        Some(cause) => return Ok((Answer::Stopped, cause)),
                        None => return answer.map(|answer| (answer, News::Ended(Ok(answer)))),
                    },
                    Some(News::Typed(key @ (Key::Hint | Key::Diff))) => meter::above(|| self.show(key)),
                    Some(other) => {
                        part.raise();
                        cause.get_or_insert(other);
                    }
                }
            }
        })
    }

    /// Waits for a save, and does what keys ask for; none when the checks are to run again.
    fn rest(&mut self) -> Result<Option<Left<'a>>> {
        self.invite();
        loop {
            if self.stop.is_raised() {
                return Ok(Some(Left::Stopped));
            }
            if !say::is_heard() {
                return Ok(Some(Left::Done));
            }
            match self.hear() {
                Some(News::Saved) => {
                    self.settle();
                    return Ok(None);
                }
                Some(News::Typed(key @ (Key::Hint | Key::Diff))) => {
                    self.show(key);
                    self.invite();
                }
                Some(News::Typed(Key::Edit)) => {
                    self.edit();
                    self.invite();
                }
                Some(News::Typed(Key::Next)) if self.next().is_none() => {
                    say!("\n{}", said!("lesson {number} is the last one", number = self.lesson.number));
                    self.invite();
                }
                Some(News::Typed(key)) => return self.obey(key),
                Some(News::Ended(_)) | None => (),
            }
        }
    }

    /// Does what a key asks for that ends a run; none when the checks are to run again.
    fn obey(&mut self, key: Key) -> Result<Option<Left<'a>>> {
        match key {
            Key::Quit => {
                let left = said!(
                    "lesson {number} is watched no longer; go on with: cargo course watch {number}",
                    number = self.lesson.number
                );
                say!("\n{left}");
                return Ok(Some(Left::Done));
            }
            Key::Next => return Ok(self.next().map(Left::Onward)),
            Key::Edit => self.edit(),
            Key::Again | Key::Hint | Key::Diff => (),
        }
        Ok(None)
    }

    /// The next lesson that is there to be done.
    fn next(&self) -> Option<&'a Lesson> {
        self.table.after(self.lesson).filter(|next| self.workspace.lesson(next).is_dir())
    }

    fn show(&self, key: Key) {
        let number = Some(self.lesson.number.as_str());
        say!("");
        let shown = match key {
            Key::Hint => hint::run(self.workspace, number, hint::Which::Next),
            _ => diff::run(self.workspace, number),
        };
        if let Err(error) = shown {
            say::trouble(&error);
        }
    }

    /// Opens the editor; one that draws in this terminal has it until it ends.
    fn edit(&mut self) {
        let open = || edit::open(self.workspace, self.lesson, false);
        let opened = match &mut self.keys {
            Some(keys) => keys.lend(open),
            None => open(),
        };
        match opened {
            Ok(name) => {
                say!("\n{}", said!("{file} is open in {name}", file = edit::file(self.lesson), name = name));
            }
            Err(error) => say::trouble(&error),
        }
    }

    /// Waits a moment for the next news.
    fn hear(&mut self) -> Option<News> {
        if let Ok(news) = self.news.try_recv() {
            return Some(news);
        }
        match &mut self.keys {
            Some(keys) => {
                for key in keys.wait(TICK) {
                    let _ = self.sender.send(News::Typed(key));
                }
                None
            }
            None => self.news.recv_timeout(TICK).ok(),
        }
    }

    /// Waits until no further step of the same save comes. A key that comes meanwhile would be a step, and is not lost.
    fn settle(&mut self) {
        let mut typed = Vec::new();
        while let Ok(news) = self.news.recv_timeout(SETTLE) {
            typed.extend(matches!(news, News::Typed(_)).then_some(news));
        }
        typed.into_iter().for_each(|news| drop(self.sender.send(news)));
    }

    fn invite(&self) {
        match &self.keys {
            None => say!("\n{}; {}", self.waiting(), self.ends()),
            Some(keys) => {
                let lines = if keys.are_lines() { word("; then Enter") } else { String::new() };
                say!("\n{}\n{}{lines}", self.waiting(), Key::help());
            }
        }
    }

    fn waiting(&self) -> String {
        said!("lesson {number}: waiting for the next save", number = self.lesson.number)
    }

    fn ends(&self) -> String {
        if self.keys.is_some() { word("q quits") } else { word("Ctrl-C ends") }
    }
}

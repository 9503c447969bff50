//! The attempts that the book's pages make: after each save of the lesson that a page shows, and when its reader asks.
//!
//! A page asks again and again how its lesson stands, and that is how a save is noticed: what is asked compares the sources
//! with those of the last attempt. So it works wherever files can be read, and only for a lesson that somebody looks at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use book::Words;
use serde::Serialize;

use crate::attempt::{self, Part};
use crate::kept::{self, Report};
use crate::lesson::Lesson;
use crate::meter::Meter;
use crate::progress::Progress;
use crate::stop::Stop;
use crate::table::Table;
use crate::tasks;
use crate::workspace::Workspace;

/// An editor writes a file in several steps; sources that stay the same for so long are saved.
const SETTLE: Duration = Duration::from_millis(80);

/// How the lessons stand, for a page.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// Every lesson that is there to be done.
    lessons: Vec<Stand>,
    /// The lesson of the page.
    lesson: Option<Own>,
}

/// How one lesson stands.
#[derive(Debug, Serialize)]
struct Stand {
    /// Its page: `03-thread-and-channel`.
    page: String,
    /// What a reader calls it.
    title: String,
    /// `solved`, `tried` or `new`.
    state: &'static str,
}

/// How the lesson of a page stands.
#[derive(Debug, Serialize)]
struct Own {
    /// What goes on now, and how far it is.
    busy: Option<String>,
    /// Why there is no verdict.
    trouble: Option<String>,
    /// The last verdict, of a page or of a terminal.
    report: Option<Report>,
    /// Its number, for commands to type.
    number: String,
    /// The page that comes next, and its title.
    next: Option<(String, String)>,
}

/// What is known of a lesson that a page has asked for.
#[derive(Debug, Default)]
struct Known {
    /// The sources of the last attempt, or those that the page has found.
    sources: String,
    /// Ends the attempt that is under way.
    under_way: Option<Stop>,
    /// How far it is.
    busy: String,
    /// What has gone wrong beside the lesson.
    trouble: Option<String>,
}

/// All attempts of the pages of one server.
pub struct Attempts {
    /// Whose lessons.
    workspace: Workspace,
    /// Ends them with the server.
    stop: Stop,
    /// By slug, what is known of each lesson.
    known: Mutex<BTreeMap<String, Known>>,
}

impl Attempts {
    /// Nothing was asked yet.
    pub fn new(workspace: Workspace, stop: Stop) -> Self {
        Self { workspace, stop, known: Mutex::default() }
    }

    /// How all lessons stand, and the one of this number; what was saved there since is tried. Blocks for a moment.
    pub fn standing(self: &Arc<Self>, number: &str) -> Result<Standing> {
        let table = Table::read(&self.workspace)?;
        let progress = Progress::read(&self.workspace);
        let stands = table.existing(&self.workspace).map(|lesson| {
            let state = match Report::read(&self.workspace, lesson) {
                _ if progress.is_solved(lesson) => "solved",
                Some(_) => "tried",
                None => "new",
            };
            Stand { page: lesson.name(), title: lesson.title.clone(), state }
        });
        let lessons = stands.collect();
        let Some(lesson) = self.named(&table, number) else { return Ok(Standing { lessons, lesson: None }) };
        self.follow(lesson);
        let (busy, trouble) = {
            let known = self.known();
            let known = known.get(&lesson.slug);
            let busy = known.filter(|known| known.under_way.is_some()).map(|known| known.busy.clone());
            (busy, known.and_then(|known| known.trouble.clone()))
        };
        let next = table.after(lesson).filter(|next| self.workspace.lesson(next).is_dir());
        let own = Own {
            busy,
            trouble,
            report: Report::read(&self.workspace, lesson),
            number: lesson.number.clone(),
            next: next.map(|next| (next.name(), format!("{}. {}", next.number, next.title))),
        };
        Ok(Standing { lessons, lesson: Some(own) })
    }

    /// Tries a lesson now. Blocks for a moment; says whether there is such a lesson.
    pub fn ask(self: &Arc<Self>, number: &str) -> Result<bool> {
        let table = Table::read(&self.workspace)?;
        let Some(lesson) = self.named(&table, number) else { return Ok(false) };
        self.begin(lesson);
        Ok(true)
    }

    /// By its number alone, as a page has it.
    fn named<'a>(&self, table: &'a Table, number: &str) -> Option<&'a Lesson> {
        table.existing(&self.workspace).find(|lesson| lesson.number == number)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries what was saved since the last attempt; a lesson that nobody has tried waits for its first save.
    fn follow(self: &Arc<Self>, lesson: &Lesson) {
        let now = kept::sources(&self.workspace, lesson);
        let judged = Report::read(&self.workspace, lesson).map(|report| report.sources);
        {
            let mut known = self.known();
            let known = known.entry(lesson.slug.clone()).or_insert_with(|| Known {
                sources: judged.clone().unwrap_or_else(|| now.clone()),
                ..Known::default()
            });
            // A terminal may have tried them meanwhile.
            if known.under_way.is_none() && judged.as_ref() == Some(&now) {
                known.sources.clone_from(&now);
            }
            if known.sources == now {
                return;
            }
            if let Some(stop) = &known.under_way {
                return stop.raise();
            }
        }
        thread::sleep(SETTLE);
        if kept::sources(&self.workspace, lesson) == now {
            self.begin(lesson);
        }
    }

    /// Begins an attempt, unless one is under way.
    fn begin(self: &Arc<Self>, lesson: &Lesson) {
        let stop = self.stop.part();
        {
            let mut known = self.known();
            let known = known.entry(lesson.slug.clone()).or_default();
            if known.under_way.is_some() {
                return;
            }
            known.sources = kept::sources(&self.workspace, lesson);
            known.under_way = Some(stop.clone());
            known.trouble = None;
            known.busy = format!("building lesson {}", lesson.number);
        }
        let (all, own) = (Arc::clone(self), lesson.clone());
        let work = move || {
            let made = all.make(&own, &stop);
            all.end(&own, made.err());
        };
        if let Err(error) = thread::Builder::new().name("attempt".to_owned()).spawn(work) {
            self.end(lesson, Some(error.into()));
        }
    }

    fn make(self: &Arc<Self>, lesson: &Lesson, stop: &Stop) -> Result<()> {
        // The page says it in its own language.
        let start = |what: &dyn Fn(Words) -> String| {
            let (all, slug) = (Arc::clone(self), lesson.slug.clone());
            Meter::telling(what(Words::ENGLISH), move |text| {
                if let Some(known) = all.known().get_mut(&slug) {
                    known.busy = text;
                }
            })
        };
        let tasks = tasks::of(&self.workspace, lesson)?;
        attempt::make(&self.workspace, lesson, &tasks, Part::All, stop, &start).map(drop)
    }

    fn end(&self, lesson: &Lesson, error: Option<anyhow::Error>) {
        let mut known = self.known();
        let Some(known) = known.get_mut(&lesson.slug) else { return };
        known.under_way = None;
        known.trouble = error.map(|error| format!("{error:#}"));
    }
}

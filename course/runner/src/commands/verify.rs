//! `cargo course verify`: the course keeps its promises.
//!
//! Every kept starter fails for the reason that its page names, every solution passes, every wrong answer is
//! rejected with the sentence meant for it, and every right one passes.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::hint;
use crate::answers::{self, Answer, Kind};
use crate::cargo;
use crate::lesson::Lesson;
use crate::load::Load;
use crate::meter::Meter;
use crate::say::say;
use crate::scratch::{Scratch, Subject};
use crate::sources;
use crate::starters;
use crate::stop::Stop;
use crate::suite::{self, Errand, Suite, Verdict};
use crate::table::Table;
use crate::tasks;
use crate::workspace::Workspace;

/// How far apart checks stand that run one after the other: those of a lesson that computes mix with those that wait.
const APART: usize = 61;

/// Checks that must pass wait as many times longer: many run at once, and this costs nothing where it is not needed.
const PATIENT: u32 = 4;

/// How many checks run at once for each core: they mostly wait.
const FOR_EACH_CORE: usize = 10;

/// How many run at once on a large machine.
const MOST_AT_ONCE: usize = 64;

/// What to verify.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// The lessons; all that exist, if none is named
    pub lessons: Vec<String>,
    /// Only the starters with their hints, and whatever else is asked for
    #[arg(long)]
    pub starters: bool,
    /// Only the kept answers, and whatever else is asked for
    #[arg(long)]
    pub answers: bool,
    /// Only the wrong ones of the kept answers, and whatever else is asked for
    #[arg(long)]
    pub wrong: bool,
    /// Only this one of the kept answers, as `wrong/inline-read`
    #[arg(long, value_name = "SIDE/NAME")]
    pub answer: Option<String>,
    /// Of the kept answers of each lesson only the first wrong and the first right one
    #[arg(long)]
    pub sample: bool,
    /// Only the solutions, and whatever else is asked for
    #[arg(long)]
    pub solutions: bool,
    /// Take the starters from `lessons`, not from the kept ones, and compare both
    #[arg(long)]
    pub work_tree: bool,
    /// First keep what `lessons` has as the starters
    #[arg(long, requires = "work_tree")]
    pub save_starters: bool,
    /// Run the checks of the solutions so many times in a row
    #[arg(long, default_value_t = 1)]
    pub times: usize,
    /// Run so many checks at once; they mostly wait, so it is ten for each core without it
    #[arg(long)]
    pub at_once: Option<usize>,
    /// Keep every core busy meanwhile
    #[arg(long)]
    pub load: bool,
}

impl Options {
    /// Whether everything is verified: nothing was asked for alone.
    fn is_everything(&self) -> bool {
        !(self.starters || self.answers || self.wrong || self.solutions || self.answer.is_some())
    }

    /// Whether what has another fate than it must have is tried again alone; tried many times, each failure counts.
    fn tries_again(&self) -> bool {
        self.times == 1 && !self.load
    }

    /// How many checks run at once; more than so many would have to share what there is one of.
    fn at_once(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        self.at_once.unwrap_or(MOST_AT_ONCE.min(FOR_EACH_CORE * cores))
    }

    /// Where the answers are built: what is tried alone must not have all others built anew.
    fn scratch(&self) -> &'static str {
        match (self.sample, &self.answer) {
            (true, _) => "sample",
            (false, Some(_)) => "answer",
            (false, None) => "answers",
        }
    }

    /// The answers that were asked for.
    fn of_answers(&self, kept: Vec<Answer>) -> Vec<Answer> {
        let named = |answer: &Answer| self.answer.as_ref().is_none_or(|name| *name == answer.name);
        let mut chosen: Vec<_> = kept.into_iter().filter(named).collect();
        if self.sample {
            let mut seen = Vec::new();
            chosen.retain(|answer| {
                let side = std::mem::discriminant(&answer.kind);
                !seen.contains(&side) && {
                    seen.push(side);
                    true
                }
            });
        }
        chosen
    }
}

/// One thing that was verified.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it was: `starter 03`.
    pub what: String,
    /// What was seen.
    pub seen: String,
    /// Whether it is as it should be, as far as was looked.
    pub is_good: bool,
    /// Whether what decides it was looked at: a server may be missing.
    pub is_judged: bool,
}

impl Finding {
    fn good(what: &str, seen: impl Into<String>) -> Self {
        Self { what: what.to_owned(), seen: seen.into(), is_good: true, is_judged: true }
    }

    fn unseen(what: &str, why: String) -> Self {
        Self { is_judged: false, ..Self::good(what, why) }
    }

    fn bad(what: &str, seen: impl Into<String>) -> Self {
        Self { what: what.to_owned(), seen: seen.into(), is_good: false, is_judged: true }
    }
}

/// Verifies, prints a line for each subject, and a summary.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let stop = Stop::on_interrupt()?;
    let (mut good, mut unseen, mut bad) = (0, 0, Vec::new());
    let verified = verify(workspace, options, &stop, &mut |finding| {
        let mark = match (finding.is_good, finding.is_judged) {
            (false, _) => "BAD",
            (true, false) => "?",
            (true, true) => "ok",
        };
        let root = format!("{}/", workspace.root().display());
        say!("{mark:<4} {:<40} {}", finding.what, finding.seen.replace(&root, ""));
        match (finding.is_good, finding.is_judged) {
            (false, _) => bad.push(finding.what.clone()),
            (true, false) => unseen += 1,
            (true, true) => good += 1,
        }
    });
    if stop.is_raised() {
        return Ok(ExitCode::from(130));
    }
    verified?;
    let but = if unseen > 0 { format!("; {unseen} could not be judged here") } else { String::new() };
    if bad.is_empty() {
        say!("\n{good} verified: all are as they should be{but}.");
        return Ok(ExitCode::SUCCESS);
    }
    say!("\n{good} are as they should be{but}, {} are not: {}", bad.len(), bad.join("; "));
    Ok(ExitCode::FAILURE)
}

/// Verifies what the options say, and tells each finding as soon as it is known.
pub fn verify(
    workspace: &Workspace,
    options: &Options,
    stop: &Stop,
    tell: &mut dyn FnMut(&Finding),
) -> Result<()> {
    let table = Table::read(workspace)?;
    let lessons = chosen(workspace, &table, &options.lessons)?;
    let everything = options.is_everything();
    let _load = options.load.then(Load::start).transpose()?;
    let mut trials = Vec::new();
    for lesson in &lessons {
        if everything || options.starters {
            tell(&kept_hints(workspace, lesson));
            if options.save_starters {
                starters::save(workspace, lesson)?;
            }
            if options.work_tree {
                tell(&kept_starter(workspace, lesson));
            }
            trials.extend(starter(workspace, lesson, options.work_tree, tell));
        }
        let is_all = everything || options.answers || options.answer.is_some();
        if is_all || options.wrong {
            let kept = kept_answers(workspace, lesson, options, tell).into_iter();
            trials.extend(kept.filter(|trial| is_all || !trial.fate.must_pass()));
        }
    }
    try_all(workspace, &trials, options, stop, tell)?;
    if everything || options.solutions {
        solutions(workspace, &lessons, options, stop, tell)?;
    }
    Ok(())
}

/// The lessons that were named, or all that exist.
pub fn chosen<'a>(workspace: &'a Workspace, table: &'a Table, names: &[String]) -> Result<Vec<&'a Lesson>> {
    if names.is_empty() {
        return Ok(table.existing(workspace).collect());
    }
    names.iter().map(|name| table.named(workspace, name)).collect()
}

fn kept_hints(workspace: &Workspace, lesson: &Lesson) -> Finding {
    let what = format!("hints {}", lesson.number);
    let path = workspace.hints(lesson);
    let text = std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()));
    match text.and_then(|text| hint::tiers(&text, &path)) {
        Ok(_) => Finding::good(&what, "three tiers"),
        Err(error) => Finding::bad(&what, format!("{error:#}")),
    }
}

/// Whether the lesson still is what it begins with.
fn kept_starter(workspace: &Workspace, lesson: &Lesson) -> Finding {
    let what = format!("kept starter {}", lesson.number);
    match starters::differing(workspace, lesson) {
        Ok(names) if names.is_empty() => Finding::good(&what, "is what the lesson has"),
        Ok(names) => Finding::bad(
            &what,
            format!(
                "differs from {}/src in {}. Keep that with `cargo course verify {} --work-tree --save-starters`",
                lesson.folder(),
                names.join(", "),
                lesson.number
            ),
        ),
        Err(error) => Finding::bad(&what, format!("{error:#}")),
    }
}

/// A subject, and what must become of it.
struct Trial<'a> {
    /// How the report names it.
    what: String,
    /// Its sources.
    subject: Subject<'a>,
    /// What must become of it.
    fate: Fate,
}

/// What must become of a subject.
enum Fate {
    /// It passes every check.
    Passes,
    /// It passes the checks before this one, and this one says that.
    FailsFirst(String, String),
    /// This check says that, whatever the others say.
    Rejected(String, String),
}

impl Fate {
    /// The checks to run.
    fn names<'s>(&self, suite: &'s Suite) -> Result<Vec<&'s str>> {
        let names = suite.names();
        let (Self::FailsFirst(check, _) | Self::Rejected(check, _)) = self else { return Ok(names) };
        let found = names.iter().position(|name| name == check);
        let at = found
            .with_context(|| format!("there is no check {check}: the checks are {}", names.join(", ")))?;
        let from = if matches!(self, Self::FailsFirst(..)) { 0 } else { at };
        Ok(names[from..=at].to_vec())
    }

    /// Whether no check may fail.
    fn must_pass(&self) -> bool {
        matches!(self, Self::Passes)
    }

    /// Whether this check must fail.
    fn must_fail(&self, name: &str) -> bool {
        matches!(self, Self::FailsFirst(check, _) | Self::Rejected(check, _) if check == name)
    }

    /// Whether the verdicts are those.
    fn judge(&self, what: &str, verdicts: &[Verdict]) -> Finding {
        let failed = verdicts.iter().find(|verdict| !verdict.is_pass());
        match (self, failed) {
            (Self::Passes, None) => {
                let blind = verdicts.iter().filter(|verdict| !verdict.passed_over.is_empty()).count();
                let but = if blind > 0 {
                    format!(", {blind} of them without all they look at")
                } else {
                    String::new()
                };
                Finding::good(what, format!("passes {} checks{but}", verdicts.len()))
            }
            (Self::Passes, Some(failed)) => {
                Finding::bad(what, format!("must pass, but {} says\n{}", failed.name, failed.text()))
            }
            (Self::FailsFirst(check, _) | Self::Rejected(check, _), None) => {
                let blind = verdicts.iter().find(|verdict| verdict.name == *check);
                match blind.and_then(|verdict| verdict.passed_over.first()) {
                    Some(why) => Finding::unseen(what, format!("not judged: {check} passed over {why}")),
                    None => Finding::bad(what, format!("passes {check}, which must reject it")),
                }
            }
            (Self::FailsFirst(check, sentence) | Self::Rejected(check, sentence), Some(failed)) => {
                rejected(what, check, sentence, failed)
            }
        }
    }
}

fn rejected(what: &str, check: &str, sentence: &str, failed: &Verdict) -> Finding {
    let said = failed.text();
    if failed.name != check {
        return Finding::bad(what, format!("fails at {} before {check}, and says\n{said}", failed.name));
    }
    if !contains(&said, sentence) {
        return Finding::bad(
            what,
            format!("is rejected by {check}, but without \"{sentence}\"; it says\n{said}"),
        );
    }
    Finding::good(what, format!("rejected by {check}"))
}

/// Line breaks count as spaces.
fn contains(text: &str, sentence: &str) -> bool {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    flat(text).contains(&flat(sentence))
}

/// The starter, if the table says how it must fail.
fn starter<'a>(
    workspace: &Workspace,
    lesson: &'a Lesson,
    work_tree: bool,
    tell: &mut dyn FnMut(&Finding),
) -> Option<Trial<'a>> {
    let what = format!("starter {}", lesson.number);
    let made = (|| {
        let Some(fate) = &lesson.starter else {
            bail!(
                "`course/lessons.toml` must say how it fails: [lesson.starter] with `fails` and `sentence`"
            );
        };
        let page = workspace.page(lesson);
        let text =
            std::fs::read_to_string(&page).with_context(|| format!("`{}` cannot be read", page.display()))?;
        if !contains(&text, &fate.sentence) {
            bail!("the page `{}` does not show \"{}\"", page.display(), fate.sentence);
        }
        let sources = if work_tree {
            sources::of_lesson(workspace, lesson)?
        } else {
            sources::of_starter(workspace, lesson)?
        };
        let subject = Subject { lesson, name: "starter".to_owned(), sources, check: None };
        Ok(Trial {
            what: what.clone(),
            subject,
            fate: Fate::FailsFirst(fate.fails.clone(), fate.sentence.clone()),
        })
    })();
    made.map_err(|error| tell(&Finding::bad(&what, format!("{error:#}")))).ok()
}

/// The kept answers of a lesson, if there are enough.
fn kept_answers<'a>(
    workspace: &Workspace,
    lesson: &'a Lesson,
    options: &Options,
    tell: &mut dyn FnMut(&Finding),
) -> Vec<Trial<'a>> {
    let kept = match answers::of(workspace, lesson) {
        Ok(kept) => kept,
        Err(error) => {
            tell(&Finding::bad(&format!("answers {}", lesson.number), format!("{error:#}")));
            return Vec::new();
        }
    };
    if let Some(shortage) = answers::shortage(lesson, &kept) {
        tell(&Finding::bad(&format!("answers {}", lesson.number), shortage));
    }
    let mut trials = Vec::new();
    for answer in options.of_answers(kept) {
        let what = answer.name.replacen('/', &format!(" {} ", lesson.number), 1);
        match trial(workspace, lesson, &answer, &what) {
            Ok(trial) => trials.push(trial),
            Err(error) => tell(&Finding::bad(&what, format!("{error:#}"))),
        }
    }
    trials
}

fn trial<'a>(workspace: &Workspace, lesson: &'a Lesson, answer: &Answer, what: &str) -> Result<Trial<'a>> {
    let sources = answer.sources(workspace, lesson)?;
    let (fate, check) = match &answer.kind {
        Kind::Wrong { check, sentence } => {
            (Fate::Rejected(check.clone(), sentence.clone()), Some(check.clone()))
        }
        Kind::Right => (Fate::Passes, None),
    };
    Ok(Trial {
        what: what.to_owned(),
        subject: Subject { lesson, name: answer.label(), sources, check },
        fate,
    })
}

/// Builds all subjects, runs their checks, and judges each subject when its checks are done.
fn try_all(
    workspace: &Workspace,
    trials: &[Trial<'_>],
    options: &Options,
    stop: &Stop,
    tell: &mut dyn FnMut(&Finding),
) -> Result<()> {
    if trials.is_empty() {
        return Ok(());
    }
    let meter = Meter::start(format!("building {} answers", trials.len()));
    let mut scratch = Scratch::begin(workspace, options.scratch())?;
    for trial in trials {
        scratch.add(&trial.subject);
    }
    scratch.build(true, &meter, stop)?;
    drop(meter);
    let mut ready = Vec::new();
    for Trial { what, subject, fate } in trials {
        match scratch.suite(subject) {
            Ok(suite) if fate.must_pass() => ready.push((what.clone(), fate, suite.waiting(PATIENT))),
            Ok(suite) => ready.push((what.clone(), fate, suite)),
            Err(error) => tell(&Finding::bad(what, format!("{error:#}"))),
        }
    }
    judge_all(&ready, options, stop, tell)
}

/// Runs the checks that each fate asks for, and judges each suite when its checks are done.
///
/// What has another fate among many at once is tried again alone: too many at once for this machine are no fault of the
/// subject.
fn judge_all(
    ready: &[(String, &Fate, Suite)],
    options: &Options,
    stop: &Stop,
    tell: &mut dyn FnMut(&Finding),
) -> Result<()> {
    let mut all = Vec::new();
    for (owner, (what, fate, suite)) in ready.iter().enumerate() {
        match fate.names(suite) {
            Ok(names) => all.extend(names.into_iter().map(|name| (owner, name))),
            Err(error) => tell(&Finding::bad(what, format!("{error:#}"))),
        }
    }
    let mut again = Vec::new();
    judge(ready, all, options.at_once(), stop, &mut |owner, verdicts| {
        let (what, fate, _) = &ready[owner];
        let finding = fate.judge(what, &verdicts);
        if options.tries_again() && !finding.is_good {
            again.push((owner, verdicts));
        } else {
            tell(&finding);
        }
    })?;
    for (owner, mut verdicts) in again {
        let (what, fate, suite) = &ready[owner];
        let mut alone = Vec::new();
        for verdict in verdicts.iter_mut().filter(|verdict| !verdict.is_pass() || !fate.must_pass()) {
            *verdict = suite.run_one(&verdict.name, stop)?;
            alone.push(verdict.name.clone());
        }
        if stop.is_raised() {
            break;
        }
        let mut finding = fate.judge(what, &verdicts);
        if finding.is_good {
            finding.seen += &format!("; only alone: {}", alone.join(", "));
        }
        tell(&finding);
    }
    Ok(())
}

/// Runs these checks, each of one suite; `done` hears of each suite whose checks have all ended.
fn judge(
    ready: &[(String, &Fate, Suite)],
    all: Vec<(usize, &str)>,
    at_once: usize,
    stop: &Stop,
    done: &mut dyn FnMut(usize, Vec<Verdict>),
) -> Result<()> {
    // What must fail mostly waits its bound out: it begins first, so that none of it is waited for alone at the end.
    let (long, short): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(owner, name)| ready[*owner].1.must_fail(name));
    let (owners, errands): (Vec<_>, Vec<_>) = [long, short]
        .iter()
        .flat_map(|some| (0..APART).flat_map(|first| some.iter().skip(first).step_by(APART)))
        .map(|(owner, name)| (*owner, Errand { suite: &ready[*owner].2, name: (*name).to_owned() }))
        .unzip();
    let mut verdicts: Vec<Option<Verdict>> = vec![None; errands.len()];
    let meter = Meter::start("checks run");
    let mut ended = 0;
    suite::run_all(&errands, at_once, stop, |index, verdict| {
        ended += 1;
        meter.set(ended, errands.len(), "");
        verdicts[index] = Some(verdict.clone());
        let owner = owners[index];
        let own = owners.iter().zip(&verdicts).filter(|(other, _)| **other == owner);
        let all: Option<Vec<_>> = own.map(|(_, verdict)| verdict.clone()).collect();
        if let (Some(all), false) = (all, stop.is_raised()) {
            meter.print(|| done(owner, all));
        }
    })?;
    Ok(())
}

/// Runs the checks of the solutions and what else tests them, as often as asked.
fn solutions(
    workspace: &Workspace,
    lessons: &[&Lesson],
    options: &Options,
    stop: &Stop,
    tell: &mut dyn FnMut(&Finding),
) -> Result<()> {
    if lessons.is_empty() {
        return Ok(());
    }
    let mut args: Vec<_> = lessons.iter().flat_map(|lesson| ["-p".to_owned(), lesson.solution()]).collect();
    args.extend(["--keep-going", "--tests"].map(str::to_owned));
    let meter = Meter::start("building the solutions");
    let built = cargo::build(workspace.root(), &args, None, stop, &meter)?;
    drop(meter);
    let mut suites = Vec::new();
    for lesson in lessons {
        let folder = workspace.solution(lesson);
        let tasks = tasks::of(workspace, lesson)?;
        let unit = built.unit(&folder);
        let suite =
            unit.checks.with_context(|| format!("does not compile:\n{}", built.complaint())).and_then(
                |binary| Suite::open(binary, unit.program, folder.clone(), &tasks, lesson.bound(), stop),
            );
        let what = format!("solution {}", lesson.number);
        for (name, binary) in unit.tests {
            let whole = Suite::whole(binary, folder.clone(), &name, lesson.bound());
            suites.push((format!("{what}, {name}"), whole));
        }
        match suite {
            Ok(suite) => suites.push((what, suite)),
            Err(error) => tell(&Finding::bad(&what, format!("{error:#}"))),
        }
    }
    for turn in 1..=options.times {
        if stop.is_raised() {
            break;
        }
        let of =
            if options.times > 1 { format!(", turn {turn} of {}", options.times) } else { String::new() };
        let named =
            |(what, suite): &(String, Suite)| (format!("{what}{of}"), &Fate::Passes, suite.waiting(PATIENT));
        judge_all(&suites.iter().map(named).collect::<Vec<_>>(), options, stop, tell)?;
    }
    Ok(())
}

//! An update of the course in a clone: the course's files follow, whatever the reader has written stays.
//!
//! An answer is a whole `src` of a lesson: of one that the reader has changed no file is touched, for new files of the
//! course would not fit to it. All is worked out beside git's index; the clone changes in one step, at the end.
//!
//! ```text
//!   base ── course ─────────▶ theirs ─┐
//!     └──── reader ──▶ HEAD ──────────┴▶ the update: theirs, with what the reader committed
//!                         └─ changed files ─▶ stay on the disk, as changes
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use book::saves::is_editors_own;

use crate::git;
use crate::language::said;

/// Where lessons stand.
const LESSONS: &str = "lessons/";

/// How many files a sentence names.
const NAMED: usize = 5;

/// Below git's folder: what is there while git is in the midst of something, and what that is.
const UNDERWAY: [(&str, &str); 5] = [
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
];

/// A clone of the course that may take an update.
pub struct Checkout {
    /// Its root.
    root: PathBuf,
    /// The branch that is checked out.
    branch: String,
    /// Its last commit.
    head: String,
}

/// What an update came to.
#[derive(Debug, Default)]
pub struct Updated {
    /// How many commits are new.
    pub commits: usize,
    /// The lessons whose `src` stayed as the reader has it, by folder: `03-thread-and-channel`.
    pub kept: Vec<String>,
    /// Those of them that begin otherwise now.
    pub restarted: Vec<String>,
    /// Those of them that the course has no more under this name.
    pub gone: Vec<String>,
    /// Other files below `lessons` that stayed, although the course has changed them too.
    pub differing: Vec<String>,
    /// Where the staged state is kept, if there was one.
    pub staged: Option<&'static str>,
}

/// An entry of a tree: its mode and its object.
type Entries = BTreeMap<String, (String, String)>;

impl Checkout {
    /// The clone at `root`, if git can work there; none where it is no clone of its own.
    ///
    /// # Errors
    /// When git does not start, no branch is checked out, or something else is going on.
    pub fn at(root: &Path) -> Result<Option<Self>> {
        let inside = run(&mut quiet(root, &["rev-parse", "--show-prefix"]))?;
        if !inside.status.success() || !text(&inside).is_empty() {
            return Ok(None);
        }
        for (file, name) in UNDERWAY {
            let path = ask(root, &["rev-parse", "--git-path", file])?;
            if root.join(path).exists() {
                bail!(said!(
                    "git is in the midst of a {name} here. End it, then try `cargo course update` again",
                    name = name
                ));
            }
        }
        let branch = ask(root, &["symbolic-ref", "-q", "--short", "HEAD"]);
        let branch =
            branch.ok().with_context(|| said!("no branch is checked out here. Try `git switch main`"))?;
        let head = ask(root, &["rev-parse", "-q", "--verify", "HEAD"]);
        let head = head.ok().with_context(|| said!("nothing is committed here. Try `git status`"))?;
        Ok(Some(Self { root: root.to_path_buf(), branch, head }))
    }

    /// Where updates come from: what `upstream` names, since `origin` is a fork then, or else what the branch follows.
    pub fn source(&self) -> Result<String> {
        let remotes = ask(&self.root, &["remote"])?;
        let remotes: Vec<_> = remotes.lines().collect();
        let followed =
            ask(&self.root, &["config", &format!("branch.{}.remote", self.branch)]).unwrap_or_default();
        let wanted = ["upstream", &followed, "origin"];
        let found = wanted.iter().find(|name| remotes.contains(*name)).or(remotes.first());
        found.map(|name| (*name).to_owned()).with_context(|| {
            said!("this clone does not know where the course comes from. Try `cargo course update --from ADDRESS`")
        })
    }

    /// Fetches what is new there, and gives its last commit; git may ask for a password meanwhile.
    pub fn fetch(&self, source: &str) -> Result<String> {
        checks::let_children_hear().context("signals cannot be handled here")?;
        let mut fetch = git::command(&self.root);
        let status =
            fetch.args(["fetch", "-q", "--", source, "HEAD"]).status().context("git does not start here")?;
        if !status.success() {
            bail!(said!(
                "git could not fetch from `{source}`, so nothing was changed. Try `git fetch {source}` to see why",
                source = source
            ));
        }
        let theirs = ask(&self.root, &["rev-parse", "-q", "--verify", "FETCH_HEAD^{commit}"])?;
        if ask(&self.root, &["cat-file", "-e", &format!("{theirs}:course/lessons.toml")]).is_err() {
            bail!(said!(
                "what `{source}` has is not this course, so nothing was changed. Try `git remote -v`",
                source = source
            ));
        }
        Ok(theirs)
    }

    /// Brings the clone to what was fetched; none where it has all of that.
    ///
    /// # Errors
    /// When that could lose anything: then nothing was changed, and the files are named.
    pub fn update(&self, theirs: &str) -> Result<Option<Updated>> {
        if self.has(&["merge-base", "--is-ancestor", theirs, "HEAD"])? {
            return Ok(None);
        }
        let base = ask(&self.root, &["merge-base", "HEAD", theirs]).ok().with_context(|| {
            said!(
                "what was fetched has no commit in common with this clone, so nothing was changed. \
                 Try `git remote -v`"
            )
        })?;
        let reader = self.paths(&["diff", "--name-only", "--no-renames", &base, &self.head, "--"])?;
        let course = self.paths(&["diff", "--name-only", "--no-renames", &base, theirs, "--"])?;
        let staged = self.paths(&["diff", "--name-only", "--no-renames", "--cached", &self.head, "--"])?;
        let mut changed = self.paths(&["diff", "--name-only", "--no-renames", &self.head, "--"])?;
        changed.extend(staged.iter().cloned());
        let (mine, new) = (self.entries(&self.head)?, self.entries(theirs)?);
        self.refuse_what_could_be_lost(&reader, &course, &changed, (&mine, &new))?;

        let committed = Answers::of(reader.iter());
        changed.extend(reader.iter().cloned());
        changed.extend(self.new_sources()?);
        let kept = Answers::of(changed.iter());

        let merged = match base == self.head {
            true => theirs.to_owned(),
            false => self.merge(theirs, &reader, &committed, (&mine, &new))?,
        };
        let after = self.entries(&merged)?;
        let on_disk = self.tree(&merged, kept.among(&mine, &after), &mine)?;
        let told = self.tell(&base, theirs, &kept, &course, &new)?;
        let staged = self.keep_staged(&staged)?;

        // From here on the clone changes; a Ctrl-C that reaches git would leave it half done.
        self.alone(&["read-tree", "-m", "-u", "HEAD", &on_disk])?;
        self.alone(&[
            "update-ref",
            "-m",
            "course update",
            &format!("refs/heads/{}", self.branch),
            &merged,
            &self.head,
        ])?;
        self.alone(&["read-tree", &merged])?;
        // It fails where files differ, which is what was to be said.
        let _ = self.alone(&["update-index", "-q", "--refresh"]);
        Ok(Some(Updated { staged, ..told }))
    }

    /// Stops at whatever the update would run over, and names it.
    fn refuse_what_could_be_lost(
        &self,
        reader: &BTreeSet<String>,
        course: &BTreeSet<String>,
        changed: &BTreeSet<String>,
        (mine, new): (&Entries, &Entries),
    ) -> Result<()> {
        let elsewhere = |path: &&String| !path.starts_with(LESSONS);
        let dirty: Vec<_> = changed.iter().filter(elsewhere).collect();
        if !dirty.is_empty() {
            let quoted: Vec<_> = dirty.iter().map(|path| quoted(path)).collect();
            bail!(said!(
                "outside of `lessons` these are changed and not committed: {files}; nothing was updated. Try \
                 `git stash push -- {quoted}`, then `cargo course update`, then `git stash pop`",
                files = listed(&dirty),
                quoted = quoted.join(" ")
            ));
        }
        let differs = |path: &&String| mine.get(*path) != new.get(*path);
        let both: Vec<_> = reader.intersection(course).filter(elsewhere).filter(differs).collect();
        if !both.is_empty() {
            bail!(said!(
                "you have committed changes of what the course has changed, too: {files}; nothing was updated. \
                 Try `git merge FETCH_HEAD`, and settle them by hand",
                files = listed(&both)
            ));
        }
        let is_yours =
            |path: &&String| !mine.contains_key(*path) && self.root.join(path).symlink_metadata().is_ok();
        let in_the_way: Vec<_> = new.keys().filter(elsewhere).filter(is_yours).collect();
        if !in_the_way.is_empty() {
            bail!(said!(
                "files of yours stand where the course has new ones: {files}; nothing was updated. \
                 Move them away, then try `cargo course update` again",
                files = listed(&in_the_way)
            ));
        }
        Ok(())
    }

    /// The reader's commits and the course's in one: the course's files, but for what the reader has committed.
    fn merge(
        &self,
        theirs: &str,
        reader: &BTreeSet<String>,
        committed: &Answers,
        (mine, new): (&Entries, &Entries),
    ) -> Result<String> {
        let mut own = committed.among(mine, new);
        own.extend(reader.iter().cloned());
        let tree = self.tree(theirs, own, mine)?;
        let mut commit = quiet(&self.root, &["commit-tree", &tree, "-p", &self.head, "-p", theirs]);
        commit.args(["-m", "Take an update of the course"]);
        if ask(&self.root, &["var", "GIT_COMMITTER_IDENT"]).is_err() {
            // Whoever made the last commit without telling git a name for good.
            let author = ask(&self.root, &["log", "-1", "--format=%an%n%ae"])?;
            let (name, mail) = author.split_once('\n').unwrap_or((&author, ""));
            commit.env("GIT_AUTHOR_NAME", name).env("GIT_COMMITTER_NAME", name);
            commit.env("GIT_AUTHOR_EMAIL", mail).env("GIT_COMMITTER_EMAIL", mail);
        }
        answer(&mut commit)
    }

    /// The tree of a commit, with the entries at these paths taken from `source`, or left out where it has none.
    fn tree(&self, commit: &str, paths: BTreeSet<String>, source: &Entries) -> Result<String> {
        let index = ask(&self.root, &["rev-parse", "--git-path", "course-update-index"])?;
        let index = self.root.join(index);
        let _ = std::fs::remove_file(&index);
        let beside = |args: &[&str]| {
            let mut command = quiet(&self.root, args);
            command.env("GIT_INDEX_FILE", &index);
            command
        };
        answer(&mut beside(&["read-tree", commit]))?;
        let none = ("0".to_owned(), "0".repeat(self.head.len()));
        let lines: String = paths
            .iter()
            .map(|path| {
                let (mode, object) = source.get(path).unwrap_or(&none);
                format!("{mode} {object}\t{path}\0")
            })
            .collect();
        feed(&mut beside(&["update-index", "-z", "--index-info"]), &lines)?;
        let tree = answer(&mut beside(&["write-tree"]));
        let _ = std::fs::remove_file(&index);
        tree
    }

    /// What to say of it, as it can be known before.
    fn tell(
        &self,
        base: &str,
        theirs: &str,
        kept: &Answers,
        course: &BTreeSet<String>,
        new: &Entries,
    ) -> Result<Updated> {
        let commits = ask(&self.root, &["rev-list", "--count", &format!("{base}..{theirs}")])?;
        let lessons: Vec<_> = kept.lessons.iter().cloned().collect();
        let has = |name: &String, below: &str| new.contains_key(&format!("{LESSONS}{name}/{below}"));
        let begins_otherwise =
            |name: &&String| course.iter().any(|path| path.starts_with(&format!("course/starters/{name}/")));
        Ok(Updated {
            commits: commits.parse().unwrap_or(1),
            restarted: lessons.iter().filter(begins_otherwise).cloned().collect(),
            gone: lessons.iter().filter(|name| !has(name, "Cargo.toml")).cloned().collect(),
            differing: kept.files.intersection(course).cloned().collect(),
            kept: lessons,
            staged: None,
        })
    }

    /// What is staged would be unstaged; its state is kept as a commit, as `git stash` does.
    fn keep_staged(&self, staged: &BTreeSet<String>) -> Result<Option<&'static str>> {
        const KEPT: &str = "refs/course/before-update";
        if staged.is_empty() {
            return Ok(None);
        }
        let state = ask(&self.root, &["stash", "create"])?;
        ask(&self.root, &["update-ref", KEPT, &state])?;
        Ok(Some(KEPT))
    }

    /// Sources that the reader has added and git does not know.
    fn new_sources(&self) -> Result<BTreeSet<String>> {
        let mut new = self.paths(&["ls-files", "--others", "--exclude-standard", "--", LESSONS])?;
        new.retain(|path| path.ends_with(".rs") && !is_editors_own(Path::new(path)));
        Ok(new)
    }

    fn entries(&self, commit: &str) -> Result<Entries> {
        let listing = answer(&mut quiet(&self.root, &["ls-tree", "-r", "-z", commit]))?;
        let entry = |line: &str| {
            let (what, path) = line.split_once('\t')?;
            let mut words = what.split(' ');
            let (mode, _kind, object) = (words.next()?, words.next()?, words.next()?);
            Some((path.to_owned(), (mode.to_owned(), object.to_owned())))
        };
        Ok(listing.split('\0').filter_map(entry).collect())
    }

    fn paths(&self, args: &[&str]) -> Result<BTreeSet<String>> {
        let mut command = quiet(&self.root, &args[..1]);
        let listing = answer(command.arg("-z").args(&args[1..]))?;
        Ok(listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    fn has(&self, args: &[&str]) -> Result<bool> {
        Ok(run(&mut quiet(&self.root, args))?.status.success())
    }

    /// Git in a group of its own, which the terminal does not interrupt.
    fn alone(&self, args: &[&str]) -> Result<String> {
        let mut command = quiet(&self.root, args);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(&mut command, 0x0000_0200);
        answer(&mut command)
    }
}

/// What of the reader's stays below `lessons`.
struct Answers {
    /// The lessons whose `src` stays as a whole.
    lessons: BTreeSet<String>,
    /// Other files.
    files: BTreeSet<String>,
}

impl Answers {
    /// What stays for the sake of these changed files; of others none is looked at.
    fn of<'a>(changed: impl Iterator<Item = &'a String>) -> Self {
        let (mut lessons, mut files) = (BTreeSet::new(), BTreeSet::new());
        for path in changed {
            match lesson_of(path) {
                Some(lesson) => drop(lessons.insert(lesson.to_owned())),
                None if path.starts_with(LESSONS) => drop(files.insert(path.clone())),
                None => (),
            }
        }
        Self { lessons, files }
    }

    /// All of its paths that one of two trees has.
    fn among(&self, one: &Entries, other: &Entries) -> BTreeSet<String> {
        let is_kept = |path: &&String| {
            self.files.contains(*path) || lesson_of(path).is_some_and(|lesson| self.lessons.contains(lesson))
        };
        one.keys().chain(other.keys()).filter(is_kept).cloned().collect()
    }
}

/// The lesson to whose `src` a file belongs.
fn lesson_of(path: &str) -> Option<&str> {
    let (lesson, below) = path.strip_prefix(LESSONS)?.split_once('/')?;
    below.starts_with("src/").then_some(lesson)
}

/// Paths in a sentence, the first of them where there are many.
fn listed(paths: &[&String]) -> String {
    let shown: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => said!("{files} and {more} more", files = shown.join(", "), more = more),
    }
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let is_plain = path.chars().all(|c| c.is_alphanumeric() || "./_-+,@".contains(c));
    if is_plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Git that asks nobody.
fn quiet(root: &Path, args: &[&str]) -> Command {
    let mut command = git::command(root);
    command.args(args).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Result<Output> {
    checks::let_children_hear().context("signals cannot be handled here")?;
    command.output().with_context(|| {
        said!("git does not start here, and an update is taken with it. Try `git --version`")
    })
}

/// What git answers, without the last line end.
fn answer(command: &mut Command) -> Result<String> {
    let output = run(command)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let said = said
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("fatal: ")
            .trim_start_matches("error: ");
        bail!(said!("git says: {words}. Try `git status`", words = said));
    }
    Ok(text(&output))
}

fn ask(root: &Path, args: &[&str]) -> Result<String> {
    answer(&mut quiet(root, args))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim_end_matches(['\n', '\r']).to_owned()
}

/// Gives git a text on stdin.
fn feed(command: &mut Command, text: &str) -> Result<()> {
    checks::let_children_hear().context("signals cannot be handled here")?;
    let mut child = command.stdin(Stdio::piped()).spawn().context("git does not start here")?;
    let written = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
    let status = child.wait().context("git cannot be waited for")?;
    if !status.success() || written.is_some_and(|written| written.is_err()) {
        bail!(said!("git did not take the files of the update, so nothing was changed. Try `git status`"));
    }
    Ok(())
}

//! The scratch workspace, where starters and kept answers become packages of their own.
//!
//! It stands in `target/course/answers`, has the real dependencies by absolute path, and shares the target folder,
//! so that only the subjects themselves are compiled. A file is written only when its content changes:
//! a second run compiles nothing.
//!
//! The library of a subject has a name of its own, since cargo refuses equal ones; program and checks lend it the
//! lesson's name with `extern crate`, as the solutions do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::cargo::{self, Built};
use crate::lessons::Lesson;
use crate::report::shown;
use crate::stop::Stop;
use crate::suite::Suite;
use crate::workspace::Workspace;

/// The subjects to be built together.
#[derive(Debug)]
pub struct Scratch<'a> {
    /// The real workspace.
    workspace: &'a Workspace,
    /// Where the scratch workspace stands.
    folder: PathBuf,
    /// The names of its packages.
    members: BTreeSet<String>,
    /// Held until everything is built: two runs at once must not write over one another.
    alone: Option<fs::File>,
}

/// The sources of one subject.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The lesson that it answers.
    pub lesson: &'a Lesson,
    /// What tells it from the others of its lesson: `starter`, `wrong-inline-read`.
    pub name: String,
    /// The files of its `src`, by name.
    pub sources: Vec<(String, String)>,
}

impl Subject<'_> {
    /// The name of its package and of its program.
    pub fn package(&self) -> String {
        format!("{}-{}", self.lesson.package(), self.name.replace('_', "-"))
    }

    /// The name of its library.
    fn library(&self) -> String {
        self.package().replace('-', "_")
    }
}

impl<'a> Scratch<'a> {
    /// Begins a scratch workspace without subjects, as soon as no other run builds one.
    pub fn begin(workspace: &'a Workspace) -> Result<Self> {
        let folder = workspace.target().join("course/answers");
        let alone = fs::create_dir_all(&folder)
            .and_then(|()| fs::File::create(folder.join("alone.lock")))
            .and_then(|file| file.lock().map(|()| file))
            .with_context(|| format!("`{}` cannot be locked", folder.display()))?;
        Ok(Self { workspace, folder, members: BTreeSet::new(), alone: Some(alone) })
    }

    /// Adds a subject.
    pub fn add(&mut self, subject: &Subject<'_>) -> Result<()> {
        let folder = self.folder_of(subject);
        write(&folder.join("Cargo.toml"), &self.manifest(subject)?)?;
        for (name, text) in &subject.sources {
            let text = if name == "main.rs" { lend(text, subject) } else { text.clone() };
            write(&folder.join("src").join(name), &text)?;
        }
        prune(&folder.join("src"), subject)?;
        let checks = self.checks(subject.lesson);
        let lent = format!("extern crate {} as {};", subject.library(), subject.lesson.library());
        let shim = format!(
            "//! The checks of the lesson.\n\n{lent}\n\n#[path = {:?}]\nmod checks;\n",
            checks.display()
        );
        write(&folder.join("tests/checks.rs"), &shim)?;
        self.members.insert(subject.package());
        Ok(())
    }

    /// Builds all subjects with one call of cargo.
    pub fn build(&mut self, with_checks: bool, stop: &Stop) -> Result<Built> {
        write(&self.folder.join("Cargo.toml"), &self.root_manifest()?)?;
        self.lock()?;
        let mut args = vec!["--workspace", "--keep-going", "--bins"];
        if with_checks {
            args.extend(["--test", "checks"]);
        }
        let args: Vec<_> = args.into_iter().map(str::to_owned).collect();
        let built = cargo::build(&self.folder, &args, Some(&self.workspace.target()), stop, |_| ());
        self.alone = None;
        built
    }

    /// The checks of a subject that was built; `known` are those of another subject of its lesson.
    pub fn suite(
        &self,
        subject: &Subject<'_>,
        built: &Built,
        known: Option<&Suite>,
        stop: &Stop,
    ) -> Result<Suite> {
        let unit = built.unit(&self.folder_of(subject));
        let binary = unit.checks.filter(|_| !unit.is_broken).with_context(|| {
            let said = if unit.said.is_empty() { built.complaint() } else { unit.said.concat() };
            format!("does not compile:\n{said}")
        })?;
        if let Some(known) = known {
            return Ok(known.of_another(binary, unit.program));
        }
        let lesson = self.workspace.lesson(subject.lesson);
        Suite::open(binary, unit.program, lesson, &self.checks(subject.lesson), subject.lesson.bound(), stop)
    }

    /// The program of a subject that was built.
    pub fn program(&self, subject: &Subject<'_>, built: &Built) -> Result<PathBuf> {
        let unit = built.unit(&self.folder_of(subject));
        unit.program
            .with_context(|| format!("{} does not compile:\n{}", subject.package(), built.complaint()))
    }

    fn folder_of(&self, subject: &Subject<'_>) -> PathBuf {
        self.folder.join(subject.package())
    }

    fn checks(&self, lesson: &Lesson) -> PathBuf {
        self.workspace.lesson(lesson).join("tests/checks.rs")
    }

    /// The lesson's manifest with names of its own.
    fn manifest(&self, subject: &Subject<'_>) -> Result<String> {
        let mut manifest = parse(&self.workspace.lesson(subject.lesson).join("Cargo.toml"))?;
        let package = section(&mut manifest, "package");
        package.insert("name".to_owned(), subject.package().into());
        package.insert("autobins".to_owned(), false.into());
        section(&mut manifest, "lib").insert("name".to_owned(), subject.library().into());
        let mut program = Table::new();
        program.insert("name".to_owned(), subject.package().into());
        program.insert("path".to_owned(), "src/main.rs".into());
        manifest.insert("bin".to_owned(), Value::Array(vec![program.into()]));
        absolute(&mut manifest, &self.workspace.lesson(subject.lesson));
        toml::to_string(&manifest).context("a manifest cannot be written")
    }

    /// The real root's tables with other members.
    fn root_manifest(&self) -> Result<String> {
        let mut root = parse(&self.workspace.path("Cargo.toml"))?;
        let workspace = section(&mut root, "workspace");
        workspace.remove("default-members");
        workspace.remove("exclude");
        let members = self.members.iter().map(|name| Value::from(name.as_str())).collect();
        workspace.insert("members".to_owned(), Value::Array(members));
        absolute(workspace, self.workspace.root());
        // Nobody debugs an answer, and hundreds of programs with line tables take minutes and gigabytes.
        section(section(&mut root, "profile"), "dev").insert("debug".to_owned(), false.into());
        toml::to_string(&root).context("the scratch manifest cannot be written")
    }

    /// Cargo rewrites the lock file of the scratch workspace, so the real one is taken over only when it changed.
    fn lock(&self) -> Result<()> {
        let Ok(real) = fs::read_to_string(self.workspace.path("Cargo.lock")) else { return Ok(()) };
        let taken = self.folder.join("Cargo.lock.taken");
        if fs::read_to_string(&taken).is_ok_and(|text| text == real) {
            return Ok(());
        }
        write(&self.folder.join("Cargo.lock"), &real)?;
        write(&taken, &real)
    }
}

/// The sources of a lesson as they are in the working copy.
pub fn sources(workspace: &Workspace, lesson: &Lesson) -> Result<Vec<(String, String)>> {
    read(&workspace.lesson(lesson).join("src"))
}

/// The sources of a solution, with the `main.rs` of the lesson, which calls the library by the lesson's name.
pub fn solved(workspace: &Workspace, lesson: &Lesson) -> Result<Vec<(String, String)>> {
    let mut solved = read(&workspace.solution(lesson).join("src"))?;
    solved.retain(|(name, _)| name != "main.rs");
    solved.extend(sources(workspace, lesson)?.into_iter().filter(|(name, _)| name == "main.rs"));
    Ok(solved)
}

fn read(folder: &Path) -> Result<Vec<(String, String)>> {
    let entries = fs::read_dir(folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
    let mut sources = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
        let text =
            fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        sources.push((shown(folder, &path), text));
    }
    sources.sort();
    Ok(sources)
}

/// The sources of a lesson as they were committed last.
pub fn committed(workspace: &Workspace, lesson: &Lesson) -> Result<Vec<(String, String)>> {
    let below = format!("{}/src/", lesson.folder());
    let files = crate::git::committed(workspace, &below)?;
    let named = files.into_iter().map(|file| {
        let name = file.path.strip_prefix(&below).unwrap_or(&file.path).to_owned();
        (name, String::from_utf8_lossy(&file.content).into_owned())
    });
    Ok(named.collect())
}

/// Puts `extern crate` where the compiler wants it: after the inner documentation.
fn lend(main: &str, subject: &Subject<'_>) -> String {
    let inner = |line: &&str| line.starts_with("//!") || line.starts_with("#![") || line.is_empty();
    let split: usize =
        main.split_inclusive('\n').take_while(|line| inner(&line.trim_end())).map(str::len).sum();
    let (above, below) = main.split_at(split);
    format!("{above}extern crate {} as {};\n{below}", subject.library(), subject.lesson.library())
}

/// Removes what an earlier subject of this name had, and this one has not.
fn prune(folder: &Path, subject: &Subject<'_>) -> Result<()> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !subject.sources.iter().any(|(known, _)| known.as_str() == name) {
            fs::remove_file(entry.path())
                .with_context(|| format!("`{}` is in the way", entry.path().display()))?;
        }
    }
    Ok(())
}

/// Writes only what changes, so that cargo sees no change where there is none.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|now| now == text) {
        return Ok(());
    }
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.with_context(|| format!("`{}` cannot be written", path.display()))
}

fn parse(path: &Path) -> Result<Table> {
    let text = fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("`{}` is not a manifest", path.display()))
}

/// A table inside a table; one is made where there is none.
fn section<'t>(table: &'t mut Table, name: &str) -> &'t mut Table {
    let entry = table.entry(name.to_owned()).or_insert_with(|| Table::new().into());
    if !entry.is_table() {
        *entry = Table::new().into();
    }
    match entry {
        Value::Table(inner) => inner,
        _ => unreachable!("a table was put there"),
    }
}

/// Makes the paths of all dependencies absolute, as seen from `base`.
fn absolute(table: &mut Table, base: &Path) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = table.get_mut(kind).and_then(Value::as_table_mut) else { continue };
        for (_, dependency) in dependencies.iter_mut() {
            let Some(path) = dependency.get_mut("path") else { continue };
            if let Some(relative) = path.as_str() {
                *path = base.join(relative).display().to_string().into();
            }
        }
    }
}

//! The scratch workspace, where starters and kept answers are built: all of a lesson as one program.
//!
//! ```text
//!   target/course/NAME/11-thread-pool/      a package for each lesson, with the lesson's dependencies
//!     src/lib.rs                            mod right_channel; mod starter; mod wrong_no_loop; ...
//!     src/wrong_no_loop/                    the sources of one answer, `crate::` written as `crate::wrong_no_loop::`
//!     src/main.rs                           becomes the answer that COURSE_ANSWER names
//!     tests/wrong_no_loop/checks/           the checks, with the answer's name for the lesson's library
//! ```
//!
//! One program instead of one for each answer: what the answers use is compiled and linked once. With an answer that
//! one check must reject only the file of that check is built. An answer that does not compile is named by the files
//! that the compiler names, left out, and the others are built without it. A file is written only when its content changes: a second run compiles nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use book::saves::is_editors_own;
use regex::Regex;
use toml::{Table, Value};

use crate::cargo::{self, Built};
use crate::lesson::Lesson;
use crate::meter::Meter;
use crate::sources::Sources;
use crate::stop::Stop;
use crate::suite::{ANSWER, Suite};
use crate::tasks;
use crate::workspace::Workspace;

/// The module of checks that never name the lesson's library: they serve every answer.
const SHARED: &str = "shared";

/// The subjects to be built together.
#[derive(Debug)]
pub struct Scratch<'a> {
    /// The real workspace.
    workspace: &'a Workspace,
    /// Where the real one is built, and this one too: what both use is compiled once.
    target: PathBuf,
    /// Where the scratch workspace stands.
    folder: PathBuf,
    /// Its name, which its packages carry.
    name: String,
    /// The lessons, each with its subjects.
    lessons: BTreeMap<String, Members<'a>>,
    /// Held until everything is built: two runs at once must not write over one another.
    alone: Option<fs::File>,
}

/// The subjects of one lesson.
#[derive(Debug)]
struct Members<'a> {
    /// The lesson that they answer.
    lesson: &'a Lesson,
    /// The name of their package. Cargo tells packages of two workspaces in one target folder apart by nothing else.
    package: String,
    /// Their sources, by the name of their module.
    sources: BTreeMap<String, Sources>,
    /// The one check of those that are for one.
    checks: BTreeMap<String, String>,
    /// What the compiler says of those that it refuses.
    refused: BTreeMap<String, String>,
    /// The program that is any of them, once it is built.
    program: Option<PathBuf>,
    /// The checks of all of them, once they are built.
    suite: Option<Suite>,
}

/// The sources of one subject.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The lesson that it answers.
    pub lesson: &'a Lesson,
    /// What tells it from the others of its lesson: `starter`, `wrong-inline-read`.
    pub name: String,
    /// The files of its `src`.
    pub sources: Sources,
    /// The one check that it is for, whose file alone is built with it; without it all are.
    pub check: Option<String>,
}

impl Subject<'_> {
    /// The module that holds it, and the value of `COURSE_ANSWER` that names it.
    pub fn module(&self) -> String {
        self.name.replace('-', "_")
    }
}

impl<'a> Members<'a> {
    fn library(&self) -> String {
        self.package.replace('-', "_")
    }

    /// The modules that the compiler has not refused.
    fn modules(&self) -> Vec<&str> {
        let names = self.sources.keys().map(String::as_str);
        names.filter(|name| !self.refused.contains_key(*name)).collect()
    }
}

impl<'a> Scratch<'a> {
    /// Begins a scratch workspace without subjects, as soon as no other run builds one of this name.
    pub fn begin(workspace: &'a Workspace, name: &str) -> Result<Self> {
        let target = cargo::target(workspace.root())?;
        let folder = target.join("course").join(name);
        let alone = fs::create_dir_all(&folder)
            .and_then(|()| fs::File::create(folder.join("alone.lock")))
            .and_then(|file| file.lock().map(|()| file))
            .with_context(|| format!("`{}` cannot be locked", folder.display()))?;
        Ok(Self {
            workspace,
            target,
            folder,
            name: name.to_owned(),
            lessons: BTreeMap::new(),
            alone: Some(alone),
        })
    }

    /// Adds a subject.
    pub fn add(&mut self, subject: &Subject<'a>) {
        let lesson = subject.lesson;
        let members = self.lessons.entry(lesson.name()).or_insert_with(|| Members {
            lesson,
            package: format!("{}-{}", self.name, lesson.number),
            sources: BTreeMap::new(),
            checks: BTreeMap::new(),
            refused: BTreeMap::new(),
            program: None,
            suite: None,
        });
        members.sources.insert(subject.module(), subject.sources.clone());
        if let Some(check) = &subject.check {
            members.checks.insert(subject.module(), check.clone());
        }
    }

    /// Builds all subjects; those that do not compile are left out, and the others built without them.
    pub fn build(&mut self, with_checks: bool, meter: &Meter, stop: &Stop) -> Result<()> {
        let mut args = vec!["--workspace", "--keep-going", "--bins"];
        if with_checks {
            args.extend(["--test", "checks"]);
        }
        let args: Vec<_> = args.into_iter().map(str::to_owned).collect();
        loop {
            self.write(with_checks)?;
            let built = cargo::build(&self.folder, &args, Some(&self.target), stop, meter)?;
            if !self.refuse(&built) {
                self.take(&built, with_checks, stop)?;
                self.alone = None;
                return Ok(());
            }
        }
    }

    /// The checks of a subject that was built.
    pub fn suite(&self, subject: &Subject<'_>) -> Result<Suite> {
        let members = self.members(subject)?;
        let suite = members.suite.as_ref().context("its checks were not built")?;
        let module = subject.module();
        let has_own = suite.has_module(&module);
        suite.of_answer(if has_own { &module } else { SHARED }, &module)
    }

    /// The program of the one subject that its lesson has here.
    pub fn program(&self, subject: &Subject<'_>) -> Result<PathBuf> {
        let program = self.members(subject)?.program.clone();
        program.with_context(|| format!("{} was not built", subject.lesson.package()))
    }

    fn members(&self, subject: &Subject<'_>) -> Result<&Members<'a>> {
        let members = self.lessons.get(&subject.lesson.name()).context("it was not built")?;
        match members.refused.get(&subject.module()) {
            Some(said) => bail!("does not compile:\n{said}"),
            None => Ok(members),
        }
    }

    /// Notes the subjects that the compiler refuses; true if there are new ones.
    fn refuse(&mut self, built: &Built) -> bool {
        let mut is_news = false;
        for (name, members) in &mut self.lessons {
            let own = self.folder.join(name);
            for (file, said) in built.unit(&own).errors {
                let file = self.folder.join(file);
                let Ok(below) = file.strip_prefix(&own) else { continue };
                let module = below.iter().nth(1).map(|part| part.to_string_lossy().into_owned());
                let Some(module) = module.filter(|module| members.sources.contains_key(module)) else {
                    continue;
                };
                is_news |= !members.refused.contains_key(&module);
                members.refused.entry(module).or_default().push_str(&said);
            }
        }
        is_news
    }

    /// Takes what was built; a lesson of which nothing was built has the compiler's words instead.
    fn take(&mut self, built: &Built, with_checks: bool, stop: &Stop) -> Result<()> {
        for (name, members) in &mut self.lessons {
            let unit = built.unit(&self.folder.join(name));
            let lesson = members.lesson;
            members.program.clone_from(&unit.program);
            match (unit.checks, members.modules().is_empty()) {
                (Some(checks), false) if with_checks => {
                    let (folder, tasks) = (self.workspace.lesson(lesson), tasks::of(self.workspace, lesson)?);
                    let suite = Suite::open(checks, unit.program, folder, &tasks, lesson.bound(), stop)?;
                    members.suite = Some(suite);
                }
                (None, false) if with_checks || unit.program.is_none() => {
                    let said = built.complaint();
                    for module in members.sources.keys() {
                        members.refused.entry(module.clone()).or_insert_with(|| said.clone());
                    }
                }
                _ => (),
            }
        }
        Ok(())
    }

    /// Writes all packages.
    fn write(&self, with_checks: bool) -> Result<()> {
        write(&self.folder.join("Cargo.toml"), &self.root_manifest()?)?;
        self.lock()?;
        for (name, members) in &self.lessons {
            let mut files = package(members);
            files.insert("Cargo.toml".into(), self.manifest(members)?);
            if with_checks {
                files.extend(self.checks(members)?);
            }
            let own = self.folder.join(name);
            for (file, text) in &files {
                write(&own.join(file), text)?;
            }
            prune(&own, &own, &files)?;
        }
        Ok(())
    }

    /// The checks, for each subject with its name in place of the lesson's.
    fn checks(&self, members: &Members<'_>) -> Result<Files> {
        let tests = texts(&self.workspace.lesson(members.lesson).join("tests"))?;
        let library = whole_word(&members.lesson.library());
        let names_it = tests.values().any(|text| library.is_match(text));
        let modules = if names_it { members.modules() } else { vec![SHARED] };
        let mut files = Files::new();
        let mut root = "//! The checks of every answer.\n#![allow(warnings)]\n".to_owned();
        for module in modules {
            let tests =
                members.checks.get(module).map_or_else(|| tests.clone(), |check| around(&tests, check));
            let _ = write!(root, "\n#[path = \"{module}/checks/main.rs\"]\nmod {module};\n");
            let own = format!("{}::{module}::", members.library());
            for (file, text) in &tests {
                let text = library.replace_all(text, own.as_str()).into_owned();
                files.insert(Path::new("tests").join(module).join(file), text);
            }
        }
        files.insert("tests/checks.rs".into(), root);
        Ok(files)
    }

    /// The lesson's manifest with names of its own.
    fn manifest(&self, members: &Members<'_>) -> Result<String> {
        let folder = self.workspace.lesson(members.lesson);
        let mut manifest = parse(&folder.join("Cargo.toml"))?;
        let package = section(&mut manifest, "package");
        package.insert("name".to_owned(), members.package.clone().into());
        for found_alone in ["autobins", "autotests"] {
            package.insert(found_alone.to_owned(), false.into());
        }
        section(&mut manifest, "lib").insert("name".to_owned(), members.library().into());
        for (kind, name, path) in [
            ("bin", members.package.clone(), "src/main.rs"),
            ("test", "checks".to_owned(), "tests/checks.rs"),
        ] {
            let target =
                Table::from_iter([("name".to_owned(), name.into()), ("path".to_owned(), path.into())]);
            manifest.insert(kind.to_owned(), Value::Array(vec![target.into()]));
        }
        absolute(&mut manifest, &folder);
        toml::to_string(&manifest).context("a manifest cannot be written")
    }

    /// The real root's tables with other members.
    fn root_manifest(&self) -> Result<String> {
        let mut root = parse(&self.workspace.path("Cargo.toml"))?;
        let workspace = section(&mut root, "workspace");
        workspace.remove("default-members");
        workspace.remove("exclude");
        let members = self.lessons.keys().map(|name| Value::from(name.as_str())).collect();
        workspace.insert("members".to_owned(), Value::Array(members));
        absolute(workspace, self.workspace.root());
        let dev = section(section(&mut root, "profile"), "dev");
        // Nobody debugs an answer, and nobody edits it here.
        dev.insert("debug".to_owned(), false.into());
        // The lessons have settings of their own, and are no members here.
        section(dev, "package").retain(|name, _| name == "*");
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

/// Texts by their path below a package.
type Files = BTreeMap<PathBuf, String>;

/// Of the files of the checks those that one check needs: the files that hold other checks are most of what is built.
fn around(tests: &Files, check: &str) -> Files {
    const MAIN: &str = "checks/main.rs";
    let declares = Regex::new(&format!(r"\bfn {check}\b")).expect("a check's name has no signs of its own");
    let holds = |file: &str| Path::new("checks").join(format!("{file}.rs"));
    let mut kept = tests.clone();
    let Some(main) = kept.remove(Path::new(MAIN)) else { return tests.clone() };
    if !tests.values().any(|text| declares.is_match(text)) {
        return tests.clone();
    }
    let is_needed = |module: &str| {
        let Some(text) = tests.get(&holds(module)) else { return true };
        let is_named =
            tests.iter().any(|(file, text)| *file != holds(module) && text.contains(&format!("{module}::")));
        !text.contains("#[test]") || declares.is_match(text) || is_named
    };
    let mut lines: Vec<&str> = Vec::new();
    for line in main.lines() {
        let module = line.trim().strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        if module.is_none_or(is_needed) {
            lines.push(line);
            continue;
        }
        kept.remove(&holds(module.unwrap_or_default()));
        // What stands right above is said of it alone.
        while lines.last().is_some_and(|above| above.starts_with("#[")) {
            lines.pop();
        }
    }
    let main = lines.join("\n") + "\n";
    kept.insert(MAIN.into(), main);
    kept
}

/// The library that holds every subject, and the program that is any of them.
fn package(members: &Members<'_>) -> Files {
    let modules = members.modules();
    let mut library = "//! Every answer, as a module.\n#![allow(warnings)]\n".to_owned();
    let mut program = format!(
        "//! Becomes the answer that `{ANSWER}` names, or else the first.\n#![allow(warnings)]\n\n\
         use std::process::{{ExitCode, Termination}};\n\n"
    );
    let mut arms = String::new();
    let mut files = Files::new();
    for module in &modules {
        let _ = write!(library, "\n#[path = \"{module}/lib.rs\"]\npub mod {module};\n");
        let _ = writeln!(program, "#[path = \"{module}/main.rs\"]\nmod {module};");
        let _ = writeln!(arms, "        {module:?} => {module}::main().report(),");
        for (name, text) in &members.sources[*module] {
            let text = match name.as_str() {
                "main.rs" => {
                    let own = format!("{}::{module}::", members.library());
                    let text = whole_word(&members.lesson.library()).replace_all(text, own.as_str());
                    text.replace("\nfn main()", "\npub fn main()")
                }
                _ => INSIDE.replace_all(text, format!("crate::{module}::")).into_owned(),
            };
            files.insert(Path::new("src").join(module).join(name), text);
        }
    }
    let first = modules.first().unwrap_or(&"none");
    let _ = write!(
        program,
        "\nfn main() -> ExitCode {{\n    \
         let answer = std::env::var({ANSWER:?}).unwrap_or_else(|_| {first:?}.to_owned());\n    \
         match answer.as_str() {{\n{arms}        \
         other => panic!(\"there is no answer {{other}}\"),\n    }}\n}}\n"
    );
    files.insert("src/lib.rs".into(), library);
    files.insert("src/main.rs".into(), program);
    files
}

/// The path of the crate that a source belongs to.
static INSIDE: LazyLock<Regex> = LazyLock::new(|| whole_word("crate"));

/// A name that begins a path.
fn whole_word(name: &str) -> Regex {
    Regex::new(&format!(r"\b{name}::")).expect("a name has no signs of its own")
}

/// All files below a folder, by their path from there.
fn texts(folder: &Path) -> Result<Files> {
    let mut found = Files::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let entries = fs::read_dir(&next).with_context(|| format!("`{}` cannot be read", next.display()))?;
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| !is_editors_own(path)) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text =
                fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
            found.insert(path.strip_prefix(folder).unwrap_or(&path).to_path_buf(), text);
        }
    }
    Ok(found)
}

/// Removes what earlier subjects had, and these have not.
fn prune(folder: &Path, root: &Path, files: &Files) -> Result<()> {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            prune(&path, root, files)?;
            // Fails where something is left in it.
            let _ = fs::remove_dir(&path);
        } else if path.strip_prefix(root).is_ok_and(|below| !files.contains_key(below)) {
            fs::remove_file(&path).with_context(|| format!("`{}` is in the way", path.display()))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the checks the file of one is kept, with what it shares with others; what nobody holds leaves all.
    #[test]
    fn one_check_needs_one_file() {
        let tests: Files = [
            ("checks/main.rs", "//! All.\n\nmod common;\n#[cfg(unix)]\nmod task_1_ant;\nmod task_2_bee;\n"),
            ("checks/common.rs", "pub fn help() {}\n"),
            ("checks/task_1_ant.rs", "#[test]\nfn ants_work() {}\n"),
            ("checks/task_2_bee.rs", "#[test]\nfn bees_hum() {}\n"),
        ]
        .map(|(file, text)| (file.into(), text.to_owned()))
        .into();
        let kept = around(&tests, "bees_hum");
        assert_eq!(kept[Path::new("checks/main.rs")], "//! All.\n\nmod common;\nmod task_2_bee;\n");
        assert!(kept.contains_key(Path::new("checks/common.rs")));
        assert!(!kept.contains_key(Path::new("checks/task_1_ant.rs")));
        assert_eq!(around(&tests, "cows_moo"), tests);
    }
}

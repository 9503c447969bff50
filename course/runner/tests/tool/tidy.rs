//! What a reader would notice, and no compiler does: tables that disagree, files that are missing or too long.
//!
//! A lesson's sources are looked at as the course keeps them: `lessons/NN-slug/src` and whatever else a reader adds,
//! committed or not, is the reader's own.

use std::path::Path;

use course::answers;
use course::commands::hint;
use course::git;
use course::lesson::Lesson;
use course::mutants::List;
use course::table::Table;
use course::workspace::Workspace;

fn workspace() -> Workspace {
    Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn existing(workspace: &Workspace) -> Vec<Lesson> {
    Table::read(workspace).unwrap().existing(workspace).cloned().collect()
}

fn read(workspace: &Workspace, path: &str) -> String {
    std::fs::read_to_string(workspace.path(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// All tracked text files that are the course's; none where there is no git.
fn tracked(workspace: &Workspace) -> Vec<(String, String)> {
    let paths = git::tracked(workspace).unwrap_or_default().into_iter().filter(|path| is_ours(path));
    let text = |path: String| Some((std::fs::read_to_string(workspace.path(&path)).ok()?, path));
    paths.filter_map(text).map(|(text, path)| (path, text)).collect()
}

/// Whether a file is the course's, and not an answer or a note of a reader's.
fn is_ours(path: &str) -> bool {
    let at_root = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "Cargo.toml", "rust-toolchain.toml"];
    let of_lesson = |below: &str| below == "Cargo.toml" || below.starts_with("tests/");
    match path.split_once('/') {
        None => at_root.contains(&path),
        Some(("lessons", below)) => below.split_once('/').is_some_and(|(_, below)| of_lesson(below)),
        Some((folder, _)) => ["book", "course", "programs", "solutions", ".ci", ".cargo"].contains(&folder),
    }
}

/// Fails with all that is wrong at once.
#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The README's table is the table of lessons, with a link to each page that exists.
#[test]
fn readme_lists_the_lessons() {
    let workspace = workspace();
    let readme = read(&workspace, "README.md");
    let missing = |lesson: &Lesson| {
        let page = format!("book/src/en/{}.md", lesson.name());
        let exists = workspace.lesson(lesson).is_dir();
        let title = if exists { format!("[{}]({page})", lesson.title) } else { lesson.title.clone() };
        let row = format!("| {} | {title} | {} |", lesson.number, lesson.promise);
        (!readme.contains(&row)).then(|| format!("README.md lacks the row `{row}`"))
    };
    none(&Table::read(&workspace).unwrap().lessons.iter().filter_map(missing).collect::<Vec<_>>());
}

/// Numbers count up from 01, and slugs are made of small letters, digits and hyphens.
#[test]
fn table_is_in_order() {
    for (index, lesson) in Table::read(&workspace()).unwrap().lessons.iter().enumerate() {
        assert_eq!(lesson.number, format!("{:02}", index + 1));
        assert!(lesson.slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
    }
}

/// What a reader must read at once stays short.
#[test]
fn sources_stay_short() {
    let is_read = |path: &str| {
        let (is_starter, is_solution) =
            (path.starts_with("course/starters/"), path.starts_with("solutions/"));
        path.ends_with(".rs") && path.contains("/src/") && (is_starter || is_solution)
    };
    let files = tracked(&workspace()).into_iter().filter(|(path, _)| is_read(path));
    let long = files.filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > 120).then(|| format!("{path} has {lines} lines, more than 120"))
    });
    none(&long.collect::<Vec<_>>());
}

/// A solution's checks are the lesson's, lent to it by the same few lines everywhere.
#[test]
fn solutions_share_the_checks() {
    let workspace = workspace();
    for lesson in existing(&workspace) {
        let (number, name, library) = (&lesson.number, lesson.name(), lesson.library());
        let expected = format!(
            "//! The checks of lesson {number}, run on the solution.\n\n\
             extern crate solution_{number} as {library};\n\n\
             #[path = \"../../../lessons/{name}/tests/checks/main.rs\"]\nmod checks;\n"
        );
        assert_eq!(read(&workspace, &format!("solutions/{name}/tests/checks.rs")), expected, "{name}");
    }
}

/// Every program is the same but for the names; in lessons 12 to 15 it is its own worker process as well, and in 15 a machine.
#[test]
fn programs_are_alike() {
    let workspace = workspace();
    let expected = |number: &str, library: &str| {
        let (does, main) = match number {
            other if !("12".."16").contains(&other) => ("", format!("visit({library}::run)")),
            "15" => (
                ", its worker process, or a machine",
                format!("visit_or_work_or_serve({library}::run, {library}::work, {library}::serve)"),
            ),
            _ => (", or its worker process", format!("visit_or_work({library}::run, {library}::work)")),
        };
        format!(
            "//! Runs the client of lesson {number}{does}; all there is to read stands in `lib.rs`.\n\n\
             use std::process::ExitCode;\n\n\
             fn main() -> ExitCode {{\n    practice::{main}\n}}\n"
        )
    };
    let files = tracked(&workspace);
    for lesson in existing(&workspace) {
        let solution = format!("solution_{}", lesson.number);
        for (side, library) in [("course/starters", lesson.library()), ("solutions", solution)] {
            let path = format!("{side}/{}/src/main.rs", lesson.name());
            let Some((_, text)) = files.iter().find(|(other, _)| *other == path) else { continue };
            assert_eq!(*text, expected(&lesson.number, &library), "{path}");
        }
    }
}

/// Clients print and read through `practice`: the standard library's macros panic when stdout is closed,
/// and its errors name neither stdin nor the line. A job prints in a worker process, as a forgotten line does.
#[test]
fn clients_print_and_read_through_practice() {
    let is_client = |path: &str| {
        let is_read = path.starts_with("course/starters/") || path.starts_with("solutions/");
        is_read && path.ends_with(".rs") && path.contains("/src/") && !path.ends_with("/job.rs")
    };
    let wrong =
        tracked(&workspace()).into_iter().filter(|(path, _)| is_client(path)).flat_map(|(path, text)| {
            let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let imports = code.split("use practice::").nth(1).and_then(|rest| rest.split(';').next());
            let names: Vec<&str> = imports.unwrap_or("").split([',', ' ', '{', '}']).collect();
            let lacks = |sign: &str, name: &str| code.contains(sign) && !names.contains(&name);
            let macros = [(" println!(", "println"), (" print!(", "print")];
            let macros = macros.into_iter().filter(|(sign, name)| lacks(sign, name));
            let macros: Vec<String> =
                macros.map(|(_, name)| format!("{path} lacks `use practice::{name}`")).collect();
            let swallows = code
                .contains("while let Ok(Some(line")
                .then(|| format!("{path} takes an error for an end of input"));
            let stdin =
                code.contains("io::stdin().read_line").then(|| format!("{path} lacks `use practice::stdin`"));
            macros.into_iter().chain(swallows).chain(stdin)
        });
    none(&wrong.collect::<Vec<_>>());
}

/// Nothing of the machine, or of another language, is left in a file.
#[test]
fn no_leftovers() {
    // Put together here, so that this file does not find itself.
    let paths = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["bash", "_jobs"],
        ["C:\\", "Users"],
    ];
    let is_foreign =
        |c: char| matches!(c, '\u{400}'..='\u{52f}' | '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}');
    let mut wrong = Vec::new();
    for (path, text) in tracked(&workspace()) {
        for (index, line) in text.lines().enumerate() {
            let machine = paths.iter().any(|parts| line.contains(&parts.concat()));
            let foreign = !may_be_russian(&path) && line.chars().any(is_foreign);
            if machine || foreign {
                wrong.push(format!("{path}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    none(&wrong);
}

/// The Russian edition stands in files whose path says so, as `book/src/ru/` and `lessons.ru.toml` do; CONTRIBUTING names its words.
fn may_be_russian(path: &str) -> bool {
    path == "CONTRIBUTING.md" || path.split(['/', '.']).any(|part| part == "ru" || part == "russian")
}

/// Every file of Rust says first what it is.
#[test]
fn files_say_what_they_are() {
    let files = tracked(&workspace()).into_iter();
    let silent = files.filter(|(path, text)| path.ends_with(".rs") && !text.starts_with("//!"));
    none(&silent.map(|(path, _)| format!("{path} does not begin with `//!`")).collect::<Vec<_>>());
}

/// The steps for adding a lesson name files that exist, for lesson 03.
#[test]
fn contributing_names_real_files() {
    let workspace = workspace();
    let text = read(&workspace, "CONTRIBUTING.md");
    let named =
        text.split('`').skip(1).step_by(2).filter(|name| name.contains('/') && !name.contains([' ', ':']));
    let lesson = Table::read(&workspace).unwrap().named(&workspace, "03").unwrap().clone();
    let missing = named.filter_map(|name| {
        let real = name
            .replace("NN-slug", &lesson.name())
            .replace("NN_slug", &lesson.name().replace('-', "_"))
            .replace("NN", &lesson.number);
        let folders = ["".to_owned(), lesson.folder() + "/"];
        let exists = folders.iter().any(|folder| workspace.path(&format!("{folder}{real}")).exists());
        (!exists).then(|| format!("CONTRIBUTING.md names `{name}`: there is no `{real}`"))
    });
    none(&missing.collect::<Vec<_>>());
}

/// Every lesson that exists has all of its parts.
#[test]
fn lessons_are_whole() {
    let workspace = workspace();
    let summary = read(&workspace, "book/src/en/SUMMARY.md");
    let mut wrong = Vec::new();
    for lesson in existing(&workspace) {
        let (name, number) = (lesson.name(), &lesson.number);
        let mut parts = ["src/lib.rs", "src/main.rs", "Cargo.toml"]
            .iter()
            .map(|part| format!("solutions/{name}/{part}"))
            .collect::<Vec<_>>();
        parts.extend(["lib", "main"].map(|part| format!("course/starters/{name}/src/{part}.rs")));
        parts.push(format!("lessons/{name}/Cargo.toml"));
        parts.push(format!("lessons/{name}/tests/checks/main.rs"));
        parts.push(format!("solutions/{name}/tests/checks.rs"));
        parts.push(format!("book/src/en/{name}.md"));
        parts.push(format!("book/python/{}.py", name.replace('-', "_")));
        for side in ["frozen", "thawed"] {
            parts.push(format!("book/traces/{number}-{side}.json"));
            parts.push(format!("book/transcripts/{number}-{side}.txt"));
        }
        parts.retain(|part| !workspace.path(part).is_file());
        wrong.extend(parts.iter().map(|part| format!("`{part}` is missing")));
        if !summary.contains(&format!("({name}.md)")) {
            wrong.push(format!("SUMMARY.md does not list {name}.md"));
        }
        if lesson.starter.is_none() || lesson.demo.is_none() {
            wrong.push(format!("course/lessons.toml lacks [lesson.starter] or [lesson.demo] of {number}"));
        }
    }
    none(&wrong);
}

/// What is said of a mutant that no check rejects is a reason, and belongs to a file that exists.
#[test]
fn surviving_mutants_have_a_reason() {
    let workspace = workspace();
    let mut wrong = Vec::new();
    for lesson in existing(&workspace) {
        let list = List::read(&workspace, &lesson).unwrap();
        for equal in &list.equal {
            let is_there = |name: &&String| {
                let file = name.split(": ").next().unwrap_or_default();
                workspace.solution(&lesson).join("src").join(file).is_file()
            };
            if equal.why.split_whitespace().count() < 4 || !equal.why.ends_with('.') {
                wrong.push(format!("{}: `{}` is no reason", lesson.name(), equal.why));
            }
            let gone = equal.mutants.iter().filter(|name| !is_there(name));
            wrong.extend(gone.map(|name| format!("{}: `{name}` is in no file", lesson.name())));
        }
    }
    none(&wrong);
}

/// Three hints and enough kept answers belong to every lesson.
#[test]
fn hints_and_answers_exist() {
    let workspace = workspace();
    let mut wrong = Vec::new();
    for lesson in existing(&workspace) {
        let path = workspace.hints(&lesson);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        wrong.extend(hint::tiers(&text, &path).err().map(|error| error.to_string()));
        let path = workspace.russian_hints(&lesson);
        if let Ok(text) = std::fs::read_to_string(&path) {
            wrong.extend(hint::tiers(&text, &path).err().map(|error| error.to_string()));
        }
        match answers::of(&workspace, &lesson) {
            Ok(kept) => wrong.extend(answers::shortage(&lesson, &kept)),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    none(&wrong);
}

/// The version that Cargo.toml promises is the one that the gate and the toolchain file use.
#[test]
fn rust_version_is_what_is_tested() {
    let workspace = workspace();
    let manifest: toml::Table = toml::from_str(&read(&workspace, "Cargo.toml")).unwrap();
    let promised = manifest["workspace"]["package"]["rust-version"].as_str().unwrap().to_owned();
    let toolchain: toml::Table = toml::from_str(&read(&workspace, "rust-toolchain.toml")).unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    assert!(channel == "stable" || channel.starts_with(&promised), "the toolchain is {channel}");
    let gate = read(&workspace, ".ci/run");
    // Other tools have versions, too.
    let rust = gate.lines().filter(|line| line.contains("rustup") || line.contains("toolchain"));
    let words = rust.flat_map(|line| line.split(|c: char| !c.is_ascii_digit() && c != '.'));
    let named = words.filter(|word| word.starts_with("1."));
    for version in named.filter(|word| word.trim_end_matches('.').len() > 2) {
        assert!(version.starts_with(&promised), "the gate uses {version}, and {promised} is promised");
    }
}

/// The workspace names each lesson and solution: cargo would take a `[` in the path of a clone for part of a pattern.
#[test]
fn workspace_names_its_members() {
    let workspace = workspace();
    let manifest: toml::Table = toml::from_str(&read(&workspace, "Cargo.toml")).unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    let members: Vec<&str> = members.iter().filter_map(|member| member.as_str()).collect();
    let pattern = members.iter().filter(|member| member.contains(['*', '?', '[']));
    let mut wrong: Vec<String> = pattern.map(|member| format!("`{member}` is a pattern")).collect();
    for lesson in existing(&workspace) {
        let folders = [lesson.folder(), lesson.solution_folder()];
        let missing = folders.iter().filter(|folder| !members.contains(&folder.as_str()));
        wrong.extend(missing.map(|folder| format!("Cargo.toml does not name the member `{folder}`")));
    }
    none(&wrong);
}

/// A dev container has Rust, and forwards the port of the book to the reader's browser.
#[test]
fn dev_container_forwards_the_book() {
    let text = read(&workspace(), ".devcontainer/devcontainer.json");
    let container: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(container["image"].as_str().unwrap().contains("rust"));
    assert_eq!(container["forwardPorts"][0], book::PORT);
    let attributes = &container["portsAttributes"][book::PORT.to_string()];
    assert_eq!(attributes["onAutoForward"], "openBrowserOnce");
}

/// Every package takes the lints of the workspace.
#[test]
fn packages_take_the_lints() {
    let files = tracked(&workspace()).into_iter();
    // The fuzz target is a workspace of its own.
    let is_member =
        |path: &str, text: &str| path.ends_with("/Cargo.toml") && !text.contains("\n[workspace]\n");
    let manifests = files.filter(|(path, text)| is_member(path, text));
    let without = manifests.filter(|(_, text)| !text.contains("[lints]\nworkspace = true"));
    none(&without.map(|(path, _)| format!("{path} lacks `[lints] workspace = true`")).collect::<Vec<_>>());
}

/// Lessons and solutions never import one another.
#[test]
fn lessons_stand_alone() {
    let is_member = |path: &str| path.starts_with("course/starters/") || path.starts_with("solutions/");
    let files = tracked(&workspace()).into_iter();
    let manifests = files.filter(|(path, _)| is_member(path) && path.ends_with("/Cargo.toml"));
    let tied = manifests.filter(|(_, text)| {
        let manifest: toml::Table = toml::from_str(text).unwrap();
        let tables =
            ["dependencies", "dev-dependencies"].iter().filter_map(|kind| manifest.get(*kind)?.as_table());
        tables
            .flat_map(toml::Table::keys)
            .any(|name| name.starts_with("lesson-") || name.starts_with("solution-"))
    });
    none(&tied.map(|(path, _)| format!("{path} depends on another lesson")).collect::<Vec<_>>());
}

//! No two files of the machinery import one another, on whatever way around: what both need stands below both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use course::workspace::Workspace;
use regex::Regex;

/// `use crate::a::{b, c}` and `super::d::e(…)`, the braces as they are.
static PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(crate|super)::([a-z_:]*)(\{[^}]*\})?").unwrap());

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new("[a-z_]+").unwrap());

/// The modules of a crate, by their path from its root: `timeline::svg`.
fn modules(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            modules(&path, &format!("{prefix}{stem}::"), found);
        } else if path.extension().is_some_and(|end| end == "rs") && !["lib", "main"].contains(&stem.as_str())
        {
            let name = if stem == "mod" {
                prefix.trim_end_matches("::").to_owned()
            } else {
                prefix.to_owned() + &stem
            };
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The modules that a module imports from its own crate.
fn imports(name: &str, text: &str, known: &BTreeMap<String, String>) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect();
    let above = name.rsplit_once("::").map_or("", |(above, _)| above);
    let mut found = BTreeSet::new();
    for path in PATH.captures_iter(&code) {
        let from = if &path[1] == "crate" { "" } else { above };
        let stem = [from, path[2].trim_matches(':')]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("::");
        let inner = path.get(3).map_or("", |braces| braces.as_str());
        let paths = WORD.find_iter(inner).map(|word| format!("{stem}::{}", word.as_str()));
        for path in paths.chain([stem.clone()]) {
            // The longest beginning that is a module; what follows is an item of it.
            let mut path = path.trim_start_matches("::");
            while !path.is_empty() && !known.contains_key(path) {
                path = path.rsplit_once("::").map_or("", |(above, _)| above);
            }
            if !path.is_empty() && path != name {
                found.insert(path.to_owned());
            }
        }
    }
    found
}

/// Takes away whatever imports nothing that is left, and whatever nothing that is left imports: circles stay.
fn circles(mut left: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let names: BTreeSet<String> = left.keys().cloned().collect();
        let imported: BTreeSet<String> = left.values().flatten().cloned().collect();
        left.retain(|name, imports| imported.contains(name) && !imports.is_disjoint(&names));
        if left.len() == names.len() {
            return left.into_keys().collect();
        }
    }
}

/// Every crate of the machinery is a staircase.
#[test]
fn files_form_no_circles() {
    let workspace = Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut wrong = Vec::new();
    for folder in
        fs::read_dir(workspace.path("course")).unwrap().flatten().map(|entry| entry.path().join("src"))
    {
        if folder.is_dir() {
            let mut known = BTreeMap::new();
            modules(&folder, "", &mut known);
            let graph =
                known.iter().map(|(name, text)| (name.clone(), imports(name, text, &known))).collect();
            let circle = circles(graph);
            if !circle.is_empty() {
                wrong.push(format!("{}: {} import one another", folder.display(), circle.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A circle is seen through braces, parents and longer ways; comments make none.
#[test]
fn circles_are_seen() {
    let texts = [
        ("a", "use crate::{b, other};\n"),
        ("b", "// crate::d\nfn f() { super::c::g() }\n"),
        ("c", "use crate::a::Thing;\n"),
        ("d", "use crate::c::C;\n"),
        ("e", "use std::fmt;\n"),
    ];
    let known: BTreeMap<_, _> = texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let graph = known.iter().map(|(name, text)| (name.clone(), imports(name, text, &known))).collect();
    // `d` is in no circle, although it leads to one.
    assert_eq!(circles(graph), ["a", "b", "c"]);
}

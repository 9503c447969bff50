//! Writes the book where it is to be published: into a folder of its reader's, of which it takes nothing away.
//!
//! mdBook empties the folder that it builds into. So the book is built beside the served one, and copied from there:
//! a page that is broken leaves the last book whole, and a file that this book did not write stays.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use crate::Built;
use crate::folder::Folder;
use crate::press;
use crate::site::Site;
use crate::sources::Sources;

/// Names every file that the last build wrote here, one on each line; without it a folder is somebody else's.
const LIST: &str = ".thaw-book";

/// Where mdBook's pages for addresses that lead nowhere stand; its links are right below one path alone.
const NOWHERE: &str = "404.html";

/// What the sources of the book and of the course are below.
const SOURCES: [&str; 4] = ["book", "course", "lessons", "solutions"];

/// Builds the book and writes it into `out`, which is new, empty, or holds a book that this function wrote.
///
/// # Errors
/// When `out` is none of these, stands among the sources or cannot be written to, or when a page is broken.
pub(crate) fn publish(sources: &Sources, out: &Path) -> anyhow::Result<Built> {
    let out = std::path::absolute(out).with_context(|| format!("`{}` names no folder", out.display()))?;
    let before = ours(sources, &out)?;
    writable(&out)?;
    let draft = Folder::take(&sources.book().join("build/draft"));
    let pages = press::strict(sources, &draft.path)?;
    let mut site = Site::read(&draft.path)?;
    for language in Sources::all(&sources.root) {
        site.remove(&language.place(Path::new("")).join(NOWHERE).to_string_lossy().replace('\\', "/"));
    }
    write(&site, &out, &before).with_context(|| {
        format!("the book cannot be written to {}. Make room there, then try again", out.display())
    })?;
    Ok(Built { out, pages })
}

/// The files that an earlier build wrote, if the folder is one to write to.
fn ours(sources: &Sources, out: &Path) -> anyhow::Result<BTreeSet<String>> {
    let shown = out.display();
    if let Some(folder) = source(sources, out) {
        bail!(
            "{shown} is among the sources, in {folder}. Try `cargo course build` alone, or `--out` with a new folder"
        );
    }
    if !out.exists() {
        return Ok(BTreeSet::new());
    }
    ensure!(out.is_dir(), "{shown} is a file. Name a folder that is new or empty");
    let list = out.join(LIST);
    if let Ok(list) = fs::read_to_string(&list) {
        return Ok(list.lines().filter(|line| is_below(line)).map(str::to_owned).collect());
    }
    let mut entries = fs::read_dir(out)
        .with_context(|| format!("{shown} cannot be read. Name a folder of your own with `--out`"))?;
    ensure!(
        entries.next().is_none(),
        "{shown} is not empty, and what it holds was not written by `cargo course build`. \
         Name a folder that is new or empty"
    );
    Ok(BTreeSet::new())
}

/// The folder of sources that `out` stands in. What git ignores is none, nor what a reader makes beside them.
fn source(sources: &Sources, out: &Path) -> Option<String> {
    // `..` and links may lead into the sources under another name.
    let (out, root) = (real(out), real(&sources.root));
    let below = out.strip_prefix(&root).ok()?;
    let built = below.strip_prefix("book/build").is_ok_and(|name| name != Path::new(""));
    let first = below.components().next()?.as_os_str().to_str()?.to_owned();
    (!built && (SOURCES.contains(&first.as_str()) || first.starts_with('.'))).then_some(first)
}

/// A path without links on the way, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let path = crate::expand::tidy(path);
    for folder in path.ancestors() {
        if let (Ok(found), Ok(rest)) = (folder.canonicalize(), path.strip_prefix(folder)) {
            return found.join(rest);
        }
    }
    path
}

/// A line of a list that somebody changed must name nothing outside of its folder.
fn is_below(line: &str) -> bool {
    let path = Path::new(line);
    !line.is_empty() && path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Makes the folder, and sees to it that a file can be made there, before the long work begins.
fn writable(out: &Path) -> anyhow::Result<()> {
    let probe = out.join(format!("{LIST}-{}", std::process::id()));
    fs::create_dir_all(out)
        .and_then(|()| fs::write(&probe, ""))
        .and_then(|()| fs::remove_file(&probe))
        .with_context(|| {
            format!("{} cannot be written to. Name a folder of your own with `--out`", out.display())
        })
}

/// Writes every file, and removes those of the last book that this one has no more.
fn write(site: &Site, out: &Path, before: &BTreeSet<String>) -> anyhow::Result<()> {
    let now: BTreeSet<String> = site.files().map(|(name, _)| name.to_owned()).collect();
    // A build that is ended half way must find its own files the next time.
    list(out, before.union(&now))?;
    for (name, bytes) in site.files() {
        let file = out.join(name);
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&file, bytes).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    for name in before.difference(&now) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(out.join(name));
    }
    list(out, now.iter()).context("its list of files cannot be written")
}

fn list<'a>(out: &Path, names: impl Iterator<Item = &'a String>) -> std::io::Result<()> {
    fs::write(out.join(LIST), names.map(|name| format!("{name}\n")).collect::<String>())
}

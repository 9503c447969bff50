//! The built site asks no other host for anything, and each of its links leads somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::Context;
use regex::Regex;

use crate::expand::tidy;
use crate::problem::Problem;

/// Whatever a browser would fetch from elsewhere when it shows a page.
pub fn foreign(site: &Path) -> anyhow::Result<Vec<Problem>> {
    // Word borders of ASCII: at those of Unicode the fast search gives up on every page that has a letter of another script.
    static FETCHED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?i)(?:\ssrc(?:set)?|<object[^>]*\sdata|poster)\s*=\s*["']?\s*(?:https?:)?//[^"'\s>]+"#,
            r#"|<(?:link|base)(?-u:\b)[^>]*\shref\s*=\s*["']?(?:https?:)?//[^"'\s>]+"#,
            r#"|(?:url\(|@import)\s*["']?(?:https?:)?//[^"')\s]+|class="[^"]*(?-u:\b)playground(?-u:\b)[^"]*""#,
        ))
        .expect("a constant pattern")
    });
    let mut problems = Vec::new();
    for file in files(site)?.into_iter().filter(|file| ends(file, "html") || ends(file, "css")) {
        let text = fs::read_to_string(&file)?;
        for found in FETCHED.find_iter(&text) {
            let line = text[..found.start()].matches('\n').count() + 1;
            let what = format!("`{}` asks another host.", found.as_str().trim());
            problems.push(Problem::new(
                &short(site, &file),
                line,
                what,
                "Bring the file into the book, or make it a link.",
            ));
        }
    }
    Ok(problems)
}

/// Links of the site to files or fragments that are not there.
pub fn links(site: &Path) -> anyhow::Result<Vec<Problem>> {
    let pages = read(site)?;
    let ids: BTreeMap<&Path, BTreeSet<String>> =
        pages.iter().map(|(path, text)| (path.as_path(), ids(text))).collect();
    let mut problems = Vec::new();
    for (path, text) in &pages {
        for (line, link) in local_links(text) {
            if let Some(what) = broken(site, path, &link, &ids) {
                problems.push(Problem::new(&short(site, path), line, what, "Mend the link."));
            }
        }
    }
    Ok(problems)
}

fn broken(site: &Path, page: &Path, link: &str, ids: &BTreeMap<&Path, BTreeSet<String>>) -> Option<String> {
    let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
    let file = file.split('?').next().unwrap_or_default();
    let mut target = match file.strip_prefix('/') {
        Some(from_root) => site.join(from_root),
        None if file.is_empty() => page.to_path_buf(),
        None => tidy(&page.with_file_name("").join(file)),
    };
    if target.is_dir() {
        target.push("index.html");
    }
    if !target.exists() {
        return Some(format!("`{link}` leads to no file."));
    }
    // What holds a `=` is no place: it sets the sandbox up, and a browser test reads each of them.
    let has_sandbox = ["sandbox.html", "print.html"].iter().any(|page| target.ends_with(page));
    let is_setup = fragment.contains('=') && has_sandbox;
    let known = ids
        .get(target.as_path())
        .is_none_or(|ids| is_setup || fragment.is_empty() || ids.contains(&decode(fragment)));
    (!known).then(|| format!("`{link}` leads to no place in {}.", short(site, &target)))
}

/// What `href` and `src` name on the site itself.
fn local_links(text: &str) -> Vec<(usize, String)> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\s(?:href|src)="([^"]*)""#).expect("a constant pattern"));
    let found =
        LINK.captures_iter(text).filter_map(|link| link.get(1)).filter(|link| !has_scheme(link.as_str()));
    found
        .map(|link| (text[..link.start()].matches('\n').count() + 1, link.as_str().replace("&amp;", "&")))
        .collect()
}

fn has_scheme(link: &str) -> bool {
    ["http:", "https:", "mailto:", "data:", "javascript:", "//"].iter().any(|scheme| link.starts_with(scheme))
}

fn ids(text: &str) -> BTreeSet<String> {
    static ID: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\s(?:id|name)="([^"]+)""#).expect("a constant pattern"));
    ID.captures_iter(text).map(|id| id[1].replace("&amp;", "&")).collect()
}

/// Percent signs of a fragment, as far as they hide UTF-8.
fn decode(fragment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = fragment.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'%').and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => (bytes.push(decoded), rest = &after[2..]).1,
            None => (bytes.push(byte), rest = after).1,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The pages of a site with their text.
fn read(site: &Path) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let pages = files(site)?.into_iter().filter(|file| ends(file, "html"));
    pages.map(|file| Ok((file.clone(), fs::read_to_string(&file)?))).collect()
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

fn ends(file: &Path, end: &str) -> bool {
    file.extension().is_some_and(|found| found == end)
}

fn short(site: &Path, file: &Path) -> String {
    file.strip_prefix(site).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

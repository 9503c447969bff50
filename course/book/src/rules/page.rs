//! One page as its author wrote it, and its code blocks.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::Context;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::Regex;

use crate::sources::Sources;

/// A page before anything in it is expanded.
pub struct Page {
    /// What messages call it.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Its Markdown.
    pub text: String,
    /// Its code blocks, in order.
    pub blocks: Vec<Block>,
    /// Its headings: level, text and line.
    pub headings: Vec<(HeadingLevel, String, usize)>,
    /// Its text without headings and code, by line.
    pub prose: Vec<(usize, String)>,
}

/// One code block.
pub struct Block {
    /// The line of its fence.
    pub line: usize,
    /// What follows the fence; empty for an indented block too.
    pub info: String,
    /// What it holds.
    pub text: String,
    /// The line before it that is not blank: a reason can stand there.
    pub before: String,
}

impl Page {
    /// Every page of a book but SUMMARY.md.
    pub fn all(sources: &Sources) -> anyhow::Result<Vec<Self>> {
        let folder = sources.pages();
        let entries =
            fs::read_dir(&folder).with_context(|| format!("{} cannot be read", sources.name(&folder)))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "md") && !path.ends_with("SUMMARY.md"));
        paths.sort();
        paths.iter().map(|path| Self::read(sources, path)).collect()
    }

    fn read(sources: &Sources, path: &Path) -> anyhow::Result<Self> {
        let name = sources.name(path);
        let text = fs::read_to_string(path).with_context(|| format!("{name} cannot be read"))?;
        let mut page = Self {
            name,
            path: path.to_path_buf(),
            text: text.clone(),
            blocks: Vec::new(),
            headings: Vec::new(),
            prose: Vec::new(),
        };
        page.scan(&text);
        Ok(page)
    }

    fn scan(&mut self, text: &str) {
        let mut inside = Inside::Prose;
        for (event, range) in Parser::new_ext(text, Options::all()).into_offset_iter() {
            let line = text[..range.start].matches('\n').count() + 1;
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    self.blocks.push(Block::new(text, &kind, range.start, line));
                    inside = Inside::Block;
                }
                Event::Start(Tag::Heading { level, .. }) => {
                    self.headings.push((level, String::new(), line));
                    inside = Inside::Heading;
                }
                Event::End(TagEnd::Heading(_) | TagEnd::CodeBlock) => inside = Inside::Prose,
                Event::Text(part) => self.add(&inside, &part, line),
                Event::Code(part) if matches!(inside, Inside::Heading) => self.add(&inside, &part, line),
                _ => {}
            }
        }
    }

    /// Adds text to where it belongs.
    fn add(&mut self, inside: &Inside, part: &str, line: usize) {
        match inside {
            Inside::Prose => self.prose.push((line, part.to_owned())),
            Inside::Heading => {
                self.headings.iter_mut().last().into_iter().for_each(|(_, text, _)| text.push_str(part))
            }
            Inside::Block => {
                self.blocks.iter_mut().last().into_iter().for_each(|block| block.text.push_str(part))
            }
        }
    }
}

/// What the text of an event is part of.
enum Inside {
    /// Sentences, and whatever else is no code.
    Prose,
    /// A heading.
    Heading,
    /// A code block.
    Block,
}

impl Block {
    fn new(text: &str, kind: &CodeBlockKind<'_>, start: usize, line: usize) -> Self {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.to_string(),
            CodeBlockKind::Indented => String::new(),
        };
        let before = text[..start].lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("");
        Self { line, info, text: String::new(), before: before.trim().to_owned() }
    }

    /// The words after the fence: `rust,ignore` has two.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.info
            .split([',', ' ', '{', '}'])
            .map(|tag| tag.trim_start_matches('.'))
            .filter(|tag| !tag.is_empty())
    }

    /// Whether this is Rust, by its tag or by its looks.
    pub fn is_rust(&self) -> bool {
        match self.tags().next() {
            Some("rust" | "rs") => true,
            None
            | Some(
                "text" | "txt" | "plain" | "plaintext" | "ignore" | "no_run" | "should_panic" | "edition2024",
            ) => looks_like_rust(&self.text),
            Some(_) => false,
        }
    }

    /// Whether this shows what a terminal showed.
    pub fn is_transcript(&self) -> bool {
        match self.tags().next() {
            Some("console" | "shell-session" | "terminal" | "session" | "transcript") => true,
            None | Some("text" | "txt" | "sh" | "bash" | "shell") => {
                self.text.lines().any(|line| line.starts_with("$ "))
            }
            Some(_) => false,
        }
    }
}

/// Declarations, bindings, attributes and included Rust files give it away.
fn looks_like_rust(text: &str) -> bool {
    static RUST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?m)^\s*(pub(\(crate\))? |async |const |unsafe )*(fn \w+[<(]|struct \w+|enum \w+|impl\b.*\{|trait \w+|mod \w+[;{ ]|use \w+::)",
            r"|^\s*let (mut )?\w+.*[=;]|^\s*#!?\[\w+|\{\{#\s*include [^}]*\.rs|\w+::\w+\(.*\)[;?.]|=> \{$|\.await\b",
        ))
        .expect("a constant pattern")
    });
    RUST.is_match(text)
}

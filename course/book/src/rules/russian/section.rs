//! A page cut at its headings, and what of each section must be the same in both languages.

use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::Regex;

/// A heading with what stands below it, down to the next heading; the first one may have no heading.
pub(crate) struct Section {
    /// Its line in the page.
    pub(crate) line: usize,
    /// The level of its heading.
    pub(crate) level: Option<HeadingLevel>,
    /// The text of its heading.
    pub(crate) heading: String,
    /// Its Markdown.
    pub(crate) text: String,
    /// Its code blocks: what follows the fence, and what they hold.
    pub(crate) fences: Vec<(String, String)>,
    /// Where its links and images lead, sorted, since a sentence may turn their order.
    pub(crate) links: Vec<String>,
    /// Its tags of HTML without what is read aloud, and its alerts.
    pub(crate) tags: Vec<String>,
    /// Its code in sentences.
    pub(crate) codes: Vec<String>,
    /// Its sentences, each with its line; those of folds and captions, which stand in HTML, too.
    pub(crate) prose: Vec<(usize, String)>,
}

impl Section {
    /// The sections of a page.
    pub(crate) fn all(page: &str) -> Vec<Self> {
        let mut sections = vec![Self::new(1, None)];
        let (mut in_heading, mut in_block, mut in_title) = (false, false, false);
        for (event, range) in
            Parser::new_ext(page, Options::all() - Options::ENABLE_SMART_PUNCTUATION).into_offset_iter()
        {
            let line = page[..range.start].matches('\n').count() + 1;
            if let Event::Start(Tag::Heading { level, .. }) = event {
                sections.push(Self::new(line, Some(level)));
                in_heading = true;
                continue;
            }
            let Some(section) = sections.last_mut() else { break };
            match event {
                Event::End(TagEnd::Heading(_)) => in_heading = false,
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info =
                        if let CodeBlockKind::Fenced(info) = kind { info.to_string() } else { String::new() };
                    section.fences.push((info, String::new()));
                    in_block = true;
                }
                Event::End(TagEnd::CodeBlock) => in_block = false,
                Event::Text(text) if in_block => {
                    section.fences.iter_mut().last().into_iter().for_each(|fence| fence.1.push_str(&text));
                }
                Event::Text(text) | Event::Code(text) if in_heading => section.heading.push_str(&text),
                // What others have written keeps the name that they gave it.
                Event::Text(_) if in_title => {}
                Event::Text(text) => section.prose.push((line, text.to_string())),
                Event::Code(text) => section.codes.push(text.to_string()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    in_title = dest_url.starts_with("http");
                    section.links.push(dest_url.to_string());
                }
                Event::End(TagEnd::Link) => in_title = false,
                Event::Start(Tag::BlockQuote(Some(kind))) => section.tags.push(format!("[!{kind:?}]")),
                Event::Html(html) | Event::InlineHtml(html) => section.html(line, &html),
                _ => {}
            }
        }
        let starts: Vec<usize> = sections.iter().map(|section| section.line).chain([usize::MAX]).collect();
        for (section, range) in sections.iter_mut().zip(starts.windows(2)) {
            let lines = page.lines().skip(range[0] - 1).take(range[1].saturating_sub(range[0]));
            section.text = lines.map(|line| format!("{line}\n")).collect();
            section.links.sort();
        }
        sections
    }

    fn new(line: usize, level: Option<HeadingLevel>) -> Self {
        let (heading, text, fences, links, tags, codes, prose) = Default::default();
        Self { line, level, heading, text, fences, links, tags, codes, prose }
    }

    fn html(&mut self, line: usize, html: &str) {
        static TAG: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?s)<!--.*?-->|<code>[^<]*</code>|</?[A-Za-z][^>]*>").expect("a constant pattern")
        });
        static ALOUD: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"\s(?:aria-label|title|placeholder|alt)="[^"]*""#).expect("a constant pattern")
        });
        let tags = TAG.find_iter(html).map(|tag| tag.as_str()).filter(|tag| !tag.starts_with("<!--"));
        self.tags.extend(tags.map(|tag| ALOUD.replace_all(tag, "").into_owned()));
        let said = ALOUD.find_iter(html).filter_map(|aloud| aloud.as_str().split('"').nth(1));
        self.prose.extend(said.map(|text| (line, text.to_owned())));
        for (index, text) in TAG.replace_all(html, " ").lines().enumerate() {
            self.prose.push((line + index, text.to_owned()));
        }
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        if self.heading.is_empty() { "the beginning".to_owned() } else { format!("«{}»", self.heading) }
    }

    /// Its directives, in their order.
    pub(crate) fn directives(&self) -> Vec<&str> {
        static DIRECTIVE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\{\{\s*#[^}\n]*\}\}").expect("a constant pattern"));
        DIRECTIVE.find_iter(&self.text).map(|found| found.as_str()).collect()
    }

    /// How many rows its tables have, with their heads.
    pub(crate) fn rows(&self) -> usize {
        self.text.lines().filter(|line| line.starts_with('|')).count()
    }

    /// The tasks at whose numbers its lines begin: `Task 2: …`, `Упражнения 1 и 2: …`.
    pub(crate) fn tasks(&self) -> Vec<Vec<&str>> {
        let begins = |line: &&str| line.starts_with("Task") || line.starts_with("Упражнени");
        let leads = self.text.lines().filter(begins).filter_map(|line| Some(line.split_once(": ")?.0));
        leads.map(numbers).filter(|numbers| !numbers.is_empty()).collect()
    }

    /// The numbers in its heading: of a lesson, of a task.
    pub(crate) fn numbers(&self) -> Vec<&str> {
        numbers(&self.heading)
    }
}

fn numbers(text: &str) -> Vec<&str> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter(|number| !number.is_empty()).collect()
}

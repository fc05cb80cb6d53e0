//! Where links lead, as mdBook makes pages and anchors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::blocks::root;

/// What a page offers and asks for.
#[derive(Default)]
pub struct Page {
    pub anchors: BTreeSet<String>,
    /// Links and pictures, as written.
    pub targets: Vec<String>,
    /// Inline code.
    pub code: Vec<String>,
    /// What is in fences of shell commands.
    pub shell: String,
}

/// The text with what it includes.
pub fn expanded(page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap();
    let line = |line: &str| {
        let included = line.strip_prefix("{{#include ")?.strip_suffix("}}")?;
        let (path, anchor) = included.split_once(':').unwrap_or((included, ""));
        let path = page.parent().unwrap().join(path);
        let read = fs::read_to_string(&path);
        let text = read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Some(part(&text, anchor).unwrap_or_else(|| panic!("no anchor in {included}")))
    };
    let lines = text.lines();
    lines
        .map(|written| line(written).unwrap_or_else(|| format!("{written}\n")))
        .collect()
}

/// What stands between the comments of an anchor; all without one.
fn part(text: &str, anchor: &str) -> Option<String> {
    if anchor.is_empty() {
        return Some(text.to_owned());
    }
    let (_, behind) = text.split_once(&format!("<!-- ANCHOR: {anchor} -->\n"))?;
    let (within, _) = behind.split_once(&format!("<!-- ANCHOR_END: {anchor} -->\n"))?;
    let lines = within.lines().filter(|line| !line.contains("<!-- ANCHOR"));
    Some(lines.flat_map(|line| [line, "\n"]).collect())
}

pub fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut heading: Option<String> = None;
    let mut is_shell = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let words = heading.take().unwrap_or_default();
                page.add_anchor(&id(&words));
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.targets.push(dest_url.into_string());
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                is_shell = matches!(kind, pulldown_cmark::CodeBlockKind::Fenced(ref l) if l.as_ref() == "sh");
            }
            Event::End(TagEnd::CodeBlock) => is_shell = false,
            Event::Html(tags) | Event::InlineHtml(tags) => page.see(&tags),
            Event::Text(words) if is_shell => page.shell += &words,
            Event::Code(words) => {
                heading = heading.map(|heading| heading + &words);
                page.code.push(words.into_string());
            }
            Event::Text(words) => heading = heading.map(|heading| heading + &words),
            _ => {}
        }
    }
    page
}

impl Page {
    /// Pictures that Markdown has no words for.
    fn see(&mut self, tags: &str) {
        let sources = regex::Regex::new(r#"<(img|source) src(?:set)?="([^"]+)""#).unwrap();
        for source in sources.captures_iter(tags) {
            let needs_words = &source[1] == "img";
            assert!(
                !needs_words || tags.contains(" alt=\""),
                "no alt text: {tags}"
            );
            self.targets.push(source[2].to_owned());
        }
    }

    /// A second heading with the same words gets a number.
    fn add_anchor(&mut self, id: &str) {
        let mut numbered = id.to_owned();
        let mut number = 1;
        while !self.anchors.insert(numbered) {
            numbered = format!("{id}-{number}");
            number += 1;
        }
    }
}

fn id(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect::<String>().to_lowercase()
}

/// Links of the book that lead nowhere.
pub fn broken(pages: &BTreeMap<String, Page>) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, page) in pages {
        for target in &page.targets {
            let is_elsewhere = target.starts_with("https://") || target.starts_with("mailto:");
            if !is_elsewhere && !leads_somewhere(name, target, pages) {
                broken.push(format!("docs/{name}: {target}"));
            }
        }
    }
    broken
}

fn leads_somewhere(from: &str, target: &str, pages: &BTreeMap<String, Page>) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let to = match path {
        "" => from.to_owned(),
        path => normal(Path::new(from).parent().unwrap(), path),
    };
    match pages.get(&to) {
        Some(page) => anchor.is_empty() || page.anchors.contains(anchor),
        // A picture.
        None => {
            anchor.is_empty() && !to.ends_with(".md") && root().join("docs").join(&to).is_file()
        }
    }
}

/// `folder/path`, with `..` resolved.
fn normal(folder: &Path, path: &str) -> String {
    let mut parts: Vec<&str> = folder.iter().filter_map(|part| part.to_str()).collect();
    for part in path.split('/') {
        match part {
            ".." => {
                parts
                    .pop()
                    .unwrap_or_else(|| panic!("{path} leaves the book"));
            }
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

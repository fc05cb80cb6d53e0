//! Posts as people see them in a terminal.

use chrono::{DateTime, Utc};

use super::{Pages, status, video};
use crate::{
    command::plan::when,
    post::{Card, Feature, Image, Post, Publication, Quotes, Replies, Rule, Thread, limits},
    receipt::Status,
    report::{sanitize, sanitize_line},
};

pub(super) fn cards(thread: &Thread, now: DateTime<Utc>, width: usize, pages: &Pages) -> String {
    let mut facts = vec![status(thread, now).to_owned()];
    let block = thread.settled().and(thread.block());
    let published_at = block.and_then(|block| block.published_at);
    facts.extend(match (thread.publish_at(), published_at, thread.merge()) {
        (Some(at), ..) | (None, Some(at), _) => Some(when(at, thread.zone(), now)),
        (None, None, Some(_)) => Some("when it is merged".to_owned()),
        (None, None, None) => None,
    });
    facts.extend(thread.account().map(str::to_owned));
    let mut text = format!(
        "{}\n  {}\n",
        sanitize_line(thread.path()),
        facts.join(" · ")
    );
    if let Some(url) = block.and_then(|block| block.url.as_deref()) {
        text += &format!("  {}\n", sanitize(url));
    }
    for line in around(thread) {
        text += &format!("  {}\n", sanitize(&line));
    }
    // They stand two columns in.
    let width = width.saturating_sub(2).clamp(40, 76);
    let total = thread.posts().len();
    let is_out = thread.settled() == Some(Status::Published);
    for (at, post) in thread.posts().iter().enumerate() {
        let title = if total > 1 {
            format!(" {}/{total} ", at + 1)
        } else {
            String::new()
        };
        text += &card(post, &title, width, (pages, is_out));
    }
    text + "\n"
}

/// What is said of the thread as a whole: what it reposts or answers, and who may answer and quote.
pub(in crate::command) fn around(thread: &Thread) -> Vec<String> {
    let (reply_to, gates) = match thread.publication() {
        Publication::Repost(target) => return vec![format!("↻ reposts {target}")],
        Publication::Posts {
            reply_to, gates, ..
        } => (reply_to, gates),
    };
    let mut lines: Vec<String> = reply_to
        .iter()
        .map(|target| format!("↩ answers {target}"))
        .collect();
    if let Replies::Only(rules) = &gates.replies {
        let names: Vec<String> = rules.iter().map(allowed).collect();
        lines.push(match names.is_empty() {
            true => "🔒 nobody may reply".to_owned(),
            false => format!("🔒 replies only from {}", names.join(", ")),
        });
    }
    if gates.quotes == Quotes::Deny {
        lines.push("🔒 nobody may quote it".to_owned());
    }
    lines
}

fn allowed(rule: &Rule) -> String {
    match rule {
        Rule::Mentioned => "accounts it mentions".to_owned(),
        Rule::Following => "accounts that the author follows".to_owned(),
        Rule::Followers => "followers".to_owned(),
        Rule::List(list) => format!("the list {list}"),
    }
}

fn card(post: &Post, title: &str, width: usize, (pages, is_out): (&Pages, bool)) -> String {
    let mut lines: Vec<String> = Vec::new();
    let inner = width - 4;
    for line in sanitize_lines(post.text.text()) {
        lines.extend(
            textwrap::wrap(&line, inner)
                .into_iter()
                .map(|line| line.into_owned()),
        );
    }
    let extras: Vec<String> = features(post)
        .into_iter()
        .chain(pictures(post))
        .chain(post.video().map(video::line))
        .chain(link_card(post, pages, is_out))
        .chain(beside(post))
        .collect();
    if !extras.is_empty() {
        lines.push(String::new());
    }
    for extra in &extras {
        let options = textwrap::Options::new(inner).subsequent_indent("   ");
        lines.extend(
            textwrap::wrap(extra, options)
                .into_iter()
                .map(|line| line.into_owned()),
        );
    }
    let bar = |fill: usize| "─".repeat(fill);
    let mut text = format!(
        "  ╭─{title}{}╮\n",
        bar(width.saturating_sub(3 + title.len()))
    );
    for line in &lines {
        let padding = inner.saturating_sub(textwrap::core::display_width(line));
        text += &format!("  │ {line}{} │\n", " ".repeat(padding));
    }
    let count = format!(" {}/{} ", post.text.graphemes(), limits::TEXT_GRAPHEMES);
    text + &format!(
        "  ╰{}{count}─╯\n",
        bar(width.saturating_sub(3 + count.len()))
    )
}

fn sanitize_lines(text: &str) -> Vec<String> {
    text.split('\n')
        .map(|line| sanitize(line).into_owned())
        .collect()
}

pub(in crate::command) fn features(post: &Post) -> Vec<String> {
    let shown = |range: std::ops::Range<usize>| post.text.text().get(range).unwrap_or_default();
    post.text
        .facets()
        .iter()
        .map(|facet| {
            let words = sanitize(shown(facet.range.clone())).into_owned();
            match &facet.feature {
                // A bare address is its own words.
                Feature::Link(uri) if *uri == shown(facet.range.clone()) => format!("🔗 {words}"),
                Feature::Link(uri) => format!("🔗 {words} → {}", sanitize(uri)),
                Feature::Mention(handle) => format!("👤 @{}", sanitize(handle)),
                Feature::Tag(tag) => format!("🏷 {}", sanitize(tag)),
            }
        })
        .collect()
}

pub(in crate::command) fn pictures(post: &Post) -> Vec<String> {
    post.images()
        .iter()
        .map(
            |Image {
                 path,
                 alt,
                 width,
                 height,
                 size,
                 mime,
                 change,
                 ..
             }| {
                let kind = mime.trim_start_matches("image/").to_uppercase();
                let kilobytes = size.div_ceil(1000);
                let facts = match change {
                    Some(change) => change.to_string(),
                    None => format!("{kind}, {width}×{height}, {kilobytes} kB"),
                };
                format!("🖼 {} ({facts}): {}", sanitize_line(path), sanitize(alt))
            },
        )
        .collect()
}

/// The card below a post; of one that `is_out`, what it shows stands in its record alone, unless it was
/// pinned.
pub(in crate::command) fn link_card(post: &Post, pages: &Pages, is_out: bool) -> Option<String> {
    let Card { url, pinned, .. } = post.card()?;
    let url = sanitize(url);
    let Some(pinned) = pinned else {
        return Some(match pages.get(url.as_ref()) {
            None if is_out => format!("🃏 {url}: what its card shows is on Bluesky alone"),
            None => format!("🃏 {url}: card unknown until published; `updraft pin` fixes it"),
            Some(Err(error)) => {
                format!("🃏 {url}: the address alone, for now: {}", sanitize(error))
            }
            Some(Ok(page)) => {
                let picture = match &page.thumb {
                    Some(bytes) => format!("a picture of {} kB", bytes.len().div_ceil(1000)),
                    None => "no picture".to_owned(),
                };
                let words = [page.title.as_str(), page.description.as_str()];
                let words: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
                let words = sanitize(&words.join(": ")).into_owned();
                format!("🃏 {words} → {url} ({picture}; as the page is now)")
            }
        });
    };
    let mut text = format!("🃏 {} → {url}", sanitize(&pinned.title));
    if !pinned.description.is_empty() {
        text += &format!(": {}", sanitize(&pinned.description));
    }
    if let Some(thumb) = &pinned.thumb {
        text += &format!(" ({})", sanitize_line(&thumb.path));
    }
    Some(text)
}

/// What stands beside a post's text and pictures.
pub(in crate::command) fn beside(post: &Post) -> impl Iterator<Item = String> {
    let quote = post
        .quote
        .as_ref()
        .map(|target| format!("❝ quotes {target}"));
    let tags = (!post.tags.is_empty()).then(|| format!("🏷 hidden: {}", post.tags.join(", ")));
    let labels =
        (!post.labels.is_empty()).then(|| format!("⚠ labelled {}", post.labels.join(", ")));
    let lines = [quote, tags, labels].into_iter().flatten();
    lines.map(|line| sanitize(&line).into_owned())
}

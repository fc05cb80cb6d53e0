//! `updraft preview`: exactly what would be published; offline, unless asked to read pages.

mod video;

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    CommandError, Console, Exit, Library, World, check,
    library::LibraryError,
    pin,
    plan::{utc, when},
};
use crate::{
    atproto::record,
    card::{Fetched, Fetcher},
    cli::{OutputFormat, PreviewArgs},
    config::Late,
    diagnostic::FileDiagnostics,
    post::{
        Card, Feature, Image, Media, Pinned, Post, Publication, Quotes, Replies, Rule, Target,
        Thread, limits,
    },
    receipt::Status,
    report::sanitize,
};

/// Runs it.
pub(super) fn run(
    args: &PreviewArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = match Library::load(world, config) {
        Ok(library) => library,
        Err(LibraryError::World(error)) => return Err(error),
        Err(LibraryError::Config(file)) => {
            check::complain(&[*file], world, console)?;
            return Ok(Exit::Mend);
        }
    };
    let chosen = library.select(world, &args.paths)?;
    let now = (world.clock)();
    let threads: Vec<&Thread> = chosen
        .iter()
        .filter_map(|file| file.result.as_ref().ok())
        .collect();
    let pages = match args.online {
        true => read_pages(&library, &threads)?,
        false => Pages::new(),
    };
    match args.format {
        OutputFormat::Json => {
            let array: Vec<Value> = threads
                .iter()
                .map(|thread| to_json(thread, now, library.config.late, &pages))
                .collect();
            writeln!(console.out, "{:#}", Value::Array(array))?;
        }
        OutputFormat::Human => {
            for thread in &threads {
                write!(
                    console.out,
                    "{}",
                    cards(thread, (now, &library.config.late), console.width, &pages)
                )?;
            }
        }
    }
    let broken: Vec<FileDiagnostics> = chosen
        .iter()
        .filter(|file| file.diagnostics.has_errors())
        .map(|file| file.diagnostics.clone())
        .collect();
    check::complain(&broken, world, console)?;
    Ok(if broken.is_empty() {
        Exit::Done
    } else {
        Exit::Mend
    })
}

/// One of draft, held, waiting, due, late, published, failed, missed, retracted.
pub(super) fn status(thread: &Thread, now: DateTime<Utc>, late: &Late) -> &'static str {
    if let Some(block) = thread.block() {
        return match block.status {
            Status::Published => "published",
            Status::Failed => "failed",
            Status::Missed => "missed",
            Status::Retracted => "retracted",
        };
    }
    match thread.publish_at() {
        None => "draft",
        Some(_) if thread.is_held() => "held",
        Some(due) if due > now => "waiting",
        Some(due) if now - due > late.after => "late",
        Some(_) => "due",
    }
}

/// One file as `preview --format json` has it.
pub(crate) fn to_json(thread: &Thread, now: DateTime<Utc>, late: Late, pages: &Pages) -> Value {
    let (repost, reply_to, gates) = match thread.publication() {
        Publication::Repost(target) => (Some(target.to_string()), None, None),
        Publication::Posts {
            reply_to, gates, ..
        } => (None, reply_to.as_ref().map(Target::to_string), Some(gates)),
    };
    json!({
        "path": thread.path(),
        "publish_at": thread.publish_at().map(utc),
        "account": thread.account(),
        "status": status(thread, now, &late),
        "repost": repost,
        "reply_to": reply_to,
        "replies": gates.map_or(Value::Null, |gates| replies_json(&gates.replies)),
        "quotes": gates.map(|gates| match gates.quotes {
            Quotes::Allow => "allow",
            Quotes::Deny => "deny",
        }),
        "posts": thread.posts().iter().map(|post| post_json(&read(post, pages))).collect::<Vec<_>>(),
    })
}

fn replies_json(replies: &Replies) -> Value {
    let Replies::Only(rules) = replies else {
        return "everyone".into();
    };
    let rule = |rule: &Rule| match rule {
        Rule::Mentioned => json!("mentioned"),
        Rule::Following => json!("following"),
        Rule::Followers => json!("followers"),
        Rule::List(list) => json!({"list": list.page()}),
    };
    match rules.as_slice() {
        [] => "nobody".into(),
        rules => rules.iter().map(rule).collect(),
    }
}

fn post_json(post: &Post) -> Value {
    // What check has let through is a record; a lexicon that disagrees shows as null.
    let record = record::preview(post).unwrap_or_default();
    json!({
        "text": post.text.text(),
        "graphemes": post.text.graphemes(),
        "bytes": post.text.text().len(),
        "langs": post.langs,
        "tags": post.tags,
        "labels": post.labels,
        "facets": record::facets(post),
        "embed": record.get("embed").cloned().unwrap_or(Value::Null),
        "record": record,
    })
}

fn cards(
    thread: &Thread,
    (now, late): (DateTime<Utc>, &Late),
    width: usize,
    pages: &Pages,
) -> String {
    let mut facts = vec![status(thread, now, late).to_owned()];
    facts.extend(thread.publish_at().map(|due| when(due, thread.zone(), now)));
    facts.extend(thread.account().map(str::to_owned));
    let mut text = format!("{}\n  {}\n", sanitize(thread.path()), facts.join(" · "));
    for line in around(thread) {
        text += &format!("  {}\n", sanitize(&line));
    }
    let width = width.clamp(40, 76);
    let total = thread.posts().len();
    for (at, post) in thread.posts().iter().enumerate() {
        let title = if total > 1 {
            format!(" {}/{total} ", at + 1)
        } else {
            String::new()
        };
        text += &card(post, &title, width, pages);
    }
    text + "\n"
}

/// What is said of the thread as a whole: what it reposts or answers, and who may answer and quote.
fn around(thread: &Thread) -> Vec<String> {
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

fn card(post: &Post, title: &str, width: usize, pages: &Pages) -> String {
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
        .chain(link_card(post, pages))
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

fn features(post: &Post) -> Vec<String> {
    let shown = |range: std::ops::Range<usize>| post.text.text().get(range).unwrap_or_default();
    post.text
        .facets()
        .iter()
        .map(|facet| {
            let words = sanitize(shown(facet.range.clone())).into_owned();
            match &facet.feature {
                Feature::Link(uri) => format!("🔗 {words} → {}", sanitize(uri)),
                Feature::Mention(handle) => format!("👤 @{}", sanitize(handle)),
                Feature::Tag(tag) => format!("🏷 {}", sanitize(tag)),
            }
        })
        .collect()
}

fn pictures(post: &Post) -> Vec<String> {
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
                format!("🖼 {} ({facts}): {}", sanitize(path), sanitize(alt))
            },
        )
        .collect()
}

/// What the pages of cards that aren't pinned show now, by address.
pub(crate) type Pages = BTreeMap<String, Result<Fetched, String>>;

fn read_pages(library: &Library, threads: &[&Thread]) -> Result<Pages, CommandError> {
    let mut pages = Pages::new();
    for thread in threads {
        let account = thread
            .account()
            .and_then(|name| library.config.account(name));
        let fetcher = Fetcher::new(pin::reach(account)).map_err(CommandError::world)?;
        for card in thread.posts().iter().filter_map(Post::card) {
            if card.pinned.is_none() && !pages.contains_key(&card.url) {
                let page = super::block_on(fetcher.fetch(&card.url))?;
                let page = page.map_err(|error| error.to_string());
                pages.insert(card.url.clone(), page);
            }
        }
    }
    Ok(pages)
}

/// The post with what its card's page shows now; a page that can't be read shows its address.
fn read<'p>(post: &'p Post, pages: &Pages) -> Cow<'p, Post> {
    let page = post
        .card()
        .and_then(|card| Some((card, pages.get(&card.url)?)));
    let Some((card, page)) = page else {
        return Cow::Borrowed(post);
    };
    let (title, description) = match page {
        Ok(page) => (page.title.clone(), page.description.clone()),
        Err(_) => (card.url.clone(), String::new()),
    };
    let pinned = Some(Pinned {
        title,
        description,
        thumb: None,
    });
    let card = Card {
        pinned,
        ..card.clone()
    };
    Cow::Owned(Post {
        media: Some(Media::Card(card)),
        ..post.clone()
    })
}

fn link_card(post: &Post, pages: &Pages) -> Option<String> {
    let Card { url, pinned, .. } = post.card()?;
    let url = sanitize(url);
    let Some(pinned) = pinned else {
        return Some(match pages.get(url.as_ref()) {
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
        text += &format!(" ({})", sanitize(&thumb.path));
    }
    Some(text)
}

/// What stands beside a post's text and pictures.
fn beside(post: &Post) -> impl Iterator<Item = String> {
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

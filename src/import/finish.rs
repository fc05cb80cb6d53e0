//! From a draft to the bytes of a post file that passes the check.

use super::{
    Draft, Note, Refused,
    draft::{Card, Published},
    markdown::markdown,
};
use crate::{
    diagnostic::{Code, Diagnostic},
    post::{
        Address, Context, Document, Facet, Feature, RichText, Thread, rich_text, thread::source_of,
    },
    receipt::{Block, Status},
};

/// A post file that has no mistakes.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The file, checked.
    pub thread: Thread,
    /// The records that its block names, by URI.
    pub uris: Vec<String>,
    /// What a person should know.
    pub notes: Vec<Note>,
}

impl Finished {
    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.thread.document().source().as_bytes()
    }
}

/// Checks the file of a draft at `path`, whose pictures `context` must be able to read; with its block
/// if it was published.
///
/// # Errors
/// It has mistakes that the import can't mend.
pub fn finish(mut draft: Draft, path: &str, context: &Context<'_>) -> Result<Finished, Refused> {
    let mut thread = check(&draft, path, context);
    if too_long(&thread) {
        split(&mut draft);
        thread = check(&draft, path, context);
        if let Ok(split) = &thread {
            let note = format!(
                "too long for one post: `split: auto` makes {} of it",
                split.posts().len()
            );
            draft.note_in_common(
                note,
                "are too long for one post: `split: auto` makes several of each",
            );
            // It stands in the file.
            thread = check(&draft, path, context);
        }
    }
    let mut thread = thread.map_err(|mistakes| refused(&mistakes))?;
    match draft.published.clone() {
        Some(published) => thread = compare(&mut draft, (thread, &published), (path, context)),
        None if last_links(&mut draft, &thread) => {
            thread = check(&draft, path, context).map_err(|mistakes| refused(&mistakes))?;
        }
        None => {}
    }
    let records = draft
        .published
        .iter()
        .flat_map(|published| &published.records);
    Ok(Finished {
        thread,
        uris: records.map(|part| part.uri.clone()).collect(),
        notes: draft.notes,
    })
}

/// The file as it will be, with its block: what is out needs no text.
fn check(draft: &Draft, path: &str, context: &Context<'_>) -> Result<Thread, Vec<Diagnostic>> {
    let bytes = bytes(draft, path).map_err(|mistake| vec![mistake])?;
    let checked = Thread::check(path, bytes, context);
    checked.result.map_err(|_| checked.diagnostics.diagnostics)
}

fn bytes(draft: &Draft, path: &str) -> Result<Vec<u8>, Diagnostic> {
    let bytes = draft.file().into_bytes();
    let Some(published) = &draft.published else {
        return Ok(bytes);
    };
    let document = Document::parse(path, bytes)?;
    document.with_block(&Block {
        published_at: published.at,
        url: published.url.clone(),
        posts: published.records.clone(),
        ..Block::new(Status::Published, source_of(&document))
    })
}

fn too_long(thread: &Result<Thread, Vec<Diagnostic>>) -> bool {
    let is_long = |mistake: &Diagnostic| mistake.code == Code::TextTooLong;
    thread
        .as_ref()
        .is_err_and(|mistakes| mistakes.iter().any(is_long))
}

fn split(draft: &mut Draft) {
    draft.set("split", "auto".into());
    if let Some(numbering) = draft.numbering {
        draft.set("numbering", numbering.into());
    }
}

/// Notes addresses that updraft takes out of the text for a card or a quote; whether there are any.
fn last_links(draft: &mut Draft, thread: &Thread) -> bool {
    let is_link =
        |facet: &&Facet, url: &str| matches!(&facet.feature, Feature::Link(to) if to == url);
    let count = |text: &RichText, url: &str| {
        let facets = text.facets().iter();
        facets.filter(|facet| is_link(facet, url)).count()
    };
    let parts: Vec<_> = draft
        .parts
        .iter()
        .flat_map(|part| rich_text::parse(part, 0..part.len()).0)
        .collect();
    let mut notes = Vec::new();
    for (at, link) in parts.iter().map(|part| part.last_link()).enumerate() {
        let Some(url) = link.map(|link| link.url) else {
            continue;
        };
        let written: usize = parts.iter().map(|part| count(&part.text, &url)).sum();
        let posts = thread.posts().iter();
        let shown: usize = posts.map(|post| count(&post.text, &url)).sum();
        if shown < written && !draft.quoted.contains(&url) {
            let part = (parts.len() > 1).then_some(at + 1);
            notes.push(last_link(&url, part));
        }
    }
    let before = draft.notes.len();
    for note in notes {
        draft.note_in_common(
            note,
            "end in an address alone, which leaves the text and becomes the card or a quote",
        );
    }
    draft.notes.len() > before
}

fn last_link(url: &str, part: Option<usize>) -> String {
    let place = part.map_or(String::new(), |part| format!("part {part}: "));
    let becomes = match (Address::parse(url), part) {
        (Some(_), _) => "a quote and leaves the text; words beside it keep it there",
        (None, None) => "the card and leaves the text; `card: false` keeps it there",
        (None, Some(_)) => {
            "the card and leaves the text; `false` for this part under `cards:` keeps it there"
        }
    };
    format!("{place}`{url}`, alone in the last paragraph, becomes {becomes}")
}

fn refused(mistakes: &[Diagnostic]) -> Refused {
    let mut errors = mistakes.iter().filter(|mistake| mistake.is_error());
    let Some(first) = errors.next() else {
        return Refused::new("it can't be checked", "report this as a bug of updraft");
    };
    let more = match errors.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let help = first.help.as_deref().unwrap_or("change it at its source");
    Refused::new(
        format!("{}{more}", first.message),
        format!("{help}, and import the file again"),
    )
}

/// The thread whose words are nearest to the records'. A card takes its link out of the last paragraph,
/// so the link stands there twice; what differs still is noted.
fn compare(
    draft: &mut Draft,
    (thread, published): (Thread, &Published),
    (path, context): (&str, &Context<'_>),
) -> Thread {
    if differences(&thread, published).is_empty() {
        return thread;
    }
    let mut other = draft.clone();
    if thread_is_shortened(&thread, published) {
        other.set("shorten_links", "false".into());
    }
    let texts = thread.posts().iter().zip(&published.texts);
    for (at, (post, text)) in texts.enumerate() {
        if post.text.text() == text.text() {
            continue;
        }
        if let (Some(card), Some(part)) = (other.cards.get_mut(at), other.parts.get_mut(at)) {
            match card {
                Card::Given { url, .. } => *part += &format!("\n\n{}", link(url)),
                card => *card = Card::Never,
            }
        }
    }
    let mut best = (thread, draft.clone());
    if let Ok(thread) = check(&other, path, context)
        && differences(&thread, published).len() < differences(&best.0, published).len()
    {
        best = (thread, other);
    }
    *draft = best.1;
    let left = differences(&best.0, published);
    if left.is_empty() {
        return best.0;
    }
    left.into_iter().for_each(|note| draft.note(note));
    check(draft, path, context).unwrap_or(best.0)
}

/// Markdown of a link that shows its address.
fn link(url: &str) -> String {
    let facet = Facet {
        range: 0..url.len(),
        feature: Feature::Link(url.to_owned()),
    };
    markdown(url, &[facet])
}

/// Only typed addresses are shown shortened, so that texts of the same facets differ in length alone.
fn thread_is_shortened(thread: &Thread, published: &Published) -> bool {
    let texts = thread.posts().iter().zip(&published.texts);
    texts
        .into_iter()
        .any(|(post, text)| post.text.text().contains("...") && !text.text().contains("..."))
}

/// In which the file says something else than the records.
fn differences(thread: &Thread, published: &Published) -> Vec<String> {
    let mut found = Vec::new();
    let (posts, texts) = (thread.posts(), &published.texts);
    if !texts.is_empty() && posts.len() != texts.len() {
        found.push(format!(
            "{} posts are on Bluesky, and the file makes {} of them",
            texts.len(),
            posts.len()
        ));
    }
    for (at, (post, text)) in posts.iter().zip(texts).enumerate() {
        if post.text.text() != text.text() {
            found.push(format!(
                "part {}: the text on Bluesky is another: {:?}",
                at + 1,
                text.text()
            ));
        } else {
            let sides = [
                (text, &post.text, "on Bluesky, and not here"),
                (&post.text, text, "here, and not on Bluesky"),
            ];
            for (with, without, place) in sides {
                found.extend(missing(with, without).map(|facet| {
                    let words = &text.text()[facet.range.clone()];
                    let kind = shown(&facet.feature);
                    format!("part {}: `{words}` is {kind} {place}", at + 1)
                }));
            }
        }
    }
    found
}

/// The facets that one text has and another, of the same words, has not.
fn missing<'a>(with: &'a RichText, without: &'a RichText) -> impl Iterator<Item = &'a Facet> {
    let is_missing = |facet: &&Facet| !without.facets().contains(facet);
    with.facets().iter().filter(is_missing)
}

fn shown(feature: &Feature) -> String {
    match feature {
        Feature::Link(url) => format!("a link to {url}"),
        Feature::Mention(handle) => format!("a mention of {handle}"),
        Feature::Tag(tag) => format!("the tag {tag}"),
    }
}

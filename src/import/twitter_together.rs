//! `twitter-together/action`: a tweet or a thread in a `.tweet` file, each part with front matter of its
//! own where it has any.
//!
//! The files do not say what was published, and what was is on Twitter: all become drafts.

use super::{
    Accounts, Draft, Refused, Source,
    draft::Card,
    markdown::{detected, markdown, tidy},
    media::Album,
};
use crate::{
    post::{Feature, limits, rich_text::detect::detect},
    yaml::{self, Entry, Node, Value},
};

/// Every key that is read.
const KEYS: [&str; 6] = [
    "reply",
    "retweet",
    "media",
    "schedule",
    "poll",
    "thread-delimiter",
];
/// Where the tool looks for media: in a folder beside that of the tweets. They may lie beside the file too.
const FOLDERS: [(usize, &str); 6] = [
    (0, ""),
    (0, "media/"),
    (1, "media/"),
    (2, "media/"),
    (3, "media/"),
    (4, "media/"),
];

/// One tweet of the file.
struct Tweet {
    text: String,
    keys: Vec<Entry>,
}

/// The draft of a file.
pub(super) fn convert(
    text: &str,
    (name, source): (&str, &Source<'_>),
    accounts: &Accounts,
) -> Result<Draft, Refused> {
    let mut draft = Draft {
        account: accounts.unnamed(),
        ..Draft::default()
    };
    let mut album = Album::new((name, source), &FOLDERS);
    for tweet in tweets(text)? {
        let part = part(tweet, &mut draft, &mut album)?;
        draft.parts.push(part);
        draft.cards.push(Card::Usual);
    }
    draft.pictures = album.finish()?;
    Ok(draft)
}

fn tweets(text: &str) -> Result<Vec<Tweet>, Refused> {
    let text = text.replace("\r\n", "\n");
    let mut rest = text.trim_start();
    let mut tweets = Vec::new();
    loop {
        let (keys, body) = match front_matter(rest) {
            Some((matter, body)) => (keys(matter)?, body),
            None => (Vec::new(), rest),
        };
        let delimiter = string(&keys, "thread-delimiter").unwrap_or_else(|| "---".to_owned());
        let (text, next) = broken(body, &delimiter);
        tweets.push(Tweet {
            text: tidy(text),
            keys,
        });
        match next {
            Some(next) if tweets.len() < limits::WRITES => rest = next,
            Some(_) => {
                return Err(Refused::new(
                    format!("the thread has more than {} parts", limits::WRITES),
                    "make two files of it",
                ));
            }
            None => return Ok(tweets),
        }
    }
}

/// The YAML between two fences at the start, and what stands below.
fn front_matter(text: &str) -> Option<(&str, &str)> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next()?;
    if first.trim_end() != "---" {
        return None;
    }
    let mut at = first.len();
    for line in lines {
        if line.trim_end() == "---" {
            return Some((&text[first.len()..at], &text[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

/// The text above the first line that is the delimiter alone, and what stands below it.
fn broken<'a>(text: &'a str, delimiter: &str) -> (&'a str, Option<&'a str>) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_inside = at > 0 && line.ends_with('\n');
        if is_inside && !delimiter.is_empty() && line.trim_end() == delimiter {
            return (
                &text[..at],
                Some(text[at + line.len()..].trim_start_matches('\n')),
            );
        }
        at += line.len();
    }
    (text, None)
}

fn keys(matter: &str) -> Result<Vec<Entry>, Refused> {
    let node = yaml::parse(matter, 0..matter.len()).map_err(|mistake| {
        Refused::new(
            format!("its front matter can't be read: {}", mistake.message),
            "mend the YAML between the lines of hyphens",
        )
    })?;
    match node.value {
        Value::Mapping(entries) => Ok(entries),
        _ => Err(Refused::new(
            "its front matter holds no keys",
            "write one `key: value` a line, or remove both lines of hyphens",
        )),
    }
}

fn part(
    Tweet { mut text, keys }: Tweet,
    draft: &mut Draft,
    album: &mut Album<'_>,
) -> Result<String, Refused> {
    for entry in keys
        .iter()
        .filter(|entry| !KEYS.contains(&entry.key.as_str()))
    {
        draft.note(format!("`{}` is not carried over", entry.key));
    }
    let is_list = |value: &Value| matches!(value, Value::Sequence(_) | Value::Null);
    if value(&keys, "poll").is_some_and(|poll| !is_list(poll)) {
        draft.note("`poll` is not carried over: it is no list");
    }
    let options = poll(&keys, &mut text);
    if let Some(tweet) = string(&keys, "retweet") {
        if text.is_empty() {
            return Err(Refused::new(
                format!("it retweets {tweet}, which is not on Bluesky"),
                "if it is there too, write a file with `repost:` and the address of the post on Bluesky",
            ));
        }
        draft.note(format!("it quoted {tweet}, and is kept with a link to it"));
        text += &format!("\n\n{tweet}");
    }
    if let Some(tweet) = string(&keys, "reply") {
        draft.note(format!(
            "it answered {tweet}: put the address of a post on Bluesky into `reply_to:`"
        ));
    }
    if let Some(time) = string(&keys, "schedule") {
        draft.note(format!(
            "it was scheduled for {time}, which the tool never read: put a time into `publish_at:`"
        ));
    }
    if !options.is_empty() {
        draft.note("it was a poll, which Bluesky does not have: the choices are lines of the text");
        let lines: Vec<String> = options.iter().map(|option| format!("• {option}")).collect();
        text = tidy(&format!("{text}\n\n{}", lines.join("\n")));
    }
    names(&text, draft);
    let pictures = pictures(&keys, album)?;
    let words = markdown(&text, &detected(&text));
    let paragraphs = [words, pictures.join("\n")];
    let paragraphs = paragraphs.into_iter().filter(|words| !words.is_empty());
    Ok(paragraphs.collect::<Vec<_>>().join("\n\n"))
}

/// A poll's choices: those of the front matter, else the last lines that begin with `( )`.
fn poll(keys: &[Entry], text: &mut String) -> Vec<String> {
    if let Some(Value::Sequence(items)) = value(keys, "poll") {
        return items.iter().filter_map(words).collect();
    }
    let mut options = Vec::new();
    let mut lines: Vec<&str> = text.lines().collect();
    while let Some(option) = lines.last().and_then(|line| option(line)) {
        options.push(option.to_owned());
        lines.pop();
    }
    options.reverse();
    *text = tidy(&lines.join("\n"));
    options
}

fn option(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('(')?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix(')')?;
    let option = rest.trim_start();
    (option.len() < rest.len() && !option.is_empty()).then_some(option)
}

fn pictures(keys: &[Entry], album: &mut Album<'_>) -> Result<Vec<String>, Refused> {
    let items = match value(keys, "media") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Sequence(items)) => items,
        Some(_) => {
            return Err(Refused::new(
                "its `media` is no list",
                "write `- file: picture.png` below it",
            ));
        }
    };
    let mut take = |item: &Node| {
        let field = |key: &str| match item.get(key) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let location = field("file").or_else(|| field("url")).ok_or_else(|| {
            Refused::new(
                "an entry of `media` names no file",
                "write `- file: picture.png` there",
            )
        })?;
        album.take(location, field("alt").unwrap_or_default())
    };
    items.iter().map(&mut take).collect()
}

/// Names of Twitter are none of Bluesky.
fn names(text: &str, draft: &mut Draft) {
    let mentions: Vec<_> = detect(text)
        .into_iter()
        .filter(|facet| matches!(facet.feature, Feature::Mention(_)))
        .collect();
    for (at, _) in text.match_indices('@') {
        let before = text[..at].chars().next_back();
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        let is_mention = mentions.iter().any(|facet| facet.range.start == at);
        if !name.is_empty() && !is_mention && !before.is_some_and(char::is_alphanumeric) {
            draft.note(format!(
                "`@{name}` is a name on Twitter, and plain text here: write a handle such as `@name.bsky.social`"
            ));
        }
    }
}

fn value<'a>(keys: &'a [Entry], key: &str) -> Option<&'a Value> {
    let entry = keys.iter().find(|entry| entry.key == key);
    entry.map(|entry| &entry.node.value)
}

fn string(keys: &[Entry], key: &str) -> Option<String> {
    let entry = keys.iter().find(|entry| entry.key == key)?;
    words(&entry.node).filter(|words| !words.is_empty())
}

fn words(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.trim().to_owned()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

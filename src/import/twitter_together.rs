//! `twitter-together/action`: a tweet or a thread in a `.tweet` file, each part with front matter of its
//! own where it has any.
//!
//! The files do not say what was published, and what was is on Twitter: all become drafts.

use super::{
    Accounts, Draft, Refused, Source,
    draft::{Card, scalar},
    markdown::{detected, markdown, tidy},
    media::Album,
};
use crate::{
    post::{
        Address, Feature, front_matter::TWEET_KEYS, limits, rich_text::detect::detect, target::Kind,
    },
    yaml::{self, Entry, Node, Value},
};

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
    let mut names = Vec::new();
    for tweet in tweets(text)? {
        let (part, named) = part(tweet, &mut draft, &mut album)?;
        names.extend(named);
        draft.parts.push(part);
        draft.cards.push(Card::Usual);
    }
    note_names(names, &mut draft);
    draft.pictures = album.finish()?;
    if draft.has("repost") {
        stand_alone(&mut draft)?;
    }
    Ok(draft)
}

/// Leaves a repost nothing but itself.
fn stand_alone(draft: &mut Draft) -> Result<(), Refused> {
    if draft.parts.len() > 1 || draft.parts.iter().any(|part| !part.is_empty()) {
        return Err(Refused::new(
            "a part of it reposts, and is no post",
            "take its `retweet:` into a file of its own",
        ));
    }
    draft.parts.clear();
    draft.cards.clear();
    Ok(())
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
) -> Result<(String, Vec<String>), Refused> {
    for entry in keys
        .iter()
        .filter(|entry| !TWEET_KEYS.contains(&entry.key.as_str()))
    {
        draft.note(format!("`{}` is not carried over", entry.key));
    }
    let is_list = |value: &Value| matches!(value, Value::Sequence(_) | Value::Null);
    if value(&keys, "poll").is_some_and(|poll| !is_list(poll)) {
        draft.note("`poll` is not carried over: it is no list");
    }
    let options = poll(&keys, &mut text);
    note_lost_matter(&text, draft);
    if let Some(tweet) = string(&keys, "retweet") {
        retweet(&tweet, &mut text, draft)?;
    }
    match string(&keys, "reply") {
        Some(post) if is_post(&post) && draft.parts.is_empty() => {
            draft.set("reply_to", scalar(&post));
        }
        Some(tweet) => draft.note_in_common(
            format!("it answered {tweet}: put the address of a post on Bluesky into `reply_to:`"),
            "answered others: put the addresses of posts on Bluesky into `reply_to:`",
        ),
        None => {}
    }
    if let Some(time) = string(&keys, "schedule") {
        draft.note(format!(
            "it was scheduled for {time}, which the tool never read: put a time into `publish_at:`"
        ));
    }
    if !options.is_empty() {
        draft.note_in_common(
            "it was a poll, which Bluesky does not have: the choices are lines of the text",
            "were polls, which Bluesky does not have: the choices are lines of the text",
        );
        let lines: Vec<String> = options.iter().map(|option| format!("• {option}")).collect();
        text = tidy(&format!("{text}\n\n{}", lines.join("\n")));
    }
    let names = names(&text);
    let pictures = pictures(&keys, album)?;
    let words = markdown(&text, &detected(&text));
    let paragraphs = [words, pictures.join("\n")];
    let paragraphs = paragraphs.into_iter().filter(|words| !words.is_empty());
    Ok((paragraphs.collect::<Vec<_>>().join("\n\n"), names))
}

/// Below the text, or all there is.
fn retweet(tweet: &str, text: &mut String, draft: &mut Draft) -> Result<(), Refused> {
    match (text.is_empty(), is_post(tweet)) {
        (true, true) => {
            draft.set("repost", scalar(tweet));
            return Ok(());
        }
        (true, false) => {
            return Err(Refused::new(
                format!("it retweets {tweet}, which is not on Bluesky"),
                "if it is there too, write a file with `repost:` and the address of the post on Bluesky",
            ));
        }
        (false, true) => draft.quoted.push(tweet.to_owned()),
        (false, false) => draft.note(format!(
            "it quoted {tweet}, which is not on Bluesky: the address stands below the text"
        )),
    }
    *text += &format!("\n\n{tweet}");
    Ok(())
}

fn is_post(address: &str) -> bool {
    Address::parse(address).is_some_and(|found| found.kind == Kind::Post)
}

/// Keys without the line above them that makes keys of them.
fn note_lost_matter(text: &str, draft: &mut Draft) {
    let first = text.lines().find(|line| line.trim_end() != "---");
    let key = first.and_then(|line| line.split_once(':'));
    if let Some((key, _)) = key.filter(|(key, _)| TWEET_KEYS.contains(key)) {
        let part = draft.parts.len() + 1;
        let below = match part {
            1 => "",
            _ => ", below the line that breaks the thread",
        };
        draft.note(format!(
            "part {part} looks like front matter, and is text here: `{key}:` is a key between two lines of `---`{below}"
        ));
    }
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
        let key = field("file").map_or("url", |_| "file");
        let remedy = || format!("add `alt: …` below `{key}: {location}`");
        album.take(location, (field("alt").unwrap_or_default(), remedy))
    };
    items.iter().map(&mut take).collect()
}

/// The names in a text that are not handles of Bluesky, and no part of an address.
fn names(text: &str) -> Vec<String> {
    let facets = detect(text);
    let is_known = |at: usize| {
        facets
            .iter()
            .filter(|facet| !matches!(facet.feature, Feature::Tag(_)))
            .any(|facet| facet.range.contains(&at))
    };
    let name = |(at, _): (usize, &str)| {
        let before = text[..at].chars().next_back();
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        let is_inside = before.is_some_and(|c| c.is_alphanumeric() || c == '/');
        (!name.is_empty() && !is_known(at) && !is_inside).then(|| format!("`@{name}`"))
    };
    text.match_indices('@').filter_map(name).collect()
}

/// Names of Twitter are none of Bluesky.
fn note_names(names: Vec<String>, draft: &mut Draft) {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    let note = match once.as_slice() {
        [] => return,
        [one] => format!(
            "{one} is a name on Twitter, and plain text here: write a handle such as `@name.bsky.social`"
        ),
        many => format!(
            "{} are names on Twitter, and plain text here: write handles such as `@name.bsky.social`",
            many.join(", ")
        ),
    };
    draft.note_in_common(
        note,
        "have names of Twitter, which are plain text here: write handles such as `@name.bsky.social`",
    );
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

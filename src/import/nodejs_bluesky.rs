//! `nodejs/bluesky`: JSON of what was requested, and of what came of it.
//!
//! A file holds one request, or an array of them. A request without `result` was never sent; its
//! `richText` (or `richTextFile`) is a thread where lines of hyphens break it. What was processed has a
//! request for each part, the later ones as replies; and of newer ones the record as it was sent.

mod record;
mod result;

use serde_json::{Map, Value};

use self::{record::Record, result::published};
use super::{
    Accounts, Draft, Piece, Refused, Source, alone,
    draft::{Card, scalar},
    markdown::{detected, markdown, tidy},
};
use crate::post::{Address, RichText, target::Kind};

/// Every key of a request that is read.
const KEYS: [&str; 11] = [
    "action",
    "account",
    "richText",
    "richTextFile",
    "record",
    "result",
    "repostURL",
    "repostInfo",
    "replyURL",
    "replyInfo",
    "rootInfo",
];

/// What tells a request without `action` from any other object.
const SAYS: [&str; 4] = ["richText", "richTextFile", "repostURL", "replyURL"];

type Request = Map<String, Value>;

/// The accounts that the requests name.
pub(super) fn accounts(text: &str) -> Vec<String> {
    let requests = requests(text).unwrap_or_default();
    let names = requests
        .iter()
        .filter_map(|request| string(request, "account"));
    names.map(str::to_owned).collect()
}

/// One piece for each thread or repost.
pub(super) fn convert(
    text: &str,
    (name, source): (&str, &Source<'_>),
    accounts: &Accounts,
) -> Result<Vec<Piece>, Refused> {
    let requests = requests(text)?;
    let threads = threads(&requests);
    if threads.is_empty() {
        return Err(Refused::new(
            "the array holds no request",
            "remove the file",
        ));
    }
    let piece = |(at, thread): (usize, &&[Request])| {
        let name = match at {
            0 => name.to_owned(),
            more => format!("{name}-{}", more + 1),
        };
        alone(&name, self::thread(thread, source, accounts))
    };
    Ok(threads.iter().enumerate().map(piece).collect())
}

fn requests(text: &str) -> Result<Vec<Request>, Refused> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Refused::new(
            format!("it can't be read as JSON: {error}"),
            "mend it at that place",
        )
    })?;
    let items = match value {
        Value::Array(items) => items,
        one => vec![one],
    };
    let objects = items.into_iter().map(|item| match item {
        Value::Object(request) if request.contains_key("action") => Ok(request),
        Value::Object(request) if SAYS.iter().any(|key| request.contains_key(*key)) => {
            Err(without_action(&request))
        }
        _ => Err(Refused::new(
            "it is no request: a request has an `action`",
            "import the files of `records/new` and `records/processed` alone",
        )),
    });
    objects.collect()
}

fn without_action(request: &Request) -> Refused {
    let has = |key: &str| request.contains_key(key);
    let has_text = has("richText") || has("richTextFile");
    let action = match () {
        () if has("replyURL") => "reply",
        () if has("repostURL") && has_text => "quote-post",
        () if has("repostURL") => "repost",
        () => "post",
    };
    Refused::new(
        "a request has no `action`",
        format!("add `\"action\": \"{action}\"` to it"),
    )
}

/// Requests that make one thread: a reply to what was sent just before belongs to it.
fn threads(requests: &[Request]) -> Vec<&[Request]> {
    let mut threads = Vec::new();
    let mut start = 0;
    for (at, request) in requests.iter().enumerate() {
        if at > start && !goes_on(&requests[start..at], request) {
            threads.push(&requests[start..at]);
            start = at;
        }
    }
    threads.extend((start < requests.len()).then(|| &requests[start..]));
    threads
}

fn goes_on(thread: &[Request], request: &Request) -> bool {
    let is_repost = |part: &Request| string(part, "action") == Some("repost");
    if string(request, "action") != Some("reply") || thread.iter().any(is_repost) {
        return false;
    }
    let own = |uri: &str| {
        let uris = thread
            .iter()
            .filter_map(|part| part.get("result")?["uri"].as_str());
        uris.into_iter().any(|known| known == uri)
    };
    let names_post = string(request, "replyURL").is_some_and(|url| Address::parse(url).is_some());
    parent(request).map_or(!names_post, own)
}

/// The URI of what a request answers.
fn parent(request: &Request) -> Option<&str> {
    let said = request
        .get("replyInfo")
        .and_then(|info| info["uri"].as_str());
    said.or_else(|| request.get("record")?["reply"]["parent"]["uri"].as_str())
}

fn thread(
    requests: &[Request],
    source: &Source<'_>,
    accounts: &Accounts,
) -> Result<Draft, Refused> {
    let Some(first) = requests.first() else {
        return Err(Refused::new("it holds no request", "remove the file"));
    };
    let account = match string(first, "account") {
        Some(name) => accounts.of(name)?,
        None => accounts.unnamed(),
    };
    let mut draft = Draft {
        account,
        published: published(requests)?,
        ..Draft::default()
    };
    match string(first, "action").unwrap_or_default() {
        "repost" => repost(&mut draft, first)?,
        "post" => {}
        "quote-post" => {
            let target = target(first, ("repostURL", "repostInfo"), "quotes")?;
            draft.set("quote", scalar(&target));
        }
        "reply" => {
            let target = target(first, ("replyURL", "replyInfo"), "answers")?;
            draft.set("reply_to", scalar(&target));
        }
        other => {
            return Err(Refused::new(
                format!("there is no action `{other}`"),
                "write `post`, `reply`, `quote-post` or `repost`",
            ));
        }
    }
    beside(&mut draft, first);
    branches(&mut draft, requests);
    let unknown = requests.iter().flat_map(Map::keys);
    for key in unknown.filter(|key| !KEYS.contains(&key.as_str())) {
        draft.note(format!("`{key}` is not carried over"));
    }
    if !draft.has("repost") {
        texts(&mut draft, requests, source)?;
    }
    Ok(draft)
}

/// What a request answers and quotes beside what its action says: the tool heeds both.
fn beside(draft: &mut Draft, request: &Request) {
    if draft.has("repost") || request.contains_key("record") {
        return;
    }
    let keys = [
        ("quote", ("repostURL", "repostInfo")),
        ("reply_to", ("replyURL", "replyInfo")),
    ];
    for (key, names) in keys {
        if let Some(target) = also(draft, request, names) {
            draft.set(key, scalar(&target));
        }
    }
}

/// The post that a request names though its action need not.
fn also(draft: &mut Draft, request: &Request, names: (&str, &str)) -> Option<String> {
    let found = target(request, names, "names").ok();
    if let (None, Some(given)) = (&found, string(request, names.0)) {
        draft.note(format!("`{}` is `{given}`, which is no post", names.0));
    }
    found
}

/// A file is a chain: each part answers the one before it.
fn branches(draft: &mut Draft, requests: &[Request]) {
    let uri = |request: &Request| Some(request.get("result")?["uri"].as_str()?.to_owned());
    let uris: Vec<Option<String>> = requests.iter().map(uri).collect();
    for (at, request) in requests.iter().enumerate().skip(1) {
        let parent = parent(request);
        let answered = uris[..at].iter().position(|uri| uri.as_deref() == parent);
        if let Some(answered) = answered.filter(|answered| parent.is_some() && answered + 1 < at) {
            draft.note(format!(
                "part {} answers part {} on Bluesky, not the one before it",
                at + 1,
                answered + 1
            ));
        }
    }
}

fn texts(draft: &mut Draft, requests: &[Request], source: &Source<'_>) -> Result<(), Refused> {
    for (at, request) in requests.iter().enumerate() {
        if let Some(value) = request.get("record") {
            let record = Record::read(value)?;
            let quoted = record.apply(draft, at);
            push(draft, record.text, quoted);
            continue;
        }
        let quoted = match at {
            0 => None,
            _ => also(draft, request, ("repostURL", "repostInfo")),
        };
        let mut quoted = quoted.and_then(|target| Address::parse(&target));
        let text = text_of(request, source)?;
        let parts = match draft.published.is_some() {
            true => vec![text],
            false => split(&text),
        };
        for text in parts {
            draft.cards.push(Card::Usual);
            let facets = detected(&text);
            let text = RichText::new(text, facets).unwrap_or_default();
            push(draft, text, quoted.take());
        }
    }
    let is_empty = |part: &String| part.trim().is_empty();
    let shows_nothing = draft
        .cards
        .iter()
        .all(|card| !matches!(card, Card::Given { .. }));
    let is_out = draft.published.is_some();
    if !is_out && draft.parts.iter().all(is_empty) && shows_nothing && !draft.has("quote") {
        return Err(Refused::new(
            "the post has no text",
            "write one into `richText`",
        ));
    }
    Ok(())
}

/// Adds a part. What it quotes stands alone below its text, which takes it out again.
fn push(draft: &mut Draft, text: RichText, quoted: Option<Address>) {
    let words = markdown(text.text(), text.facets());
    let below = quoted.map(|address| address.page());
    draft.quoted.extend(below.clone());
    let paragraphs = [Some(words), below].into_iter().flatten();
    let paragraphs: Vec<String> = paragraphs.filter(|words| !words.is_empty()).collect();
    draft.parts.push(paragraphs.join("\n\n"));
    if let Some(published) = &mut draft.published {
        published.texts.push(text);
    }
}

fn text_of(request: &Request, source: &Source<'_>) -> Result<String, Refused> {
    if let Some(text) = string(request, "richText") {
        return Ok(text.to_owned());
    }
    let Some(file) = string(request, "richTextFile") else {
        return Err(Refused::new(
            "there is neither `richText` nor `richTextFile`",
            "write the words of the post into `richText`",
        ));
    };
    let path = file.strip_prefix("./").unwrap_or(file);
    let is_inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !is_inside || path.contains(['\\', ':']) {
        return Err(Refused::new(
            format!("`richTextFile` leads elsewhere: `{file}`"),
            "put the file beside the JSON, and name it alone",
        ));
    }
    let bytes = (source.beside)(0, path).map_err(|why| {
        Refused::new(
            format!("`{file}` can't be read: {why}"),
            "put an ordinary file there",
        )
    })?;
    let bytes = bytes.ok_or_else(|| {
        Refused::new(
            format!("there is no `{file}`, which `richTextFile` names"),
            "put it beside the JSON, or write its words into `richText`",
        )
    })?;
    super::text(&bytes)
}

/// The parts of a request's text, as the tool breaks it: at each line of two or more hyphens, stars or
/// low lines.
fn split(text: &str) -> Vec<String> {
    let text = tidy(text);
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &&str| {
        let signs = line.chars().filter(|c| !c.is_whitespace());
        let mut others = line
            .chars()
            .filter(|c| !c.is_whitespace() && !"-*_".contains(*c));
        signs.count() >= 2 && others.next().is_none()
    };
    let parts = lines.split(is_rule).map(|lines| tidy(&lines.join("\n")));
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    match parts.is_empty() {
        true => vec![String::new()],
        false => parts,
    }
}

fn repost(draft: &mut Draft, request: &Request) -> Result<(), Refused> {
    let target = target(request, ("repostURL", "repostInfo"), "reposts")?;
    if let Some(published) = &mut draft.published {
        published.url = Address::parse(&target).map(|address| address.page());
    }
    draft.set("repost", scalar(&target));
    Ok(())
}

/// The post that a request names, by its address or else by its URI.
fn target(request: &Request, (url, info): (&str, &str), verb: &str) -> Result<String, Refused> {
    let given = string(request, url);
    let uri = request.get(info).and_then(|info| info["uri"].as_str());
    let is_post = |text: &&str| Address::parse(text).is_some_and(|found| found.kind == Kind::Post);
    let found = [given, uri].into_iter().flatten().find(is_post);
    found.map(str::to_owned).ok_or_else(|| {
        let shown = given.map_or("names none".to_owned(), |given| format!("is `{given}`"));
        Refused::new(
            format!("it {verb} a post, and `{url}` {shown}"),
            "write the post's address there: https://bsky.app/profile/NAME/post/KEY",
        )
    })
}

fn string<'a>(request: &'a Request, key: &str) -> Option<&'a str> {
    request.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;

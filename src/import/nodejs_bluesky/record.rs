//! A record as it was sent (`app.bsky.feed.post`), in JSON.

use serde_json::Value;

use crate::{
    import::{
        Draft, Refused,
        draft::{Card, scalar},
    },
    post::{
        Address, Facet, Feature, RichText,
        front_matter::{LABELS, well_formed_lang},
        limits,
        rich_text::detect::is_uri,
    },
};

/// Every key that is read.
const KEYS: [&str; 9] = [
    "$type",
    "text",
    "facets",
    "createdAt",
    "embed",
    "reply",
    "langs",
    "labels",
    "tags",
];

/// What a record says.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// Its text and facets.
    pub(super) text: RichText,
    value: &'a Value,
    notes: Vec<String>,
}

impl<'a> Record<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// It has no text.
    pub(super) fn read(value: &'a Value) -> Result<Self, Refused> {
        let Some(text) = value["text"].as_str() else {
            return Err(Refused::new(
                "its `record` has no `text`",
                "restore the file from git's history",
            ));
        };
        let mut notes = Vec::new();
        let mut facets = Vec::new();
        for found in value["facets"].as_array().into_iter().flatten() {
            match facet(text, found) {
                Ok(facet) => facets.push(facet),
                Err(note) => notes.push(note),
            }
            let features = found["features"].as_array().map_or(0, Vec::len);
            if features > 1 {
                let note =
                    "words of the record are several things at once, and the first of them here";
                notes.push(note.to_owned());
            }
        }
        let text = RichText::new(text.to_owned(), facets).unwrap_or_else(|| {
            notes.push("the record's facets overlap: the text is kept without them".to_owned());
            RichText::new(text.to_owned(), Vec::new()).unwrap_or_default()
        });
        Ok(Self { text, value, notes })
    }

    /// What it says beside its text, as part `at` of a thread; gives what a later part quotes, which
    /// has no key.
    pub(super) fn apply(&self, draft: &mut Draft, at: usize) -> Option<Address> {
        self.notes.iter().for_each(|note| draft.note(note.clone()));
        self.langs(draft, at);
        let tags = strings(&self.value["tags"]).map(scalar).collect();
        for_all_parts(draft, (at, "tags"), tags);
        self.labels(draft, at);
        if at == 0 {
            self.reply(draft);
        }
        draft.cards.push(Card::Never);
        let quoted = self.embed(&self.value["embed"], draft, at);
        let keys = self
            .value
            .as_object()
            .into_iter()
            .flat_map(|record| record.keys());
        for key in keys.filter(|key| !KEYS.contains(&key.as_str())) {
            draft.note(format!("the record's `{key}` is not carried over"));
        }
        quoted
    }

    fn reply(&self, draft: &mut Draft) {
        let Some(uri) = self.value["reply"]["parent"]["uri"].as_str() else {
            return;
        };
        match Address::parse(uri) {
            Some(_) => draft.set("reply_to", scalar(uri)),
            None => draft.note(format!("it answers `{uri}`, which is no post")),
        }
    }

    fn langs(&self, draft: &mut Draft, at: usize) {
        let (known, mut unknown): (Vec<&str>, Vec<&str>) =
            strings(&self.value["langs"]).partition(|lang| well_formed_lang(lang).is_ok());
        unknown.extend(known.iter().skip(limits::LANGS));
        for lang in unknown {
            draft.note(format!("the language `{lang}` is {}", elsewhere(draft)));
        }
        let known = known.into_iter().take(limits::LANGS).map(scalar).collect();
        for_all_parts(draft, (at, "langs"), known);
    }

    fn labels(&self, draft: &mut Draft, at: usize) {
        let values = self.value["labels"]["values"]
            .as_array()
            .into_iter()
            .flatten();
        let (known, unknown): (Vec<&str>, Vec<&str>) = values
            .filter_map(|label| label["val"].as_str())
            .partition(|label| LABELS.contains(label));
        for label in unknown {
            draft.note(format!("the label `{label}` is {}", elsewhere(draft)));
        }
        for_all_parts(
            draft,
            (at, "labels"),
            known.into_iter().map(scalar).collect(),
        );
    }

    fn embed(&self, embed: &Value, draft: &mut Draft, at: usize) -> Option<Address> {
        let kind = embed["$type"].as_str().unwrap_or_default();
        match kind.strip_prefix("app.bsky.embed.").unwrap_or(kind) {
            "" => {}
            "external" => external(&embed["external"], draft, at),
            "record" => return quote(embed["record"]["uri"].as_str(), draft, at),
            "recordWithMedia" => {
                let media = &embed["media"];
                // One in the other is no record, and must not lead down without end.
                if media["$type"].as_str() != Some(kind) {
                    self.embed(media, draft, at);
                }
                return quote(embed["record"]["record"]["uri"].as_str(), draft, at);
            }
            "images" | "gallery" => {
                let list = embed["images"].as_array().or(embed["items"].as_array());
                for image in list.into_iter().flatten() {
                    let alt = image["alt"].as_str().unwrap_or_default();
                    let what = format!("the picture {alt:?}");
                    left_behind(draft, at, (&what, &image["image"]));
                }
            }
            "video" => {
                let alt = embed["alt"].as_str().unwrap_or_default();
                let what = format!("the video {alt:?}");
                left_behind(draft, at, (&what, &embed["video"]));
                for captions in embed["captions"].as_array().into_iter().flatten() {
                    let lang = captions["lang"].as_str().unwrap_or_default();
                    let what = format!("captions of the video ({lang})");
                    left_behind(draft, at, (&what, &captions["file"]));
                }
            }
            other => draft.note(format!("its `{other}` is {}", elsewhere(draft))),
        }
        None
    }
}

/// Where something is that the file does not have.
fn elsewhere(draft: &Draft) -> &'static str {
    match draft.published {
        Some(_) => "on Bluesky alone",
        None => "not carried over",
    }
}

/// What a file says once for all of its parts.
fn for_all_parts(draft: &mut Draft, (at, key): (usize, &'static str), values: Vec<String>) {
    let yaml = format!("[{}]", values.join(", "));
    if at == 0 {
        if !values.is_empty() {
            draft.set(key, yaml);
        }
    } else if draft.get(key).unwrap_or("[]") != yaml {
        draft.note(format!(
            "part {} has `{key}: {yaml}` of its own, {}: a file has one for all of its parts",
            at + 1,
            elsewhere(draft)
        ));
    }
}

/// Says where a file is that only the network has.
fn left_behind(draft: &mut Draft, at: usize, (what, blob): (&str, &Value)) {
    // Older records name a blob without `ref`.
    let cid = blob["ref"]["$link"].as_str().or(blob["cid"].as_str());
    let blob = cid.map_or(String::new(), |cid| {
        format!(" (blob {cid}{})", owner(draft, at))
    });
    match draft.published {
        Some(_) => draft.note_in_common(
            format!("on Bluesky alone, where it may stay: {what}{blob}"),
            "have pictures or videos on Bluesky alone, where these may stay",
        ),
        None => draft.note(format!(
            "not here: {what}{blob}; put it beside the post, and name it there"
        )),
    }
}

/// Whose repository a part's blobs are in.
fn owner(draft: &Draft, at: usize) -> String {
    let published = draft.published.as_ref();
    let record = published.and_then(|published| published.records.get(at));
    let did = record.and_then(|record| record.uri.strip_prefix("at://")?.split('/').next());
    did.map_or(String::new(), |did| format!(" of {did}"))
}

fn external(external: &Value, draft: &mut Draft, at: usize) {
    let word = |key: &str| external[key].as_str().unwrap_or_default().trim().to_owned();
    let url = word("uri");
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    if !is_page || url::Url::parse(&url).is_err() {
        draft.note(format!("the link card to `{url}` is {}", elsewhere(draft)));
        return;
    }
    if !external["thumb"].is_null() {
        left_behind(
            draft,
            at,
            ("the picture of the link card", &external["thumb"]),
        );
    }
    let title = Some(word("title")).filter(|title| !title.is_empty());
    if let Some(card) = draft.cards.last_mut() {
        *card = Card::Given {
            title: title.unwrap_or_else(|| url.clone()),
            url,
            description: word("description"),
        };
    }
}

fn quote(uri: Option<&str>, draft: &mut Draft, at: usize) -> Option<Address> {
    let address = uri.and_then(Address::parse);
    match (uri, address) {
        (Some(uri), Some(_)) if at == 0 => draft.set("quote", scalar(uri)),
        (_, Some(address)) => return Some(address),
        (uri, None) => draft.note(format!(
            "it quotes `{}`, which no file can name",
            uri.unwrap_or_default()
        )),
    }
    None
}

fn facet(text: &str, found: &Value) -> Result<Facet, String> {
    let place = |key: &str| {
        let byte = found["index"][key].as_u64()?;
        usize::try_from(byte).ok()
    };
    let range = place("byteStart").zip(place("byteEnd"));
    let range = range.map(|(start, end)| start..end);
    let words = range
        .clone()
        .and_then(|range| Some((text.get(range.clone())?, range)));
    let Some((words, range)) = words.filter(|(words, _)| !words.is_empty()) else {
        return Err("a facet of the record lies outside its text, and is left out".to_owned());
    };
    let features = found["features"].as_array().into_iter().flatten();
    let mut features = features.filter_map(|feature| {
        let kind = feature["$type"].as_str()?.rsplit('#').next()?;
        match kind {
            "link" => Some(Feature::Link(feature["uri"].as_str()?.to_owned())),
            "tag" => Some(Feature::Tag(feature["tag"].as_str()?.to_owned())),
            "mention" => {
                feature["did"].as_str()?;
                let handle = words.trim_start_matches('@').to_ascii_lowercase();
                Some(Feature::Mention(handle))
            }
            _ => None,
        }
    });
    let feature = features.next();
    if let Some(Feature::Link(uri)) = &feature
        && !is_address(uri)
    {
        return Err(format!(
            "`{words}` is a link to `{uri}` on Bluesky, and text here"
        ));
    }
    let feature = feature.ok_or_else(|| format!("what `{words}` is on Bluesky can't be read"))?;
    Ok(Facet { range, feature })
}

/// Whether updraft's Markdown can link there.
fn is_address(uri: &str) -> bool {
    let schemes = ["http", "https", "mailto", "tel"];
    is_uri(uri) && url::Url::parse(uri).is_ok_and(|url| schemes.contains(&url.scheme()))
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

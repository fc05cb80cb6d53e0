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
        }
        let text = RichText::new(text.to_owned(), facets).unwrap_or_else(|| {
            notes.push("the record's facets overlap: the text is kept without them".to_owned());
            RichText::new(text.to_owned(), Vec::new()).unwrap_or_default()
        });
        Ok(Self { text, value, notes })
    }

    /// What it says beside its text, of part `at` of a thread.
    pub(super) fn apply(&self, draft: &mut Draft, at: usize) {
        self.notes.iter().for_each(|note| draft.note(note.clone()));
        self.langs(draft);
        self.words(draft, "tags");
        self.labels(draft);
        draft.cards.push(Card::Never);
        self.embed(&self.value["embed"], draft, at);
        let keys = self
            .value
            .as_object()
            .into_iter()
            .flat_map(|record| record.keys());
        for key in keys.filter(|key| !KEYS.contains(&key.as_str())) {
            draft.note(format!("the record's `{key}` is not carried over"));
        }
    }

    fn words(&self, draft: &mut Draft, key: &'static str) {
        let words: Vec<String> = strings(&self.value[key]).map(scalar).collect();
        if !words.is_empty() {
            draft.set(key, format!("[{}]", words.join(", ")));
        }
    }

    fn langs(&self, draft: &mut Draft) {
        let (known, unknown): (Vec<&str>, Vec<&str>) =
            strings(&self.value["langs"]).partition(|lang| well_formed_lang(lang).is_ok());
        let known: Vec<String> = known.into_iter().take(limits::LANGS).map(scalar).collect();
        if !known.is_empty() {
            draft.set("langs", format!("[{}]", known.join(", ")));
        }
        for lang in unknown {
            draft.note(format!("the language `{lang}` is on Bluesky alone"));
        }
    }

    fn labels(&self, draft: &mut Draft) {
        let values = self.value["labels"]["values"]
            .as_array()
            .into_iter()
            .flatten();
        let (known, unknown): (Vec<&str>, Vec<&str>) = values
            .filter_map(|label| label["val"].as_str())
            .partition(|label| LABELS.contains(label));
        if !known.is_empty() {
            let known: Vec<String> = known.into_iter().map(scalar).collect();
            draft.set("labels", format!("[{}]", known.join(", ")));
        }
        for label in unknown {
            draft.note(format!("the label `{label}` is on Bluesky alone"));
        }
    }

    fn embed(&self, embed: &Value, draft: &mut Draft, at: usize) {
        let kind = embed["$type"].as_str().unwrap_or_default();
        match kind.strip_prefix("app.bsky.embed.").unwrap_or(kind) {
            "" => {}
            "external" => external(&embed["external"], draft),
            "record" => quote(embed["record"]["uri"].as_str(), draft, at),
            "recordWithMedia" => {
                quote(embed["record"]["record"]["uri"].as_str(), draft, at);
                self.embed(&embed["media"], draft, at);
            }
            "images" => {
                for image in embed["images"].as_array().into_iter().flatten() {
                    let alt = image["alt"].as_str().unwrap_or_default();
                    draft.note(format!("a picture is on Bluesky alone: {alt:?}"));
                }
            }
            other => draft.note(format!("its `{other}` is on Bluesky alone")),
        }
    }
}

fn external(external: &Value, draft: &mut Draft) {
    let word = |key: &str| external[key].as_str().unwrap_or_default().trim().to_owned();
    let url = word("uri");
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    if !is_page || url::Url::parse(&url).is_err() {
        draft.note(format!("the link card to `{url}` is on Bluesky alone"));
        return;
    }
    if !external["thumb"].is_null() {
        draft.note("the picture of the link card is on Bluesky alone");
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

fn quote(uri: Option<&str>, draft: &mut Draft, at: usize) {
    match uri.filter(|uri| Address::parse(uri).is_some()) {
        Some(uri) if at == 0 => draft.set("quote", scalar(uri)),
        Some(uri) => draft.note(format!("part {} quotes {uri} on Bluesky", at + 1)),
        None => draft.note("what it quotes is on Bluesky alone"),
    }
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
    let feature = features.into_iter().find_map(|feature| {
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

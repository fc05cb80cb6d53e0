//! JSON Schemas (2020-12) of what people write: the front matter and `updraft.yml`.

#![allow(dead_code)] // The types are here for their shape and their words alone.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::Value;

/// The schema of front matter.
pub fn front_matter() -> Value {
    generate::<FrontMatter>("https://json-schema.org/draft/2020-12/schema")
}

/// The schema of `updraft.yml`.
pub fn config() -> Value {
    generate::<Config>("https://json-schema.org/draft/2020-12/schema")
}

fn generate<T: JsonSchema>(dialect: &str) -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema: Schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$schema".into(), dialect.into());
    let mut schema = schema.to_value();
    refuse_null(&mut schema);
    schema
}

/// A key without a value is a mistake, though Rust's `Option` would take one.
fn refuse_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(refuse_null),
        Value::Object(fields) => {
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(mut choices)) = fields.remove("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                match (choices.pop(), choices.is_empty()) {
                    (Some(Value::Object(only)), true) => {
                        only.into_iter().for_each(|(key, value)| {
                            fields.entry(key).or_insert(value);
                        });
                    }
                    (last, _) => {
                        choices.extend(last);
                        fields.insert("anyOf".into(), choices.into());
                    }
                }
            }
            fields.values_mut().for_each(refuse_null);
        }
        _ => {}
    }
}

/// What stands between the `---` lines above an updraft post.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft front matter")]
struct FrontMatter {
    /// When the post goes out: `2026-12-01 09:00` (in `timezone`), or with an offset
    /// (`2026-12-01T09:00:00-05:00`). Without it, the file is a draft.
    #[schemars(
        example = "2026-12-01 09:00",
        example = "2026-12-01T09:00:00-05:00",
        regex(
            pattern = r"^\d{4}-\d{2}-\d{2}[Tt ]+\d{2}:\d{2}(:\d{2})? ?([Zz]|[+-]\d{2}:?\d{2})?$"
        )
    )]
    publish_at: Option<String>,
    /// The IANA time zone of a `publish_at` without offset, such as `Europe/Berlin`.
    #[schemars(example = "Europe/Berlin", example = "America/New_York")]
    timezone: Option<String>,
    /// One of the accounts of updraft.yml; its default account otherwise.
    account: Option<String>,
    /// The languages of the text, as BCP 47 tags; at most three.
    #[schemars(example = ["en"], length(max = 3), inner(regex(pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")))]
    langs: Option<Vec<String>>,
    /// Keeps a dated post back.
    hold: Option<bool>,
    /// Publish although a post that looks like this one is on Bluesky already: for texts that
    /// come again, such as a weekly meeting's.
    repeat: Option<bool>,
    /// `auto` breaks a text that is too long into a thread.
    split: Option<Split>,
    /// What is put behind each part of a thread; must hold `{n}`, may hold `{total}`.
    #[schemars(example = "{n}/{total}", regex(pattern = r"\{n\}"))]
    numbering: Option<String>,
    /// What came of the post. updraft writes this; never by hand.
    bluesky: Option<Block>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Split {
    /// At paragraphs, else sentences, else words.
    Auto,
}

/// What came of a post.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Block {
    /// How it ended.
    status: Status,
    /// The moment of publishing.
    published_at: Option<String>,
    /// The moment of failing.
    failed_at: Option<String>,
    /// The moment at which it was found to be too late.
    missed_at: Option<String>,
    /// The moment at which a record that was there already was found to be this file's.
    taken_over_at: Option<String>,
    /// A hash of the text that went out.
    #[schemars(regex(pattern = r"^sha256:[0-9a-f]{16}$"))]
    source: String,
    /// Why it failed or was missed.
    reason: Option<String>,
    /// The first part's page on bsky.app.
    url: Option<String>,
    /// The records, in the thread's order.
    posts: Option<Vec<Part>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Status {
    /// It is on the network.
    Published,
    /// The server refused this very post.
    Failed,
    /// It was too late to publish it.
    Missed,
    /// It was deleted on purpose.
    Retracted,
}

/// One record.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Part {
    /// Its AT URI.
    uri: String,
    /// Its CID.
    cid: Option<String>,
    /// Whether it was deleted on Bluesky before its result could be written here.
    deleted: Option<bool>,
}

/// How updraft works in this repository.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft.yml")]
struct Config {
    /// The posts folder, beside this file; `posts` otherwise.
    posts: Option<String>,
    /// Globs of files in the posts folder that are no posts.
    #[schemars(example = ["posts/templates/**"])]
    ignore: Option<Vec<String>>,
    /// The IANA time zone of files that name none.
    #[schemars(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// The languages of files that name none.
    #[schemars(example = ["en"], length(max = 3))]
    langs: Option<Vec<String>>,
    /// The account of files that name none; needed where there are several.
    default_account: Option<String>,
    /// The accounts, by the name that `account:` takes.
    accounts: Option<BTreeMap<String, Account>>,
    /// What becomes of posts that are late.
    late: Option<Late>,
    /// What a mention is whose handle does not exist: `strict` fails the post, `plain` leaves it text.
    mentions: Option<Mentions>,
    /// With --push, only this branch publishes; the remote's HEAD branch otherwise.
    publish_from: Option<String>,
    /// Why nothing goes out. While it is here, nothing does, and nothing becomes late.
    paused: Option<String>,
}

/// An account on Bluesky.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Account {
    /// Its handle, such as `example.com`.
    handle: String,
    /// Its PDS, where it is not to be found from the handle.
    #[schemars(example = "https://pds.example.com")]
    pds: Option<String>,
    /// The environment variable that holds its app password; `BLUESKY_APP_PASSWORD_` and the name otherwise.
    app_password_env: Option<String>,
}

/// What becomes of posts that are late.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Late {
    /// How long behind its time a post goes out as if nothing were: `90m`, `24h`, `2d`.
    #[schemars(example = "24h", regex(pattern = r"^\d+ ?[smhd]$"))]
    after: Option<String>,
    /// Whether a post that is later is declared missed, or published all the same.
    then: Option<Then>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Then {
    /// It is declared missed.
    Miss,
    /// It is published.
    Publish,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Mentions {
    /// The post fails.
    Strict,
    /// The mention stays text.
    Plain,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config, post::front_matter};

    fn keys(schema: &Value) -> Vec<String> {
        let mut keys: Vec<String> = schema["properties"]
            .as_object()
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default();
        keys.sort();
        keys
    }

    fn sorted(keys: &[&str]) -> Vec<String> {
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    }

    #[test]
    fn the_schemas_know_the_keys_that_the_readers_know() {
        assert_eq!(keys(&front_matter()), sorted(front_matter::KEYS));
        let config_schema = config();
        assert_eq!(keys(&config_schema), sorted(config::KEYS));
        let late = &config_schema["properties"]["late"];
        assert_eq!(keys(late), sorted(config::LATE_KEYS), "{late:#}");
        let account = &config_schema["properties"]["accounts"]["additionalProperties"];
        assert_eq!(keys(account), sorted(config::ACCOUNT_KEYS), "{account:#}");
    }
}

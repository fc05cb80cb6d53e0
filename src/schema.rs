//! JSON Schemas (2020-12) of what people write, the front matter and `updraft.yml`, and of what
//! `--format json` prints.

#![allow(dead_code)] // The types are here for their shape and their words alone.

mod config;
mod front_matter;
mod outputs;
mod shared;

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::Value;

/// The schema of front matter.
pub fn front_matter() -> Value {
    generate::<front_matter::FrontMatter>("https://json-schema.org/draft/2020-12/schema")
}

/// The schema of `updraft.yml`.
pub fn config() -> Value {
    generate::<config::Config>("https://json-schema.org/draft/2020-12/schema")
}

/// The schema of what a verb prints with `--format json`; `None` for a verb that prints none.
pub fn output(verb: &str) -> Option<Value> {
    let mut schema = match verb {
        "check" => plain::<outputs::Check>(),
        "doctor" => plain::<outputs::Doctor>(),
        "explain" => plain::<outputs::Explain>(),
        "import" => plain::<outputs::Import>(),
        "list" => plain::<outputs::List>(),
        "plan" => plain::<outputs::Plan>(),
        "preview" => plain::<outputs::Preview>(),
        "publish" => plain::<outputs::Publish>(),
        "review" => plain::<outputs::Review>(),
        "status" => plain::<outputs::Status>(),
        _ => return None,
    };
    require_all(&mut schema);
    Some(schema)
}

fn plain<T: JsonSchema>() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// What does not apply is `null` and never left out.
fn require_all(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(require_all),
        Value::Object(fields) => {
            fields.values_mut().for_each(require_all);
            if let Some(Value::Object(properties)) = fields.get("properties") {
                let names: Vec<Value> = properties.keys().map(|key| key.clone().into()).collect();
                fields.insert("required".into(), names.into());
            }
        }
        _ => {}
    }
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
        assert_eq!(keys(late), sorted(crate::post::late::LATE_KEYS), "{late:#}");
        let account = &config_schema["properties"]["accounts"]["additionalProperties"];
        assert_eq!(keys(account), sorted(config::ACCOUNT_KEYS), "{account:#}");
    }
}

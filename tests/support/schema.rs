//! What verbs print, held against the committed schemas.

#![allow(clippy::unwrap_used, unreachable_pub)]

use std::{fs, path::Path};

use serde_json::Value;

/// The JSON that a verb printed, which must be as `schema/VERB.json` says.
#[track_caller]
pub fn fitting(verb: &str, printed: &str) -> Value {
    let printed: Value = match serde_json::from_str(printed) {
        Ok(printed) => printed,
        Err(error) => panic!("{verb}: {error}\n{printed}"),
    };
    let wrong = wrong(verb, &printed);
    assert!(wrong.is_empty(), "{verb}: {wrong:?}\n{printed:#}");
    printed
}

/// Where it is not as the schema says.
#[track_caller]
pub fn wrong(verb: &str, printed: &Value) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{verb}.json"));
    let schema = fs::read_to_string(&file);
    let schema = schema.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(printed);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

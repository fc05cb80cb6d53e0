//! The example posts are valid, for updraft and for an editor that knows the schemas.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn updraft(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_updraft"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let entries = list.as_array().unwrap().iter();
    entries.filter_map(|entry| entry[key].as_str()).collect()
}

/// The front matter, as text.
fn front_matter(post: &str) -> String {
    let text = read(post);
    let mut fences = text.split("---\n");
    assert_eq!(fences.next(), Some(""), "{post}");
    fences.next().unwrap().to_owned()
}

fn mistakes(schema: &str, yaml: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(&read(schema)).unwrap();
    let value: Value = serde_yaml::from_str(yaml).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect()
}

#[test]
fn every_example_is_valid_and_one_warning_is_meant() {
    let found = updraft(&["check", "--format", "json"]);
    assert_eq!(texts(&found, "path"), ["posts/2027-05-19-literally.md"]);
    assert_eq!(texts(&found, "code"), ["lost-formatting"]);
}

#[test]
fn the_examples_show_every_key_and_every_kind_of_content() {
    let previews = updraft(&["preview", "--format", "json"]);
    let paths = texts(&previews, "path");
    assert!(paths.len() >= 12, "only {} examples", paths.len());
    let matter: String = paths.iter().map(|path| front_matter(path)).collect();
    for key in updraft::post::front_matter::KEYS {
        let shown = matter.contains(&format!("\n{key}:"));
        assert!(shown || *key == "bluesky", "no example for `{key}`");
    }
    let previews = previews.to_string();
    for kind in [
        "facet#link",
        "facet#mention",
        "facet#tag",
        "embed.images",
        "embed.gallery",
        "embed.external",
        "embed.video",
        "embed.record\"",
        "embed.recordWithMedia",
        "graphic-media",
        "image/png",
        "image/jpeg",
    ] {
        assert!(previews.contains(kind), "no example for {kind}");
    }
}

#[test]
fn every_example_fits_the_schema_that_it_names() {
    for path in texts(&updraft(&["preview", "--format", "json"]), "path") {
        let matter = front_matter(path);
        assert!(
            matter.starts_with("# yaml-language-server: $schema=../schema/front-matter.json\n"),
            "{path}"
        );
        let wrong = mistakes("schema/front-matter.json", or_none(&matter));
        assert!(wrong.is_empty(), "{path}: {wrong:?}");
    }
}

/// Comments alone are YAML's null; updraft takes them for no keys.
fn or_none(matter: &str) -> &str {
    let empty = matter.lines().all(|line| line.starts_with('#'));
    if empty { "{}" } else { matter }
}

#[test]
fn the_settings_fit_their_schema() {
    let wrong = mistakes("schema/updraft.json", &read("updraft.yml"));
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn one_word_where_a_list_may_stand_fits_and_too_many_do_not() {
    let front_matter = |yaml| mistakes("schema/front-matter.json", yaml);
    assert_eq!(
        front_matter("langs: en\nlabels: nudity\ntags: rust"),
        [""; 0]
    );
    for wrong in [
        "langs: english language",
        "langs: [en, de, fr, it]",
        "labels: rude",
        "tags: [a, b, c, d, e, f, g, h, i]",
    ] {
        assert!(!front_matter(wrong).is_empty(), "{wrong}");
    }
    let settings = |yaml| mistakes("schema/updraft.json", yaml);
    assert_eq!(
        settings("ignore: drafts/**\nnotify: [command: tell]"),
        [""; 0]
    );
    assert!(!settings("notify: [command: []]").is_empty());
}

#[test]
fn a_slip_does_not_fit_the_schema() {
    assert!(!mistakes("schema/front-matter.json", "publish_on: 2027-03-02 12:00").is_empty());
    assert!(!mistakes("schema/updraft.json", "acounts: {}").is_empty());
}

fn output(verb: &str) -> Value {
    updraft::schema::output(verb).unwrap()
}

/// Against the committed schema of what the verb prints.
fn wrong_output(verb: &str, printed: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(&read(format!("schema/{verb}.json"))).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(printed);
    errors
        .map(|error| format!("{verb}: {}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn what_is_printed_fits_the_schemas() {
    for verb in ["check", "list", "plan", "preview"] {
        let printed = updraft(&[verb, "--format", "json"]);
        assert!(printed.is_array() || printed.is_object());
        assert_eq!(wrong_output(verb, &printed), Vec::<String>::new());
    }
    let mut printed = updraft(&["plan", "--format", "json"]);
    printed["items"][0]["decision"] = "sent".into();
    assert_eq!(wrong_output("plan", &printed).len(), 1);
    printed["items"][0]["decision"] = "wait".into();
    printed["items"][0].as_object_mut().unwrap().remove("turn");
    assert_eq!(wrong_output("plan", &printed).len(), 1);
}

/// `UPDATE_SCHEMA=1` writes the files anew.
#[test]
fn the_committed_schemas_are_those_of_the_code() {
    let schemas = [
        ("schema/front-matter.json", updraft::schema::front_matter()),
        ("schema/updraft.json", updraft::schema::config()),
        ("schema/check.json", output("check")),
        ("schema/list.json", output("list")),
        ("schema/plan.json", output("plan")),
        ("schema/preview.json", output("preview")),
        ("schema/publish.json", output("publish")),
    ];
    for (path, schema) in schemas {
        let current = format!("{schema:#}\n");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(root().join(path), current).unwrap();
        } else {
            assert_eq!(read(path), current, "UPDATE_SCHEMA=1 mends {path}");
        }
    }
}

//! The example posts are valid, for updraft and for an editor that knows the schemas.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/schema.rs"]
mod schema;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::{CommandFactory as _, ValueEnum as _};
use serde_json::Value;
use updraft::cli::{Cli, SchemaOf};

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

#[test]
fn what_is_printed_fits_the_schemas() {
    for verb in [
        "check", "doctor", "explain", "list", "plan", "preview", "status",
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
        let ran = command.args([verb, "--format", "json"]).current_dir(root());
        let printed = ran.output().unwrap().stdout;
        schema::fitting(verb, &String::from_utf8(printed).unwrap());
    }
    let mut printed = updraft(&["plan", "--format", "json"]);
    printed["items"][0]["decision"] = "sent".into();
    assert_eq!(schema::wrong("plan", &printed).len(), 1);
    printed["items"][0]["decision"] = "wait".into();
    printed["items"][0].as_object_mut().unwrap().remove("turn");
    assert_eq!(schema::wrong("plan", &printed).len(), 1);
}

#[test]
fn every_verb_that_prints_json_has_a_schema() {
    let cli = Cli::command();
    let prints_json = |verb: &&clap::Command| {
        let formats = verb.get_arguments().filter(|arg| arg.get_id() == "format");
        let mut formats = formats.flat_map(clap::Arg::get_possible_values);
        formats.any(|format| format.get_name() == "json")
    };
    let verbs = cli.get_subcommands().filter(prints_json);
    let verbs: BTreeSet<&str> = verbs.map(clap::Command::get_name).collect();
    let written = ["front-matter", "config"];
    let names = SchemaOf::value_variants().iter().map(|of| of.name());
    let outputs = names.filter(|name| !written.contains(name));
    assert_eq!(verbs, outputs.collect());
}

/// `UPDATE_SCHEMA=1` writes the files anew.
#[test]
fn the_committed_schemas_are_those_of_the_code() {
    let mut known = BTreeSet::new();
    for of in SchemaOf::value_variants() {
        let name = of.name().replace("config", "updraft");
        let path = format!("schema/{name}.json");
        let current = format!("{:#}\n", updraft(&["schema", of.name()]));
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(root().join(&path), current).unwrap();
        } else {
            assert_eq!(read(&path), current, "UPDATE_SCHEMA=1 mends {path}");
        }
        known.insert(root().join(path));
    }
    let files = fs::read_dir(root().join("schema")).unwrap();
    let files: BTreeSet<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(files, known);
}

//! The reference, written by the code that it describes.

use std::process::Command;

use clap::{CommandFactory as _, ValueEnum as _};
use serde_json::{Map, Value};
use updraft::{
    cli::{Cli, SchemaOf},
    diagnostic::{ExampleFile, Topic},
    post::front_matter::KEYS,
    schema,
};

const NOTICE: &str =
    "<!-- written by `UPDATE_BOOK=1 cargo test --test book`; what it says stands in the code -->\n";

/// The generated pages: their path below `docs`, and what they say.
pub fn pages() -> Vec<(&'static str, String)> {
    let page = |path, text: String| (path, format!("{NOTICE}\n{text}"));
    vec![
        page("reference/front-matter.md", front_matter()),
        page("reference/configuration.md", configuration()),
        page("reference/commands.md", commands()),
        page("reference/json.md", json()),
        page("reference/codes.md", codes()),
    ]
}

fn front_matter() -> String {
    let schema = with_lists_as_one(schema::front_matter());
    format!(
        "# Front matter\n\n{} The front matter is closed: a key that is not on this page is a mistake, and so is one that stands there twice. Every key is optional.\n\n\
         `updraft schema > schema/front-matter.json` writes the same as a JSON Schema, for editors.\n\n{}",
        text(&schema["description"]),
        keys(&schema, KEYS)
    )
}

fn configuration() -> String {
    let schema = with_lists_as_one(schema::config());
    format!(
        "# updraft.yml\n\n{} The file lies beside the posts folder. It is optional, and so is every key; a key that is not on this page is a mistake.\n\n\
         `updraft schema config > schema/updraft.json` writes the same as a JSON Schema, for editors.\n\n{}",
        text(&schema["description"]),
        keys(&schema, updraft::config::KEYS)
    )
}

/// "One, or a list of such" is read as one thing: a list that may be written as its only word.
fn with_lists_as_one(schema: Value) -> Value {
    match schema {
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(key, value)| (key, with_lists_as_one(value)));
            let mut members: Map<String, Value> = members.collect();
            if let Some(list) = members.get("anyOf").and_then(list_or_one) {
                members.remove("anyOf");
                members.extend(list);
            }
            Value::Object(members)
        }
        Value::Array(items) => items.into_iter().map(with_lists_as_one).collect(),
        value => value,
    }
}

/// What is said of the list, where the choice is between a list and one of its items.
fn list_or_one(choices: &Value) -> Option<Map<String, Value>> {
    let [one, list] = choices.as_array()?.as_slice() else {
        return None;
    };
    let undescribed = |schema: &Value| {
        let mut schema = schema.clone();
        schema.as_object_mut()?.remove("description");
        Some(schema)
    };
    if undescribed(one)? != undescribed(&list["items"])? {
        return None;
    }
    let mut list = list.as_object()?.clone();
    list.remove("description");
    list.insert("orOne".to_owned(), Value::Bool(true));
    Some(list)
}

/// A chapter for each key.
fn keys(schema: &Value, order: &[&str]) -> String {
    let keys = schema["properties"].as_object().unwrap();
    assert_eq!(keys.len(), order.len());
    let chapter = |key: &&str| {
        let value = &keys[*key];
        let kind = match choices(value) {
            Some(_) => "one of these:".to_owned(),
            None => format!("{}.", kind(value)),
        };
        let words = text(&value["description"]);
        let within = within(value, 0);
        let gap = if within.is_empty() { "" } else { "\n" };
        format!("## `{key}`\n\n{words}\n\nIt takes {kind}\n{gap}{within}")
    };
    let chapters: Vec<String> = order.iter().map(chapter).collect();
    chapters.join("\n")
}

/// The several things that a value may be.
fn choices(schema: &Value) -> Option<&Vec<Value>> {
    schema["oneOf"].as_array().or(schema["anyOf"].as_array())
}

/// What a value looks like, and what lies in it: a list, nested as the value is.
fn within(schema: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let mut lines = String::new();
    for choice in choices(schema).into_iter().flatten() {
        lines += &match (&choice["const"], choices(choice)) {
            (Value::Null, Some(_)) => within(choice, depth),
            (Value::Null, None) => entry(&kind(choice), choice, depth),
            (constant, _) => entry(&format!("`{}`", yaml(constant)), choice, depth),
        };
    }
    let examples = schema["examples"].as_array().into_iter().flatten();
    let examples: Vec<String> = examples.map(|e| format!("`{}`", yaml(e))).collect();
    match (examples.is_empty(), &schema["pattern"]) {
        (false, _) => lines += &format!("{indent}* for example {}\n", examples.join(", ")),
        (true, Value::String(pattern)) => lines += &format!("{indent}* written as `{pattern}`\n"),
        _ => {}
    }
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        let kind = match choices(value) {
            Some(_) => "one of several".to_owned(),
            None => kind(value),
        };
        lines += &entry(&format!("`{name}` ({kind})"), value, depth);
    }
    for inner in [&schema["additionalProperties"], &schema["items"]] {
        if inner.is_object() {
            lines += &within(inner, depth);
        }
    }
    lines
}

fn entry(name: &str, schema: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let within = within(schema, depth + 1);
    format!(
        "{indent}* {name}: {}\n{within}",
        text(&schema["description"])
    )
}

fn kind(schema: &Value) -> String {
    let (names, may_be_null) = match &schema["type"] {
        Value::String(name) => (name.clone(), false),
        Value::Array(names) => {
            let names = names.iter().map(text);
            let is_null = |name: &String| name == "null";
            let (null, names): (Vec<_>, Vec<_>) = names.partition(is_null);
            (names.join(" or "), !null.is_empty())
        }
        _ => ("anything".to_owned(), false),
    };
    let words = match names.as_str() {
        "boolean" => "`true` or `false`".to_owned(),
        "string" => "text".to_owned(),
        "integer" => format!("a whole number{}", bounds(schema, "minimum", "maximum")),
        "array" => {
            let of_mappings = schema["items"]["properties"].is_object();
            let list = if of_mappings {
                "a list of mappings"
            } else {
                "a list"
            };
            let or_one = if schema["orOne"] == true {
                ", or one alone"
            } else {
                ""
            };
            format!("{list}{}{or_one}", bounds(schema, "minItems", "maxItems"))
        }
        "number" => "a number".to_owned(),
        "object" if schema["additionalProperties"].is_object() => "a mapping by name".to_owned(),
        "object" => "a mapping".to_owned(),
        names => names.to_owned(),
    };
    match may_be_null {
        true => format!("{words}, or `null`"),
        false => words,
    }
}

fn bounds(schema: &Value, least: &str, most: &str) -> String {
    let bound = |key: &str, words: &str| match schema[key].as_u64() {
        Some(number) if number > 0 => format!(", {words} {number}"),
        _ => String::new(),
    };
    bound(least, "at least") + &bound(most, "at most")
}

/// As it stands in a YAML file, in one line.
fn yaml(value: &Value) -> String {
    match value {
        Value::String(text) if !text.starts_with(['!', '@', '{', '[']) => text.clone(),
        value => value.to_string(),
    }
}

/// A description in one line.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('\n', " ")
}

fn commands() -> String {
    let mut page = "# Commands\n\nWhat `--help` says. [Exit codes](exit-codes.md) and [what the commands print for programs](json.md) have pages of their own.\n".to_owned();
    let verbs = Cli::command();
    let verbs = verbs
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned());
    let own = ["".to_owned()].into_iter();
    for verb in own.chain(verbs) {
        let call = format!("updraft {verb}");
        let call = call.trim();
        page += &format!("\n## `{call}`\n\n```text\n{}```\n", help(&verb));
    }
    page
}

fn help(verb: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
    let output = command
        .args((!verb.is_empty()).then_some(verb))
        .arg("--help");
    let output = output.env_remove("COLUMNS").output().unwrap();
    assert!(output.status.success(), "{verb} --help");
    let words = String::from_utf8(output.stdout).unwrap();
    words
        .lines()
        .flat_map(|line| [line.trim_end(), "\n"])
        .collect()
}

fn json() -> String {
    let mut page = "# JSON outputs\n\nWith `--format json` a command prints one JSON value on standard output. `[]` stands for each entry of a list. `updraft schema NAME` prints each of these pages as a JSON Schema, and `schema/` in the repository holds them.\n".to_owned();
    let written = ["front-matter", "config"];
    let names = SchemaOf::value_variants().iter().map(|of| of.name());
    for name in names.filter(|name| !written.contains(name)) {
        let output = Command::new(env!("CARGO_BIN_EXE_updraft"));
        let output = { output }.args(["schema", name]).output().unwrap();
        let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
        page += &format!("\n## `{name}`\n\n{}\n\n", text(&schema["description"]));
        page += "| | | |\n|---|---|---|\n";
        page += &rows("", &schema);
    }
    page
}

/// A row for each value that can be reached.
fn rows(path: &str, schema: &Value) -> String {
    let mut lines = String::new();
    if !path.is_empty() {
        let words = [text(&schema["description"]), constants(schema)].join(" ");
        let kind = match choices(schema) {
            Some(_) => "one of several".to_owned(),
            None => kind(schema),
        };
        lines += &format!("| `{path}` | {kind} | {} |\n", words.trim());
    }
    if let Some(members) = schema["properties"].as_object() {
        for (key, value) in members {
            let path = format!("{path}.{key}");
            lines += &rows(path.trim_start_matches('.'), value);
        }
    }
    if schema["items"].is_object() {
        lines += &rows(&format!("{path}[]"), &schema["items"]);
    }
    for choice in choices(schema).into_iter().flatten() {
        if choice["properties"].is_object() {
            lines += &rows(path, choice);
        }
    }
    lines
}

/// The words that a value may be.
fn constants(schema: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut take = |schema: &Value| {
        words.extend(schema["enum"].as_array().into_iter().flatten().map(text));
        words.extend(schema["const"].as_str().map(str::to_owned));
    };
    take(schema);
    for choice in choices(schema).into_iter().flatten() {
        take(choice);
        // One that may be `null` lies a step deeper.
        choices(choice).into_iter().flatten().for_each(&mut take);
    }
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn codes() -> String {
    let mut page = "# Codes of mistakes and findings\n\nA code stands in brackets behind `error`, `warning` or `note`. Most are of mistakes in files, which `updraft check` finds; those below “Set-up” are of what `updraft doctor` finds. `updraft explain CODE` says the same as this page.\n".to_owned();
    let topics: Vec<Topic> = Topic::all().collect();
    for group in topics.chunk_by(|one, next| one.group == next.group) {
        page += &format!("\n## {}\n", group[0].group);
        page += &group.iter().map(code_chapter).collect::<String>();
    }
    page
}

fn code_chapter(topic: &Topic) -> String {
    let explanation = &topic.explanation;
    let mut chapter = format!("\n### `{}`\n\n{}\n", topic.code, topic.meaning);
    let mut in_list = false;
    for paragraph in &explanation.paragraphs {
        let is_item = paragraph.starts_with("* ");
        if !(is_item && in_list) {
            chapter += "\n";
        }
        in_list = is_item;
        chapter += &format!("{paragraph}\n");
    }
    chapter += &example("Before", &explanation.before);
    chapter + &example("After", &explanation.after)
}

fn example(title: &str, files: &[ExampleFile<'_>]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let mut words = format!("\n**{title}**\n");
    for file in files {
        let note = file
            .note
            .map(|note| format!(" ({note})"))
            .unwrap_or_default();
        words += &format!("\n`{}`{note}\n", file.path);
        if file.text.is_empty() {
            continue;
        }
        let fence = match file.text.contains("```") {
            true => "````",
            false => "```",
        };
        let language = file.path.rsplit('.').next().unwrap_or_default();
        let language = language.replace("md", "markdown");
        words += &format!("\n{fence}{language}\n{}{fence}\n", file.text);
    }
    words
}

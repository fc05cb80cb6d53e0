//! Hand-written YAML with the place of every key and value, so that all mistakes can be named.

mod fields;
mod syntax;

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{MergeKeyPolicy, Spanned};

pub use fields::Fields;

use crate::diagnostic::{Code, Diagnostic, Span};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What stands there.
    pub value: Value,
    /// Bytes of the file.
    pub span: Span,
}

impl Node {
    /// The value of a mapping's key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Value::Mapping(entries) = &self.value else {
            return None;
        };
        let entry = entries.iter().find(|entry| entry.key == key);
        entry.map(|entry| &entry.node.value)
    }

    /// Where a mapping's key stands.
    pub fn key_span(&self, key: &str) -> Option<Span> {
        let Value::Mapping(entries) = &self.value else {
            return None;
        };
        let entry = entries.iter().find(|entry| entry.key == key);
        entry.map(|entry| entry.key_span.clone())
    }
}

/// A YAML value, as far as updraft's files need one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`; `yes` and `no` are text.
    Bool(bool),
    /// A number, as text.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values, in the file's order.
    Mapping(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands, in bytes of the file.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

impl Value {
    /// The value in one way of writing it, whatever its author's: what two files mean alike is
    /// written alike. A stable format: hashes are made of it.
    pub fn canonical(&self) -> String {
        match self {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(digits) => digits.clone(),
            Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Value::Sequence(items) => {
                let items: Vec<_> = items.iter().map(|item| item.value.canonical()).collect();
                format!("[{}]", items.join(","))
            }
            Value::Mapping(entries) => {
                let written =
                    |entry: &Entry| format!("{}:{}", entry.key, entry.node.value.canonical());
                format!(
                    "{{{}}}",
                    entries.iter().map(written).collect::<Vec<_>>().join(",")
                )
            }
        }
    }

    /// What a reader would call it: "text", "a list", ….
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}

/// Reads the YAML `source[range]`; spans count from the start of `source`. Nothing but comments
/// is an empty mapping.
///
/// # Errors
/// The first mistake of syntax, a key given twice, or a breached bound (nesting, aliases).
pub fn parse(source: &str, range: Span) -> Result<Node, Diagnostic> {
    let offset = range.start;
    let text = source.get(range.clone()).unwrap_or_default();
    match read(text) {
        Ok(Raw(Tree::Null, _)) => Ok(Node {
            value: Value::Mapping(Vec::new()),
            span: range,
        }),
        Ok(raw) => Ok(raw.into_node(text, offset)),
        Err(error) => Err(syntax_mistake(&error, text, offset)),
    }
}

fn read(text: &str) -> Result<Raw, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        merge_keys: MergeKeyPolicy::Error,
        // A thread of 200 parts with all that can be said of them takes a few thousand values.
        // Nothing nests deeper than four; a worker's stack does not hold the reader's own 64.
        budget: serde_saphyr::budget! { max_nodes: 50_000, max_depth: 16 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 10_000 },
    };
    serde_saphyr::from_str_with_options(text, options)
}

/// Whether `text` has no mistake of syntax.
fn is_readable(text: &str) -> bool {
    read(text).is_ok()
}

fn syntax_mistake(error: &serde_saphyr::Error, text: &str, offset: usize) -> Diagnostic {
    let error = error.without_snippet();
    let place = error
        .location()
        .map(|location| bytes_of(&location, text, offset));
    let message = error.to_string();
    let message = message.lines().next().unwrap_or_default();
    // The place is shown by the frame, and counts from the front matter's first line in the text.
    let message = message.split(" at line ").next().unwrap_or(message);
    let message = message
        .split("line ")
        .next()
        .filter(|head| !head.is_empty())
        .unwrap_or(message);
    let twice = message.strip_prefix("duplicate mapping key: ");
    if let Some(key) = twice.and_then(|rest| rest.split(", set ").next()) {
        let message = format!("the key `{key}` is given twice");
        return Diagnostic::error(Code::InvalidYaml, place, message).help("keep one of the two");
    }
    let found = syntax::explain(text, error.location().map(|at| at.line() as usize), message);
    let place = match found.place {
        Some(place) => Some(offset + place.start..offset + place.end),
        None => place,
    };
    Diagnostic::error(
        Code::InvalidYaml,
        place,
        format!("this is not valid YAML: {}", found.what),
    )
    .help(found.help)
}

fn bytes_of(location: &serde_saphyr::Location, text: &str, offset: usize) -> Span {
    let span = location.span();
    let start = span
        .byte_offset()
        .map_or_else(|| by_line(location, text), |at| at as usize);
    let start = start.min(text.len());
    let length = span.byte_len().map_or(0, |len| len as usize);
    let end = (start + length).min(text.len());
    let start = floor_boundary(text, start);
    let end = floor_boundary(text, end);
    offset + start..offset + end.max(start)
}

/// Errors of the scanner know their line and column (both from 1, in characters) only.
fn by_line(location: &serde_saphyr::Location, text: &str) -> usize {
    let skipped = location.line().saturating_sub(1) as usize;
    let line_start: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    let column = location.column().saturating_sub(1) as usize;
    let line = text.get(line_start..).unwrap_or_default();
    line_start + line.chars().take(column).map(char::len_utf8).sum::<usize>()
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// A value with the reader's idea of its place.
struct Raw(Tree, serde_saphyr::Location);

enum Tree {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Sequence(Vec<Raw>),
    Mapping(Vec<(Spanned<String>, Raw)>),
}

impl Raw {
    fn into_node(self, text: &str, offset: usize) -> Node {
        let Raw(tree, location) = self;
        let span = bytes_of(&location, text, offset);
        let value = match tree {
            Tree::Null => Value::Null,
            Tree::Bool(value) => Value::Bool(value),
            Tree::Number(value) => Value::Number(value),
            Tree::Text(value) => Value::Text(value),
            Tree::Sequence(items) => Value::Sequence(
                items
                    .into_iter()
                    .map(|item| item.into_node(text, offset))
                    .collect(),
            ),
            Tree::Mapping(entries) => Value::Mapping(
                entries
                    .into_iter()
                    .map(|(key, value)| Entry {
                        key_span: bytes_of(&key.referenced, text, offset),
                        key: key.value,
                        node: value.into_node(text, offset),
                    })
                    .collect(),
            ),
        };
        Node { value, span }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tree>::deserialize(deserializer)?;
        Ok(Raw(spanned.value, spanned.referenced))
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Tree::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Mapping(entries))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn entries(source: &str) -> Vec<Entry> {
        match parse(source, 0..source.len()).unwrap().value {
            Value::Mapping(entries) => entries,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn places_are_bytes_of_the_file() {
        let source = "---\nä: \"é\"\nb: [no, 1]\nc:\n  d: true\n---\n";
        let node = parse(source, 4..source.len() - 4).unwrap();
        let Value::Mapping(entries) = node.value else {
            panic!()
        };
        assert_eq!(&source[entries[0].key_span.clone()], "ä");
        assert_eq!(&source[entries[0].node.span.clone()], "\"é\"");
        let Value::Sequence(items) = &entries[1].node.value else {
            panic!()
        };
        assert_eq!(items[0].value, Value::Text("no".into()));
        assert_eq!(&source[items[1].span.clone()], "1");
        let Value::Mapping(inner) = &entries[2].node.value else {
            panic!()
        };
        assert_eq!(inner[0].node.value, Value::Bool(true));
    }

    #[test]
    fn nothing_and_comments_are_an_empty_mapping() {
        assert_eq!(entries(""), []);
        assert_eq!(entries("# later\n"), []);
    }

    #[test]
    fn a_key_given_twice_is_shown_where_it_stands_again() {
        let source = "a: 1\nb: 2\na: 3\n";
        let mistake = parse(source, 0..source.len()).unwrap_err();
        assert_eq!(mistake.span.unwrap().start, 10, "{}", mistake.message);
        assert_eq!(mistake.message, "the key `a` is given twice");
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (name, last) in ('b'..'j').zip('a'..) {
            bomb += &format!(
                "{name}: &{name} [{}]\n",
                vec![format!("*{last}"); 9].join(",")
            );
        }
        assert!(parse(&bomb, 0..bomb.len()).is_err());
    }

    #[test]
    fn an_unquoted_handle_is_a_mistake_with_its_place() {
        let source = "account: @alice\n";
        let mistake = parse(source, 0..source.len()).unwrap_err();
        assert_eq!(mistake.span.unwrap().start, 9, "{}", mistake.message);
    }
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod bounds_tests;

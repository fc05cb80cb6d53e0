#![allow(clippy::unwrap_used)]

use super::*;
use crate::yaml::parse;

fn fields(source: &str) -> Fields {
    Fields::new(
        parse(source, 0..source.len()).unwrap(),
        &["name", "tags", "on"],
    )
}

fn messages(fields: &Fields) -> Vec<&str> {
    fields
        .mistakes
        .iter()
        .map(|mistake| mistake.message.as_str())
        .collect()
}

#[test]
fn a_value_is_taken_once() {
    let mut fields = fields("name: a\n");
    assert_eq!(fields.text("name", "x"), Some(("a".into(), 6..7)));
    assert_eq!(fields.text("name", "x"), None);
    assert_eq!(messages(&fields), [""; 0]);
}

#[test]
fn a_number_counts_as_text_and_a_single_text_as_a_list() {
    let mut fields = fields("name: 12\ntags: a\n");
    assert_eq!(fields.text("name", "x").unwrap().0, "12");
    assert_eq!(
        fields.texts("tags", "[a]"),
        Some(vec![("a".into(), 15..16)])
    );
}

#[test]
fn an_unknown_key_is_guessed_or_the_keys_are_listed() {
    let fields = fields("nmae: a\nzzz: b\n");
    assert_eq!(
        messages(&fields),
        ["there is no key `nmae`", "there is no key `zzz`"]
    );
    let helps: Vec<_> = fields
        .mistakes
        .iter()
        .map(|mistake| mistake.help.as_deref().unwrap())
        .collect();
    assert_eq!(
        helps,
        ["did you mean `name`?", "the keys are `name`, `tags`, `on`"]
    );
    assert!(fields.misspells("name") && !fields.misspells("tags"));
}

#[test]
fn what_is_no_mapping_is_a_mistake() {
    assert_eq!(
        messages(&fields("- a\n")),
        ["here stands a list, where keys are expected"]
    );
    assert_eq!(
        messages(&fields("words\n")),
        ["here stands text, where keys are expected"]
    );
}

#[test]
fn each_item_of_a_wrong_kind_is_named() {
    let mut fields = fields("tags: [a, 1, true, b]\non: off\n");
    assert_eq!(fields.texts("tags", "[a]").unwrap().len(), 2);
    assert_eq!(fields.boolean("on"), None);
    assert_eq!(
        messages(&fields),
        [
            "`tags` does not take a number",
            "`tags` does not take true or false",
            "`on` is true or false, not text",
        ]
    );
    assert_eq!(fields.mistakes[2].help.as_deref(), Some("write `false`"));
}

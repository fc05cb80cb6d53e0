#![allow(clippy::unwrap_used)]

use super::*;

fn read_matter(matter: &str) -> (FrontMatter, Vec<String>) {
    let source = format!("---\n{matter}---\nHello\n");
    let document = Document::parse("a.md", source.clone().into_bytes()).unwrap();
    let (front_matter, mistakes) = read(&document);
    let shown = mistakes.into_iter().map(|mistake| {
        let at = mistake.span.map_or("", |span| &source[span]).to_owned();
        format!("{at}: {}", mistake.message)
    });
    (front_matter, shown.collect())
}

#[test]
fn nothing_is_a_draft_with_the_defaults() {
    let (front_matter, mistakes) = read_matter("# later\n");
    assert_eq!(mistakes, [""; 0]);
    assert_eq!(front_matter, FrontMatter::default());
}

#[test]
fn every_key_is_read() {
    let (front_matter, mistakes) = read_matter(
        "publish_at: \"2026-12-01T09:00:00-05:00\"\ntimezone: Asia/Tokyo\naccount: main\nlangs: pt-BR\nhold: true\n\
         repeat: true\nsplit: auto\nnumbering: \"({n}/{total})\"\n",
    );
    assert_eq!(mistakes, [""; 0]);
    let due = due(&front_matter, None).unwrap().unwrap();
    assert_eq!(due.to_rfc3339(), "2026-12-01T14:00:00+00:00");
    assert_eq!(front_matter.timezone, Some(Tz::Asia__Tokyo));
    assert_eq!(front_matter.account.unwrap().0, "main");
    assert_eq!(front_matter.langs.unwrap(), ["pt-BR"]);
    assert!(front_matter.hold && front_matter.repeat && front_matter.split);
    assert_eq!(front_matter.numbering.unwrap().label(2, 3), "(2/3)");
}

#[test]
fn the_files_zone_goes_before_the_repositorys() {
    let (front_matter, _) = read_matter("publish_at: 2026-12-01 09:00\ntimezone: Asia/Tokyo\n");
    let at = due(&front_matter, Some(Tz::Europe__Berlin))
        .unwrap()
        .unwrap();
    assert_eq!(at.to_rfc3339(), "2026-12-01T00:00:00+00:00");
}

#[test]
fn langs_are_language_tags_as_the_server_takes_them() {
    for good in [
        "en",
        "pt-BR",
        "zh-Hant",
        "zh-Hant-TW",
        "gsw",
        "sr-Latn",
        "es-419",
    ] {
        assert_eq!(
            read_matter(&format!("langs: [{good}]\n")).1,
            [""; 0],
            "{good}"
        );
    }
    for bad in [
        "EN", "english", "e", "en_US", "en-", "\"\"", "en-x", "-", "é", "\"en \"",
    ] {
        assert_eq!(
            read_matter(&format!("langs: [{bad}]\n")).1.len(),
            1,
            "{bad}"
        );
    }
    assert_eq!(read_matter("langs: [en, de, fr]\n").1, [""; 0]);
    assert_eq!(
        read_matter("langs: [en, de, fr, it]\n").1,
        ["it: 4 languages; a post has at most 3"]
    );
    assert_eq!(
        read_matter("langs: no\n").1,
        [""; 0],
        "Norwegian is a language"
    );
}

#[test]
fn values_of_the_wrong_kind_are_named() {
    assert_eq!(
        read_matter("account: [main]\nhold: 1\nlangs: {en: 1}\nsplit: true\npublish_at: 2026\n").1,
        [
            "[: `account` does not take a list",
            "1: `hold` is true or false, not a number",
            "{: `langs` does not take a mapping",
            "true: `split` does not take true or false",
            "2026: `2026` is no time that updraft reads",
        ]
    );
}

#[test]
fn text_behind_a_hash_is_a_comment_and_an_empty_value_says_so() {
    let (_, mistakes) = read_matter("account: #main\n");
    assert_eq!(mistakes, [": `account` has no value"]);
}

#[test]
fn a_misspelt_time_leaves_the_time_unknown() {
    assert!(
        read_matter("publish_ad: 2026-12-01T09:00:00Z\n")
            .0
            .unreadable_time
    );
    assert!(
        read_matter("Publish_At: 2026-12-01T09:00:00Z\n")
            .0
            .unreadable_time
    );
    assert!(!read_matter("colour: red\n").0.unreadable_time);
}

#[test]
fn content_keys_have_one_form_however_they_are_written() {
    let one = read_matter("numbering: '{n}'\nlangs: [en, de]\n")
        .0
        .content_keys;
    let other = read_matter("langs:\n- en\n# and\n- \"de\"\nhold: true\nnumbering: \"{n}\"\n")
        .0
        .content_keys;
    assert_eq!(one, other);
    assert_ne!(one, read_matter("langs: [de, en]\n").0.content_keys);
}

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::*;

/// A sample: its name, its labels, its value.
type Sample = (String, BTreeMap<String, String>, f64);

/// A strict reader of the text format: every sample belongs to the family that was announced last.
fn parse(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n') && !text.contains("\n\n"), "{text}");
    let mut family = (String::new(), String::new());
    let mut seen = Vec::new();
    let mut samples = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(
                !help.is_empty() && !seen.contains(&name.to_owned()),
                "{line}"
            );
            seen.push(name.to_owned());
            family = (name.to_owned(), String::new());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, family.0);
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            kind.clone_into(&mut family.1);
        } else {
            let sample = sample(line);
            let suffixes: &[&str] = match family.1.as_str() {
                "histogram" => &["_bucket", "_sum", "_count"],
                _ => &[""],
            };
            let belongs = |suffix: &&str| sample.0 == format!("{}{suffix}", family.0);
            assert!(suffixes.iter().any(belongs), "{line}");
            samples.push(sample);
        }
    }
    samples
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap();
    let name = &line[..end];
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    assert!(
        name.starts_with("updraft_") && name.chars().all(is_name),
        "{line}"
    );
    let mut labels = BTreeMap::new();
    let mut rest = &line[end..];
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (label, value) = rest.split_once("=\"").unwrap();
            assert!(label.chars().all(is_name), "{line}");
            let (value, after) = quoted(value);
            assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ').unwrap().parse().unwrap();
    (name.to_owned(), labels, value)
}

fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => match chars.next().unwrap().1 {
                'n' => value.push('\n'),
                c @ ('\\' | '"') => value.push(c),
                c => panic!("\\{c} is no escape"),
            },
            c => value.push(c),
        }
    }
    panic!("no end: {text}")
}

#[test]
fn what_was_counted_can_be_read_again() {
    let account = "ada \"the\\first\"\n#2";
    let last = LastRun {
        at: Some("2026-12-01T09:00:00Z".parse().unwrap()),
        exit: 3,
        remaining_points: [(account.to_owned(), 4_997)].into(),
        ..LastRun::default()
    };
    let tally = Tally {
        errors: [("auth", 2)].into(),
        published: 3,
        lateness: vec![2.5, 60.0, 100_000.0],
        ..Tally::default()
    };
    let samples = parse(&text(&[], &last, &tally));
    let value = |name: &str, label: &str, wanted: &str| {
        let found = samples.iter().find(|(found, labels, _)| {
            found == name && (label.is_empty() || labels.get(label).is_some_and(|v| v == wanted))
        });
        found.unwrap_or_else(|| panic!("no {name} {wanted}")).2
    };
    assert_eq!(
        value("updraft_rate_limit_remaining_points", "account", account),
        4_997.0
    );
    assert_eq!(value("updraft_api_errors_total", "kind", "auth"), 2.0);
    assert_eq!(value("updraft_api_errors_total", "kind", "server"), 0.0);
    assert_eq!(value("updraft_published_total", "", ""), 3.0);
    assert_eq!(value("updraft_lateness_seconds_bucket", "le", "60"), 2.0);
    assert_eq!(value("updraft_lateness_seconds_bucket", "le", "86400"), 2.0);
    assert_eq!(value("updraft_lateness_seconds_bucket", "le", "+Inf"), 3.0);
    assert_eq!(value("updraft_lateness_seconds_sum", "", ""), 100_062.5);
    assert_eq!(value("updraft_last_run_success", "", ""), 0.0);
    assert_eq!(
        value("updraft_last_run_timestamp_seconds", "", ""),
        1_796_115_600.0
    );
}

//! Shortened links show what the official app would show: its URLs are those of the web platform,
//! of which it writes host and path, a path of more than 15 units cut to 13 and three dots; the path `/` is none.

use serde_json::{Value, json};
use updraft::post::{Feature, rich_text};
use url::Url;

use crate::{official::ask, texts};

/// Links in tricky texts, as typed and as `shorten_links` shows them.
fn links() -> Vec<(String, String)> {
    let mut links = Vec::new();
    for text in texts::tricky(5, 20_000) {
        let source: String = text
            .chars()
            .map(|c| match c {
                c if c.is_ascii_punctuation() => format!("&#{};", u32::from(c)),
                c => c.to_string(),
            })
            .collect();
        for mut part in rich_text::parse(&source, 0..source.len()).0 {
            let typed = part.text.clone();
            part.shorten_links();
            for (old, new) in typed.facets().iter().zip(part.text.facets()) {
                assert_eq!(old.feature, new.feature);
                if matches!(old.feature, Feature::Link(_)) {
                    let words = &typed.text()[old.range.clone()];
                    let shown = &part.text.text()[new.range.clone()];
                    links.push((words.to_owned(), shown.to_owned()));
                }
            }
        }
    }
    links
}

#[test]
fn thousands_of_links_are_shortened_as_in_the_app() {
    let links = links();
    let questions: Vec<Value> = links
        .iter()
        .map(|(typed, _)| json!({ "address": typed }))
        .collect();
    let Some(answers) = ask(&questions) else {
        return;
    };
    let mut wrong = Vec::new();
    let mut shortened = 0;
    let mut disputed = 0;
    for ((typed, shown), answer) in links.iter().zip(answers) {
        let is_web = typed.starts_with("http") && Url::parse(typed).is_ok();
        if is_web != answer["address"].is_array() {
            // Hosts such as `xn--mnchen-`, which only one of the two libraries takes.
            disputed += 1;
            continue;
        }
        let expected = match answer["address"].as_array() {
            None => typed.clone(),
            Some(address) => {
                shortened += 1;
                let (host, path) = (address[0].as_str().unwrap(), address[1].as_str().unwrap());
                match path {
                    path if path.len() > 15 => format!("{host}{}...", &path[..13]),
                    path => format!("{host}{path}"),
                }
            }
        };
        if *shown != expected {
            wrong.push(format!(
                "{typed:?}\n  official {expected:?}\n  found    {shown:?}"
            ));
        }
    }
    let shown = &wrong[..wrong.len().min(20)];
    assert!(
        wrong.is_empty(),
        "{} of {} differ\n{}",
        wrong.len(),
        links.len(),
        shown.join("\n")
    );
    assert!(
        100 * disputed < links.len(),
        "{disputed} of {} are no URL for one of the two",
        links.len()
    );
    assert!(shortened > 3_000, "{shortened} of {}", links.len());
}

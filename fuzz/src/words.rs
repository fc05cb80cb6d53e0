//! Addresses, times and the other short texts that people write.

use chrono::DateTime;
use updraft::{
    atproto::record_key::Tid,
    post::{
        Address, Document,
        rich_text::detect::{detect, is_uri, overlong_tags, starts_with_link},
        schedule::{self, Written},
        shift::Shift,
        split::Numbering,
    },
};
use url::Url;

use super::reports;

/// Reads the bytes, and each of their lines, as every kind of word.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    address(&text);
    facets(&text);
    for line in text.lines() {
        address(line);
        time(line);
        shift(line);
        numbering(line);
        if let Ok(tid) = line.parse::<Tid>() {
            assert_eq!(tid.to_string(), line);
        }
    }
}

fn address(text: &str) {
    let Some(address) = Address::parse(text) else {
        return;
    };
    assert_eq!(Address::parse(&address.uri()).as_ref(), Some(&address));
    assert_eq!(Address::parse(&address.page()).as_ref(), Some(&address));
    assert!(Url::parse(&address.page()).is_ok());
    assert!(!address.uri().contains(char::is_whitespace), "{address:?}");
}

fn facets(text: &str) {
    let mut end = 0;
    for facet in detect(text) {
        assert!(end <= facet.range.start && facet.range.start < facet.range.end);
        assert!(text.get(facet.range.clone()).is_some());
        end = facet.range.end;
    }
    for range in overlong_tags(text) {
        assert!(text.get(range).is_some());
    }
    starts_with_link(text);
    is_uri(text);
}

fn time(text: &str) {
    let zones = text
        .split_whitespace()
        .find_map(|word| schedule::zone(word).ok());
    if let Ok(Written::Local(local)) = schedule::read(text) {
        for zone in [chrono_tz::Europe::Berlin, chrono_tz::Asia::Tokyo]
            .into_iter()
            .chain(zones)
        {
            if let Ok(moment) = schedule::resolve(local, zone) {
                assert_eq!(moment.with_timezone(&zone).naive_local(), local);
            }
        }
    }
}

fn shift(text: &str) {
    let (how_far, when) = text.split_once('|').unwrap_or((text, "2026-12-01 09:00"));
    let Ok(shift) = how_far.parse::<Shift>() else {
        return;
    };
    let file = format!("---\npublish_at: {when}\nhold: true\n---\nwords\n");
    let Ok(document) = Document::parse("posts/hostile.md", file.into_bytes()) else {
        return;
    };
    if let Ok(shifted) = shift.apply(&document, Some(chrono_tz::America::New_York)) {
        assert!(shifted.at > DateTime::UNIX_EPOCH);
        let after = Document::parse("posts/hostile.md", shifted.bytes);
        let after = after.expect("a shifted file is a post file");
        let (read, mistakes) = updraft::post::front_matter::read(&after);
        assert_eq!(mistakes, [], "{}", after.source());
        let due = updraft::post::front_matter::due(&read, Some(chrono_tz::America::New_York));
        assert_eq!(due.ok().flatten(), Some(shifted.at), "{}", after.source());
        reports::check(after.source(), &[]);
    }
}

fn numbering(text: &str) {
    if let Ok(numbering) = Numbering::parse(text) {
        for (n, total) in [(1, 2), (200, 200)] {
            assert!(!numbering.label(n, total).is_empty());
        }
    }
}

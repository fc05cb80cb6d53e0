//! The string formats of the lexicons, as strictly as the official server takes them.

use std::collections::BTreeSet;

use cid::Cid;

/// A string format (atproto.com/specs/lexicon#string-formats).
#[derive(Clone, Copy)]
pub(in crate::sandbox) enum Format {
    Any,
    AtIdentifier,
    AtUri,
    Cid,
    Datetime,
    Did,
    Handle,
    Language,
    Nsid,
    RecordKey,
    Tid,
    Uri,
}

impl Format {
    /// As a message calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Format::Any => "string",
            Format::AtIdentifier => "AT identifier",
            Format::AtUri => "at-uri",
            Format::Cid => "CID string",
            Format::Datetime => "datetime",
            Format::Did => "DID",
            Format::Handle => "handle",
            Format::Language => "language",
            Format::Nsid => "NSID",
            Format::RecordKey => "record key",
            Format::Tid => "TID string",
            Format::Uri => "uri",
        }
    }

    /// Whether `text` has this format.
    pub(in crate::sandbox) fn accepts(self, text: &str) -> bool {
        match self {
            Format::Any => true,
            Format::AtIdentifier => is_did(text) || is_handle(text),
            Format::AtUri => is_at_uri(text),
            Format::Cid => Cid::try_from(text).is_ok(),
            Format::Datetime => is_datetime(text),
            Format::Did => is_did(text),
            Format::Handle => is_handle(text),
            Format::Language => is_language(text),
            Format::Nsid => is_nsid(text),
            Format::RecordKey => is_record_key(text),
            Format::Tid => is_tid(text),
            Format::Uri => is_uri(text),
        }
    }
}

fn is_did(text: &str) -> bool {
    let Some((method, rest)) = text.strip_prefix("did:").and_then(|t| t.split_once(':')) else {
        return false;
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:%-".contains(c);
    text.len() <= 2048
        && !method.is_empty()
        && method.chars().all(|c| c.is_ascii_lowercase())
        && !rest.is_empty()
        && rest.chars().all(allowed)
        && !rest.ends_with([':', '%'])
}

fn is_handle(text: &str) -> bool {
    let labels: Vec<_> = text.split('.').collect();
    text.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(|label| is_label(label))
        && labels
            .last()
            .is_some_and(|top| top.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_nsid(text: &str) -> bool {
    let labels: Vec<_> = text.split('.').collect();
    let letter_first = |label: &&str| label.starts_with(|c: char| c.is_ascii_alphabetic());
    text.len() <= 317
        && labels.len() >= 3
        && labels.iter().all(|label| is_label(label))
        && labels.first().is_some_and(letter_first)
        && labels
            .last()
            .is_some_and(|name| letter_first(name) && !name.contains('-'))
}

fn is_record_key(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text != "."
        && text != ".."
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_~.:-".contains(c))
}

fn is_tid(text: &str) -> bool {
    text.len() == 13
        && text.chars().all(|c| matches!(c, '2'..='7' | 'a'..='z'))
        && text.starts_with(|c| matches!(c, '2'..='7' | 'a'..='j'))
}

fn is_at_uri(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("at://") else {
        return false;
    };
    let mut parts = rest.split('/');
    let repo = parts
        .next()
        .is_some_and(|part| is_did(part) || is_handle(part));
    repo && parts.next().is_none_or(is_nsid)
        && parts.next().is_none_or(is_record_key)
        && parts.next().is_none()
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    !scheme.is_empty()
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !rest.is_empty()
        && !rest.starts_with('/')
        && !rest.contains(blank)
}

/// RFC 3339 with upper-case `T` and `Z`; days are not checked against the month, as in the
/// official server.
fn is_datetime(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else {
        return false;
    };
    let Some(zone) = rest.find(['Z', '+', '-']) else {
        return false;
    };
    let (time, zone) = rest.split_at(zone);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    text.len() <= 64
        && is_date(date)
        && numbers(time, ':', &[2, 2, 2]).is_some_and(|t| t[0] < 24 && t[1] < 60 && t[2] < 60)
        && !fraction.is_empty()
        && fraction.chars().all(|c| c.is_ascii_digit())
        && (zone == "Z" || (zone != "-00:00" && is_offset(zone)))
}

fn is_date(date: &str) -> bool {
    numbers(date, '-', &[4, 2, 2])
        .is_some_and(|d| (1..=12).contains(&d[1]) && (1..=31).contains(&d[2]))
}

fn is_offset(zone: &str) -> bool {
    zone.strip_prefix(['+', '-'])
        .and_then(|offset| numbers(offset, ':', &[2, 2]))
        .is_some_and(|o| o[0] < 24 && o[1] < 60)
}

/// The numbers of `text`, parted by `separator`, each with exactly so many digits.
fn numbers(text: &str, separator: char, widths: &[usize]) -> Option<Vec<u32>> {
    let parts: Vec<_> = text.split(separator).collect();
    let fits = parts.len() == widths.len()
        && parts
            .iter()
            .zip(widths)
            .all(|(part, width)| part.len() == *width && part.bytes().all(|b| b.is_ascii_digit()));
    if !fits {
        return None;
    }
    parts.iter().map(|part| part.parse().ok()).collect()
}

/// Grandfathered tags of BCP 47, which follow no rule.
const GRANDFATHERED: [&str; 26] = [
    "en-GB-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-BE-FR",
    "sgn-BE-NL",
    "sgn-CH-DE",
    "art-lojban",
    "cel-gaulish",
    "no-bok",
    "no-nyn",
    "zh-guoyu",
    "zh-hakka",
    "zh-min",
    "zh-min-nan",
    "zh-xiang",
];

/// BCP 47, with a primary subtag of two or three lower-case letters.
fn is_language(text: &str) -> bool {
    let subtags: Vec<_> = text.split('-').collect();
    let Some((primary, rest)) = subtags.split_first() else {
        return false;
    };
    if GRANDFATHERED.contains(&text) {
        return true;
    }
    if matches!(*primary, "x" | "X") {
        return is_private(rest);
    }
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_lowercase())
        && are_subtags(rest)
}

fn is_private(subtags: &[&str]) -> bool {
    !subtags.is_empty() && subtags.iter().all(|tag| is_alphanumeric(tag, 1..=8))
}

fn are_subtags(mut rest: &[&str]) -> bool {
    let alphabetic = |tag: &str, length: usize| tag.len() == length && is_alphabetic(tag);
    skip(&mut rest, 3, |tag| alphabetic(tag, 3));
    skip(&mut rest, 1, |tag| alphabetic(tag, 4));
    skip(&mut rest, 1, |tag| {
        alphabetic(tag, 2) || is_three_digits(tag)
    });
    let variants = skip(&mut rest, usize::MAX, |tag| {
        is_alphanumeric(tag, 5..=8)
            || (tag.len() == 4
                && is_alphanumeric(tag, 4..=4)
                && tag.starts_with(|c: char| c.is_ascii_digit()))
    });
    let mut singletons = Vec::new();
    while let Some((first, others)) = rest.split_first() {
        if matches!(*first, "x" | "X") {
            return is_private(others) && all_differ(variants) && all_differ(&singletons);
        }
        singletons.push(*first);
        rest = others;
        let members = skip(&mut rest, usize::MAX, |tag| is_alphanumeric(tag, 2..=8));
        if !is_alphanumeric(first, 1..=1) || members.is_empty() {
            return false;
        }
    }
    all_differ(variants) && all_differ(&singletons)
}

/// Takes up to `most` subtags that fit off the front of `rest`.
fn skip<'a, 'b>(
    rest: &mut &'a [&'b str],
    most: usize,
    fits: impl Fn(&str) -> bool,
) -> &'a [&'b str] {
    let count = rest.iter().take(most).take_while(|tag| fits(tag)).count();
    let (taken, left) = rest.split_at(count);
    *rest = left;
    taken
}

fn all_differ(tags: &[&str]) -> bool {
    let seen: BTreeSet<_> = tags.iter().map(|tag| tag.to_ascii_lowercase()).collect();
    seen.len() == tags.len()
}

fn is_alphabetic(tag: &str) -> bool {
    tag.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_three_digits(tag: &str) -> bool {
    tag.len() == 3 && tag.bytes().all(|b| b.is_ascii_digit())
}

fn is_alphanumeric(tag: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric())
}

//! Who may answer and quote, labels and hidden tags: in front matter and in `updraft.yml` alike.

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    diagnostic::{Span, did_you_mean},
    post::{
        Quotes, Replies, Rule, limits,
        target::{Address, Kind},
    },
    yaml::{Entry, Fields, Node, Value},
};

/// The self-labels that Bluesky knows (`com.atproto.label.defs`), less `!hide`, `!warn` and `bot`, which
/// are not for posts.
pub const LABELS: &[&str] = &[
    "porn",
    "sexual",
    "nudity",
    "graphic-media",
    "!no-unauthenticated",
];
const RULES: &[&str] = &["mentioned", "following", "followers"];
const REPLIES: &[&str] = &["everyone", "nobody", "mentioned", "following", "followers"];
const EXAMPLE: &str = "[mentioned, following]";

/// Reads `replies`: `everyone`, `nobody`, or a list of rules.
pub(crate) fn replies(fields: &mut Fields) -> Option<(Replies, Span)> {
    let Entry { node, key_span, .. } = fields.take("replies")?;
    let span = node.span.clone();
    let rules = match node.value {
        Value::Text(word) if word == "everyone" => return Some((Replies::Everyone, key_span)),
        Value::Text(word) if word == "nobody" => {
            return Some((Replies::Only(Vec::new()), key_span));
        }
        Value::Sequence(items) => items,
        value => vec![Node {
            value,
            span: node.span,
        }],
    };
    if rules.is_empty() {
        let help = "write `replies: nobody`, or remove the line to let everyone answer";
        fields.invalid(span, "this list is empty".into(), help);
        return None;
    }
    if rules.len() > limits::GATE_RULES {
        let message = format!(
            "{} rules; there are at most {}",
            rules.len(),
            limits::GATE_RULES
        );
        fields.invalid(span, message, "keep the widest of them");
        return None;
    }
    let found: Vec<Rule> = rules
        .into_iter()
        .filter_map(|node| rule(fields, node))
        .collect();
    Some((Replies::Only(found), key_span))
}

fn rule(fields: &mut Fields, Node { value, span }: Node) -> Option<Rule> {
    match value {
        Value::Text(word) => match word.as_str() {
            "mentioned" => Some(Rule::Mentioned),
            "following" => Some(Rule::Following),
            "followers" => Some(Rule::Followers),
            other => {
                let help = match did_you_mean(other, REPLIES.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!(
                        "write `everyone`, `nobody`, or some of `{}` and `list: ADDRESS`",
                        RULES.join("`, `")
                    ),
                };
                let message = match other {
                    "everyone" | "nobody" => format!("`{other}` stands alone, not in a list"),
                    other => format!("`replies` does not know `{other}`"),
                };
                fields.invalid(span, message, help);
                None
            }
        },
        Value::Mapping(_) => {
            let mut own = Fields::new(Node { value, span }, &["list"]);
            let found = own.text(
                "list",
                "https://bsky.app/profile/alice.example.com/lists/3kabc",
            );
            let rule = found.and_then(|(text, span)| list(&mut own, &text, span));
            fields.mistakes.append(&mut own.mistakes);
            rule
        }
        other => {
            let message = format!("`replies` does not take {}", other.kind());
            fields.invalid(span, message, format!("write `replies: {EXAMPLE}`"));
            None
        }
    }
}

fn list(own: &mut Fields, text: &str, span: Span) -> Option<Rule> {
    match Address::parse(text) {
        Some(address) if address.kind == Kind::List => Some(Rule::List(address)),
        _ => {
            let help = "copy the list's link on bsky.app: `list: https://bsky.app/profile/alice.example.com/lists/3kabc`";
            own.invalid(span, format!("`{text}` is no list"), help);
            None
        }
    }
}

/// Reads `quotes`: `allow` or `deny`.
pub(crate) fn quotes(fields: &mut Fields) -> Option<(Quotes, Span)> {
    let (word, span) = fields.text("quotes", "deny")?;
    match word.as_str() {
        "allow" => Some((Quotes::Allow, span)),
        "deny" => Some((Quotes::Deny, span)),
        other => {
            let help = match did_you_mean(other, ["allow", "deny"]) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write `allow` or `deny` (to quote a post, write `quote:`)".into(),
            };
            fields.invalid(span, format!("`quotes` does not take `{other}`"), help);
            None
        }
    }
}

/// Reads `labels`.
pub(crate) fn labels(fields: &mut Fields) -> Option<Vec<String>> {
    let texts = fields.texts("labels", "[nudity]")?;
    let mut labels: Vec<String> = Vec::new();
    for (label, span) in texts {
        if !LABELS.contains(&label.as_str()) {
            let help = match did_you_mean(&label, LABELS.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the labels are `{}`", LABELS.join("`, `")),
            };
            fields.invalid(span, format!("there is no label `{label}`"), help);
        } else if !labels.contains(&label) {
            labels.push(label);
        }
    }
    Some(labels)
}

/// Reads `tags`: those that are not shown in the text.
pub(super) fn tags(fields: &mut Fields) -> Vec<String> {
    let texts = fields.texts("tags", "[rust, release]").unwrap_or_default();
    if let Some((_, span)) = texts.get(limits::TAGS) {
        let message = format!("{} tags; a post has at most {}", texts.len(), limits::TAGS);
        fields.invalid(span.clone(), message, "keep those that people follow");
    }
    let mut tags: Vec<String> = Vec::new();
    for (tag, span) in texts {
        let tag = tag.trim();
        match refusal(tag) {
            Some((message, help)) => fields.invalid(span, message, help),
            None if tags.iter().any(|known| known == tag) => {}
            None => tags.push(tag.to_owned()),
        }
    }
    tags
}

fn refusal(tag: &str) -> Option<(String, String)> {
    let bare = tag.trim_start_matches(['#', '＃']);
    if bare.is_empty() {
        return Some((
            "a tag has no letters".into(),
            "write for example `tags: [rust]`".into(),
        ));
    }
    if bare != tag {
        return Some((
            format!("`{tag}` begins with `#`, which is not part of a tag"),
            format!("write `{bare}`"),
        ));
    }
    if tag.graphemes(true).count() > limits::TAG_GRAPHEMES || tag.len() > limits::TAG_BYTES {
        return Some((
            format!(
                "`{tag}` is longer than the {} characters that a tag may have",
                limits::TAG_GRAPHEMES
            ),
            "shorten it".into(),
        ));
    }
    if tag.contains(['\n', '\t']) {
        return Some((
            format!("`{}` has a line break", tag.escape_default()),
            "write one tag for each".into(),
        ));
    }
    None
}

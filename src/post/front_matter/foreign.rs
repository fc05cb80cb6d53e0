//! Front matter that another tool reads: its author is better told that than which keys there are.

use crate::{
    diagnostic::{Diagnostic, Span},
    yaml::{Entry, Node, Value},
};

/// A tool that `updraft import` knows, by keys that are none of ours.
struct Tool {
    name: &'static str,
    keys: &'static [&'static str],
    /// Whether this entry alone tells it from anything else.
    is_telling: fn(&Entry) -> bool,
}

/// It takes files whose names end in `.tweet`.
const TWEETS: &str = "twitter-together";

/// Every key of theirs.
pub(crate) const TWEET_KEYS: &[&str] = &[
    "reply",
    "retweet",
    "media",
    "schedule",
    "poll",
    "thread-delimiter",
];

const TOOLS: [Tool; 2] = [
    Tool {
        name: "galaxy-social",
        keys: &["media", "mentions", "hashtags", "images"],
        is_telling: |entry| match (entry.key.as_str(), &entry.node.value) {
            ("media", Value::Sequence(items)) => items.iter().any(is_network),
            ("mentions" | "hashtags", Value::Mapping(_)) => true,
            _ => false,
        },
    },
    Tool {
        name: TWEETS,
        keys: TWEET_KEYS,
        is_telling: |entry| match (entry.key.as_str(), &entry.node.value) {
            ("retweet" | "thread-delimiter", _) | ("poll", Value::Sequence(_)) => true,
            ("media", Value::Sequence(items)) => {
                items.iter().any(|item| item.get("file").is_some())
            }
            _ => false,
        },
    },
];

/// A tool's keys in front matter.
pub(super) struct Foreign {
    tool: &'static str,
    keys: Vec<Span>,
    /// Whether one of them is no newcomer's guess at ours.
    is_certain: bool,
}

impl Foreign {
    /// Finds the tool whose keys stand there: one that tells, or two that are enough together.
    pub(super) fn spot(root: &Node) -> Option<Self> {
        let Value::Mapping(entries) = &root.value else {
            return None;
        };
        TOOLS.iter().find_map(|tool| {
            let known = |entry: &&Entry| tool.keys.contains(&entry.key.as_str());
            let known: Vec<&Entry> = entries.iter().filter(known).collect();
            let is_certain = known.iter().any(|entry| (tool.is_telling)(entry));
            (is_certain || known.len() > 1).then(|| Self {
                tool: tool.name,
                keys: known.iter().map(|entry| entry.key_span.clone()).collect(),
                is_certain,
            })
        })
    }

    /// What to do, instead of what there is; beside it, where the keys may be guesses.
    pub(super) fn explain(self, mistakes: &mut [Diagnostic], path: &str) {
        let (tool, how) = (self.tool, how(self.tool, path));
        let is_theirs = |mistake: &&mut Diagnostic| {
            let span = mistake.span.as_ref();
            span.is_some_and(|span| self.keys.contains(span))
        };
        for mistake in mistakes.iter_mut().filter(is_theirs) {
            let usual = mistake.help.take().filter(|_| !self.is_certain);
            mistake.help = Some(match usual {
                Some(usual) => {
                    format!("{usual} (`updraft import {tool}` makes posts of files of {tool})")
                }
                None => format!("this looks like a file of {tool}: {how}"),
            });
        }
    }
}

/// What makes a post of another tool's file that lies among ours. A name that a shell would take for
/// more is not repeated.
pub(in crate::post) fn how(tool: &str, path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let is_safe = name.chars().all(is_plain) && !name.starts_with('-');
    let import = format!("make a post of it with `updraft import {tool}");
    if tool == TWEETS && !name.to_ascii_lowercase().ends_with(".tweet") {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let stem = if is_safe { stem } else { "NAME" };
        return format!(
            "move it out of the posts folder, rename it to {stem}.tweet, and {import} {stem}.tweet`"
        );
    }
    let file = if is_safe { name } else { "FILE" };
    format!("move it out of the posts folder, and {import} {file}`")
}

/// One of the names by which galaxy-social calls where a post goes to.
fn is_network(item: &Node) -> bool {
    const NETWORKS: [&str; 5] = ["bluesky", "mastodon", "matrix", "slack", "linkedin"];
    matches!(&item.value, Value::Text(name) if NETWORKS.iter().any(|known| name.to_lowercase().starts_with(known)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::post::front_matter::KEYS;

    #[test]
    fn no_key_of_theirs_is_one_of_ours() {
        for tool in TOOLS {
            assert!(tool.keys.iter().all(|key| !KEYS.contains(key)));
        }
    }

    #[test]
    fn no_name_becomes_more_than_a_word() {
        for name in ["$(x).md", "a b.md", "-x.md", "`x`.md"] {
            let said = how("galaxy-social", &format!("posts/{name}"));
            assert!(
                said.ends_with("`updraft import galaxy-social FILE`"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_tweet_gets_the_name_that_import_takes() {
        for (name, made) in [
            ("tt.md", "tt.tweet"),
            ("a.b.md", "a.b.tweet"),
            ("$(x).md", "NAME.tweet"),
        ] {
            assert_eq!(
                how("twitter-together", &format!("posts/{name}")),
                format!(
                    "move it out of the posts folder, rename it to {made}, and make a post of it with \
                     `updraft import twitter-together {made}`"
                )
            );
        }
    }

    #[test]
    fn guesses_at_our_keys_are_no_other_tool_s() {
        let helps = |matter: &str| -> Vec<String> {
            let file = format!("---\n{matter}---\nHello\n").into_bytes();
            let document = crate::post::Document::parse("posts/a.md", file).unwrap();
            let (_, mistakes) = crate::post::front_matter::read(&document);
            mistakes.into_iter().filter_map(|one| one.help).collect()
        };
        let helped = helps("reply: https://example.com\nmedia: cat.png\n");
        assert_eq!(helped.len(), 2);
        assert!(
            helped[0].starts_with("did you mean `reply_to`? (`updraft import twitter-together`"),
            "{helped:?}"
        );
        assert!(helped[1].starts_with("the keys are "), "{helped:?}");
        for help in helps("retweet: https://example.com\nmedia: cat.png\n") {
            assert!(help.starts_with("this looks like a file of "), "{help}");
        }
    }

    #[test]
    fn a_tool_is_told_by_its_keys() {
        for (matter, tool) in [
            ("media: [bluesky-eu]\n", Some("galaxy-social")),
            (
                "media:\n  - Mastodon-eu\nmentions: {}\n",
                Some("galaxy-social"),
            ),
            ("hashtags:\n  any: [a]\n", Some("galaxy-social")),
            ("images: []\nmedia: x\n", Some("galaxy-social")),
            ("media:\n  - file: cat.png\n", Some("twitter-together")),
            ("retweet: https://example.com\n", Some("twitter-together")),
            ("poll: [a, b]\n", Some("twitter-together")),
            ("reply: x\nschedule: y\n", Some("twitter-together")),
            ("media: cat.png\n", None),
            ("hashtags: [a]\n", None),
            ("schedule: 2026-12-01\n", None),
            ("poll: yes\n", None),
            ("- media\n", None),
            ("tags: [a]\n", None),
        ] {
            let root = crate::yaml::parse(matter, 0..matter.len()).unwrap();
            let found = Foreign::spot(&root).map(|foreign| foreign.tool);
            assert_eq!(found, tool, "{matter}");
        }
    }
}

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
        name: "twitter-together",
        keys: &[
            "reply",
            "retweet",
            "media",
            "schedule",
            "poll",
            "thread-delimiter",
        ],
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
            let is_plain = known.len() > 1 || known.iter().any(|entry| (tool.is_telling)(entry));
            is_plain.then(|| Self {
                tool: tool.name,
                keys: known.iter().map(|entry| entry.key_span.clone()).collect(),
            })
        })
    }

    /// What to do, instead of what there is.
    pub(super) fn explain(self, mistakes: &mut [Diagnostic], path: &str) {
        for mistake in mistakes {
            if mistake
                .span
                .as_ref()
                .is_some_and(|span| self.keys.contains(span))
            {
                mistake.help = Some(format!(
                    "this looks like a file of {}: {}",
                    self.tool,
                    how(self.tool, path)
                ));
            }
        }
    }
}

/// What makes a post of another tool's file that lies among ours. A name that a shell would take for
/// more is not repeated.
pub(in crate::post) fn how(tool: &str, path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let is_safe = name.chars().all(is_plain) && !name.starts_with('-');
    let file = if is_safe { name } else { "FILE" };
    format!(
        "move it out of the posts folder, and make a post of it with `updraft import {tool} {file}`"
    )
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

//! The summary of a job in GitHub Actions: Markdown in which nothing of the author's or a server's is
//! more than text.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
};

use crate::{
    command::{CommandError, World, plan::when, publish::Run, standing::Entry, tell::LastRun},
    publish::Outcome,
};

/// Whole summaries of a step may hold 1 MiB; what is longer than this helps nobody.
const MOST: usize = 65_536;
/// How many posts that wait are shown.
const NEXT: usize = 5;

/// Appends it to the file that GitHub named, if it named one.
pub(super) fn append(
    (run, entries): (&Result<Run, CommandError>, &[Entry<'_>]),
    last: &LastRun,
    world: &World<'_>,
) -> Result<(), String> {
    let path = (world.env)("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    let Some(path) = path else {
        return Ok(());
    };
    let outcomes = run.as_ref().map_or(&[][..], |run| &run.outcomes);
    let text = markdown((outcomes, entries), last);
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        // A step that runs often must not fill the file: GitHub shows none of it then.
        if file.metadata()?.len() + text.len() as u64 <= 1_000_000 {
            file.write_all(text.as_bytes())?;
        }
        Ok(())
    };
    write().map_err(|error| format!("the summary of the job can't be written: {error}"))
}

fn markdown((outcomes, entries): (&[Outcome], &[Entry<'_>]), last: &LastRun) -> String {
    let mut lines = vec!["### updraft".to_owned(), String::new()];
    if let Some(error) = &last.error {
        lines.push(format!("- ❌ {}", text(error)));
    }
    lines.extend(
        outcomes
            .iter()
            .filter(|outcome| outcome.receipt().is_some())
            .map(result),
    );
    let due = entries
        .iter()
        .filter(|entry| entry.state == "due" || entry.is_to_be_retracted());
    lines.extend(due.map(|entry| {
        let reason = entry.reason.as_deref().unwrap_or_default();
        format!("- ❌ {}: {}", code(entry.item.path()), text(reason))
    }));
    let waits: Vec<&Entry<'_>> = entries
        .iter()
        .filter(|entry| entry.state == "waiting")
        .collect();
    if lines.len() == 2 {
        lines.push("Nothing was due.".to_owned());
    }
    if !waits.is_empty() {
        lines.extend([
            String::new(),
            format!("Next of {}:", waits.len()),
            String::new(),
        ]);
    }
    lines.extend(waits.iter().take(NEXT).map(|entry| {
        let zone = entry.item.zone();
        let due = entry.item.due();
        let due = due.map(|due| when(due, zone, last.at.unwrap_or_default()));
        format!("- {}: {}", code(entry.item.path()), due.unwrap_or_default())
    }));
    cut(&lines)
}

fn result(outcome: &Outcome) -> String {
    let block = outcome.receipt().map(|receipt| &receipt.block);
    let path = code(outcome.path());
    let reason = block
        .and_then(|block| block.reason.as_deref())
        .unwrap_or_default();
    let url = block.and_then(|block| block.url.as_deref());
    match outcome {
        Outcome::Missed { .. } => format!("- ❌ {path} was missed: {}", text(reason)),
        Outcome::Failed { .. } => format!("- ❌ {path} failed: {}", text(reason)),
        Outcome::Retracted { .. } => format!("- ✅ {path} was retracted"),
        Outcome::TakenOver { .. } => format!("- ✅ {path} was out already{}", link(url)),
        _ => format!("- ✅ {path} was published{}", link(url)),
    }
}

/// Only addresses of bsky.app that need no escaping become links.
fn link(url: Option<&str>) -> String {
    let is_plain = |url: &&str| {
        url.starts_with("https://bsky.app/")
            && url
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b":/.-_~".contains(&b))
    };
    url.filter(is_plain)
        .map(|url| format!(": <{url}>"))
        .unwrap_or_default()
}

/// As many lines as there is room for.
fn cut(lines: &[String]) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        if text.len() + line.len() + 100 > MOST {
            text += &format!("\n… and {} lines more: see the log\n", lines.len() - at);
            break;
        }
        text += line;
        text.push('\n');
    }
    text + "\n"
}

/// Text in which nothing is Markdown, HTML, a mention, an issue or an address that GitHub links.
fn text(words: &str) -> String {
    let words: String = words.chars().take(1_000).collect();
    let escaped = words.chars().map(|c| match c {
        '\n' | '\r' => " ".to_owned(),
        _ if c.is_ascii_punctuation() && !matches!(c, ',' | ';' | '\'' | '-' | '/' | '.') => {
            format!("&#{};", u32::from(c))
        }
        _ if c.is_control() => "\u{fffd}".to_owned(),
        _ => c.to_string(),
    });
    let escaped: String = escaped.collect();
    // An empty comment breaks what GitHub would link: mentions, `www.`, and `GH-1`.
    escaped
        .replace("&#64;", "&#64;<!-- -->")
        .replace("&#35;", "&#35;<!-- -->")
        .replace("www.", "www<!-- -->.")
        .replace("GH-", "GH<!-- -->-")
}

/// A path as code, with HTML in place of backticks, which paths may hold.
fn code(path: &str) -> String {
    format!("<code>{}</code>", text(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_text() {
        let shown =
            text("<b>@ada fixed #77, GH-3 **now** `x` [a](www.b.c) https://e.com | &amp;\n# no");
        for mark in [
            "<b>", "@", "#77", "GH-3", "*", "`", "[", "](", "www.b", "https:", "|", "&amp;", "\n",
        ] {
            assert!(!shown.contains(mark), "{mark:?}: {shown}");
        }
        assert!(shown.contains("&#64;<!-- -->ada"), "{shown}");
    }

    #[test]
    fn only_plain_pages_become_links() {
        assert_eq!(
            link(Some("https://bsky.app/profile/did:plc:x/post/3k")),
            ": <https://bsky.app/profile/did:plc:x/post/3k>"
        );
        assert_eq!(link(Some("https://bsky.app/><script>")), "");
        assert_eq!(link(Some("https://evil.example/")), "");
    }

    #[test]
    fn a_long_summary_is_cut_between_lines() {
        let lines = vec!["x".repeat(999); 1_000];
        let shown = cut(&lines);
        assert!(shown.len() <= MOST, "{}", shown.len());
        assert!(shown.contains("lines more: see the log"));
    }
}

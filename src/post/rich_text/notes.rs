//! What an author is told about Markdown that Bluesky shows differently, or not at all.

use crate::diagnostic::{Code, Diagnostic, Span};

/// The schemes that a link may have.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Formatting that becomes plain text: one warning a file.
#[derive(Default)]
pub(super) struct LostFormatting {
    kinds: Vec<&'static str>,
    first: Option<Span>,
}

impl LostFormatting {
    pub(super) fn note(&mut self, kind: &'static str, span: &Span) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        self.first.get_or_insert_with(|| span.clone());
    }

    pub(super) fn into_diagnostic(self) -> Option<Diagnostic> {
        let message = format!(
            "Bluesky shows no formatting: only the words are left of {}",
            listed(&self.kinds)
        );
        let warning = Diagnostic::warning(Code::LostFormatting, self.first?, message);
        Some(
            warning.help(
                "make sure that the words read well without it: `updraft preview` shows them",
            ),
        )
    }
}

fn listed(kinds: &[&str]) -> String {
    match kinds {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => kinds.concat(),
    }
}

pub(super) fn unsupported(what: &str, span: Span, help: &str) -> Diagnostic {
    Diagnostic::error(
        Code::UnsupportedMarkdown,
        span,
        format!("Bluesky can't show {what}"),
    )
    .help(help)
}

pub(super) fn html(raw: &str, span: Span) -> Diagnostic {
    let raw = raw.trim();
    if raw.starts_with("<!--") && !raw.contains("-->") {
        return unsupported("HTML", span, "end the comment with `-->`");
    }
    if raw.starts_with("<!--") {
        return unsupported(
            "what stands on the comment's last line",
            span,
            "put the text behind `-->` on a line of its own",
        );
    }
    unsupported(
        "HTML",
        span,
        "remove the tag, or write `\\<` where you mean the sign itself",
    )
}

/// Whether a piece of HTML is comments alone, which no reader of Markdown sees.
pub(super) fn is_comment(html: &str) -> bool {
    let mut rest = html.trim();
    while let Some((_, behind)) = rest
        .strip_prefix("<!--")
        .and_then(|comment| comment.split_once("-->"))
    {
        rest = behind.trim_start();
        if rest.is_empty() {
            return true;
        }
    }
    false
}

pub(super) fn setext_heading(underline: &str, span: Span) -> Diagnostic {
    let (mark, help) = if underline.trim_start().starts_with('=') {
        ("=", "remove this line, or write `\\=` for its first sign")
    } else {
        (
            "-",
            "put a blank line before it to begin the next post of the thread",
        )
    };
    let message = format!("this line of `{mark}` makes a heading of the text directly above it");
    Diagnostic::error(Code::SetextHeading, span, message).help(help)
}

/// Why a link's address can't be used.
pub(super) fn check_link(url: &str, span: Span) -> Option<Diagnostic> {
    let help = match url::Url::parse(url) {
        Ok(parsed) if !SCHEMES.contains(&parsed.scheme()) => {
            format!("use an address that begins with {}", schemes())
        }
        Ok(_) if super::detect::is_uri(url) => return None,
        Ok(_) if url.contains(char::is_whitespace) => "write `%20` for each space".to_owned(),
        Ok(_) => "write the whole address".to_owned(),
        Err(_) if !url.is_empty() && super::detect::starts_with_link(url) => {
            format!("write `https://{url}`")
        }
        Err(_) => "write the whole address, beginning with `https://`".to_owned(),
    };
    let message = if url.is_empty() {
        "this link has no address".to_owned()
    } else {
        format!("`{url}` is no absolute address")
    };
    Some(Diagnostic::error(Code::InvalidLink, span, message).help(help))
}

fn schemes() -> String {
    SCHEMES.map(|scheme| format!("`{scheme}:`")).join(", ")
}

pub(super) fn empty_part(number: usize, is_alone: bool, span: Span) -> Diagnostic {
    let (message, help) = if is_alone {
        (
            "the post is empty".to_owned(),
            "write something below the front matter",
        )
    } else {
        (
            format!("part {number} of the thread is empty"),
            "write something, or remove one `---`",
        )
    };
    Diagnostic::error(Code::EmptyPost, span, message).help(help)
}

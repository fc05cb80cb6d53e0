//! What an author is told about Markdown that Bluesky shows differently, or not at all.

use crate::diagnostic::{Code, Diagnostic, Span};

/// The schemes that a link may have.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// How many lines a diagnostic names beside its own.
const NAMED_LINES: usize = 5;

/// What Bluesky can't show, or not as it was written: each kind is named once a file, at its first
/// place, with the lines of the others.
#[derive(Default)]
pub(super) struct Unshown(Vec<(Diagnostic, Vec<Span>)>);

impl Unshown {
    /// Formatting of which the words are left.
    pub(super) fn lost(&mut self, kind: &str, span: &Span) {
        let message = format!("Bluesky can't show {kind}: only the words are left");
        let warning = Diagnostic::warning(Code::LostFormatting, span.clone(), message);
        let help = "make sure that the words read well without it: `updraft preview` shows them";
        self.note(warning.help(help));
    }

    /// The title of a link or a picture, which appears on other sites under the mouse.
    pub(super) fn title(&mut self, title: &str, span: &Span) {
        if !title.is_empty() {
            let message = "Bluesky can't show titles of links and pictures: they are left out";
            let warning = Diagnostic::warning(Code::LostFormatting, span.clone(), message);
            self.note(warning.help("write it into the text, or into the picture's description"));
        }
    }

    pub(super) fn note(&mut self, diagnostic: Diagnostic) {
        let same = |(first, _): &&mut (Diagnostic, Vec<Span>)| {
            first.message == diagnostic.message && first.help == diagnostic.help
        };
        match self.0.iter_mut().find(same) {
            Some((_, others)) => others.extend(diagnostic.span),
            None => self.0.push((diagnostic, Vec::new())),
        }
    }

    /// How many errors there are, each place counted.
    pub(super) fn errors(&self) -> usize {
        let errors = self.0.iter().filter(|(first, _)| first.is_error());
        errors.map(|(_, others)| 1 + others.len()).sum()
    }

    pub(super) fn into_diagnostics(self, source: &str) -> impl Iterator<Item = Diagnostic> {
        self.0.into_iter().map(|(mut first, others)| {
            if !others.is_empty() {
                first.message.push_str(&also(source, &others));
            }
            first
        })
    }
}

/// The other places of a kind: how many, and on which lines.
fn also(source: &str, others: &[Span]) -> String {
    let line = |span: &Span| 1 + source[..span.start].matches('\n').count();
    let mut lines: Vec<String> = others.iter().map(|span| line(span).to_string()).collect();
    lines.dedup();
    let places = match others.len() {
        1 => "1 more place".to_owned(),
        more => format!("{more} more places"),
    };
    let listed = match lines.as_slice() {
        [line] => format!("line {line}"),
        [all @ .., last] if lines.len() <= NAMED_LINES => {
            format!("lines {} and {last}", all.join(", "))
        }
        lines => format!("lines {} …", lines[..NAMED_LINES].join(", ")),
    };
    format!(", here and in {places} ({listed})")
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

/// A line of text that CommonMark takes for the address of a link.
pub(super) fn unused_address(span: Span) -> Diagnostic {
    let message = "this is the address of a link that isn't there: it is left out";
    Diagnostic::warning(Code::LostFormatting, span, message)
        .help("name it in a link, `[words][label]`, or write `\\[` for the sign itself")
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

//! Frames for people, as rustc draws them.

use annotate_snippets::{
    AnnotationKind, Element, Level, Origin, Renderer, Snippet, renderer::DEFAULT_ERROR_STYLE,
};

use super::{
    lines::Lines,
    text::{sanitize, sanitize_line},
};
use crate::diagnostic::{Diagnostic, FileDiagnostics, Severity, Span};

/// A place that lies further inside its line, in bytes, is named but not shown: each frame would
/// cost as much as the line is long.
const FAR: usize = 4_000;
/// What is shown of a line inside and behind the place that is meant, in characters; what is before
/// it the frame cuts.
const INSIDE: usize = 120;
const BEHIND: usize = 80;

/// How frames are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether to write colours, as ANSI escape sequences.
    pub color: bool,
    /// The terminal's width in columns.
    pub width: usize,
}

impl Default for Options {
    /// For a file or a pipe.
    fn default() -> Self {
        Self {
            color: false,
            width: 140,
        }
    }
}

/// Something that is said of no text: of a set-up, for example.
#[derive(Clone, Copy, Debug)]
pub struct Remark<'a> {
    /// How much it weighs; `None` for a note.
    pub severity: Option<Severity>,
    /// What stands in brackets.
    pub code: &'a str,
    /// A file, with line and column where they are known.
    pub place: Option<&'a str>,
    /// What is so.
    pub what: &'a str,
    /// What to do.
    pub help: &'a str,
}

/// A remark as a frame without an excerpt, with an empty line behind it.
pub fn remark(remark: Remark<'_>, options: Options) -> String {
    let level = match remark.severity {
        Some(severity) => level(severity),
        None => Level::NOTE,
    };
    let place = remark.place.map(|place| Origin::path(sanitize_line(place)));
    let elements = place.into_iter().map(Element::from);
    let help = Level::HELP.message(sanitize_line(remark.help));
    let title = level
        .primary_title(sanitize_line(remark.what))
        .id(remark.code);
    let elements = elements.chain([help.into()]);
    let frame = renderer(options).render(&[title.elements(elements)]);
    behind_margin(&frame) + "\n\n"
}

/// `error: ` before what kept a command from its work, in the colour of the frames.
pub fn error_mark(color: bool) -> String {
    match color {
        true => format!("{DEFAULT_ERROR_STYLE}error{DEFAULT_ERROR_STYLE:#}: "),
        false => "error: ".to_owned(),
    }
}

/// A frame for each mistake, with an empty line behind it; nothing for faultless files.
///
/// Text of the files is made harmless first: apart from the colours that were asked for, the
/// result holds no control character but `\n`.
pub fn human(files: &[FileDiagnostics], options: Options) -> String {
    let renderer = renderer(options);
    let mut out = String::new();
    for file in files {
        let lines = Lines::new(&file.text);
        for diagnostic in &file.diagnostics {
            out.push_str(&frame(&renderer, file, &lines, diagnostic));
            out.push_str("\n\n");
        }
    }
    out
}

fn renderer(options: Options) -> Renderer {
    let renderer = match options.color {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    renderer.term_width(options.width.max(40))
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

fn frame(
    renderer: &Renderer,
    file: &FileDiagnostics,
    lines: &Lines,
    diagnostic: &Diagnostic,
) -> String {
    let title = level(diagnostic.severity)
        .primary_title(sanitize(&diagnostic.message))
        .id(diagnostic.code.as_str());
    let mut elements = place(file, lines, diagnostic);
    let bare = !matches!(elements.first(), Some(Element::Cause(_)));
    if let Some(help) = &diagnostic.help {
        // Frames show tabs as spaces, and so does what stands below them.
        let help = sanitize(help).replace('\t', " ");
        elements.push(Level::HELP.message(help).into());
    }
    let frame = renderer.render(&[title.elements(elements)]);
    if bare { behind_margin(&frame) } else { frame }
}

/// Without a line number the arrow would stand at the margin.
fn behind_margin(frame: &str) -> String {
    frame.replace('\n', "\n ")
}

fn place<'a>(
    file: &'a FileDiagnostics,
    lines: &Lines,
    diagnostic: &'a Diagnostic,
) -> Vec<Element<'a>> {
    let path = sanitize_line(&file.path);
    let Some(span) = diagnostic.span.as_ref().filter(|_| !file.text.is_empty()) else {
        return vec![Origin::path(path).into()];
    };
    let excerpt = excerpt(&file.text, lines, span);
    if excerpt.marked.start <= FAR {
        return vec![excerpt.snippet(diagnostic).path(path).into()];
    }
    let at = lines.position(span.start);
    let origin = Origin::path(path).line(at.line).char_column(at.column);
    let label = diagnostic.label.as_deref().map(sanitize);
    let label = label.map(|label| Level::NOTE.message(label).into());
    std::iter::once(origin.into()).chain(label).collect()
}

/// The line that is shown, cut to what fits a screen.
struct Excerpt {
    line: usize,
    source: String,
    marked: Span,
}

impl Excerpt {
    fn snippet(self, diagnostic: &Diagnostic) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let label = diagnostic.label.as_deref().map(sanitize_line);
        Snippet::source(self.source)
            .line_start(self.line)
            .annotation(AnnotationKind::Primary.span(self.marked).label(label))
    }
}

/// The first line of `span`: a longer frame says no more about where to look.
fn excerpt(text: &str, lines: &Lines, span: &Span) -> Excerpt {
    let line = lines.position(span.start).line;
    let content = lines.content(line);
    let place = |offset: usize| {
        text.floor_char_boundary(offset)
            .clamp(content.start, content.end)
    };
    let start = place(span.start);
    let end = place(span.end).max(start);
    let part = |range: Span| text.get(range).unwrap_or_default();
    let before = shown(part(content.start..start).to_owned());
    let inside = shown(first(part(start..end), INSIDE));
    let behind = shown(first(part(end..content.end), BEHIND));
    Excerpt {
        line,
        marked: before.len()..before.len() + inside.len(),
        source: [before, inside, behind].concat(),
    }
}

/// Tabs stay, as the frame widens them.
fn shown(text: String) -> String {
    sanitize_line(&text).replace('␉', "\t")
}

fn first(text: &str, count: usize) -> String {
    match text.char_indices().nth(count) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

//! Annotations for GitHub Actions: the workflow command `::error file=…::message`.
//!
//! Source: "Workflow commands for GitHub Actions" and the escaping of `actions/toolkit`
//! (`packages/core/src/command.ts`). GitHub shows the first ten of each level a step.

use super::{
    lines::Lines,
    text::{sanitize, sanitize_line},
};
use crate::diagnostic::{Diagnostic, FileDiagnostics};

/// One line for each mistake.
///
/// Columns are given where the place is within one line, as GitHub takes them only there. Foreign
/// text can't begin a command of its own, as its line breaks are escaped.
pub fn github(files: &[FileDiagnostics]) -> String {
    let mut out = String::new();
    for file in files {
        let lines = Lines::new(&file.text);
        for diagnostic in &file.diagnostics {
            out.push_str(&command(file, &lines, diagnostic));
            out.push('\n');
        }
    }
    out
}

/// One annotation of a whole file; `level` is `error`, `warning` or `notice`.
pub fn annotation(level: &str, path: &str, message: &str) -> String {
    format!(
        "::{level} file={}::{}",
        property(&sanitize_line(path)),
        data(&sanitize(message))
    )
}

/// One annotation of the run as a whole.
pub fn annotation_of_run(level: &str, message: &str) -> String {
    format!("::{level}::{}", data(&sanitize(message)))
}

fn command(file: &FileDiagnostics, lines: &Lines, diagnostic: &Diagnostic) -> String {
    let place = match &diagnostic.span {
        Some(span) if !file.text.is_empty() => {
            let place = lines.range(span);
            let (start, end) = (place.start, place.end);
            let mut text = format!(",line={},endLine={}", start.line, end.line);
            if start.line == end.line {
                text += &format!(",col={},endColumn={}", start.column, end.column);
            }
            text
        }
        _ => String::new(),
    };
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    format!(
        "::{} file={}{place},title={}::{}",
        diagnostic.severity,
        property(&sanitize_line(&file.path)),
        property(diagnostic.code.as_str()),
        data(&sanitize(&message)),
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

//! Diagnostics for programs.

use serde::Serialize;

use super::{lines::Lines, text::is_hostile};
use crate::diagnostic::{Diagnostic, FileDiagnostics};

/// One mistake. Absent values are `null`; `line` and what follows it are `null` together, for a
/// mistake of the file as a whole.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    path: &'a str,
    code: &'static str,
    severity: String,
    message: &'a str,
    label: Option<&'a str>,
    help: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    byte_start: Option<usize>,
    byte_end: Option<usize>,
}

/// A JSON array with an object for each mistake, in the order of files and places.
///
/// | key | value |
/// |---|---|
/// | `path` | the file, relative to the repository's root, with `/` between the folders |
/// | `code` | the kind of mistake: a [`Code`](crate::diagnostic::Code) as printed |
/// | `severity` | `error` or `warning` |
/// | `message` | what was found |
/// | `label` | a few words for the place itself, or `null` |
/// | `help` | what to do, or `null` |
/// | `line`, `column` | where it begins, from 1; columns count characters, a byte order mark is none |
/// | `endLine`, `endColumn` | the place behind its last character |
/// | `byteStart`, `byteEnd` | the same as offsets from 0 into the file's bytes; the end is exclusive |
///
/// Places are `null` for the file as a whole and where the text can't be shown. Control characters
/// and bidirectional overrides are escaped, so that the result is safe in a terminal.
pub fn json(files: &[FileDiagnostics]) -> String {
    let mut entries = Vec::new();
    for file in files {
        let lines = Lines::new(&file.text);
        let of_file = file.diagnostics.iter();
        entries.extend(of_file.map(|diagnostic| entry(file, &lines, diagnostic)));
    }
    let text =
        serde_json::to_string_pretty(&entries).expect("entries hold strings and numbers only");
    escaped(&text) + "\n"
}

fn entry<'a>(file: &'a FileDiagnostics, lines: &Lines, diagnostic: &'a Diagnostic) -> Entry<'a> {
    let span = diagnostic.span.as_ref().filter(|_| !file.text.is_empty());
    let place = span.map(|span| lines.range(span));
    Entry {
        path: &file.path,
        code: diagnostic.code.as_str(),
        severity: diagnostic.severity.to_string(),
        message: &diagnostic.message,
        label: diagnostic.label.as_deref(),
        help: diagnostic.help.as_deref(),
        line: place.as_ref().map(|place| place.start.line),
        column: place.as_ref().map(|place| place.start.column),
        end_line: place.as_ref().map(|place| place.end.line),
        end_column: place.as_ref().map(|place| place.end.column),
        byte_start: span.map(|span| span.start),
        byte_end: span.map(|span| span.end),
    }
}

/// JSON that is safe to print, and means the same.
///
/// Outside of its strings, JSON has no such character but line breaks; nor `##[`, which a runner of
/// GitHub Actions takes for a command wherever it stands.
pub(crate) fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hostile(c) && c != '\n' {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            out.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out.replace("##[", "\\u0023#[")
}

//! Diagnostics as SARIF 2.1.0, which code scanning and editors read.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::{json::escaped, lines::Lines};
use crate::diagnostic::{Code, Diagnostic, FileDiagnostics};

/// What a path of a relative reference can't hold as it is (RFC 3986); a colon in its first part would
/// make a scheme of it.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// One run with a rule for each kind of mistake that was found, and a result for each mistake.
///
/// Places count lines and characters from 1; a mistake of the file as a whole has none. Paths are
/// relative to the repository's root, percent-encoded. Control characters and bidirectional overrides
/// are escaped, so that the result is safe in a terminal.
pub fn sarif(files: &[FileDiagnostics]) -> String {
    let mistakes = || files.iter().flat_map(|file| &file.diagnostics);
    let codes: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| mistakes().any(|mistake| mistake.code == *code))
        .collect();
    let results: Vec<Value> = files
        .iter()
        .flat_map(|file| {
            let lines = Lines::new(&file.text);
            let results = file.diagnostics.iter();
            let results: Vec<Value> = results
                .map(|one| result(file, &lines, (one, &codes)))
                .collect();
            results
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "updraft",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    escaped(&format!("{log:#}")) + "\n"
}

fn rule(code: Code) -> Value {
    let name = code.as_str();
    json!({
        "id": name,
        "shortDescription": { "text": code.meaning() },
        "help": { "text": format!("What this means, with an example: updraft explain {name}") },
    })
}

fn result(
    file: &FileDiagnostics,
    lines: &Lines<'_>,
    (mistake, codes): (&Diagnostic, &[Code]),
) -> Value {
    let uri = utf8_percent_encode(&file.path, NOT_IN_PATH).to_string();
    let mut place = json!({ "artifactLocation": { "uri": uri, "uriBaseId": "%SRCROOT%" } });
    if let Some(span) = mistake.span.as_ref().filter(|_| !file.text.is_empty()) {
        let range = lines.range(span);
        place["region"] = json!({
            "startLine": range.start.line,
            "startColumn": range.start.column,
            "endLine": range.end.line,
            "endColumn": range.end.column,
        });
    }
    let text = match &mistake.help {
        Some(help) => format!("{}\n{help}", mistake.message),
        None => mistake.message.clone(),
    };
    json!({
        "ruleId": mistake.code.as_str(),
        "ruleIndex": codes.iter().position(|code| *code == mistake.code),
        "level": if mistake.is_error() { "error" } else { "warning" },
        "message": { "text": text },
        "locations": [{ "physicalLocation": place }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(path: &str) -> Value {
        let text = "---\npublish_at: héllo\n---\nWords\n";
        let at = text.find("héllo").unwrap_or_default();
        let file = FileDiagnostics {
            path: path.to_owned(),
            text: text.to_owned(),
            diagnostics: vec![
                Diagnostic::error(Code::InvalidTime, at..at + 6, "\u{1b}[31m no time")
                    .help("mend it"),
                Diagnostic::warning(Code::LostFormatting, None, "lost ##[error]"),
            ],
        };
        let text = sarif(&[file]);
        assert!(!text.contains('\u{1b}') && !text.contains("##["), "{text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    #[test]
    fn each_result_names_its_rule_and_its_place() {
        let log = log("posts/a.md");
        let run = &log["runs"][0];
        let rules = &run["tool"]["driver"]["rules"];
        for result in run["results"].as_array().into_iter().flatten() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap_or(99));
            assert_eq!(rules[index.unwrap_or(99)]["id"], result["ruleId"]);
        }
        let first = &run["results"][0];
        assert_eq!(first["level"], "error");
        assert_eq!(first["message"]["text"], "\u{1b}[31m no time\nmend it");
        let place = &first["locations"][0]["physicalLocation"];
        assert_eq!(
            place["region"],
            json!({"startLine": 2, "startColumn": 13, "endLine": 2, "endColumn": 18})
        );
        let second = &run["results"][1]["locations"][0]["physicalLocation"];
        assert!(second["region"].is_null());
    }

    #[test]
    fn a_path_is_a_relative_reference() {
        for (path, uri) in [
            ("posts/a b#1.md", "posts/a%20b%231.md"),
            ("a:b/ü?.md", "a%3Ab/%C3%BC%3F.md"),
        ] {
            let log = log(path);
            let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], uri);
        }
    }
}

#![allow(clippy::unwrap_used)]

use super::*;

/// Nothing lies beside the source.
fn nothing(_: usize, _: &str) -> Result<Option<Vec<u8>>, String> {
    Ok(None)
}

/// Converts a source called `name` with nothing beside it, for the only account.
fn converted(format: Format, name: &str, bytes: &[u8]) -> Vec<Piece> {
    let source = Source {
        name,
        bytes,
        beside: &nothing,
    };
    let accounts = Accounts {
        is_single: true,
        ..Accounts::default()
    };
    convert(format, &source, &accounts)
}

/// The file of the only piece.
pub(super) fn file(format: Format, text: &str) -> String {
    let pieces = converted(format, "a", text.as_bytes());
    assert_eq!(pieces.len(), 1);
    pieces[0].outcome.as_ref().unwrap().file()
}

/// Why the only piece was refused.
pub(super) fn reason(format: Format, text: &str) -> String {
    let pieces = converted(format, "a", text.as_bytes());
    pieces[0].outcome.as_ref().unwrap_err().reason.clone()
}

#[test]
fn names_are_such_that_every_system_holds_them() {
    for (name, plain) in [
        ("2025-05-26-0.json", "2025-05-26-0"),
        ("post.json.example", "post"),
        ("Can I do this?.json", "Can-I-do-this"),
        ("..json", "post"),
        ("README.json", "README-post"),
        ("../x.json", "x"),
        ("naïve☀.json", "naïve"),
    ] {
        assert_eq!(file_name(name, ".json"), plain, "{name}");
    }
}

#[test]
fn what_is_no_text_or_too_much_is_refused() {
    for format in [
        Format::TwitterTogether,
        Format::GalaxySocial,
        Format::NodejsBluesky,
    ] {
        let pieces = converted(format, "a", b"caf\xe9");
        let refused = pieces[0].outcome.as_ref().unwrap_err();
        assert!(refused.reason.starts_with("byte 4 begins no character"));
        let huge = vec![b' '; limits::FILE_BYTES as usize + 1];
        let pieces = converted(format, "a", &huge);
        let refused = pieces[0].outcome.as_ref().unwrap_err();
        assert!(refused.reason.contains("are read"), "{}", refused.reason);
    }
}

#[test]
fn deep_nesting_ends_in_an_answer() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(reason(Format::NodejsBluesky, &deep).contains("can't be read as JSON"));
    let deep = format!(
        "---\nmedia: {}{}\n---\nx\n",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    assert!(reason(Format::GalaxySocial, &deep).contains("can't be read"));
    assert!(reason(Format::TwitterTogether, &deep).contains("can't be read"));
}

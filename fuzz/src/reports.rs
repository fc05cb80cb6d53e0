//! What people, GitHub and programs are told of a mistake.

use updraft::{
    diagnostic::{Diagnostic, FileDiagnostics},
    report::{self, Options},
};

/// Every report of these mistakes can be made, points into the text, and commands nobody.
pub(crate) fn check(text: &str, mistakes: &[Diagnostic]) {
    for mistake in mistakes {
        let Some(span) = &mistake.span else { continue };
        assert!(
            text.get(span.clone()).is_some(),
            "{mistake:?} points at no text"
        );
    }
    let file = FileDiagnostics {
        path: "posts/hostile.md".to_owned(),
        text: text.to_owned(),
        diagnostics: mistakes.to_vec(),
    };
    let files = [file];
    let options = Options {
        color: false,
        width: 100,
    };
    let human = report::human(&files, options);
    let escapes = |c: char| c.is_control() && c != '\n';
    assert!(
        !human.contains(escapes),
        "the terminal is commanded: {human:?}"
    );
    let annotations = report::github(&files);
    assert_eq!(annotations.lines().count(), mistakes.len(), "{annotations}");
    for line in annotations.lines() {
        let begins = ["::error file=", "::warning file="];
        assert!(begins.iter().any(|word| line.starts_with(word)), "{line:?}");
    }
    report::json(&files);
}

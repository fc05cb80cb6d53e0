//! Keeps passwords and tokens out of everything that is printed.

use secrecy::{ExposeSecret, SecretString};

/// The longest text of a server that is repeated to a person, in characters.
const MAX_TEXT: usize = 300;

/// Whether a password has the shape of an app password: `xxxx-xxxx-xxxx-xxxx`. An account's own
/// password works too, but gives away more than publishing needs.
pub fn looks_like_app_password(password: &SecretString) -> bool {
    let groups: Vec<&str> = password.expose_secret().split('-').collect();
    groups.len() == 4
        && groups
            .iter()
            .all(|group| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The secrets that were in play in one exchange, to be blotted out of what the server answers.
#[derive(Default)]
pub(crate) struct Redactor(Vec<SecretString>);

impl Redactor {
    pub(crate) fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        Self(secrets.into_iter().collect())
    }

    /// A server's words in one line: without secrets, without control characters (which could
    /// drive a terminal or a log), and not too long.
    pub(crate) fn clean(&self, text: &str) -> String {
        let text = self.without_secrets(text.to_owned());
        let line: Vec<&str> = text.split(|c: char| c.is_whitespace()).collect();
        let line: Vec<String> = line
            .iter()
            .filter(|word| !word.is_empty())
            .map(|word| clean_word(word))
            .collect();
        // Once more: what was taken out of a word may have kept a secret apart.
        shorten(&self.without_secrets(line.join(" ")))
    }

    fn without_secrets(&self, mut text: String) -> String {
        for secret in &self.0 {
            if !secret.expose_secret().is_empty() {
                text = text.replace(secret.expose_secret(), "***");
            }
        }
        text
    }

    /// The same, with more secrets.
    pub(crate) fn and(mut self, more: impl IntoIterator<Item = SecretString>) -> Self {
        self.0.extend(more);
        self
    }
}

/// Tokens that were never ours to know are blotted out by their shape.
fn clean_word(word: &str) -> String {
    match word.find("eyJ") {
        Some(start) if word[start..].matches('.').count() >= 2 => format!("{}***", &word[..start]),
        _ => word.chars().filter(|c| !c.is_control()).collect(),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_passwords_are_told_by_their_shape() {
        assert!(looks_like_app_password(&"abcd-ef12-gh34-ij56".into()));
        for other in [
            "",
            "hunter2",
            "abcd-ef12-gh34",
            "abcd-ef12-gh34-ij567",
            "äb-ef12-gh34-ij56",
        ] {
            assert!(!looks_like_app_password(&other.into()), "{other}");
        }
    }

    #[test]
    fn a_secret_with_something_unseen_inside_is_blotted_out() {
        let redactor = Redactor::new(["abcd-ef12".into()]);
        assert_eq!(
            redactor.clean("no abcd\u{1}-ef12, ab\u{7f}cd-ef\u{9b}12"),
            "no ***, ***"
        );
    }

    #[test]
    fn secrets_echoed_by_a_server_are_blotted_out() {
        let redactor = Redactor::new(["tok en".into(), "".into(), "pass".into()]);
        assert_eq!(
            redactor.clean("bad \"tok en\", pass; eyJhbGc.eyJzdWI.c2ln\u{1b}[31m"),
            "bad \"***\", ***; ***"
        );
    }

    #[test]
    fn a_servers_words_become_one_short_line() {
        let redactor = Redactor::default();
        assert_eq!(redactor.clean("a\n::error::b\u{7}"), "a ::error::b");
        assert_eq!(redactor.clean(&"é".repeat(400)).chars().count(), 301);
    }
}

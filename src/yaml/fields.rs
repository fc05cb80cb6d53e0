//! A closed mapping, read key by key: what is not asked for is a mistake.

use super::{Entry, Node, Value};
use crate::diagnostic::{Code, Diagnostic, Span, did_you_mean};

/// The keys of one mapping, and the mistakes found in them so far.
pub struct Fields {
    entries: Vec<Entry>,
    known: &'static [&'static str],
    /// What is wrong, in no particular order.
    pub mistakes: Vec<Diagnostic>,
}

impl Fields {
    /// The keys of `node`, of which only `known` ones are allowed.
    pub fn new(node: Node, known: &'static [&'static str]) -> Self {
        let mut fields = Self {
            entries: Vec::new(),
            known,
            mistakes: Vec::new(),
        };
        match node.value {
            Value::Mapping(entries) => fields.entries = entries,
            Value::Null => {}
            other => {
                let message = format!("here stands {}, where keys are expected", other.kind());
                fields.invalid(node.span, message, "write `key: value` lines");
            }
        }
        fields.refuse_unknown();
        fields
    }

    fn refuse_unknown(&mut self) {
        for entry in &self.entries {
            if self.known.contains(&entry.key.as_str()) {
                continue;
            }
            let message = format!("there is no key `{}`", entry.key);
            let help = match did_you_mean(&entry.key, self.known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the keys are {}", list(self.known)),
            };
            self.mistakes.push(
                Diagnostic::error(Code::UnknownKey, entry.key_span.clone(), message).help(help),
            );
        }
    }

    /// Says of unknown keys what to do, where `help` knows better than what they are nearly called.
    pub fn advise(&mut self, help: impl Fn(&str) -> Option<String>) {
        let unknown = |entry: &&Entry| !self.known.contains(&entry.key.as_str());
        for entry in self.entries.iter().filter(unknown) {
            let is_it = |mistake: &&mut Diagnostic| mistake.span == Some(entry.key_span.clone());
            if let (Some(help), Some(mistake)) =
                (help(&entry.key), self.mistakes.iter_mut().find(is_it))
            {
                mistake.help = Some(help);
            }
        }
    }

    /// The value of `key`, if it is given.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.swap_remove(at))
    }

    /// Whether an unknown key most likely stands for `key`.
    pub fn misspells(&self, key: &str) -> bool {
        let unknown = |entry: &&Entry| !self.known.contains(&entry.key.as_str());
        self.entries
            .iter()
            .filter(unknown)
            .any(|entry| did_you_mean(&entry.key, self.known.iter().copied()) == Some(key))
    }

    /// Text; a number counts as its digits.
    pub fn text(&mut self, key: &str, example: &str) -> Option<(String, Span)> {
        let Entry { node, .. } = self.take(key)?;
        match node.value {
            Value::Text(text) if !text.trim().is_empty() => Some((text, node.span)),
            Value::Number(digits) => Some((digits, node.span)),
            Value::Text(_) | Value::Null => {
                self.empty(key, node.span, example);
                None
            }
            other => {
                self.wrong_kind(key, &other, node.span, example);
                None
            }
        }
    }

    /// One of the words that a key takes; another one is a mistake that names them.
    pub fn choice<T: Copy>(&mut self, key: &str, choices: &[(&'static str, T)]) -> Option<T> {
        let (word, span) = self.text(key, choices.first()?.0)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(*value);
        }
        let names: Vec<String> = choices
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let help = match did_you_mean(&word, choices.iter().map(|(name, _)| *name)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write {}", names.join(" or ")),
        };
        self.invalid(span, format!("`{key}` does not take `{word}`"), help);
        None
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        let Entry { node, .. } = self.take(key)?;
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        let help = match &node.value {
            Value::Text(word) if matches!(word.to_lowercase().as_str(), "yes" | "on") => {
                "write `true`"
            }
            Value::Text(word) if matches!(word.to_lowercase().as_str(), "no" | "off") => {
                "write `false`"
            }
            _ => "write `true` or `false`",
        };
        let message = format!("`{key}` is true or false, not {}", node.value.kind());
        self.invalid(node.span, message, help);
        None
    }

    /// A list of texts; a single text counts as a list of one.
    pub fn texts(&mut self, key: &str, example: &str) -> Option<Vec<(String, Span)>> {
        let Entry { node, .. } = self.take(key)?;
        let items = match node.value {
            Value::Sequence(items) => items,
            value @ Value::Text(_) => vec![Node {
                value,
                span: node.span,
            }],
            other => {
                self.wrong_kind(key, &other, node.span, example);
                return None;
            }
        };
        let mut texts = Vec::new();
        for Node { value, span } in items {
            match value {
                Value::Text(text) => texts.push((text, span)),
                other => self.wrong_kind(key, &other, span, example),
            }
        }
        Some(texts)
    }

    /// Adds a mistake of the kind [`Code::InvalidValue`].
    pub fn invalid(&mut self, span: Span, message: String, help: impl Into<String>) {
        self.mistakes
            .push(Diagnostic::error(Code::InvalidValue, span, message).help(help));
    }

    fn empty(&mut self, key: &str, span: Span, example: &str) {
        // `key: #tag` is an empty value behind a comment.
        self.invalid(
            span,
            format!("`{key}` has no value"),
            format!("write `{key}: {example}`, or remove the line (text behind ` #` is a comment: quote it)"),
        );
    }

    fn wrong_kind(&mut self, key: &str, value: &Value, span: Span, example: &str) {
        let message = format!("`{key}` does not take {}", value.kind());
        self.invalid(span, message, format!("write `{key}: {example}`"));
    }
}

fn list(known: &[&str]) -> String {
    known
        .iter()
        .map(|key| format!("`{key}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests;

//! `notify:`, whom a run tells what a person should see to.

use crate::{
    diagnostic::{Code, Diagnostic, Span},
    yaml::{Entry, Fields, Node, Value},
};

/// Every key of an entry of `notify`.
pub const NOTIFY_KEYS: &[&str] = &["webhook_env", "format", "command"];

const EXAMPLE: &str = "{ webhook_env: UPDRAFT_WEBHOOK, format: slack }";

/// One way to tell somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A request to an address that only the environment knows: it is a secret.
    Webhook {
        /// The variable that holds the address.
        env: String,
        /// What is sent there.
        shape: Shape,
    },
    /// A program with its arguments, run without a shell in the repository's root.
    Command(Vec<String>),
}

/// What a webhook takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// updraft's own.
    Json,
    /// Slack's incoming webhooks.
    Slack,
    /// Discord's webhooks.
    Discord,
}

/// Reads the list; a single entry counts as a list of one.
pub(super) fn notify(fields: &mut Fields) -> Vec<Channel> {
    let Some(Entry { node, .. }) = fields.take("notify") else {
        return Vec::new();
    };
    let entries = match node.value {
        Value::Sequence(entries) => entries,
        Value::Mapping(_) => vec![node],
        other => {
            let message = format!("`notify` does not take {}", other.kind());
            fields.invalid(node.span, message, format!("write `notify: {EXAMPLE}`"));
            return Vec::new();
        }
    };
    entries
        .into_iter()
        .filter_map(|entry| channel(fields, entry))
        .collect()
}

fn channel(fields: &mut Fields, node: Node) -> Option<Channel> {
    let span = node.span.clone();
    let mut own = Fields::new(node, NOTIFY_KEYS);
    let webhook = own.text("webhook_env", "UPDRAFT_WEBHOOK");
    let is_formed = own.misspells("format");
    let shapes = [
        ("json", Shape::Json),
        ("slack", Shape::Slack),
        ("discord", Shape::Discord),
    ];
    let shape = own.choice("format", &shapes);
    let command = own.texts("command", "[notify-send, updraft]");
    let command = command.map(|words| words.into_iter().map(|(word, _)| word).collect::<Vec<_>>());
    let found = match (webhook, command) {
        (Some((env, at)), None) => variable(&mut own, &env, at).then_some(Channel::Webhook {
            env,
            shape: shape.unwrap_or(Shape::Json),
        }),
        (None, Some(command)) if shape.is_none() && !is_formed && is_runnable(&command) => {
            Some(Channel::Command(command))
        }
        // What is wrong has been named.
        _ if !own.mistakes.is_empty() => None,
        _ => {
            let message = "this names neither one webhook nor one command".to_owned();
            let help = format!("write `{EXAMPLE}`, or `{{ command: [program, argument] }}`");
            own.invalid(span, message, help);
            None
        }
    };
    fields.mistakes.append(&mut own.mistakes);
    found
}

fn is_runnable(command: &[String]) -> bool {
    command
        .first()
        .is_some_and(|program| !program.trim().is_empty())
}

/// An address in the file instead of the variable's name would be published with the repository.
fn variable(own: &mut Fields, name: &str, span: Span) -> bool {
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if !is_name {
        let message = "this is no name of an environment variable";
        own.mistakes.push(
            Diagnostic::error(Code::InvalidConfig, span, message).help(
                "name the variable that holds the address; if this is the address itself, revoke it: it is in git now",
            ),
        );
    }
    is_name
}

#[cfg(test)]
#[path = "notify_tests.rs"]
mod tests;

//! A message in the words of those who take it, within their limits, and calling nobody by name.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{Incident, Message};
use crate::config::Shape;

/// Discord refuses more than 2,000 characters of `content`; counted as UTF-16, the most it can mean.
const DISCORD: usize = 2_000;
/// Slack cuts `text` off behind 40,000 characters, and recommends no more than 4,000.
const SLACK: usize = 4_000;
/// How much of one reason a chat shows.
const LINE: usize = 600;

/// What is sent in that shape.
pub fn body(message: &Message, shape: Shape) -> Value {
    match shape {
        Shape::Json => json(message),
        Shape::Slack => json!({
            "text": text(message, SLACK, slack),
            "mrkdwn": false,
            "unfurl_links": false,
            "unfurl_media": false,
        }),
        // 4 is SUPPRESS_EMBEDS.
        Shape::Discord => json!({
            "content": text(message, DISCORD, discord),
            "allowed_mentions": { "parse": [] },
            "flags": 4,
        }),
    }
}

fn json(message: &Message) -> Value {
    let incidents: Vec<Value> = message.incidents.iter().map(incident).collect();
    json!({
        "text": plain(message),
        "repository": message.repository,
        "run": message.run,
        "incidents": incidents,
    })
}

fn incident(incident: &Incident) -> Value {
    json!({
        "kind": incident.kind.as_str(),
        "path": incident.path,
        "account": incident.account,
        "publish_at": incident.publish_at.map(utc),
        "reason": incident.reason,
        "url": incident.url,
    })
}

fn utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn plain(message: &Message) -> String {
    let lines = message.incidents.iter().map(Incident::line);
    let lines: Vec<String> = [message.head()].into_iter().chain(lines).collect();
    lines.join("\n")
}

/// As many lines as there is room for; how many there were beside them.
fn text(message: &Message, limit: usize, escape: fn(&str) -> String) -> String {
    let tail = message.run.as_deref().map(|run| format!("\n{run}"));
    let tail = tail.unwrap_or_default();
    let mut text = cut(&escape(&message.head()), LINE);
    let room = limit - units(&tail) - 40;
    for (at, incident) in message.incidents.iter().enumerate() {
        let url = incident.url.as_deref().map(|url| format!(" {url}"));
        let line = escape(&cut(&incident.line(), LINE));
        let line = format!("\n• {line}{}", url.unwrap_or_default());
        if units(&text) + units(&line) > room {
            text += &format!("\n… and {} more", message.incidents.len() - at);
            break;
        }
        text += &line;
    }
    text + &tail
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn cut(text: &str, most: usize) -> String {
    let text = text.replace(['\r', '\n'], " ");
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>: `<!channel>` is text then.
fn slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Markdown of the author's is text; mentions are off by `allowed_mentions`.
fn discord(text: &str) -> String {
    let escaped = text.chars().flat_map(|c| {
        let is_mark = matches!(
            c,
            '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '#' | '[' | ']'
        );
        is_mark.then_some('\\').into_iter().chain([c])
    });
    escaped.collect()
}

//! The accounts of `updraft.yml`, or the one of the environment.

use chrono::Duration;

use super::{Env, defaults};
use crate::{
    diagnostic::{Code, Diagnostic, Span, did_you_mean},
    post::{Defaults, late, video::Way},
    yaml::{Entry, Fields, Node, Value},
};

/// Every key of an account.
pub const ACCOUNT_KEYS: &[&str] = &[
    "handle",
    "pds",
    "app_password_env",
    "langs",
    "replies",
    "quotes",
    "labels",
    "link_cards",
    "shorten_links",
    "late",
    "image_bytes",
    "video",
    "spacing",
];

/// An account on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As in `account:`; the handle where updraft.yml names no accounts.
    pub name: String,
    /// Lower case, without `@`.
    pub handle: String,
    /// The PDS, where it isn't to be found from the handle.
    pub pds: Option<String>,
    /// The environment variable that holds the app password.
    pub password_env: String,
    /// What its files get where they say nothing.
    pub defaults: Defaults,
    /// How videos reach its PDS; the service is used where there is one otherwise.
    pub video: Option<Way>,
    /// How long after one thread the next may go out.
    pub spacing: Duration,
}

/// The one account of an environment without `accounts:`.
pub(super) fn env_account(env: Env<'_>) -> Option<Account> {
    let set = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let handle = clean_handle(&set("BLUESKY_HANDLE")?);
    Some(Account {
        name: handle.clone(),
        handle,
        pds: set("BLUESKY_PDS_URL"),
        password_env: "BLUESKY_APP_PASSWORD".into(),
        defaults: Defaults::default(),
        video: None,
        spacing: Duration::zero(),
    })
}

/// Whether a handle in lower case can be one: a domain.
pub fn is_domain(handle: &str) -> bool {
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        !label.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    handle.contains('.') && handle.split('.').all(is_label)
}

/// A handle in lower case, without `@`.
pub fn clean_handle(handle: &str) -> String {
    handle.trim().trim_start_matches('@').to_lowercase()
}

/// What to do with a key that only an account has, where it stands outside of any.
pub(super) fn belongs_to_account(key: &str) -> Option<String> {
    let example = match key {
        "handle" => "",
        "pds" => ", pds: https://pds.example.com",
        "app_password_env" => ", app_password_env: BLUESKY_APP_PASSWORD_MAIN",
        "image_bytes" => ", image_bytes: 1000000",
        "video" => ", video: pds",
        "spacing" => ", spacing: 2m",
        _ => return None,
    };
    Some(format!(
        "`{key}` belongs to an account: write it under `accounts:`, at the account's name: `accounts: {{ main: {{ handle: example.com{example} }} }}`"
    ))
}

pub(super) fn accounts(fields: &mut Fields, defaults: &Defaults) -> Option<Vec<Account>> {
    let Entry { node, .. } = fields.take("accounts")?;
    let Node { value, span } = node;
    let Value::Mapping(entries) = value else {
        let message = format!("`accounts` does not take {}", value.kind());
        fields.invalid(
            span,
            message,
            "write `accounts: { main: { handle: example.com } }`",
        );
        return None;
    };
    Some(
        entries
            .into_iter()
            .filter_map(|entry| account(fields, entry, defaults))
            .collect(),
    )
}

fn account(fields: &mut Fields, entry: Entry, defaults: &Defaults) -> Option<Account> {
    let Entry {
        key: name,
        key_span,
        node,
    } = entry;
    let mut own = Fields::new(node, ACCOUNT_KEYS);
    let handle = handle(&mut own, &name, &key_span);
    let pds = pds(&mut own);
    let variable: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    let password_env = own
        .text("app_password_env", "BLUESKY_APP_PASSWORD_MAIN")
        .map_or(
            format!("BLUESKY_APP_PASSWORD_{variable}"),
            |(name, span)| {
                refuse_a_password(&mut own, &name, span);
                name
            },
        );
    let mut defaults = defaults::read(&mut own, defaults);
    defaults.image_bytes = defaults::image_bytes(&mut own).unwrap_or(defaults.image_bytes);
    let ways = [("service", Way::Service), ("pds", Way::Pds)];
    let video = own.choice("video", &ways);
    let spacing = late::duration(&mut own, "spacing", "2m");
    fields.mistakes.append(&mut own.mistakes);
    Some(Account {
        name,
        handle: handle?,
        pds,
        password_env,
        defaults,
        video,
        spacing: spacing.unwrap_or_default(),
    })
}

fn handle(own: &mut Fields, name: &str, key: &Span) -> Option<String> {
    let before = own.mistakes.len();
    let Some((handle, span)) = own.text("handle", "example.com") else {
        if own.mistakes.len() == before {
            let message = format!("the account `{name}` has no handle");
            own.invalid(key.clone(), message, "add `handle: example.com`");
        }
        return None;
    };
    let handle = clean_handle(&handle);
    if !is_domain(&handle) && !handle.starts_with("did:") {
        own.invalid(
            span,
            format!("`{handle}` is no handle"),
            "a handle is a domain, such as `alice.bsky.social`",
        );
        return None;
    }
    Some(handle)
}

fn pds(own: &mut Fields) -> Option<String> {
    let (address, span) = own.text("pds", "https://pds.example.com")?;
    let message = match url::Url::parse(&address) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => return Some(address),
        Ok(_) => format!("`{address}` is no http address"),
        Err(reason) => format!("`{address}` is no address: {reason}"),
    };
    own.invalid(span, message, "write `pds: https://pds.example.com`");
    None
}

/// A password in the file instead of the variable's name would be published with the repository.
fn refuse_a_password(own: &mut Fields, name: &str, span: Span) {
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name || name.starts_with(|c: char| c.is_ascii_digit()) {
        own.mistakes.push(
            Diagnostic::error(
                Code::InvalidConfig,
                span,
                "this is no name of an environment variable",
            )
            .help("name the variable; if this is the password itself, revoke it: it is in git now"),
        );
    }
}

pub(super) fn default_account(
    fields: &mut Fields,
    accounts: &[Account],
    named: bool,
) -> Option<String> {
    if let Some((name, span)) = fields.text("default_account", "main") {
        if accounts.iter().any(|account| account.name == name) {
            return Some(name);
        }
        let known = accounts.iter().map(|account| account.name.as_str());
        let help = match did_you_mean(&name, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "name one of the accounts under `accounts:`".into(),
        };
        fields.invalid(span, format!("there is no account `{name}`"), help);
        return None;
    }
    match accounts {
        [only] => Some(only.name.clone()),
        _ if named => None,
        _ => accounts.first().map(|account| account.name.clone()),
    }
}

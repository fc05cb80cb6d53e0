//! `updraft.yml`, the environment and the folder that updraft was called in, resolved into one
//! [`Config`].

mod defaults;
mod place;

use std::path::{Path, PathBuf};

use chrono::Duration;
use chrono_tz::Tz;

use crate::{
    diagnostic::{Code, Diagnostic, FileDiagnostics, Span, did_you_mean},
    post::{Defaults, front_matter, video::Way},
    yaml::{self, Entry, Fields, Node, Value},
};

pub use place::{Place, PlaceError};

/// The file's name.
pub const FILE: &str = "updraft.yml";

/// Every key of `updraft.yml`.
pub const KEYS: &[&str] = &[
    "posts",
    "ignore",
    "timezone",
    "langs",
    "replies",
    "quotes",
    "labels",
    "link_cards",
    "shorten_links",
    "default_account",
    "accounts",
    "late",
    "mentions",
    "publish_from",
    "paused",
];
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
    "image_bytes",
    "video",
];
/// Every key of `late`.
pub const LATE_KEYS: &[&str] = &["after", "then"];

/// The environment, injected.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What updraft works with: resolved, without contradictions.
#[derive(Clone, Debug)]
pub struct Config {
    /// The repository's root, or what stands for it.
    pub root: PathBuf,
    /// The posts folder, relative to it.
    pub posts: String,
    /// Whether `updraft.yml` names it.
    pub names_posts: bool,
    /// Globs of what is no post, relative to the root.
    pub ignore: Vec<String>,
    /// The zone of files that name none.
    pub timezone: Option<Tz>,
    /// What files get whose account is not known.
    pub defaults: Defaults,
    /// In the file's order.
    pub accounts: Vec<Account>,
    /// The account of files that name none.
    pub default_account: Option<String>,
    /// What becomes of a post that is late.
    pub late: Late,
    /// Whether a mention that does not resolve is a failure.
    pub mentions: Mentions,
    /// The branch that publishes; the remote's HEAD branch otherwise.
    pub publish_from: Option<String>,
    /// Why nothing goes out, if nothing goes out.
    pub paused: Option<String>,
}

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
}

/// From when on a post is late, and what then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// How long behind its time a post is published as if nothing were.
    pub after: Duration,
    /// What becomes of it then.
    pub then: Then,
}

/// What becomes of a late post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is declared missed, unless it is out already.
    Miss,
    /// It is published all the same.
    Publish,
}

/// What a mention of a handle that does not exist is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mentions {
    /// The post fails.
    Strict,
    /// The mention stays text, with a warning.
    Plain,
}

impl Config {
    /// The configuration at `place`.
    ///
    /// # Errors
    /// All the mistakes in `updraft.yml`.
    pub fn load(place: &Place, env: Env<'_>) -> Result<Self, FileDiagnostics> {
        let Some(text) = &place.config_text else {
            return Ok(Self::without_file(place, env));
        };
        let wrong = |mistakes: Vec<Diagnostic>| FileDiagnostics {
            path: place.config_path.clone(),
            text: text.clone(),
            diagnostics: mistakes,
        };
        let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let root = yaml::parse(text, bom..text.len()).map_err(|mistake| wrong(vec![mistake]))?;
        let mut fields = Fields::new(root, KEYS);
        let config = Self::from_fields(&mut fields, place, env);
        if fields.mistakes.is_empty() {
            return Ok(config);
        }
        fields
            .mistakes
            .sort_by_key(|mistake| mistake.span.as_ref().map(|span| span.start));
        Err(wrong(fields.mistakes))
    }

    /// The account of that name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// Every account lives at `server`, and nothing keeps posts back.
    pub fn rehearse_at(&mut self, server: &str) {
        for account in &mut self.accounts {
            account.pds = Some(server.to_owned());
        }
        self.paused = None;
        self.publish_from = None;
        self.late.then = Then::Publish;
    }

    fn without_file(place: &Place, env: Env<'_>) -> Self {
        let account = env_account(env);
        Self {
            root: place.root.clone(),
            posts: place.in_base("posts"),
            names_posts: false,
            ignore: Vec::new(),
            timezone: None,
            defaults: Defaults::default(),
            default_account: account.as_ref().map(|account| account.name.clone()),
            accounts: account.into_iter().collect(),
            late: Late {
                after: Duration::hours(24),
                then: Then::Miss,
            },
            mentions: Mentions::Strict,
            publish_from: None,
            paused: None,
        }
    }

    fn from_fields(fields: &mut Fields, place: &Place, env: Env<'_>) -> Self {
        let base = Self::without_file(place, env);
        let defaults = defaults::read(fields, &base.defaults);
        let named = accounts(fields, &defaults);
        let is_named = named.is_some();
        let accounts = named.unwrap_or_else(|| {
            let with = |account: Account| Account {
                defaults: defaults.clone(),
                ..account
            };
            base.accounts.into_iter().map(with).collect()
        });
        let posts = posts_folder(fields, place);
        let default_account = default_account(fields, &accounts, is_named);
        Self {
            names_posts: posts.is_some(),
            posts: posts.unwrap_or(base.posts),
            ignore: ignore_globs(fields, place),
            timezone: front_matter::timezone(fields),
            defaults,
            default_account,
            accounts,
            late: late(fields).unwrap_or(base.late),
            mentions: choice(
                fields,
                "mentions",
                &[("strict", Mentions::Strict), ("plain", Mentions::Plain)],
            )
            .unwrap_or(base.mentions),
            publish_from: fields
                .text("publish_from", "main")
                .map(|(branch, _)| branch),
            paused: paused(fields),
            root: base.root,
        }
    }
}

/// The one account of an environment without `accounts:`.
fn env_account(env: Env<'_>) -> Option<Account> {
    let set = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let handle = clean_handle(&set("BLUESKY_HANDLE")?);
    Some(Account {
        name: handle.clone(),
        handle,
        pds: set("BLUESKY_PDS_URL"),
        password_env: "BLUESKY_APP_PASSWORD".into(),
        defaults: Defaults::default(),
        video: None,
    })
}

fn clean_handle(handle: &str) -> String {
    handle.trim().trim_start_matches('@').to_lowercase()
}

fn posts_folder(fields: &mut Fields, place: &Place) -> Option<String> {
    let (folder, span) = fields.text("posts", "posts")?;
    let inside = Path::new(&folder).components().all(|part| {
        matches!(
            part,
            std::path::Component::Normal(_) | std::path::Component::CurDir
        )
    });
    if !inside {
        let message = format!("`{folder}` leads out of the repository");
        fields.invalid(
            span,
            message,
            "name a folder beside updraft.yml, such as `posts`",
        );
        return None;
    }
    let folder = folder.trim_end_matches('/').trim_start_matches("./");
    Some(place.in_base(if folder == "." { "" } else { folder }))
}

fn ignore_globs(fields: &mut Fields, place: &Place) -> Vec<String> {
    let globs = fields
        .texts("ignore", "[\"posts/templates/**\"]")
        .unwrap_or_default();
    let mut kept = Vec::new();
    for (glob, span) in globs {
        if glob.trim().is_empty() {
            let message = "an empty glob would ignore every post".to_owned();
            fields.invalid(
                span,
                message,
                "remove it, or write for example `posts/templates/**`",
            );
        } else {
            kept.push(place.in_base(&glob));
        }
    }
    kept
}

/// The reason of a pause. `paused: no` is a habit of older YAML, and would pause for the reason "no".
fn paused(fields: &mut Fields) -> Option<String> {
    let (why, span) = fields.text("paused", "\"the conference slipped\"")?;
    if matches!(
        why.to_lowercase().as_str(),
        "no" | "off" | "yes" | "on" | "true" | "false"
    ) {
        let message = format!("`paused` takes a reason, not `{why}`");
        fields.invalid(
            span,
            message,
            "write why, such as `paused: the conference slipped`, or remove the line",
        );
        return None;
    }
    Some(why)
}

fn accounts(fields: &mut Fields, defaults: &Defaults) -> Option<Vec<Account>> {
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
    let video = choice(&mut own, "video", &ways);
    fields.mistakes.append(&mut own.mistakes);
    Some(Account {
        name,
        handle: handle?,
        pds,
        password_env,
        defaults,
        video,
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
    let is_domain = handle.split('.').count() > 1
        && handle.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    if !is_domain && !handle.starts_with("did:") {
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
    match url::Url::parse(&address) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Some(address),
        _ => {
            own.invalid(
                span,
                format!("`{address}` is no address"),
                "write `pds: https://pds.example.com`",
            );
            None
        }
    }
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

fn default_account(fields: &mut Fields, accounts: &[Account], named: bool) -> Option<String> {
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

fn late(fields: &mut Fields) -> Option<Late> {
    let Entry { node, .. } = fields.take("late")?;
    let mut own = Fields::new(node, LATE_KEYS);
    let after = own.text("after", "24h").and_then(|(text, span)| {
        let duration = read_duration(&text);
        if duration.is_none() {
            own.invalid(
                span,
                format!("`{text}` is no length of time"),
                "write for example `90m`, `24h` or `2d`",
            );
        }
        duration
    });
    let then = choice(
        &mut own,
        "then",
        &[("miss", Then::Miss), ("publish", Then::Publish)],
    );
    fields.mistakes.append(&mut own.mistakes);
    Some(Late {
        after: after.unwrap_or(Duration::hours(24)),
        then: then.unwrap_or(Then::Miss),
    })
}

/// `90s`, `15m`, `24h`, `2d`: at most ten years.
fn read_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: i64 = text[..text.len() - 1]
        .trim()
        .parse()
        .ok()
        .filter(|count| *count >= 0)?;
    let seconds = count.checked_mul(seconds)?;
    (seconds <= 3_650 * 86_400).then(|| Duration::seconds(seconds))
}

fn choice<T: Copy>(fields: &mut Fields, key: &str, choices: &[(&'static str, T)]) -> Option<T> {
    let (word, span) = fields.text(key, choices.first()?.0)?;
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
    fields.invalid(span, format!("`{key}` does not take `{word}`"), help);
    None
}

#[cfg(test)]
mod tests;

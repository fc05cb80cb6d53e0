//! `updraft.yml`, the environment and the folder that updraft was called in, resolved into one
//! [`Config`].

mod account;
mod defaults;
mod notify;
mod place;

use std::path::{Component, Path, PathBuf};

use chrono_tz::Tz;

use crate::{
    diagnostic::{Diagnostic, FileDiagnostics, did_you_mean},
    post::{Defaults, front_matter, late::Then},
    yaml::{self, Fields},
};

pub use account::{ACCOUNT_KEYS, Account, clean_handle, is_domain};
use account::{accounts, default_account, env_account};
pub use notify::{Channel, NOTIFY_KEYS, Shape};
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
    "notify",
];

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
    /// Whether a mention that does not resolve is a failure.
    pub mentions: Mentions,
    /// The branch that publishes; the remote's HEAD branch otherwise.
    pub publish_from: Option<String>,
    /// Why nothing goes out, if nothing goes out.
    pub paused: Option<String>,
    /// Whom to tell what a person should see to.
    pub notify: Vec<Channel>,
}

/// What a mention of a handle that does not exist is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mentions {
    /// The post fails.
    Strict,
    /// The mention stays text, with a warning.
    Plain,
}

/// A name that no account has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no account `{name}`; {help}")]
pub struct UnknownAccount {
    name: String,
    help: String,
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
        fields.advise(account::belongs_to_account);
        let config = Self::from_fields(&mut fields, place, env);
        if fields.mistakes.is_empty() {
            return Ok(config);
        }
        fields
            .mistakes
            .sort_by_key(|mistake| mistake.span.as_ref().map(|span| span.start));
        Err(wrong(fields.mistakes))
    }

    /// What holds at `place` whatever `updraft.yml` says there.
    pub fn empty(place: &Place, env: Env<'_>) -> Self {
        Self::without_file(place, env)
    }

    /// Whom to tell of what is wrong with `updraft.yml` itself: what can still be read of `notify`.
    pub fn notify_of(place: &Place) -> Vec<Channel> {
        let Some(text) = &place.config_text else {
            return Vec::new();
        };
        let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
        yaml::parse(text, bom..text.len())
            .map(|root| notify::notify(&mut Fields::new(root, KEYS)))
            .unwrap_or_default()
    }

    /// The account of that name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// The account of that name, for who wrote it on the command line.
    ///
    /// # Errors
    /// There is none.
    pub fn require_account(&self, name: &str) -> Result<&Account, UnknownAccount> {
        let names = || self.accounts.iter().map(|account| account.name.as_str());
        self.account(name).ok_or_else(|| UnknownAccount {
            name: name.to_owned(),
            help: match did_you_mean(name, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if self.accounts.is_empty() => {
                    format!("name it under `accounts:` in {FILE}")
                }
                None => format!("{FILE} has {}", names().collect::<Vec<_>>().join(", ")),
            },
        })
    }

    /// Every account lives at `server`, and nothing keeps posts back.
    pub fn rehearse_at(&mut self, server: &str) {
        for account in &mut self.accounts {
            account.pds = Some(server.to_owned());
            account.spacing = chrono::Duration::zero();
        }
        self.paused = None;
        self.notify.clear();
        self.publish_from = None;
        let of_accounts = self.accounts.iter_mut();
        let of_accounts = of_accounts.map(|account| &mut account.defaults);
        for defaults in of_accounts.chain([&mut self.defaults]) {
            defaults.late.then = Then::Publish;
        }
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
            mentions: Mentions::Strict,
            publish_from: None,
            paused: None,
            notify: Vec::new(),
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
            mentions: fields
                .choice(
                    "mentions",
                    &[("strict", Mentions::Strict), ("plain", Mentions::Plain)],
                )
                .unwrap_or(base.mentions),
            publish_from: fields
                .text("publish_from", "main")
                .map(|(branch, _)| branch),
            paused: paused(fields),
            notify: notify::notify(fields),
            root: base.root,
        }
    }
}

fn posts_folder(fields: &mut Fields, place: &Place) -> Option<String> {
    let (folder, span) = fields.text("posts", "posts")?;
    let inside = Path::new(&folder).components().all(|part| match part {
        Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
        other => other == Component::CurDir,
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

#[cfg(test)]
mod tests;

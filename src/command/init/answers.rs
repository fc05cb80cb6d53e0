//! What a set-up has to know, from the command line, an updraft.yml that is there, or a person.

use std::io;

use crate::{
    cli::InitArgs,
    command::{
        CommandError, Console,
        ask::{ask, may_ask},
    },
    config::{Config, clean_handle, is_domain},
    post::schedule,
};

/// All of it, checked: each of them can stand in a YAML file as it is.
pub(super) struct Answers {
    /// `None` where an updraft.yml is there already.
    pub(super) handle: Option<String>,
    /// The name of an IANA zone.
    pub(super) timezone: String,
    /// The folder of the posts, relative to the root.
    pub(super) posts: String,
    /// The environment variables that hold app passwords.
    pub(super) secrets: Vec<String>,
    /// `OWNER/REPO@SHA`
    pub(super) action: Option<String>,
}

impl Answers {
    pub(super) fn gather(
        args: &InitArgs,
        settled: Option<Config>,
        console: &mut Console<'_>,
    ) -> Result<Self, CommandError> {
        let action = args.action.as_deref().map(pinned).transpose()?;
        if let Some(config) = settled {
            let names = config.accounts.iter().map(|a| a.password_env.clone());
            let mut secrets: Vec<String> = names.collect();
            if secrets.is_empty() {
                secrets.push("BLUESKY_APP_PASSWORD".to_owned());
            }
            return Ok(Self {
                handle: None,
                timezone: config.timezone.map_or("UTC", |zone| zone.name()).to_owned(),
                posts: folder(&config.posts)?,
                secrets,
                action,
            });
        }
        let may_ask = !args.yes && may_ask(console);
        let given = given(args.handle.as_deref(), may_ask, "Handle", "", console)?;
        let zone = given_zone(args, may_ask, console)?;
        Ok(Self {
            handle: Some(handle(&given)?),
            timezone: zone,
            posts: folder(args.posts.as_deref().unwrap_or("posts"))?,
            secrets: vec!["BLUESKY_APP_PASSWORD".to_owned()],
            action,
        })
    }
}

fn given_zone(
    args: &InitArgs,
    may_ask: bool,
    console: &mut Console<'_>,
) -> Result<String, CommandError> {
    let name = match (&args.timezone, may_ask) {
        (None, false) => "UTC".to_owned(),
        (zone, _) => given(zone.as_deref(), may_ask, "Time zone", "UTC", console)?,
    };
    let zone = schedule::zone(name.trim()).map_err(|mistake| {
        CommandError::usage(format!("--timezone: {}; {}", mistake.message, mistake.help))
    })?;
    Ok(zone.name().to_owned())
}

/// What was passed, or what a person answers.
fn given(
    passed: Option<&str>,
    may_ask: bool,
    question: &str,
    usual: &str,
    console: &mut Console<'_>,
) -> Result<String, CommandError> {
    if let Some(passed) = passed {
        return Ok(passed.to_owned());
    }
    if !may_ask {
        return Err(CommandError::usage(
            "pass --handle with the account's handle, such as --handle example.com",
        ));
    }
    let shown = match usual {
        "" => format!("{question}: "),
        usual => format!("{question} [{usual}]: "),
    };
    let answer = ask(&shown, &mut io::stdin().lock(), console.err)?;
    let answer = answer.filter(|answer| !answer.is_empty());
    Ok(answer.unwrap_or_else(|| usual.to_owned()))
}

fn handle(given: &str) -> Result<String, CommandError> {
    let handle = clean_handle(given);
    match is_domain(&handle) {
        true => Ok(handle),
        false => Err(CommandError::usage(format!(
            "`{given}` is no handle: a handle is a domain, such as `alice.bsky.social`"
        ))),
    }
}

/// It stands in the filter of a workflow, where other signs have a meaning.
fn folder(given: &str) -> Result<String, CommandError> {
    let folder = given.trim_start_matches("./").trim_end_matches('/');
    let plain = |part: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(is_plain)
    };
    match folder.split('/').all(plain) {
        true => Ok(folder.to_owned()),
        false => Err(CommandError::usage(format!(
            "`{given}` can't be the posts folder here: name one in the repository with letters, digits and hyphens, such as `posts`"
        ))),
    }
}

fn pinned(given: &str) -> Result<String, CommandError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = |part: &str| !part.is_empty() && part.chars().all(is_plain);
    let is_hash = |hash: &str| hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let parts = given.split_once('@');
    let parts = parts.and_then(|(name, hash)| Some((name.split_once('/')?, hash)));
    match parts {
        Some(((owner, name), hash)) if is_name(owner) && is_name(name) && is_hash(hash) => {
            Ok(given.to_owned())
        }
        _ => Err(CommandError::usage(format!(
            "--action: `{given}` is not OWNER/REPO@SHA with the full hash of a commit, which nobody can move as they can a tag"
        ))),
    }
}

//! Whose the posts are: what `--account` says, what needs no saying, and what somebody is asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, Write},
};

use super::{Sources, again::quoted, read};
use crate::{
    cli::{ImportArgs, OutputFormat},
    command::{
        CommandError, Console, Library,
        ask::{ask, may_ask},
    },
    diagnostic::did_you_mean,
    import::{self, Accounts, Format},
    report::sanitize_line,
};

/// Which account each name stands for, and which names were left out when asked.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) accounts: Accounts,
    pub(super) left_out: BTreeSet<String>,
}

/// Reads the options, and asks for what they don't say where somebody is there to answer.
///
/// # Errors
/// An account that `updraft.yml` does not know; sources that name none where several are known.
pub(super) fn settle(
    args: &ImportArgs,
    (library, format): (&Library, Format),
    sources: &Sources,
    console: &mut Console<'_>,
) -> Result<Settled, CommandError> {
    let names = names(format, sources);
    let mut settled = Settled {
        accounts: given(args, library, &names)?,
        ..Settled::default()
    };
    warn(&settled.accounts, &names, console)?;
    let is_unsaid = format == Format::TwitterTogether
        && settled.accounts.rest.is_none()
        && library.config.default_account.is_none()
        && !settled.accounts.known.is_empty();
    if may_ask(console) && args.format == OutputFormat::Human {
        let wanted = Wanted {
            names: names.iter().filter(|(_, is_bluesky)| **is_bluesky),
            is_unsaid,
        };
        asked(wanted, &mut settled, &mut io::stdin().lock(), console.err)?;
    }
    if is_unsaid && settled.accounts.rest.is_none() {
        return Err(CommandError::usage(format!(
            "a tweet names no account; pass --account with one of {}",
            settled.accounts.known.join(", ")
        )));
    }
    Ok(settled)
}

/// The names in all sources, each with whether it is an account on Bluesky.
fn names(format: Format, sources: &Sources) -> BTreeMap<String, bool> {
    let readable = sources.found.iter().filter_map(|found| read(found).ok());
    readable
        .flat_map(|bytes| import::named_accounts(format, &bytes))
        .collect()
}

fn given(
    args: &ImportArgs,
    library: &Library,
    names: &BTreeMap<String, bool>,
) -> Result<Accounts, CommandError> {
    let known = library.config.accounts.iter();
    let mut accounts = Accounts {
        known: known.map(|account| account.name.clone()).collect(),
        ..Accounts::default()
    };
    for given in &args.account {
        let (name, account) = match given.split_once('=') {
            Some((name, account)) => (Some(name), account),
            None => (None, given.as_str()),
        };
        check((name, account), &accounts.known, names)?;
        match name {
            Some(name) => accounts.mapped.push((name.to_owned(), account.to_owned())),
            None => accounts.rest = Some(account.to_owned()),
        }
    }
    let of_bluesky = names.values().filter(|is_bluesky| **is_bluesky).count();
    accounts.is_single = of_bluesky <= 1 && accounts.known.len() <= 1;
    Ok(accounts)
}

fn check(
    (name, account): (Option<&str>, &str),
    known: &[String],
    names: &BTreeMap<String, bool>,
) -> Result<(), CommandError> {
    let is_known = |name: &str| known.iter().any(|account| account == name);
    if account.is_empty() || is_known(account) {
        return Ok(());
    }
    let help = match (
        name,
        did_you_mean(account, known.iter().map(String::as_str)),
    ) {
        (Some(name), _) if is_known(name) => {
            format!("did you mean `--account {account}={name}`?")
        }
        (None, None) if names.contains_key(account) => {
            format!("the files name it: write `--account {account}=NAME`")
        }
        (_, Some(meant)) => format!("did you mean `{meant}`?"),
        (_, None) if known.is_empty() => {
            "name it under `accounts:` in updraft.yml, or write `--account NAME=` for the only one"
                .to_owned()
        }
        (_, None) => format!("updraft.yml knows {}", known.join(", ")),
    };
    Err(CommandError::usage(format!(
        "--account: there is no account `{account}`; {help}"
    )))
}

/// A name that no file has may be right for other files; one that is nearly a file's is a slip.
fn warn(
    accounts: &Accounts,
    names: &BTreeMap<String, bool>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let unsaid = || {
        let names = names.keys().map(String::as_str);
        names.filter(|name| !accounts.covers(name))
    };
    for (name, _) in &accounts.mapped {
        if names.keys().any(|named| named.eq_ignore_ascii_case(name)) {
            continue;
        }
        if let Some(meant) = did_you_mean(name, unsaid()) {
            let (name, meant) = (sanitize_line(name), sanitize_line(meant));
            writeln!(
                console.err,
                "warning: --account: no file names `{name}`; did you mean `{meant}`?"
            )?;
        }
    }
    Ok(())
}

/// What is not said yet.
struct Wanted<N> {
    names: N,
    /// Whether sources without a name need an account.
    is_unsaid: bool,
}

/// Asks once for each, and says how not to be asked.
fn asked<'a>(
    wanted: Wanted<impl Iterator<Item = (&'a String, &'a bool)>>,
    settled: &mut Settled,
    input: &mut dyn BufRead,
    err: &mut dyn Write,
) -> Result<(), CommandError> {
    let known = settled.accounts.known.clone();
    let mut said = Vec::new();
    if wanted.is_unsaid {
        let question = format!("Whose are the posts? [{}] ", known.join("/"));
        if let Some(account) = choose(&question, &known, (&mut *input, &mut *err))? {
            said.push(format!("--account {}", quoted(&account)));
            settled.accounts.rest = Some(account);
        }
    }
    for (name, _) in wanted.names {
        if settled.accounts.covers(name) {
            continue;
        }
        let shown = sanitize_line(name);
        let question = match known.as_slice() {
            [] => format!(
                "Are the posts of `{shown}` for the account of updraft.yml? [yes, or nothing to leave them out] "
            ),
            known => format!(
                "Which account is `{shown}`? [{}, or nothing to leave it out] ",
                known.join("/")
            ),
        };
        let yes = ["yes".to_owned()];
        let choices = if known.is_empty() {
            &yes
        } else {
            known.as_slice()
        };
        match choose(&question, choices, (&mut *input, &mut *err))? {
            Some(account) => {
                let account = if known.is_empty() {
                    String::new()
                } else {
                    account
                };
                said.push(format!(
                    "--account {}",
                    quoted(&format!("{name}={account}"))
                ));
                settled.accounts.mapped.push((name.clone(), account));
            }
            None => drop(settled.left_out.insert(name.clone())),
        }
    }
    if !said.is_empty() {
        writeln!(err, "without being asked: {}", said.join(" "))?;
    }
    Ok(())
}

/// One of the choices; `None` if nothing was answered.
fn choose(
    question: &str,
    choices: &[String],
    (input, err): (&mut dyn BufRead, &mut dyn Write),
) -> Result<Option<String>, CommandError> {
    loop {
        let answer = ask(question, &mut *input, &mut *err)?.unwrap_or_default();
        if answer.is_empty() || choices.contains(&answer) {
            return Ok(Some(answer).filter(|answer| !answer.is_empty()));
        }
        let meant = did_you_mean(&answer, choices.iter().map(String::as_str));
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("answer {}", choices.join(" or ")),
        };
        writeln!(err, "there is no `{}`; {help}", sanitize_line(&answer))?;
    }
}

#[cfg(test)]
mod tests;

//! What a set-up has to know, from the command line, an updraft.yml that is there, or a person.

use std::io::{self, BufRead};

use crate::{
    cli::InitArgs,
    command::{
        CommandError, Console,
        ask::{self, may_ask},
    },
    config::{Config, clean_handle, is_domain},
    post::schedule,
    report::sanitize_line,
};

/// How often a question is asked.
const TRIES: usize = 3;

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
        let mut person = (!args.yes && may_ask(console)).then(|| io::stdin().lock());
        let person = person.as_mut().map(|input| input as &mut dyn BufRead);
        let (handle, timezone) = asked(args, person, console)?;
        Ok(Self {
            handle: Some(handle),
            timezone,
            posts: folder(args.posts.as_deref().unwrap_or("posts"))?,
            secrets: vec!["BLUESKY_APP_PASSWORD".to_owned()],
            action,
        })
    }
}

/// The handle and the zone: as passed, or as a person answers, if there is one.
fn asked(
    args: &InitArgs,
    mut person: Option<&mut dyn BufRead>,
    console: &mut Console<'_>,
) -> Result<(String, String), CommandError> {
    let handle = match (&args.handle, &mut person) {
        (Some(passed), _) => handle(passed).map_err(CommandError::usage)?,
        (None, Some(input)) => ask(("Handle", ""), handle, *input, console)?,
        (None, None) => {
            return Err(CommandError::usage(
                "pass --handle with the account's handle, such as --handle example.com",
            ));
        }
    };
    let timezone = match (&args.timezone, &mut person) {
        (Some(passed), _) => {
            zone(passed).map_err(|why| CommandError::usage(format!("--timezone: {why}")))?
        }
        (None, Some(input)) => ask(("Time zone", "UTC"), zone, *input, console)?,
        (None, None) => "UTC".to_owned(),
    };
    Ok((handle, timezone))
}

/// What a person answers, once it is right; what is wrong is said at once.
///
/// # Errors
/// The input ends, or no answer was right.
fn ask(
    (question, usual): (&str, &str),
    check: impl Fn(&str) -> Result<String, String>,
    input: &mut dyn BufRead,
    console: &mut Console<'_>,
) -> Result<String, CommandError> {
    let shown = match usual {
        "" => format!("{question}: "),
        usual => format!("{question} [{usual}]: "),
    };
    for _ in 0..TRIES {
        let Some(answer) = ask::ask(&shown, input, console.err)? else {
            writeln!(console.err)?;
            return Err(CommandError::usage("the answers ended: nothing was set up"));
        };
        let answer = match answer.as_str() {
            "" => usual,
            answer => answer,
        };
        match check(answer) {
            Ok(answer) => return Ok(answer),
            Err(why) => writeln!(console.err, "{}", sanitize_line(&why))?,
        }
    }
    Err(CommandError::usage(format!(
        "no answer was right in {TRIES} tries: nothing was set up"
    )))
}

fn handle(given: &str) -> Result<String, String> {
    let handle = clean_handle(given);
    match is_domain(&handle) {
        true => Ok(handle),
        false => Err(format!(
            "`{given}` is no handle: a handle is a domain, such as `alice.bsky.social`"
        )),
    }
}

fn zone(given: &str) -> Result<String, String> {
    match schedule::zone(given.trim()) {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(mistake) => Err(format!("{}; {}", mistake.message, mistake.help)),
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What comes of answers, and what was said meanwhile.
    fn answered(answers: &str) -> (Result<(String, String), String>, String) {
        let args = InitArgs {
            handle: None,
            timezone: None,
            posts: None,
            action: None,
            yes: false,
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console {
            out: &mut out,
            err: &mut err,
            color: false,
            is_terminal: true,
            width: 80,
            progress: &crate::command::Progress::default(),
        };
        let mut input = answers.as_bytes();
        let result = asked(&args, Some(&mut input), &mut console);
        let result = result.map_err(|error| error.message);
        (result, String::from_utf8(err).unwrap())
    }

    #[test]
    fn a_wrong_answer_is_called_one_and_asked_for_again() {
        let (result, said) = answered("alice\n@Alice.test\nBerlin\nEurope/Berlin\n");
        let wanted = ("alice.test".to_owned(), "Europe/Berlin".to_owned());
        assert_eq!(result, Ok(wanted));
        assert_eq!(
            said,
            "Handle: `alice` is no handle: a handle is a domain, such as `alice.bsky.social`\n\
             Handle: Time zone [UTC]: `Berlin` is no time zone; did you mean `Europe/Berlin`?\n\
             Time zone [UTC]: "
        );
        let (result, _) = answered("alice.test\n\n");
        assert_eq!(result, Ok(("alice.test".to_owned(), "UTC".to_owned())));
    }

    #[test]
    fn questions_end_with_the_answers_or_after_a_few_tries() {
        let (result, said) = answered("alice\n");
        assert_eq!(result.unwrap_err(), "the answers ended: nothing was set up");
        assert_eq!(said.matches("Handle: ").count(), 2);
        let (result, said) = answered(&"\n".repeat(9));
        assert!(result.unwrap_err().starts_with("no answer was right"));
        assert_eq!(said.matches("Handle: ").count(), TRIES);
        let (result, said) = answered("alice.test\nx\ny\nz\nUTC\n");
        assert!(result.unwrap_err().starts_with("no answer was right"));
        assert_eq!(said.matches("Time zone").count(), TRIES);
    }
}

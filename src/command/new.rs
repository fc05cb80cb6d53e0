//! `updraft new`: the skeleton of a post.

use std::{fs, io::Write as _, path::Path};

use super::{CommandError, Console, Exit, Library, World};
use crate::{
    cli::NewArgs,
    config::Config,
    post::{
        PLACEHOLDER,
        schedule::{self, TimeMistake, Written},
    },
};

/// The front matter's schema, beside updraft.yml.
const SCHEMA: &str = "schema/front-matter.json";

/// Runs it.
pub(super) fn run(
    args: &NewArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load_to_add(world, config);
    let library = Library::require(library, Exit::Mend, world, console)?;
    let text = skeleton(args, &library.config, library.posts_depth())?;
    let name = file_name(args)?;
    let relative = [library.folder.posts.as_str(), &name]
        .iter()
        .filter(|p| !p.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("/");
    let path = library.folder.root.join(&relative);
    if let Some(folder) = path.parent() {
        let failed = |error| CommandError::world(format!("{}: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = fs::File::create_new(&path).map_err(|error| {
        CommandError::usage(match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!("{relative} is there already; choose another SLUG")
            }
            _ => format!("{relative}: {error}"),
        })
    })?;
    file.write_all(text.as_bytes())
        .map_err(|error| CommandError::world(format!("{relative}: {error}")))?;
    writeln!(console.out, "{relative}")?;
    Ok(Exit::Done)
}

fn file_name(args: &NewArgs) -> Result<String, CommandError> {
    let slug = args.slug.trim_end_matches(".md");
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if slug.is_empty() || slug.starts_with('.') || !slug.chars().all(plain) {
        return Err(CommandError::usage(format!(
            "`{}` is no file name: use letters, digits and hyphens",
            args.slug
        )));
    }
    let date = args.at.as_deref().and_then(|at| at.trim().get(..10));
    Ok(match date {
        Some(date) => format!("{date}-{slug}.md"),
        None => format!("{slug}.md"),
    })
}

fn skeleton(args: &NewArgs, config: &Config, depth: usize) -> Result<String, CommandError> {
    // Editors take a relative path from the file's own folder.
    let up = "../".repeat(depth);
    let mut text = format!("---\n# yaml-language-server: $schema={up}{SCHEMA}\n");
    if let Some(at) = &args.at {
        check_time(at, args, config).map_err(|TimeMistake { message, help }| {
            // What is a key in a file is an option here.
            let help = help.replace("`timezone:`", "--timezone");
            CommandError::usage(format!("--at: {message}; {help}"))
        })?;
        text += &format!("publish_at: {}\n", at.trim());
    }
    if let Some(zone) = &args.timezone {
        text += &format!("timezone: {}\n", zone.trim());
    }
    if let Some(account) = account(args, config)? {
        text += &format!("account: {account}\n");
    }
    if config.defaults.langs.is_empty() {
        text += "langs: [en]\n";
    }
    Ok(format!("{text}---\n{PLACEHOLDER}\n"))
}

fn check_time(at: &str, args: &NewArgs, config: &Config) -> Result<(), TimeMistake> {
    let zone = args
        .timezone
        .as_deref()
        .map(|name| schedule::zone(name.trim()))
        .transpose()?;
    match schedule::read(at)? {
        Written::Instant(_) | Written::Merge => Ok(()),
        Written::Local(local) => {
            let zone = zone.or(config.timezone).ok_or_else(|| TimeMistake {
                message: "this local time has no zone".into(),
                help: "pass --timezone Europe/Berlin, or write an offset such as +01:00".into(),
            })?;
            schedule::resolve(local, zone).map(|_| ())
        }
    }
}

/// The account to write down: the one that was asked for, or the only way to a valid file.
fn account<'a>(args: &'a NewArgs, config: &'a Config) -> Result<Option<&'a str>, CommandError> {
    let names = || config.accounts.iter().map(|account| account.name.as_str());
    match &args.account {
        Some(name) => {
            let known = config.require_account(name);
            known.map_err(|error| CommandError::usage(format!("--account: {error}")))?;
            Ok(Some(name))
        }
        None if config.default_account.is_none() && !config.accounts.is_empty() => {
            Err(CommandError::usage(format!(
                "there are several accounts; pass --account with one of {}",
                names().collect::<Vec<_>>().join(", ")
            )))
        }
        None => Ok(None),
    }
}

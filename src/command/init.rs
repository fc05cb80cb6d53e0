//! `updraft init`: settings, a first draft and workflows, beside whatever is there already.

mod answers;
mod files;

use std::path::Path;

use super::{
    CommandError, Console, Exit, World, check,
    library::LibraryError,
    new_file::{Written, new_file},
};
use crate::{
    cli::InitArgs,
    config::{Config, FILE, Place},
    git::{Git, Head},
};
use answers::Answers;

/// Where app passwords are made.
pub(super) const APP_PASSWORDS: &str = "https://bsky.app/settings/app-passwords";

/// Runs it.
pub(super) fn run(
    args: &InitArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let repository = world.storage.repository(&world.directory);
    let Some(repository) = repository.map_err(CommandError::world)? else {
        return Err(CommandError::usage(
            "this folder is no git repository yet: run `git init` here, then `updraft init` again",
        ));
    };
    if config.is_some() {
        return Err(CommandError::usage(
            "`init` writes updraft.yml in the root of the repository, so it takes no --config",
        ));
    }
    let root = repository.root().to_owned();
    let settled = match settled(&root, world) {
        Ok(settled) => settled,
        Err(LibraryError::World(error)) => return Err(error),
        Err(LibraryError::Config(file)) => {
            check::complain(&[*file], world, console)?;
            return Ok(Exit::Mend);
        }
    };
    let answers = Answers::gather(args, settled, console)?;
    let (branch, is_here) = branch(&*repository);
    // Whoever reads what is said may go away: all is written by then.
    let mut said = String::new();
    for file in files::all(&answers, &branch, &root, (world.clock)()) {
        let written = new_file(&root, &file.path, (file.text.as_bytes(), "init"))?;
        let word = match written {
            Written::New => "wrote",
            Written::Kept => "kept ",
        };
        said += &format!("{word} {}\n", file.path);
    }
    write!(console.out, "{said}")?;
    let is_kept = said.contains(&format!("kept  {FILE}\n"));
    if is_kept && (args.handle.is_some() || args.timezone.is_some() || args.posts.is_some()) {
        writeln!(
            console.err,
            "note: {FILE} stays as it is, so that --handle, --timezone and --posts change nothing: edit it"
        )?;
    }
    let page = repository.remote_address("origin");
    let page = page.as_deref().and_then(github_name);
    write!(
        console.out,
        "{}",
        remaining(&answers, (&branch, is_here), page.as_deref())
    )?;
    Ok(Exit::Done)
}

/// What an updraft.yml in the root says already.
fn settled(root: &Path, world: &World<'_>) -> Result<Option<Config>, LibraryError> {
    let file = root.join(FILE);
    if file.symlink_metadata().is_err() {
        return Ok(None);
    }
    let place = Place::find(root, Some(root), Some(&file))?;
    let config = Config::load(&place, world.env);
    config
        .map(Some)
        .map_err(|file| LibraryError::Config(Box::new(file)))
}

/// The branch that will publish, and whether it is checked out: the remote's default branch, as far
/// as this clone knows it, or else this one; `main` where its name could not stand in a workflow as
/// it is.
fn branch(repository: &dyn Git) -> (String, bool) {
    let here = match repository.head() {
        Ok(Head::Branch { name, .. }) => name,
        Ok(Head::Unborn { branch }) => branch,
        _ => String::new(),
    };
    let name = repository.default_branch().unwrap_or_else(|| here.clone());
    let is_here = name == here;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
    match is_plain {
        true => (name, is_here),
        false => ("main".to_owned(), is_here),
    }
}

/// `OWNER/REPO` of an address at GitHub.
pub(super) fn github_name(address: &str) -> Option<String> {
    let rest = address
        .strip_prefix("git@github.com:")
        .or_else(|| address.split_once("github.com/").map(|(_, rest)| rest))?;
    let name = rest.trim_end_matches('/').trim_end_matches(".git");
    let (owner, repository) = name.split_once('/')?;
    let plain = |part: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !part.is_empty() && part.chars().all(is_plain)
    };
    (plain(owner) && plain(repository)).then(|| name.to_owned())
}

/// Where the secrets of a repository's workflows are set.
pub(super) fn secrets_page(server: Option<&str>, name: Option<&str>) -> String {
    let server = server.unwrap_or("https://github.com");
    let name = name.unwrap_or("OWNER/REPO");
    format!("{server}/{name}/settings/secrets/actions")
}

/// What only its owner can do.
fn remaining(answers: &Answers, (branch, is_here): (&str, bool), page: Option<&str>) -> String {
    let page = secrets_page(None, page);
    let secrets = answers.secrets.join("`, `");
    let mut steps = vec![
        format!("make an app password: {APP_PASSWORDS}"),
        format!("save it as the secret `{secrets}`: {page}"),
    ];
    if answers.action.is_none() {
        steps.push(
            "write the address of updraft and the full hash of the commit that you trust into the workflows that publish and review, as UPDRAFT and UPDRAFT_COMMIT"
                .to_owned(),
        );
    }
    let how = if is_here { "push" } else { "merge it into" };
    steps.push(format!(
        "commit all of it, and {how} `{branch}`: posts are published from there"
    ));
    let lines = steps.iter().enumerate();
    let lines = lines.map(|(at, step)| format!("  {}. {step}\n", at + 1));
    format!("\nWhat remains:\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::github_name;

    #[test]
    fn repositories_at_github_are_named_without_what_is_secret() {
        let named = |address| github_name(address);
        let wanted = Some("ada/posts".to_owned());
        assert_eq!(named("git@github.com:ada/posts.git"), wanted);
        assert_eq!(named("https://token@github.com/ada/posts"), wanted);
        assert_eq!(named("ssh://git@github.com/ada/posts.git"), wanted);
        assert_eq!(named("https://example.com/ada/posts"), None);
        assert_eq!(named("https://github.com/ada/po$(x)sts"), None);
    }
}

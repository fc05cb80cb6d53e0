//! The accounts: whether their passwords are there.

use super::finding::Finding;
use crate::{
    command::{Library, World, init},
    diagnostic::SetupCode,
    git::Git,
};

/// What an account logs in with.
pub(super) struct Password {
    /// The environment variable that holds it, called as the secret is.
    pub(super) variable: String,
    /// Whose it is.
    pub(super) handle: String,
}

/// Those of all accounts; `handle` is the one that a workflow names.
pub(super) fn passwords(library: &Library, handle: Option<&str>) -> Vec<Password> {
    let accounts = library.config.accounts.iter();
    let mut passwords: Vec<Password> = accounts
        .map(|account| Password {
            variable: account.password_env.clone(),
            handle: account.handle.clone(),
        })
        .collect();
    if let Some(handle) = handle.filter(|_| passwords.is_empty()) {
        passwords.push(Password {
            variable: "BLUESKY_APP_PASSWORD".to_owned(),
            handle: handle.to_owned(),
        });
    }
    passwords
}

/// No account, or those whose password is not in the environment.
pub(super) fn of_secrets(
    passwords: &[Password],
    library: &Library,
    repository: Option<&dyn Git>,
    world: &World<'_>,
) -> Vec<Finding> {
    let file = library.folder.root.join(&library.config_path).is_file();
    let placed = |finding: Finding| match file {
        true => finding.at(library.config_path.as_str()),
        false => finding,
    };
    if passwords.is_empty() {
        return vec![placed(Finding::error(
            SetupCode::NoAccount,
            "no account is named, so that no post can go out",
            "name it under `accounts:` in updraft.yml, as `updraft init --handle HANDLE` does, or set BLUESKY_HANDLE",
        ))];
    }
    let is_set = |name: &str| (world.env)(name).is_some_and(|value| !value.trim().is_empty());
    let missing = passwords
        .iter()
        .filter(|password| !is_set(&password.variable));
    let page = page(repository, world);
    let in_actions = (world.env)("GITHUB_ACTIONS").as_deref() == Some("true");
    missing
        .map(|password| placed(missing_secret(password, &page, in_actions)))
        .collect()
}

fn missing_secret(password: &Password, page: &str, in_actions: bool) -> Finding {
    let (name, handle) = (&password.variable, &password.handle);
    let make = format!("make an app password ({})", init::APP_PASSWORDS);
    if in_actions {
        return Finding::error(
            SetupCode::SecretMissing,
            format!(
                "{name}, the app password of {handle}, is empty in this step: the secret is not set, or not handed on"
            ),
            format!(
                "{make}, save it as the secret `{name}` on {page}, and write `{name}: ${{{{ secrets.{name} }}}}` into the `env:` of the step"
            ),
        );
    }
    Finding::warning(
        SetupCode::SecretMissing,
        format!(
            "{name}, the app password of {handle}, is not in this environment, and what GitHub keeps can't be seen from here"
        ),
        format!(
            "{make}, and save it as the secret `{name}` on {page}; if it is there, set {name} here too, or run this in the workflow"
        ),
    )
}

/// Where a repository's secrets are set.
fn page(repository: Option<&dyn Git>, world: &World<'_>) -> String {
    let set = |name: &str| (world.env)(name).filter(|value| !value.trim().is_empty());
    let remote = repository.and_then(|repository| repository.remote_address("origin"));
    let name = remote.as_deref().and_then(init::github_name);
    let name = name.or_else(|| set("GITHUB_REPOSITORY"));
    let server = set("GITHUB_SERVER_URL");
    init::secrets_page(server.as_deref(), name.as_deref())
}

//! The accounts: whether their passwords are there.

use super::finding::Finding;
use crate::{
    command::{Library, World, init},
    config::Account,
    git::Git,
};

/// No account, or those whose password is not in the environment.
pub(super) fn of_secrets(
    library: &Library,
    repository: Option<&dyn Git>,
    world: &World<'_>,
) -> Vec<Finding> {
    let accounts = &library.config.accounts;
    if accounts.is_empty() {
        let no_account = Finding::error(
            "no-account",
            "no account is named, so that no post can go out",
            "name it under `accounts:` in updraft.yml, as `updraft init --handle HANDLE` does, or set BLUESKY_HANDLE",
        );
        return vec![no_account.at(library.config_path.as_str())];
    }
    let is_set = |name: &str| (world.env)(name).is_some_and(|value| !value.trim().is_empty());
    let missing = accounts
        .iter()
        .filter(|account| !is_set(&account.password_env));
    let page = page(repository, world);
    let in_actions = (world.env)("GITHUB_ACTIONS").as_deref() == Some("true");
    missing
        .map(|account| {
            let finding = missing_secret(account, &page, in_actions);
            finding.at(library.config_path.as_str())
        })
        .collect()
}

fn missing_secret(account: &Account, page: &str, in_actions: bool) -> Finding {
    let (name, handle) = (&account.password_env, &account.handle);
    let make = format!("make an app password ({})", init::APP_PASSWORDS);
    if in_actions {
        return Finding::error(
            "secret-missing",
            format!(
                "{name}, the app password of {handle}, is empty in this step: the secret is not set, or not handed on"
            ),
            format!(
                "{make}, save it as the secret `{name}` on {page}, and write `{name}: ${{{{ secrets.{name} }}}}` into the `env:` of the step"
            ),
        );
    }
    Finding::warning(
        "secret-missing",
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

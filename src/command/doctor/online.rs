//! What only the accounts' servers can say: whether a handle leads somewhere, whether the clocks agree,
//! and whether the password is good. Nothing is written there.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::finding::Finding;
use crate::{
    atproto::{client::Client, error::Error, patience::Patience, session::PasswordKind},
    command::{CommandError, Library, Progress, World, block_on, init},
    config::Account,
    diagnostic::SetupCode,
    publish::{Network, resolver},
};

/// How long a rate limit is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// By how much clocks may differ: what publishing takes, too.
const SKEW: TimeDelta = TimeDelta::minutes(2);

/// Asks the servers of all accounts.
pub(super) fn look(
    library: &Library,
    world: &World<'_>,
    progress: &Progress,
) -> Result<Vec<Finding>, CommandError> {
    let network = world.network.connect().map_err(CommandError::world)?;
    let patience = Arc::new(Patience::new(PATIENCE, network.pause.clone()));
    let network = network.patient(&patience);
    let bar = progress.bar("asking", library.config.accounts.len());
    block_on(async {
        let mut findings = Vec::new();
        for account in &library.config.accounts {
            let password = (world.env)(&account.password_env);
            let password = password.filter(|value| !value.trim().is_empty());
            let password = password.map(|value| value.trim().to_owned().into());
            let found = of_account(&network, account, password).await;
            let place = library.config_path.as_str();
            findings.extend(found.into_iter().map(|finding| match finding.code {
                // It stands in the environment.
                SetupCode::Pds => finding,
                _ => finding.at(place),
            }));
            bar.advance(1);
        }
        findings
    })
}

async fn of_account(
    network: &Network,
    account: &Account,
    password: Option<SecretString>,
) -> Vec<Finding> {
    let handle = &account.handle;
    let identity = match resolver(network, account.pds.as_deref()) {
        Ok(resolver) => resolver.resolve(handle).await,
        Err(reason) => {
            return vec![Finding::error(
                SetupCode::Pds,
                format!("the server of {handle} has no address that can be read: {reason}"),
                "mend BLUESKY_PDS_URL, or take it out: the server is found from the handle",
            )];
        }
    };
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) => {
            let remedy = "write the handle as its profile shows it; if it was changed on Bluesky, change it in updraft.yml too (posts that are out stay where they are)";
            return vec![refused(
                SetupCode::Handle,
                &format!("{handle} leads to no account"),
                &error,
                remedy,
            )];
        }
    };
    let client = Client::new(network.http.clone(), identity.pds)
        .with_password_name(&account.password_env)
        .with_pause(network.pause.clone());
    let server = match client.describe_server().await {
        Ok(server) => server,
        Err(error) => {
            let what = format!("the server of {handle} does not say what it is");
            let remedy =
                "check `pds:` of the account, and whether its server is one of the AT Protocol";
            return vec![refused(SetupCode::Server, &what, &error, remedy)];
        }
    };
    let mut findings = Vec::new();
    let (ours, theirs) = ((network.clock)(), client.server_time());
    findings.extend(theirs.and_then(|theirs| of_clock(ours, theirs, client.pds().as_str())));
    let limit = server.blob_upload_limit;
    findings.extend(limit.and_then(|limit| of_limit(limit, account)));
    if let Some(password) = password {
        findings.extend(of_login(&client, (account, &identity.did), &password).await);
    }
    findings
}

/// A server that gave no answer is no proof of anything.
fn refused(code: SetupCode, what: &str, error: &Error, remedy: &str) -> Finding {
    let is_busy = error.refusal().is_some_and(|refusal| refusal.status == 429);
    if error.is_transient() || is_busy {
        return Finding::error(
            SetupCode::ServerSilent,
            format!("a server gave no answer: {error}"),
            "try again in a moment; if that does not help, look at this machine's network and at the server's status page",
        );
    }
    Finding::error(code, format!("{what}: {error}"), remedy)
}

fn of_clock(ours: DateTime<Utc>, theirs: DateTime<Utc>, server: &str) -> Option<Finding> {
    let shown = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    ((ours - theirs).abs() > SKEW).then(|| {
        Finding::error(
            SetupCode::Clock,
            format!("this machine's clock says {}, that of {server} {}: a run publishes nothing while they differ by more than two minutes", shown(ours), shown(theirs)),
            "set the clock, and let it be kept right (`timedatectl set-ntp true`)",
        )
    })
}

fn of_limit(limit: u64, account: &Account) -> Option<Finding> {
    let ours = account.defaults.image_bytes;
    (limit < ours).then(|| {
        Finding::warning(
            SetupCode::ServerLimit,
            format!("the server of {} takes files of {limit} bytes, and pictures are made to fit {ours}", account.handle),
            format!("write `image_bytes: {limit}` into the account in updraft.yml"),
        )
    })
}

async fn of_login(
    client: &Client,
    (account, did): (&Account, &str),
    password: &SecretString,
) -> Option<Finding> {
    let (name, handle) = (&account.password_env, &account.handle);
    let make = format!("make an app password ({})", init::APP_PASSWORDS);
    let login = client.login(handle, did, password).await;
    if let Err(error) = login {
        let remedy = format!(
            "{make} while logged in as {handle}, and save it as {name}; an app password is revoked when it is deleted there"
        );
        let what = format!("{handle} can't log in with what is in {name}");
        return Some(refused(SetupCode::Login, &what, &error, &remedy));
    }
    (client.password_kind().await == Some(PasswordKind::Main)).then(|| {
        Finding::error(
            SetupCode::MainPassword,
            format!("{name} holds the main password of {handle}: who gets hold of it owns the account"),
            format!("{make}, save that as {name}, and change the main password if others may have seen it"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_minutes_are_no_difference() {
        let ours = DateTime::UNIX_EPOCH;
        let differs = |by| of_clock(ours, ours + TimeDelta::seconds(by), "a").is_some();
        assert_eq!(
            [-121, -120, 0, 120, 121].map(differs),
            [true, false, false, false, true]
        );
    }
}

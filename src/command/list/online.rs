//! What files say is out, held against what is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};

use super::block;
use crate::{
    atproto::{
        client::Client,
        compare::{Named, Standing, compare, split},
        patience::Patience,
    },
    command::{CommandError, Exit, Library, World, block_on, plan::count},
    config::Account,
    plan::Item,
    publish::{Network, resolver},
    receipt::Status,
    report::sanitize,
};

/// How long a rate limit is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was found of the published files that are listed.
pub(super) struct Online {
    files: Vec<(String, Vec<Named>)>,
    standings: BTreeMap<String, Standing>,
}

/// Asks the servers of all accounts that the records lie at.
pub(super) fn look(
    items: &[&Item],
    library: &Library,
    world: &World<'_>,
) -> Result<Online, CommandError> {
    let files: Vec<(String, Vec<Named>)> = items.iter().filter_map(|item| named(item)).collect();
    let network = world.network.connect().map_err(CommandError::world)?;
    let patience = Arc::new(Patience::new(PATIENCE, network.pause.clone()));
    let network = network.patient(&patience);
    let records: Vec<Named> = files.iter().flat_map(|(_, named)| named.clone()).collect();
    let standings = block_on(ask(&network, &library.config.accounts, &records))?;
    Ok(Online { files, standings })
}

/// The records of a published file that should be there.
fn named(item: &Item) -> Option<(String, Vec<Named>)> {
    let block = block(item).filter(|block| block.status == Status::Published)?;
    let parts = block.posts.iter().filter(|part| !part.deleted);
    let named = parts.map(|part| Named {
        uri: part.uri.clone(),
        cid: part.cid.clone(),
    });
    Some((item.path().to_owned(), named.collect()))
}

async fn ask(
    network: &Network,
    accounts: &[Account],
    records: &[Named],
) -> BTreeMap<String, Standing> {
    let homes = homes(network, accounts).await;
    let repositories: BTreeSet<&str> = records
        .iter()
        .filter_map(|named| Some(split(&named.uri)?.0))
        .collect();
    let mut standings = BTreeMap::new();
    for did in repositories {
        match client(network, &homes, did).await {
            Ok(client) => standings.extend(compare(&client, did, records).await),
            Err(reason) => {
                let theirs = records
                    .iter()
                    .filter(|named| split(&named.uri).is_some_and(|uri| uri.0 == did));
                standings.extend(
                    theirs.map(|named| (named.uri.clone(), Standing::Unknown(reason.clone()))),
                );
            }
        }
    }
    standings
}

/// Where the configured accounts live, by DID; one that can't be resolved is looked for by its DID.
async fn homes(network: &Network, accounts: &[Account]) -> BTreeMap<String, url::Url> {
    let mut homes = BTreeMap::new();
    for account in accounts {
        let Ok(resolver) = resolver(network, account.pds.as_deref()) else {
            continue;
        };
        match resolver.resolve(&account.handle).await {
            Ok(identity) => {
                homes.insert(identity.did, identity.pds);
            }
            Err(error) => tracing::debug!("{}: {error}", account.handle),
        }
    }
    homes
}

async fn client(
    network: &Network,
    homes: &BTreeMap<String, url::Url>,
    did: &str,
) -> Result<Client, String> {
    let pds = match homes.get(did) {
        Some(pds) => pds.clone(),
        None => {
            let identity = resolver(network, None)?.resolve(did).await;
            identity.map_err(|error| error.to_string())?.pds
        }
    };
    Ok(Client::new(network.http.clone(), pds).with_pause(network.pause.clone()))
}

impl Online {
    fn standing(&self, uri: &str) -> Standing {
        let unknown = || Standing::Unknown("it is no AT URI".to_owned());
        self.standings.get(uri).cloned().unwrap_or_else(unknown)
    }

    /// For programs: `as-recorded`, `gone`, `changed` or `unknown`.
    pub(super) fn of_record(&self, uri: &str) -> Value {
        let Some(standing) = self.standings.get(uri) else {
            return Value::Null;
        };
        let (name, detail) = match standing {
            Standing::AsRecorded => ("as-recorded", None),
            Standing::Gone => ("gone", None),
            Standing::Changed(cid) => ("changed", Some(cid)),
            Standing::Unknown(reason) => ("unknown", Some(reason)),
        };
        json!({ "standing": name, "detail": detail })
    }

    /// What is not as the files say, and a last line.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        for (path, records) in &self.files {
            for named in records {
                let (path, uri) = (sanitize(path), sanitize(&named.uri));
                match self.standing(&named.uri) {
                    Standing::AsRecorded => {}
                    Standing::Gone => {
                        text += &format!(
                            "\n{path}: {uri} is gone from the server: deleted there, or lost when the server was restored from a backup. It is not published again by itself; to do that, remove the `bluesky:` block and give the file a new `publish_at`.\n"
                        );
                    }
                    Standing::Changed(cid) => {
                        let cid = sanitize(&cid).into_owned();
                        text +=
                            &format!("\n{path}: {uri} was changed there: its CID is {cid} now.\n");
                    }
                    Standing::Unknown(reason) => {
                        let reason = sanitize(&reason).into_owned();
                        text += &format!("\n{path}: {uri} could not be looked at: {reason}\n");
                    }
                }
            }
        }
        let all = count(self.files.len(), "published file");
        let good = self
            .files
            .iter()
            .filter(|(_, records)| self.is_good(records))
            .count();
        text + &format!("\n{good} of {all} as recorded.\n")
    }

    fn is_good(&self, records: &[Named]) -> bool {
        let mut records = records.iter();
        records.all(|named| self.standing(&named.uri) == Standing::AsRecorded)
    }

    /// 3 where something could not be looked at, 1 where files and network disagree.
    pub(super) fn exit(&self) -> Exit {
        let records = self.files.iter().flat_map(|(_, records)| records);
        let exits = records.map(|named| match self.standing(&named.uri) {
            Standing::AsRecorded => Exit::Done,
            Standing::Gone | Standing::Changed(_) => Exit::Mend,
            Standing::Unknown(_) => Exit::Failed,
        });
        exits.max().unwrap_or(Exit::Done)
    }
}

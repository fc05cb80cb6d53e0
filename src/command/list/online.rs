//! What files say is out, held against what is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use url::Url;

use super::block;
use crate::{
    atproto::{
        client::{Client, Page, RemoteRecord},
        compare::{Named, Standing, compare, split},
        error::Error,
        identity::Identity,
        look::Reads,
        patience::Patience,
    },
    command::{CommandError, Exit, Library, Progress, World, block_on, plan::count, progress::Bar},
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
    progress: &Progress,
) -> Result<Online, CommandError> {
    let files: Vec<(String, Vec<Named>)> = items.iter().filter_map(|item| named(item)).collect();
    let network = world.network.connect().map_err(CommandError::world)?;
    let patience = Arc::new(Patience::new(PATIENCE, network.pause.clone()));
    let network = network.patient(&patience);
    let records: Vec<Named> = files.iter().flat_map(|(_, named)| named.clone()).collect();
    let bar = progress.bar("asking", records.len());
    let mut standings = block_on(ask(&network, &library.config.accounts, (&records, &bar)))?;
    drop(bar);
    for uri in items.iter().flat_map(|item| retracted(item)) {
        standings
            .entry(uri.to_owned())
            .and_modify(|standing| *standing = after_retraction(standing));
    }
    Ok(Online { files, standings })
}

/// What was taken back should be gone.
fn after_retraction(standing: &Standing) -> Standing {
    match standing {
        Standing::Gone => Standing::AsRecorded,
        Standing::AsRecorded | Standing::Changed(_) => Standing::Back,
        other => other.clone(),
    }
}

fn retracted(item: &Item) -> impl Iterator<Item = &str> {
    let block = block(item).filter(|block| block.status == Status::Retracted);
    let parts = block.into_iter().flat_map(|block| &block.posts);
    parts.map(|part| part.uri.as_str())
}

/// The records of a published file that should be there, and those of a retracted one that should not. One with errors names its records all the
/// same, though not what they held.
fn named(item: &Item) -> Option<(String, Vec<Named>)> {
    let uris = item.file.as_ref().err().map(|broken| &broken.uris);
    if let Some(uris) = uris {
        let named = uris.iter().map(|uri| Named {
            uri: uri.clone(),
            cid: None,
        });
        return (!uris.is_empty()).then(|| (item.path().to_owned(), named.collect()));
    }
    let is_out = |status| matches!(status, Status::Published | Status::Retracted);
    let block = block(item).filter(|block| is_out(block.status) && !block.posts.is_empty())?;
    let is_retracted = block.status == Status::Retracted;
    let parts = block.posts.iter();
    let parts = parts.filter(|part| is_retracted || !part.deleted);
    let named = parts.map(|part| Named {
        uri: part.uri.clone(),
        cid: part.cid.clone(),
    });
    Some((item.path().to_owned(), named.collect()))
}

async fn ask(
    network: &Network,
    accounts: &[Account],
    (records, bar): (&[Named], &Bar<'_>),
) -> BTreeMap<String, Standing> {
    let homes = Homes::of(network, accounts).await;
    let repositories: BTreeSet<&str> = records
        .iter()
        .filter_map(|named| Some(split(&named.uri)?.0))
        .collect();
    let mut standings = BTreeMap::new();
    for did in repositories {
        match homes.client(network, did).await {
            Ok(client) => {
                let counted = Counted::new(&client, records, bar);
                standings.extend(compare(&counted, did, records).await);
            }
            Err(reason) => {
                let is_theirs = |named: &&Named| split(&named.uri).is_some_and(|uri| uri.0 == did);
                let theirs: Vec<&Named> = records.iter().filter(is_theirs).collect();
                bar.advance(theirs.len());
                let unknown = |named: &Named| {
                    let standing = Standing::Unknown(reason.clone());
                    (named.uri.clone(), standing)
                };
                standings.extend(theirs.into_iter().map(unknown));
            }
        }
    }
    standings
}

/// A server whose answers about these records move the bar.
struct Counted<'a> {
    client: &'a Client,
    wanted: BTreeSet<&'a str>,
    bar: &'a Bar<'a>,
}

impl<'a> Counted<'a> {
    fn new(client: &'a Client, records: &'a [Named], bar: &'a Bar<'a>) -> Self {
        Self {
            client,
            wanted: records.iter().map(|named| named.uri.as_str()).collect(),
            bar,
        }
    }
}

impl Reads for Counted<'_> {
    type Error = Error;

    async fn get_record(
        &self,
        did: &str,
        collection: &str,
        rkey: &str,
    ) -> Result<Option<RemoteRecord>, Error> {
        let record = self.client.get_record(did, collection, rkey).await;
        self.bar.advance(1);
        record
    }

    async fn list_records(
        &self,
        did: &str,
        collection: &str,
        cursor: Option<&str>,
    ) -> Result<Page, Error> {
        let page = Reads::list_records(self.client, did, collection, cursor).await?;
        let uris = page.records.iter().map(|record| record.uri.as_str());
        let found = uris.filter(|uri| self.wanted.contains(uri));
        self.bar.advance(found.count());
        Ok(page)
    }
}

/// Where the configured accounts live, by DID.
struct Homes {
    found: BTreeMap<String, Url>,
    /// Why an account's server is not known.
    failures: Vec<String>,
}

impl Homes {
    async fn of(network: &Network, accounts: &[Account]) -> Self {
        let mut homes = Self {
            found: BTreeMap::new(),
            failures: Vec::new(),
        };
        for account in accounts {
            match resolve(network, account).await {
                Ok(Identity { did, pds, .. }) => {
                    homes.found.insert(did, pds);
                }
                Err(reason) => homes.failures.push(format!("{}: {reason}", account.handle)),
            }
        }
        homes
    }

    /// A DID that is no configured account's is somebody's who was one, if all others are known.
    async fn client(&self, network: &Network, did: &str) -> Result<Client, String> {
        let pds = match (self.found.get(did), self.failures.first()) {
            (Some(pds), _) => pds.clone(),
            (None, Some(failure)) => return Err(failure.clone()),
            (None, None) => {
                let identity = resolver(network, None)?.resolve(did).await;
                identity.map_err(|error| error.to_string())?.pds
            }
        };
        Ok(Client::new(network.http.clone(), pds).with_pause(network.pause.clone()))
    }
}

async fn resolve(network: &Network, account: &Account) -> Result<Identity, String> {
    let resolver = resolver(network, account.pds.as_deref())?;
    let identity = resolver.resolve(&account.handle).await;
    identity.map_err(|error| error.to_string())
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
            Standing::Back => ("back", None),
            Standing::Changed(cid) => ("changed", Some(cid)),
            Standing::Unknown(reason) => ("unknown", Some(reason)),
        };
        json!({ "standing": name, "detail": detail })
    }

    /// What is not as the files say, and a last line.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        for (path, records) in &self.files {
            let is_gone = |named: &Named| self.standing(&named.uri) == Standing::Gone;
            let whole = records.iter().all(is_gone);
            for named in records {
                if let Some(said) = said(&self.standing(&named.uri), whole) {
                    text += &format!("\n{}: {} {said}\n", sanitize(path), sanitize(&named.uri));
                }
            }
        }
        let all = count(self.files.len(), "published file");
        let good = self.files.iter();
        let good = good.filter(|(_, records)| self.is_good(records)).count();
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
            Standing::Gone | Standing::Changed(_) | Standing::Back => Exit::Mend,
            Standing::Unknown(_) => Exit::Failed,
        });
        exits.max().unwrap_or(Exit::Done)
    }
}

/// What is to be said of a record, of a thread that is gone as a whole or not.
fn said(standing: &Standing, whole: bool) -> Option<String> {
    let text = match standing {
        Standing::AsRecorded => return None,
        Standing::Gone if whole => "is gone from the server: deleted there, or lost when the server was restored from a backup. It is not published again by itself; to do that, remove the `bluesky:` block and give the file a new `publish_at`.".to_owned(),
        Standing::Back => "was retracted, and is on the server: a backup of it may have brought the post back. `updraft retract` deletes it once more.".to_owned(),
        Standing::Gone => "is gone from the server, and other parts of its thread are not: nothing brings one part back.".to_owned(),
        Standing::Changed(cid) => format!(
            "was changed there by another program: its CID is {} now. The file keeps the one that updraft wrote.",
            sanitize(cid)
        ),
        Standing::Unknown(reason) => format!("could not be looked at: {}", sanitize(reason)),
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::Utc;

    use super::*;
    use crate::{
        atproto::{identity::NoDns, pause::NoPause, transport},
        post::Defaults,
    };

    /// A network of which nothing is asked.
    fn unused() -> Network {
        Network {
            http: Arc::new(transport::Network::new().unwrap()),
            dns: Arc::new(NoDns),
            plc: None,
            video: None,
            clock: Arc::new(Utc::now),
            pause: Arc::new(NoPause),
            memories: Default::default(),
            closed: true,
        }
    }

    #[test]
    fn the_bar_also_counts_what_no_server_is_known_for() {
        let account = Account {
            name: "main".to_owned(),
            handle: "ada.example.com".to_owned(),
            pds: Some("no address".to_owned()),
            password_env: String::new(),
            defaults: Defaults::default(),
            video: None,
            spacing: chrono::Duration::zero(),
        };
        let named = |did: &str, key: &str| Named {
            uri: format!("at://did:plc:{did}/app.bsky.feed.post/{key}"),
            cid: None,
        };
        let records = [named("x", "3m"), named("x", "3k"), named("y", "3m")];
        let progress = Progress::default();
        let bar = progress.bar("asking", records.len());
        let found = block_on(ask(&unused(), &[account], (&records, &bar))).unwrap();
        let is_unknown = |standing: &Standing| matches!(standing, Standing::Unknown(_));
        assert!(found.values().all(is_unknown));
        assert_eq!((found.len(), bar.done()), (3, 3));
    }
}

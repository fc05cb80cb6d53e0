//! A record that a post points at, read at its own server: it must be there, and its author may have
//! closed answers or quotes.

use serde_json::Value;

use super::{account::Connection, resolver, send::Problem};
use crate::{
    atproto::{
        cid,
        client::{Client, RemoteRecord},
        error::Error,
        record::{POSTGATE, Pointer, Reference, THREADGATE},
    },
    post::{Address, target::Kind},
};

/// How many pages of a hundred are read to see whether somebody follows, or is on a list.
const PAGES: usize = 10;

/// What a record is pointed at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is shown in a post.
    Quote,
    /// It is answered.
    Reply,
    /// It is reposted.
    Repost,
    /// Its members may answer.
    List,
}

/// A repository on the network.
struct Home {
    did: String,
    client: Client,
}

/// Reads the record at `address`; gives what a post points with, and what should be warned about.
pub(super) async fn resolve(
    connection: &mut Connection<'_>,
    address: &Address,
    usage: Use,
) -> Result<(Reference, Option<String>), Problem> {
    let did = match address.authority.starts_with("did:") {
        true => address.authority.clone(),
        false => {
            let did = connection.did_of(&address.authority).await?;
            did.ok_or_else(|| gone(address, "there is no such account"))?
        }
    };
    let home = Home::open(connection, did).await?;
    if connection.job.network.closed {
        return Ok((home.closed(address).await, None));
    }
    let record = home.read(address.kind.collection(), &address.rkey).await?;
    let record = record.ok_or_else(|| gone(address, "it may have been deleted"))?;
    let this = Pointer {
        uri: record.uri.clone(),
        cid: record.cid.clone(),
    };
    let root = match usage {
        Use::Reply => pointer(&record.value["reply"]["root"]),
        _ => None,
    };
    let warning = match usage {
        Use::Quote if address.kind == Kind::Post => home.check_quotes(connection, address).await?,
        Use::Reply => {
            let root = root.as_ref().unwrap_or(&this);
            check_replies(connection, address, root).await?
        }
        _ => None,
    };
    Ok((Reference { this, root }, warning))
}

fn gone(address: &Address, why: &str) -> Problem {
    let noun = address.kind.noun();
    Problem::Failed(format!("the {noun} {address} is not there: {why}"))
}

fn pointer(value: &Value) -> Option<Pointer> {
    Some(Pointer {
        uri: value["uri"].as_str()?.to_owned(),
        cid: value["cid"].as_str()?.to_owned(),
    })
}

fn left(error: &Error) -> Problem {
    Problem::Left(error.to_string())
}

impl Home {
    /// The server of a DID: our own account's, or the one that its DID document names.
    async fn open(connection: &Connection<'_>, did: String) -> Result<Self, Problem> {
        let network = connection.job.network;
        let pds = if did == connection.identity.did || network.closed {
            connection.identity.pds.clone()
        } else {
            let resolver = resolver(network, None).map_err(Problem::Left)?;
            let identity = resolver.resolve(&did).await;
            identity.map_err(|error| left(&error))?.pds
        };
        let client = Client::new(network.http.clone(), pds);
        let client = client.with_pause(network.pause.clone());
        Ok(Self { did, client })
    }

    async fn read(&self, collection: &str, rkey: &str) -> Result<Option<RemoteRecord>, Problem> {
        let record = self.client.get_record(&self.did, collection, rkey).await;
        record.map_err(|error| left(&error))
    }

    /// In a rehearsal nobody else's server is asked: what isn't here is taken to be there.
    async fn closed(&self, address: &Address) -> Reference {
        let (collection, rkey) = (address.kind.collection(), address.rkey.as_str());
        let record = self.read(collection, rkey).await.ok().flatten();
        let this = record.map(|RemoteRecord { uri, cid, .. }| Pointer { uri, cid });
        let assumed = || {
            let uri = format!("at://{}/{collection}/{rkey}", self.did);
            let cid = cid::of_record(uri.as_bytes()).to_string();
            Pointer { uri, cid }
        };
        Reference {
            this: this.unwrap_or_else(assumed),
            root: None,
        }
    }

    async fn check_quotes(
        &self,
        connection: &Connection<'_>,
        address: &Address,
    ) -> Result<Option<String>, Problem> {
        if self.did == connection.identity.did {
            return Ok(None);
        }
        let gate = self.read(POSTGATE, &address.rkey).await?;
        let rules = gate.map(|gate| gate.value["embeddingRules"].clone());
        let disabled = rules.iter().filter_map(Value::as_array).flatten();
        let is_closed = disabled
            .filter_map(|rule| rule["$type"].as_str())
            .any(|name| name == "app.bsky.feed.postgate#disableRule");
        match is_closed {
            true => Err(Problem::Failed(format!(
                "the author of {address} lets nobody quote it: link to it with some words of your own, or drop the post"
            ))),
            false => Ok(None),
        }
    }

    /// Whether a record of a collection names `did` under `field`; `None` if there are too many to say.
    async fn names(
        &self,
        (collection, field): (&str, &str),
        did: &str,
        list: Option<&str>,
    ) -> Result<Option<bool>, Problem> {
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let page = self
                .client
                .list_records(&self.did, collection, cursor.as_deref())
                .await
                .map_err(|error| left(&error))?;
            let named = page.records.iter().any(|record| {
                record.value[field] == did && list.is_none_or(|list| record.value["list"] == list)
            });
            if named {
                return Ok(Some(true));
            }
            let again = page.cursor.is_none() || page.cursor == cursor || page.records.is_empty();
            if again {
                return Ok(Some(false));
            }
            cursor = page.cursor;
        }
        Ok(None)
    }
}

/// What the threadgate of a thread's root says of us.
async fn check_replies(
    connection: &Connection<'_>,
    address: &Address,
    root: &Pointer,
) -> Result<Option<String>, Problem> {
    let Some(root_address) = Address::parse(&root.uri) else {
        return Ok(None);
    };
    if root_address.authority == connection.identity.did {
        return Ok(None);
    }
    let home = Home::open(connection, root_address.authority.clone()).await?;
    let Some(gate) = home.read(THREADGATE, &root_address.rkey).await? else {
        return Ok(None);
    };
    let Some(rules) = gate.value["allow"].as_array() else {
        return Ok(None);
    };
    let mut unknown = false;
    for rule in rules {
        match is_allowed(connection, (&home, &root_address), rule).await? {
            Some(true) => return Ok(None),
            Some(false) => {}
            None => unknown = true,
        }
    }
    if unknown {
        return Ok(Some(format!(
            "the author of {root_address} limits who may reply, and it can't be told whether this account may: the answer may stay invisible"
        )));
    }
    let who = if rules.is_empty() {
        "lets nobody reply"
    } else {
        "limits who may reply, and this account may not"
    };
    Err(Problem::Failed(format!(
        "the author of {address}'s thread {who}: quote it instead with `quote:`, or drop the post"
    )))
}

async fn is_allowed(
    connection: &Connection<'_>,
    (home, root): (&Home, &Address),
    rule: &Value,
) -> Result<Option<bool>, Problem> {
    let us = connection.identity.did.as_str();
    match rule["$type"].as_str().unwrap_or_default() {
        "app.bsky.feed.threadgate#mentionRule" => {
            let post = home.read(Kind::Post.collection(), &root.rkey).await?;
            Ok(Some(post.is_some_and(|post| mentions(&post.value, us))))
        }
        "app.bsky.feed.threadgate#followingRule" => {
            home.names(("app.bsky.graph.follow", "subject"), us, None)
                .await
        }
        "app.bsky.feed.threadgate#followerRule" => {
            let own = Home::open(connection, us.to_owned()).await?;
            own.names(("app.bsky.graph.follow", "subject"), &home.did, None)
                .await
        }
        "app.bsky.feed.threadgate#listRule" => {
            let list = rule["list"].as_str();
            home.names(("app.bsky.graph.listitem", "subject"), us, list)
                .await
        }
        _ => Ok(None),
    }
}

fn mentions(post: &Value, did: &str) -> bool {
    let facets = post["facets"].as_array().into_iter().flatten();
    facets
        .filter_map(|facet| facet["features"].as_array())
        .flatten()
        .any(|feature| feature["did"] == did)
}

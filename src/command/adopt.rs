//! `updraft adopt`: a person says that a post on Bluesky is this file's.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{CommandError, Console, Exit, Library, World, publish::write_block};
use crate::{
    atproto::{
        client::{Client, RemoteRecord},
        identity::Identity,
        record,
        record_key::Tid,
    },
    cli::AdoptArgs,
    config::Account,
    post::{Address, Checked, Thread, target::Kind},
    publish::{Network, permalink, resolver},
    receipt::{Block, Part, Receipt, Status},
    report::{sanitize, sanitize_line},
};

const POST: &str = record::COLLECTION;
const REPOST: &str = record::REPOST;
/// How many pages of a hundred records are searched for the other parts of a thread.
const PAGES: usize = 10;

/// Runs it.
pub(super) fn run(
    args: &AdoptArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Failed, world, console)?;
    let path = library
        .relative(world, std::slice::from_ref(&args.path))?
        .pop()
        .unwrap_or_default();
    let thread = library.thread(&path)?;
    if thread
        .block()
        .is_some_and(|block| block.status == Status::Published)
    {
        return Err(CommandError::usage(format!(
            "{path} has its post already; see its `bluesky:` block"
        )));
    }
    let collection = record::collection(thread.publication());
    let (authority, rkey) = read_address(&args.url, collection)?;
    let account = account_of(&library, thread)?;
    let network = world.network.connect().map_err(CommandError::world)?;
    let found = super::block_on(find(&network, account, (&authority, collection, &rkey)))??;
    refuse_taken(&library, &path, &found)?;
    let block = block(thread, &found, (world.clock)());
    let url = block.url.clone().unwrap_or_default();
    let text = found
        .first()
        .and_then(|root| root.value["text"].as_str())
        .unwrap_or_default();
    let differs = thread
        .posts()
        .first()
        .is_some_and(|post| post.text.text() != text);
    write_block(
        &library.folder,
        &Receipt {
            path: path.clone(),
            block,
        },
    )
    .map_err(CommandError::world)?;
    if differs {
        writeln!(
            console.err,
            "warning: the text on Bluesky is not the one in the file"
        )?;
    }
    writeln!(
        console.out,
        "{} → {}; commit and push it",
        sanitize_line(&path),
        sanitize(&url)
    )?;
    Ok(Exit::Done)
}

/// A record belongs to one file.
fn refuse_taken(library: &Library, path: &str, found: &[RemoteRecord]) -> Result<(), CommandError> {
    let Some(root) = found.first() else {
        return Ok(());
    };
    let names = |file: &&Checked| match &file.result {
        Ok(thread) => thread
            .block()
            .is_some_and(|block| block.posts.iter().any(|part| part.uri == root.uri)),
        Err(broken) => broken.uris.contains(&root.uri),
    };
    match library
        .files
        .iter()
        .filter(|file| file.diagnostics.path != path)
        .find(names)
    {
        Some(other) => Err(CommandError::usage(format!(
            "that post is {}'s already: see its `bluesky:` block",
            other.diagnostics.path
        ))),
        None => Ok(()),
    }
}

/// Authority and key of `https://bsky.app/profile/NAME/post/KEY` or `at://NAME/COLLECTION/KEY`, which
/// must be what the file publishes: a post, or a repost.
fn read_address(address: &str, collection: &str) -> Result<(String, String), CommandError> {
    let repost = address
        .strip_prefix("at://")
        .and_then(|rest| rest.split_once(&format!("/{REPOST}/")));
    match (collection, repost) {
        (REPOST, Some((authority, rkey))) => return Ok((authority.to_lowercase(), rkey.into())),
        (REPOST, None) => {
            return Err(CommandError::usage(format!(
                "`{address}` is no repost: this file's record is named `at://NAME/{REPOST}/…`"
            )));
        }
        _ => {}
    }
    match Address::parse(address) {
        Some(found) if found.kind == Kind::Post => Ok((found.authority, found.rkey)),
        _ => Err(CommandError::usage(format!(
            "`{address}` is no post: copy its link on bsky.app (https://bsky.app/profile/NAME/post/…), or its at:// URI"
        ))),
    }
}

fn account_of<'a>(library: &'a Library, thread: &Thread) -> Result<&'a Account, CommandError> {
    thread
        .account()
        .and_then(|name| library.config.account(name))
        .ok_or_else(|| {
            CommandError::usage(
                "no account is configured: set BLUESKY_HANDLE, or `accounts:` in updraft.yml",
            )
        })
}

async fn find(
    network: &Network,
    account: &Account,
    (authority, collection, rkey): (&str, &str, &str),
) -> Result<Vec<RemoteRecord>, CommandError> {
    let resolver = resolver(network, account.pds.as_deref()).map_err(CommandError::world)?;
    let Identity { did, pds, .. } = resolver
        .resolve(&account.handle)
        .await
        .map_err(CommandError::world)?;
    if authority != account.handle && authority != did {
        let message = format!(
            "that post is {authority}'s, and the file's account is {}",
            account.handle
        );
        return Err(CommandError::usage(message));
    }
    let client = Client::new(network.http.clone(), pds);
    let root = client
        .get_record(&did, collection, rkey)
        .await
        .map_err(CommandError::world)?;
    let root = root.ok_or_else(|| {
        CommandError::usage(format!("{authority} has no post {rkey}: it may be deleted"))
    })?;
    if collection != POST {
        return Ok(vec![root]);
    }
    let mut parts = replies(&client, &did, &root.uri).await?;
    parts.insert(0, root);
    Ok(parts)
}

/// The author's own posts below the root, oldest first: the rest of the thread.
async fn replies(
    client: &Client,
    did: &str,
    root: &str,
) -> Result<Vec<RemoteRecord>, CommandError> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let page = client
            .list_records(did, POST, cursor.as_deref())
            .await
            .map_err(CommandError::world)?;
        let own =
            |record: &RemoteRecord| record.value["reply"]["root"]["uri"].as_str() == Some(root);
        found.extend(page.records.into_iter().filter(own));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    found.sort_by(|a, b| a.uri.cmp(&b.uri));
    Ok(found)
}

fn block(thread: &Thread, records: &[RemoteRecord], now: DateTime<Utc>) -> Block {
    let parts = thread.publication().parts();
    let posts: Vec<Part> = records
        .iter()
        .take(parts)
        .map(|record| Part {
            uri: record.uri.clone(),
            cid: Some(record.cid.clone()),
            deleted: false,
        })
        .collect();
    Block {
        published_at: records.first().and_then(created_at),
        taken_over_at: Some(now),
        url: shown(records),
        posts,
        ..Block::new(Status::Published, thread.source().to_owned())
    }
}

/// The post's page, or that of what is reposted.
fn shown(records: &[RemoteRecord]) -> Option<String> {
    let root = records.first()?;
    let subject = root.value["subject"]["uri"].as_str();
    permalink(subject.unwrap_or(&root.uri))
}

fn created_at(record: &RemoteRecord) -> Option<DateTime<Utc>> {
    let written = record.value.get("createdAt").and_then(Value::as_str);
    let written = written.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let rkey = record.uri.rsplit('/').next().unwrap_or_default();
    let from_key = || {
        rkey.parse::<Tid>()
            .ok()
            .and_then(|tid| DateTime::from_timestamp(tid.second(), 0))
    };
    written.map(|time| time.to_utc()).or_else(from_key)
}

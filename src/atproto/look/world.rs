//! A repository's waiting files and an account's records, for the tests of looking.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use serde_json::{Value, json};

use super::{Finding, History, Sight, Wanted, decide};
use crate::{
    atproto::{
        client::RemoteRecord,
        content::{Content, Published},
        record::{COLLECTION, Moment, Pointer, Reference, References, records},
        record_key::{Tid, keys},
    },
    post::{Address, Gates, Post, Publication, RichText, Target},
};

pub(super) const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
/// 2026-12-01T14:00:00Z
pub(super) const NOON: i64 = 1_796_133_600;
/// Of no record: answers are compared by what they answer, not by its CID.
const CID: &str = "bafyreigq3exe2m23sojzoachuyucow4vu7eyatati4uy6scr4ixt6xwlhi";
pub(super) const WEEK: i64 = 7 * 24 * 60 * 60;

#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) second: i64,
    pub(super) publication: Publication,
    pub(super) parts: Vec<Content>,
    pub(super) repeat: bool,
    pub(super) on_merge: bool,
    pub(super) due: bool,
    pub(super) references: References,
}

/// A due file; a part of the thread for each text.
pub(super) fn file(path: &str, second: i64, texts: &[&str]) -> File {
    let post = |text: &&str| Post {
        text: RichText::new((*text).to_owned(), Vec::new()).unwrap(),
        langs: vec!["en".to_owned()],
        ..Post::default()
    };
    let publication = Publication::Posts {
        posts: texts.iter().map(post).collect(),
        reply_to: None,
        gates: Gates::default(),
    };
    File {
        path: path.to_owned(),
        second,
        parts: Content::of_publication(&publication, &Published::new()),
        publication,
        repeat: false,
        on_merge: false,
        due: true,
        references: References::default(),
    }
}

/// A due file that answers a record.
pub(super) fn answer(path: &str, second: i64, texts: &[&str], to: &RemoteRecord) -> File {
    let plain = file(path, second, texts);
    let Publication::Posts { posts, gates, .. } = plain.publication else {
        unreachable!("a file of texts is a thread");
    };
    let target = Address::parse(&to.uri).map(Target::Record).unwrap();
    let publication = Publication::Posts {
        posts,
        reply_to: Some(target.clone()),
        gates,
    };
    let this = Pointer {
        uri: to.uri.clone(),
        cid: CID.to_owned(),
    };
    File {
        parts: Content::of_publication(&publication, &Published::new()),
        publication,
        references: References {
            records: [(target, Reference { this, root: None })].into(),
            ..References::default()
        },
        ..plain
    }
}

impl File {
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            path: &self.path,
            second: self.second,
            parts: &self.parts,
            repeat: self.repeat,
            on_merge: self.on_merge,
            due: self.due,
        }
    }

    pub(super) fn later(self) -> Self {
        Self { due: false, ..self }
    }

    pub(super) fn repeated(self) -> Self {
        Self {
            repeat: true,
            ..self
        }
    }

    pub(super) fn keys(&self, n: u8) -> Vec<Tid> {
        keys(
            DID,
            self.path.as_bytes(),
            self.second,
            (n, self.parts.len()),
        )
    }

    pub(super) fn uri(&self) -> String {
        format!("at://{DID}/{COLLECTION}/{}", self.keys(0)[0])
    }

    /// What its publishing leaves on the network, three seconds after its time.
    pub(super) fn published(&self) -> Vec<RemoteRecord> {
        self.published_as(0)
    }

    pub(super) fn published_as(&self, n: u8) -> Vec<RemoteRecord> {
        let moment = Moment {
            created_at: DateTime::from_timestamp(self.second + 3, 0).unwrap(),
            references: &self.references,
        };
        let written = records(DID, &self.publication, &self.keys(n), moment).unwrap();
        let remote = written.parts.into_iter().map(|part| RemoteRecord {
            uri: part.uri,
            cid: part.cid,
            value: part.value,
        });
        remote.collect()
    }
}

/// A post by another client at a moment, half a second into it.
pub(super) fn by_hand(text: &str, second: i64, reply_to: Option<&RemoteRecord>) -> RemoteRecord {
    let key = Tid::new(second.unsigned_abs() * 1_000_000 + 999_500, 7);
    let created_at = DateTime::from_timestamp(second, 500_000_000).unwrap();
    let mut value = json!({
        "$type": COLLECTION,
        "text": text,
        "langs": ["en"],
        "createdAt": created_at.to_rfc3339(),
    });
    if let Some(root) = reply_to {
        let root = json!({"uri": root.uri, "cid": root.cid});
        value["reply"] = json!({"root": root, "parent": root});
    }
    remote(&key.to_string(), value)
}

pub(super) fn remote(rkey: &str, value: Value) -> RemoteRecord {
    RemoteRecord {
        uri: format!("at://{DID}/{COLLECTION}/{rkey}"),
        cid: format!("cid of {rkey}"),
        value,
    }
}

/// All there is to look at.
#[derive(Default)]
pub(super) struct World {
    pub(super) records: Vec<RemoteRecord>,
    pub(super) accounted: BTreeSet<String>,
    pub(super) history: BTreeSet<String>,
    pub(super) shallow: bool,
}

impl World {
    pub(super) fn holding(records: impl IntoIterator<Item = RemoteRecord>) -> Self {
        Self {
            records: records.into_iter().collect(),
            ..Self::default()
        }
    }

    pub(super) fn look(&self, files: &[&File]) -> BTreeMap<String, Finding> {
        let wanted: Vec<_> = files.iter().map(|file| file.wanted()).collect();
        let sight = Sight {
            did: DID,
            collection: COLLECTION,
            records: &self.records,
            accounted: &self.accounted,
        };
        decide(&wanted, sight, |asked| {
            let known = asked.iter().filter(|uri| self.history.contains(*uri));
            History {
                found: known.cloned().collect(),
                complete: !self.shallow,
            }
        })
    }

    /// A word or two on what came of each due file, in order of the paths.
    pub(super) fn summary(&self, files: &[&File]) -> Vec<String> {
        self.look(files).values().map(summary).collect()
    }

    pub(super) fn one(&self, file: &File) -> String {
        self.summary(&[file]).concat()
    }
}

fn summary(finding: &Finding) -> String {
    match finding {
        Finding::Absent => "absent".to_owned(),
        Finding::Out(out) => {
            let how = format!("{:?}", out.how);
            format!("out: {}", how.split(' ').next().unwrap_or_default())
        }
        Finding::Doubt(doubt) => format!("doubt: {:?}", doubt.reason),
    }
}

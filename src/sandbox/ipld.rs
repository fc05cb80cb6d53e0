//! JSON as the network hashes it: the data model, DAG-CBOR and its CIDs.

use std::collections::BTreeMap;

use cid::{Cid, multibase::Base, multihash::Multihash};
use ipld_core::ipld::Ipld;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Multicodec numbers (multiformats/multicodec).
const DAG_CBOR: u64 = 0x71;
const RAW: u64 = 0x55;
const SHA2_256: u64 = 0x12;

/// The largest integer that JavaScript, and so the official server, tells from its neighbours.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// How deep a record may be nested before it is refused.
const MAX_DEPTH: usize = 128;

/// The CID of a record.
pub(super) fn record_cid(record: &Value) -> Option<String> {
    let bytes = serde_ipld_dagcbor::to_vec(&to_ipld(record, 0)?).ok()?;
    Some(cid_of(DAG_CBOR, &bytes))
}

/// The CID of a blob.
pub(super) fn blob_cid(bytes: &[u8]) -> String {
    cid_of(RAW, bytes)
}

/// A CID of the right form for a commit, from whatever makes it different from all others.
pub(super) fn commit_cid(seed: &[u8]) -> String {
    cid_of(DAG_CBOR, seed)
}

fn cid_of(codec: u64, bytes: &[u8]) -> String {
    let hash = Multihash::<64>::wrap(SHA2_256, &Sha256::digest(bytes))
        .expect("32 bytes fit into a multihash of 64");
    Cid::new_v1(codec, hash).to_string()
}

fn to_ipld(value: &Value, depth: usize) -> Option<Ipld> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        Value::Null => Ipld::Null,
        Value::Bool(bool) => Ipld::Bool(*bool),
        Value::Number(_) => Ipld::Integer(as_integer(value)?.into()),
        Value::String(text) => Ipld::String(text.clone()),
        Value::Array(items) => Ipld::List(
            items
                .iter()
                .map(|item| to_ipld(item, depth + 1))
                .collect::<Option<_>>()?,
        ),
        Value::Object(object) => match (link(value), bytes(value)) {
            (Some(cid), _) => Ipld::Link(cid),
            (None, Some(bytes)) => Ipld::Bytes(bytes),
            (None, None) => Ipld::Map(
                object
                    .iter()
                    .map(|(key, item)| Some((key.clone(), to_ipld(item, depth + 1)?)))
                    .collect::<Option<BTreeMap<_, _>>>()?,
            ),
        },
    })
}

/// The integer in `value`; `1.0` is one too, as for a JavaScript server.
pub(super) fn as_integer(value: &Value) -> Option<i64> {
    let number = match value.as_i64() {
        Some(number) => number,
        None => {
            let float = value.as_f64()?;
            let whole = float.fract() == 0.0 && float.abs() <= MAX_SAFE as f64;
            whole.then_some(float as i64)?
        }
    };
    (-MAX_SAFE..=MAX_SAFE).contains(&number).then_some(number)
}

/// The CID in `{"$link": CID}`.
pub(super) fn link(value: &Value) -> Option<Cid> {
    Cid::try_from(only(value, "$link")?).ok()
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    let text = only(value, "$bytes")?;
    Base::Base64.decode(text.trim_end_matches('=')).ok()
}

fn only<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get(key)?.as_str()
}

/// The properties of `value`, unless it is no object or stands for a link or bytes.
pub(super) fn as_object(value: &Value) -> Option<&Map<String, Value>> {
    let special = link(value).is_some() || bytes(value).is_some();
    value.as_object().filter(|_| !special)
}

pub(super) fn is_object(value: &Value) -> bool {
    as_object(value).is_some()
}

/// A reference to a blob, as it sits in a record.
pub(super) struct BlobRef<'a> {
    pub(super) cid: String,
    pub(super) mime_type: &'a str,
    pub(super) size: i64,
}

impl BlobRef<'_> {
    /// Reads `{"$type": "blob", "ref": {"$link": …}, "mimeType": …, "size": …}`, and
    /// nothing with more in it.
    pub(super) fn read(value: &Value) -> Option<BlobRef<'_>> {
        let object = value.as_object()?;
        if object.len() != 4 || object.get("$type")? != "blob" {
            return None;
        }
        Some(BlobRef {
            cid: link(object.get("ref")?)?.to_string(),
            mime_type: object.get("mimeType")?.as_str()?,
            size: as_integer(object.get("size")?)?,
        })
    }

    /// All blob references in `value`, at any depth.
    pub(super) fn all(value: &Value) -> Vec<BlobRef<'_>> {
        let mut found = Vec::new();
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match (BlobRef::read(value), value) {
                (Some(blob), _) => found.push(blob),
                (None, Value::Array(items)) => open.extend(items.iter().rev()),
                (None, Value::Object(object)) => open.extend(object.values().rev()),
                _ => {}
            }
        }
        found
    }
}

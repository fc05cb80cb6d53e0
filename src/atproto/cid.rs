//! Content identifiers, computed here as the server computes them.

use cid::{Cid, multihash::Multihash};
use sha2::{Digest as _, Sha256};

/// Multicodec numbers (multiformats/multicodec).
const DAG_CBOR: u64 = 0x71;
const RAW: u64 = 0x55;
const SHA2_256: u64 = 0x12;

/// The CID of a record, by its DAG-CBOR bytes.
pub fn of_record(dag_cbor: &[u8]) -> Cid {
    let digest: [u8; 32] = Sha256::digest(dag_cbor).into();
    with_codec(DAG_CBOR, &digest)
}

/// The CID of a blob, by the SHA-256 of its bytes.
pub fn of_blob(sha256: &[u8; 32]) -> Cid {
    with_codec(RAW, sha256)
}

fn with_codec(codec: u64, digest: &[u8; 32]) -> Cid {
    let hash = Multihash::wrap(SHA2_256, digest).expect("32 bytes fit into a multihash of 64");
    Cid::new_v1(codec, hash)
}

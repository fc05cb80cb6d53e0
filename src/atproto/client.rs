//! One PDS, spoken to over XRPC.

use serde_json::Value;

/// A record as the server holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteRecord {
    /// `at://DID/COLLECTION/RKEY`
    pub uri: String,
    /// The record's CID.
    pub cid: String,
    /// The record, as JSON.
    pub value: Value,
}

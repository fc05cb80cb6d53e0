//! Inputs and parameters of the methods (lexicons/com/atproto of bluesky-social/atproto).

use super::{Definition, Format, Property, Schema};

/// The JSON bodies of procedures.
pub(in crate::sandbox) static INPUTS: [&Definition; 5] = [
    &CREATE_SESSION,
    &APPLY_WRITES,
    &CREATE_RECORD,
    &PUT_RECORD,
    &DELETE_RECORD,
];

/// The parameters of queries.
pub(in crate::sandbox) static PARAMS: [&Definition; 6] = [
    &GET_SERVICE_AUTH,
    &GET_RECORD,
    &LIST_RECORDS,
    &GET_LATEST_COMMIT,
    &GET_BLOB,
    &RESOLVE_HANDLE,
];

const fn required(name: &'static str, schema: Schema) -> Property {
    Property::required(name, schema)
}

const fn optional(name: &'static str, schema: Schema) -> Property {
    Property::optional(name, schema)
}

const REPO: Property = required("repo", Schema::text(Format::AtIdentifier));
const COLLECTION: Property = required("collection", Schema::text(Format::Nsid));
const VALIDATE: Property = optional("validate", Schema::Boolean);
const RKEY: Schema = Schema::text(Format::RecordKey);
const CID: Schema = Schema::text(Format::Cid);
const SWAP_COMMIT: Property = optional("swapCommit", CID);

/// A key that a client may leave out: its length is checked before its form.
const NEW_RKEY: Schema = Schema::Text {
    format: Format::RecordKey,
    max_bytes: 512,
    max_graphemes: usize::MAX,
};

static CREATE_SESSION: Definition = Definition {
    id: "com.atproto.server.createSession",
    properties: &[
        required("identifier", Schema::TEXT),
        required("password", Schema::TEXT),
        optional("authFactorToken", Schema::TEXT),
        optional("allowTakendown", Schema::Boolean),
    ],
};

static GET_SERVICE_AUTH: Definition = Definition {
    id: "com.atproto.server.getServiceAuth",
    properties: &[
        required("aud", Schema::text(Format::Did)),
        optional(
            "exp",
            Schema::Integer {
                min: i64::MIN,
                max: i64::MAX,
            },
        ),
        optional("lxm", Schema::text(Format::Nsid)),
    ],
};

static APPLY_WRITES: Definition = Definition {
    id: "com.atproto.repo.applyWrites",
    properties: &[
        REPO,
        VALIDATE,
        required(
            "writes",
            Schema::list(
                &Schema::Union {
                    of: &[&CREATE, &UPDATE, &DELETE],
                    closed: true,
                },
                usize::MAX,
            ),
        ),
        SWAP_COMMIT,
    ],
};

static CREATE: Definition = Definition {
    id: "com.atproto.repo.applyWrites#create",
    properties: &[
        COLLECTION,
        optional("rkey", NEW_RKEY),
        required("value", Schema::Unknown),
    ],
};

static UPDATE: Definition = Definition {
    id: "com.atproto.repo.applyWrites#update",
    properties: &[
        COLLECTION,
        required("rkey", RKEY),
        required("value", Schema::Unknown),
    ],
};

static DELETE: Definition = Definition {
    id: "com.atproto.repo.applyWrites#delete",
    properties: &[COLLECTION, required("rkey", RKEY)],
};

static CREATE_RECORD: Definition = Definition {
    id: "com.atproto.repo.createRecord",
    properties: &[
        REPO,
        COLLECTION,
        optional("rkey", NEW_RKEY),
        VALIDATE,
        required("record", Schema::Unknown),
        SWAP_COMMIT,
    ],
};

static PUT_RECORD: Definition = Definition {
    id: "com.atproto.repo.putRecord",
    properties: &[
        REPO,
        COLLECTION,
        required("rkey", NEW_RKEY),
        VALIDATE,
        required("record", Schema::Unknown),
        Property::nullable("swapRecord", CID),
        SWAP_COMMIT,
    ],
};

static DELETE_RECORD: Definition = Definition {
    id: "com.atproto.repo.deleteRecord",
    properties: &[
        REPO,
        COLLECTION,
        required("rkey", RKEY),
        optional("swapRecord", CID),
        SWAP_COMMIT,
    ],
};

static GET_RECORD: Definition = Definition {
    id: "com.atproto.repo.getRecord",
    properties: &[
        REPO,
        COLLECTION,
        required("rkey", RKEY),
        optional("cid", CID),
    ],
};

static LIST_RECORDS: Definition = Definition {
    id: "com.atproto.repo.listRecords",
    properties: &[
        REPO,
        COLLECTION,
        optional("limit", Schema::Integer { min: 1, max: 100 }),
        optional("cursor", Schema::TEXT),
        optional("reverse", Schema::Boolean),
    ],
};

static GET_LATEST_COMMIT: Definition = Definition {
    id: "com.atproto.sync.getLatestCommit",
    properties: &[required("did", Schema::text(Format::Did))],
};

static GET_BLOB: Definition = Definition {
    id: "com.atproto.sync.getBlob",
    properties: &[
        required("did", Schema::text(Format::Did)),
        required("cid", CID),
    ],
};

static RESOLVE_HANDLE: Definition = Definition {
    id: "com.atproto.identity.resolveHandle",
    properties: &[required("handle", Schema::text(Format::Handle))],
};

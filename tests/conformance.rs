//! What updraft makes of texts and records, side by side with the official packages.
//!
//! Skipped with `UPDRAFT_SKIP_PDS=1`, but never in CI.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

#[path = "conformance/addresses.rs"]
mod addresses;
#[path = "conformance/facets.rs"]
mod facets;
#[path = "conformance/graphemes.rs"]
mod graphemes;
#[path = "support/official.rs"]
mod official;
#[path = "support/pds.rs"]
mod pds;
#[path = "conformance/plain_text.rs"]
mod plain_text;
#[path = "conformance/records.rs"]
mod records;
#[path = "conformance/texts.rs"]
mod texts;

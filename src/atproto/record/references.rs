//! What a run found out of the things that a publication names.

use std::collections::BTreeMap;

use atrium_api::{com::atproto::repo::strong_ref, types::string::Cid};

use super::RecordError;
use crate::post::{Address, Image, Target};

/// The DID of each mentioned handle (lower case, without `@`). A handle that is missing becomes
/// plain text.
pub type Mentions = BTreeMap<String, String>;

/// What the things that a publication names have become on the network.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// Of the handles.
    pub mentions: Mentions,
    /// Of what is quoted, answered and reposted.
    pub records: BTreeMap<Target, Reference>,
    /// The AT URIs of lists, with DIDs.
    pub lists: BTreeMap<Address, String>,
    /// What the pages of cards that aren't pinned say, by address.
    pub cards: BTreeMap<String, LiveCard>,
    /// What videos became where they are stored, by path; one that isn't here goes out as it is.
    pub videos: BTreeMap<String, StoredVideo>,
}

/// A record that is pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The record.
    pub this: Pointer,
    /// The root of its thread, if it is an answer itself.
    pub root: Option<Pointer>,
}

/// URI and CID (`com.atproto.repo.strongRef`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// With a DID.
    pub uri: String,
    /// Of the record as it is now.
    pub cid: String,
}

/// What a page says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveCard {
    /// Its title.
    pub title: String,
    /// A sentence or two; may be empty.
    pub description: String,
    /// Its picture.
    pub thumb: Option<Blob>,
}

/// Bytes as a record refers to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Of the bytes.
    pub sha256: [u8; 32],
    /// Their type.
    pub mime: &'static str,
    /// How many they are.
    pub size: usize,
}

/// A video as the account's server has it: the video service may store other bytes than it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVideo {
    /// Of those bytes.
    pub cid: String,
    /// How many they are.
    pub size: u64,
}

impl From<&Image> for Blob {
    fn from(image: &Image) -> Self {
        Self {
            sha256: image.sha256,
            mime: image.mime,
            size: image.size,
        }
    }
}

impl References {
    pub(super) fn target(&self, target: &Target) -> Result<&Reference, RecordError> {
        let found = self.records.get(target);
        found.ok_or_else(|| RecordError::Unresolved(target.to_string()))
    }
}

impl Pointer {
    pub(super) fn strong_ref(&self) -> Result<strong_ref::Main, RecordError> {
        let cid = self.cid.parse();
        let cid = cid.map_err(|_| RecordError::Unresolved(self.uri.clone()))?;
        let data = strong_ref::MainData {
            cid: Cid::new(cid),
            uri: self.uri.clone(),
        };
        Ok(data.into())
    }
}

//! DID documents: where they are, and what they say about an account.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// What matters of a DID document (<https://atproto.com/specs/did>).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) id: String,
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    service: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    // Other services may have several types, or an endpoint that is a map.
    r#type: Value,
    service_endpoint: Value,
}

impl Document {
    /// Whether the account says that this handle is its own.
    pub(super) fn claims(&self, handle: &str) -> bool {
        self.handles()
            .any(|claimed| claimed.eq_ignore_ascii_case(handle))
    }

    /// The first handle that the account claims.
    pub(super) fn handle(&self) -> Option<String> {
        self.handles().next().map(str::to_ascii_lowercase)
    }

    /// The account's PDS, if the document names a usable one.
    pub(super) fn pds(&self) -> Option<Url> {
        let full = format!("{}#atproto_pds", self.id);
        let entry = self
            .service
            .iter()
            .find(|entry| entry.id == "#atproto_pds" || entry.id == full)?;
        if entry.r#type != "AtprotoPersonalDataServer" {
            return None;
        }
        let url = Url::parse(entry.service_endpoint.as_str()?).ok()?;
        url.has_host().then_some(url)
    }

    fn handles(&self) -> impl Iterator<Item = &str> {
        self.also_known_as
            .iter()
            .filter_map(|name| name.strip_prefix("at://"))
    }
}

/// Where the document of a DID is; `None` for methods that the AT Protocol doesn't have.
pub(super) fn document_url(plc: &Url, did: &str) -> Option<Url> {
    if did.starts_with("did:plc:") {
        let mut url = plc.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push(did);
        return Some(url);
    }
    // Neither paths nor ports, except on this machine.
    let host = did.strip_prefix("did:web:")?;
    let address = match host.split_once("%3A") {
        Some(("localhost", port)) => format!("http://localhost:{port}/.well-known/did.json"),
        None if !host.contains([':', '%']) => format!("https://{host}/.well-known/did.json"),
        _ => return None,
    };
    Url::parse(&address).ok()
}

//! Whose account it is, and where: handle → DID → PDS.

mod dns;
mod document;
mod web;

use std::sync::Arc;

use atrium_api::{
    com::atproto::identity::resolve_handle,
    types::string::{Did, Handle},
};
use url::Url;

pub use self::dns::{Dns, DnsError, Looking, NoDns, SystemDns};
use self::{
    document::{Document, document_url},
    web::Web,
};
use super::{
    error::{Error, Kind},
    pause::Pause,
    retry::Delays,
    secret::Redactor,
    transport::{Http, TransportError, check_address},
    xrpc::{Call, Service, host},
};

/// Top-level domains that no public handle has (<https://atproto.com/specs/handle>); those below
/// `test` (RFC 6761) exist at their own PDS alone.
const NO_HANDLES: [&str; 9] = [
    "alt",
    "arpa",
    "example",
    "internal",
    "invalid",
    "local",
    "localhost",
    "onion",
    "test",
];

/// An account, and where it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's lasting name.
    pub did: String,
    /// Its server.
    pub pds: Url,
    /// Its handle: the one asked for, or the one that its DID document claims; `None` if a DID
    /// was asked for at a configured PDS, or claims none.
    pub handle: Option<String>,
}

/// Resolves accounts and mentions.
pub struct Resolver {
    web: Web,
    dns: Arc<dyn Dns>,
    plc: Url,
    pds: Option<Url>,
}

impl Resolver {
    /// Resolves by the public directory at <https://plc.directory>.
    pub fn new(http: Arc<dyn Http>, dns: Arc<dyn Dns>) -> Self {
        let plc = Url::parse("https://plc.directory").expect("a literal address");
        let web = Web {
            http,
            delays: Delays::default(),
        };
        let pds = None;
        Self { web, dns, plc, pds }
    }

    /// Asks another PLC directory.
    pub fn with_plc(mut self, plc: Url) -> Self {
        self.plc = plc;
        self
    }

    /// Takes the PDS as configured: accounts are looked up there and nowhere else.
    pub fn with_pds(mut self, pds: Url) -> Self {
        self.pds = Some(pds);
        self
    }

    /// Lets time pass in this way before it tries again.
    pub fn with_pause(mut self, pause: Arc<dyn Pause>) -> Self {
        self.web.delays = Delays::new(pause);
        self
    }

    /// The account of a handle (with or without `@`) or DID. A handle must be claimed by the DID
    /// document that it leads to.
    pub async fn resolve(&self, account: &str) -> Result<Identity, Error> {
        let account = account.strip_prefix('@').unwrap_or(account);
        if account.starts_with("did:") {
            return self.resolve_did(account).await;
        }
        let handle = normalize(account)
            .ok_or_else(|| mismatch(account, "this is neither a handle nor a DID"))?;
        if let Some(pds) = &self.pds {
            let did = self.ask_pds(pds, &handle).await?;
            let (pds, handle) = (pds.clone(), Some(handle));
            return Ok(Identity { did, pds, handle });
        }
        let did = self.resolve_independently(&handle).await?;
        let Some(did) = did else {
            return Err(self.leads_nowhere(&handle).await);
        };
        let document = self.document(&did).await?;
        if !document.claims(&handle) {
            let reason = format!("it leads to {did}, which does not claim it");
            return Err(mismatch(&handle, reason));
        }
        let pds = pds_of(&document, &did)?;
        Ok(Identity {
            did,
            pds,
            handle: Some(handle),
        })
    }

    /// The DID of a handle that somebody is mentioned by; `None` only if there certainly is no
    /// such handle. Asks the account's PDS first, then DNS and the handle's own host.
    pub async fn resolve_handle(&self, pds: &Url, handle: &str) -> Result<Option<String>, Error> {
        let handle = handle.strip_prefix('@').unwrap_or(handle);
        let Some(handle) = normalize(handle) else {
            return Ok(None);
        };
        match self.ask_pds(pds, &handle).await {
            Ok(did) => Ok(Some(did)),
            Err(_) => self.resolve_independently(&handle).await,
        }
    }

    /// Why a handle leads to no account. A name server that does not know the directory either knows
    /// nothing at all: then the handle may be right, and the network is not there.
    async fn leads_nowhere(&self, handle: &str) -> Error {
        if !is_reserved(handle)
            && let Some(directory) = self.plc.domain()
            && matches!(self.dns.has_address(directory).await, Ok(false))
        {
            let reason = format!(
                "this machine's name servers know neither it nor {directory}: there may be no network"
            );
            return Error::new("the DID", handle, TransportError::NeverSent(reason));
        }
        mismatch(handle, "there is no such handle")
    }

    async fn resolve_did(&self, did: &str) -> Result<Identity, Error> {
        let valid = Did::new(did.to_owned());
        valid.map_err(|reason| mismatch(did, reason))?;
        let did = did.to_owned();
        if let Some(pds) = self.pds.clone() {
            let handle = None;
            return Ok(Identity { did, pds, handle });
        }
        let document = self.document(&did).await?;
        let pds = pds_of(&document, &did)?;
        let handle = document.handle();
        Ok(Identity { did, pds, handle })
    }

    async fn ask_pds(&self, pds: &Url, handle: &str) -> Result<String, Error> {
        let service = Service::new(self.web.http.clone(), pds.clone());
        let parameters = [("handle", handle)];
        let call = Call::query(resolve_handle::NSID, &parameters);
        let redactor = Redactor::default();
        let output: Result<resolve_handle::OutputData, Error> = self
            .web
            .delays
            .retry(|| service.call(call, None, &redactor))
            .await;
        match output {
            Ok(output) => Ok(output.did.to_string()),
            Err(error) if error.is_handle_not_found() => {
                Err(error.with_help(format!("no account there has the handle `{handle}`")))
            }
            Err(error) => Err(error),
        }
    }

    /// By DNS, else by the handle's own host (<https://atproto.com/specs/handle>).
    async fn resolve_independently(&self, handle: &str) -> Result<Option<String>, Error> {
        if is_reserved(handle) {
            return Ok(None);
        }
        let by_dns = self.by_dns(handle).await;
        if let Ok(Some(did)) = by_dns {
            return Ok(Some(did));
        }
        match self.by_well_known(handle).await {
            Ok(Some(did)) => Ok(Some(did)),
            Ok(None) => by_dns,
            // A host that isn't there can't vouch for anyone: that is an answer, too.
            Err(error) => match self.dns.has_address(handle).await {
                Ok(false) => by_dns,
                _ => Err(error),
            },
        }
    }

    async fn by_dns(&self, handle: &str) -> Result<Option<String>, Error> {
        let name = format!("_atproto.{handle}");
        let texts = self.dns.texts(&name).await.map_err(|error| {
            let reason = TransportError::NeverSent(error.to_string());
            Error::new("the TXT record", &name, reason)
        })?;
        let mut dids: Vec<&str> = texts
            .iter()
            .filter_map(|text| text.trim().strip_prefix("did="))
            .collect();
        dids.sort_unstable();
        dids.dedup();
        match dids.as_slice() {
            [] => Ok(None),
            [did] => match Did::new((*did).to_owned()) {
                Ok(did) => Ok(Some(did.to_string())),
                Err(reason) => Err(mismatch(&name, reason)),
            },
            _ => Err(mismatch(
                &name,
                "its TXT records name several DIDs: leave one",
            )),
        }
    }

    async fn by_well_known(&self, handle: &str) -> Result<Option<String>, Error> {
        let address = format!("https://{handle}/.well-known/atproto-did");
        let url = Url::parse(&address).map_err(|error| mismatch(handle, error.to_string()))?;
        let answer = self.web.fetch("the DID", url).await;
        let answer = match answer {
            Err(error) if says_no(&error) => return Ok(None),
            other => other?,
        };
        // Many hosts answer every path with their front page.
        let text = String::from_utf8_lossy(answer.body());
        let did = Did::new(text.trim().to_owned());
        Ok(did.ok().map(|did| did.to_string()))
    }

    async fn document(&self, did: &str) -> Result<Document, Error> {
        let url = document_url(&self.plc, did).ok_or_else(|| {
            mismatch(did, "only did:plc and did:web are known to the AT Protocol")
        })?;
        let at = host(&url);
        let answer = self.web.fetch("the DID document", url).await?;
        let document: Document = serde_json::from_slice(answer.body()).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            Error::new("the DID document", &at, Kind::Undecodable(place))
        })?;
        if document.id != did {
            let reason = format!("the document is not about {did}");
            return Err(Error::new("the DID document", &at, Kind::Mismatch(reason)));
        }
        Ok(document)
    }
}

/// The handle in lower case, or `None` if no handle can look like this.
fn normalize(handle: &str) -> Option<String> {
    let handle = handle.to_ascii_lowercase();
    Handle::new(handle.clone()).ok().map(|_| handle)
}

/// Whether nobody can have such a handle, so that nobody need be asked.
fn is_reserved(handle: &str) -> bool {
    let end = handle.rsplit('.').next();
    end.is_some_and(|tld| NO_HANDLES.contains(&tld))
}

fn pds_of(document: &Document, did: &str) -> Result<Url, Error> {
    let pds = document
        .pds()
        .ok_or_else(|| mismatch(did, "its DID document names no PDS"))?;
    check_address(&pds).map_err(|error| Error::new("the PDS", did, error))?;
    Ok(pds)
}

fn mismatch(of: &str, reason: impl Into<String>) -> Error {
    Error::new("the identity", of, Kind::Mismatch(reason.into()))
}

/// Whether a host says that it has no such file, rather than that it can't say.
fn says_no(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| {
        (300..500).contains(&refusal.status) && !matches!(refusal.status, 408 | 425 | 429)
    })
}

#[cfg(test)]
mod mention_tests;
#[cfg(test)]
mod tests;

//! The two questions that handles put to DNS.

use std::{future::Future, pin::Pin};

use hickory_resolver::{TokioResolver, net::NetError, proto::rr::RData};
use thiserror::Error;

/// DNS gave no answer: neither yes nor no.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("DNS gave no answer for `{name}`: {reason}")]
pub struct DnsError {
    /// The name asked for.
    pub name: String,
    /// What happened.
    pub reason: String,
}

/// A question on its way.
pub type Looking<'a, T> = Pin<Box<dyn Future<Output = Result<T, DnsError>> + Send + 'a>>;

/// Something that answers from DNS.
pub trait Dns: Send + Sync {
    /// The TXT records of a name; none if there certainly are none.
    fn texts<'a>(&'a self, name: &'a str) -> Looking<'a, Vec<String>>;

    /// Whether the host has an address; false only if it certainly has none.
    fn has_address<'a>(&'a self, host: &'a str) -> Looking<'a, bool>;
}

/// A world without names: everything certainly isn't there. For servers in this process.
#[derive(Clone, Copy, Debug)]
pub struct NoDns;

impl Dns for NoDns {
    fn texts<'a>(&'a self, _: &'a str) -> Looking<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn has_address<'a>(&'a self, _: &'a str) -> Looking<'a, bool> {
        Box::pin(async { Ok(false) })
    }
}

/// The name servers that this machine is set up with.
pub struct SystemDns(TokioResolver);

impl SystemDns {
    /// Reads the machine's configuration; asks nothing yet.
    pub fn new() -> Result<Self, DnsError> {
        let failed = |error| unanswered("this machine's name servers", error);
        let builder = TokioResolver::builder_tokio().map_err(failed)?;
        Ok(Self(builder.build().map_err(failed)?))
    }
}

impl Dns for SystemDns {
    fn texts<'a>(&'a self, name: &'a str) -> Looking<'a, Vec<String>> {
        Box::pin(async move {
            match self.0.txt_lookup(absolute(name)).await {
                Ok(found) => Ok(found
                    .answers()
                    .iter()
                    .filter_map(|record| text(&record.data))
                    .collect()),
                Err(error) if error.is_no_records_found() => Ok(Vec::new()),
                Err(error) => Err(unanswered(name, error)),
            }
        })
    }

    fn has_address<'a>(&'a self, host: &'a str) -> Looking<'a, bool> {
        Box::pin(async move {
            match self.0.lookup_ip(absolute(host)).await {
                Ok(found) => Ok(found.iter().next().is_some()),
                Err(error) if error.is_no_records_found() => Ok(false),
                Err(error) => Err(unanswered(host, error)),
            }
        })
    }
}

/// With a final dot, so that no search domain of this machine is tried.
fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

/// A record's strings, joined as one (<https://www.rfc-editor.org/rfc/rfc7208#section-3.3>).
fn text(data: &RData) -> Option<String> {
    match data {
        RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
        _ => None,
    }
}

fn unanswered(name: &str, error: NetError) -> DnsError {
    DnsError {
        name: name.to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;

//! Which addresses a card may be fetched from: a post's author names them, so they lead anywhere.

use std::{
    error::Error as StdError,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::CardError;

/// Which servers are asked for cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Servers on the internet, at their usual ports; never one of a private network.
    Public,
    /// Servers on this machine alone: for accounts whose own server is one.
    Loopback,
}

impl Reach {
    /// That of an account at this server: what is tried out on one machine asks no other.
    pub fn beside(server: &Url) -> Self {
        let is_local = match server.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if is_local {
            Self::Loopback
        } else {
            Self::Public
        }
    }

    /// Whether an address may be asked at all, before anything is resolved; over `http` only where the
    /// author's own link is one.
    pub(super) fn check(self, url: &Url, http: bool) -> Result<(), CardError> {
        let host = super::host(url);
        if !url.username().is_empty() || url.password().is_some() {
            return Err(CardError::Credentials(host));
        }
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(CardError::Scheme(host, other.to_owned())),
        };
        if self == Self::Public {
            if !secure && !http {
                return Err(CardError::Scheme(host, "http".to_owned()));
            }
            if url.port().is_some() {
                return Err(CardError::Port(host));
            }
        }
        match url.host() {
            None => Err(CardError::Scheme(host, url.scheme().to_owned())),
            Some(Host::Ipv4(address)) => self.admit(&host, address.into()),
            Some(Host::Ipv6(address)) => self.admit(&host, address.into()),
            Some(Host::Domain(name)) => self.check_name(name),
        }
    }

    fn check_name(self, name: &str) -> Result<(), CardError> {
        let name = name.trim_end_matches('.').to_lowercase();
        let is_local = name == "localhost" || name.ends_with(".localhost");
        match self {
            Self::Loopback if !is_local => Err(CardError::NotHere(name)),
            Self::Public if is_local || !name.contains('.') => {
                Err(CardError::Private(name.clone(), name))
            }
            _ => Ok(()),
        }
    }

    /// One forbidden address among others is a server that means to be reached by it.
    pub(super) fn judge(self, host: &str, found: &[SocketAddr]) -> Result<(), CardError> {
        let mut found = found.iter();
        found.try_for_each(|address| self.admit(host, address.ip()))
    }

    fn admit(self, host: &str, address: IpAddr) -> Result<(), CardError> {
        let admitted = match self {
            Self::Public => is_public(address),
            Self::Loopback => address.is_loopback(),
        };
        match (admitted, self) {
            (true, _) => Ok(()),
            (false, Self::Loopback) => Err(CardError::NotHere(host.to_owned())),
            (false, Self::Public) => Err(CardError::Private(host.to_owned(), address.to_string())),
        }
    }
}

/// Resolves names, and hands over only addresses that may be asked: these very ones are connected to.
pub(super) struct Guard(pub(super) Reach);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            reach.check_name(&host).map_err(boxed)?;
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            reach.judge(&host, &found).map_err(boxed)?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

impl Guard {
    pub(super) fn new(reach: Reach) -> Arc<Self> {
        Arc::new(Self(reach))
    }
}

fn boxed(error: CardError) -> Box<dyn StdError + Send + Sync> {
    Box::new(error)
}

/// Whether an address belongs to the internet at large (IANA's special-purpose registries).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast();
    let reserved = matches!(
        (a, b, c),
        (0, _, _) | (192, 0, 0) | (192, 88, 99) | (240.., _, _)
    ) || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19));
    !special && !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    match segments {
        // What a network without IPv4 makes of IPv4 addresses.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Global unicast alone, less what wraps or documents: Teredo and others, 6to4, documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x2002, ..] => false,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

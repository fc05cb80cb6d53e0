//! The network: everything that speaks the AT Protocol.

#[cfg(test)]
mod alice;
pub mod cid;
pub mod client;
pub mod compare;
pub mod content;
pub mod error;
pub mod identity;
pub mod look;
pub mod memory;
pub mod patience;
pub mod pause;
pub mod record;
pub mod record_key;
mod retry;
#[cfg(test)]
mod script;
pub mod secret;
pub mod session;
pub mod tally;
pub mod transport;
pub mod video;
pub mod write;
mod xrpc;

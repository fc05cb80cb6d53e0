//! The network: everything that speaks the AT Protocol.

#[cfg(test)]
mod alice;
pub mod client;
pub mod error;
pub mod identity;
mod retry;
#[cfg(test)]
mod script;
pub mod secret;
pub mod session;
pub mod transport;
pub mod write;
mod xrpc;

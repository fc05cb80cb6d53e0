//! The network: everything that speaks the AT Protocol.

pub mod client;

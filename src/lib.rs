//! Posts and threads for Bluesky live as Markdown files with YAML front matter in a git
//! repository; people review them in pull requests; a runner publishes what is due through the
//! AT Protocol and commits the resulting URIs and status back into the same files.

pub mod atproto;
pub mod cli;
pub mod command;
pub mod config;
pub mod delivery;
pub mod diagnostic;
pub mod git;
pub mod plan;
pub mod post;
pub mod publish;
pub mod receipt;
pub mod report;
pub mod sandbox;
pub mod schema;
pub mod yaml;

//! Stories in which everything fails: the modules, for the tests and for the bench.

pub mod authors;
pub mod bare;
pub mod baton;
pub mod branch;
pub mod events;
pub mod faults;
pub mod ghost;
pub mod git_model;
pub mod ground;
pub mod judge;
pub mod many;
pub mod model;
pub mod process;
pub mod pull_request;
pub mod real;
pub mod runner;
pub mod scenery;
pub mod server;
pub mod settings;
pub mod story;

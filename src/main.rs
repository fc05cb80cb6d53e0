//! The `updraft` binary: parse, run, print, exit.

fn main() {}

//! `updraft schema`: the JSON Schemas, for editors and other programs.

use super::{CommandError, Console, Exit};
use crate::{
    cli::{SchemaArgs, SchemaOf},
    schema,
};

/// Runs it.
pub(super) fn run(args: &SchemaArgs, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    let schema = match args.of {
        SchemaOf::FrontMatter => schema::front_matter(),
        SchemaOf::Config => schema::config(),
        SchemaOf::Check => output("check"),
        SchemaOf::List => output("list"),
        SchemaOf::Plan => output("plan"),
        SchemaOf::Preview => output("preview"),
        SchemaOf::Publish => output("publish"),
    };
    writeln!(console.out, "{schema:#}")?;
    Ok(Exit::Done)
}

fn output(verb: &str) -> serde_json::Value {
    schema::output(verb).unwrap_or_default()
}

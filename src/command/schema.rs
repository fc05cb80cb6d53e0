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
        verb => schema::output(verb.name()).expect("each of these verbs has a schema"),
    };
    writeln!(console.out, "{schema:#}")?;
    Ok(Exit::Done)
}

//! `updraft watch`: the process that stays up, and publishes each post on the second.

use std::path::Path;

use super::{
    CommandError, Console, Exit, World,
    publish::{self, Stay},
    vigil::Vigil,
};
use crate::{
    cli::{PublishArgs, SelectionArgs, WatchArgs},
    git::{GitError, Repository},
};

/// Runs it.
pub(super) fn run(
    args: WatchArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let repository = Repository::discover(&world.directory).map_err(CommandError::world)?;
    let Some(repository) = repository else {
        return Err(CommandError::usage(
            "this is no git repository, so the results can't be committed; run `git init` first, or use `updraft publish --no-commit`",
        ));
    };
    let _only_one = repository.watch_lock().map_err(|error| match error {
        GitError::Watched { .. } => CommandError::usage(error.to_string()),
        other => CommandError::world(other),
    })?;
    let mut vigil = Vigil::new(world).listening(&repository, config);
    if args.push.is_wanted() {
        publish::targets(&args.push, &repository, world)?;
        vigil = vigil.pulling(args.push.clone(), args.pull);
    }
    writeln!(
        console.out,
        "watching {}; Ctrl-C or SIGTERM ends it",
        repository.root().display()
    )?;
    let stay = Stay {
        args: publish_args(args),
        config,
        vigil,
        end: None,
    };
    stay.run(world, console)
}

fn publish_args(args: WatchArgs) -> PublishArgs {
    PublishArgs {
        selection: SelectionArgs {
            only: args.only,
            limit: None,
            retract: false,
            allow_dirty: args.allow_dirty,
        },
        push: args.push,
        max_wait: args.max_wait,
        metrics: args.metrics,
        ..PublishArgs::default()
    }
}

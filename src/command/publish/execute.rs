//! A plan on its way: the accounts, what files have published, and where results are kept.

use std::collections::BTreeSet;

use crate::{
    atproto::{content::Published, look::History},
    cli::PublishArgs,
    command::{CommandError, Console, Library, World, block_on, outcome, progress::Bar},
    delivery::Delivery,
    plan::Plan,
    post::{Document, file::Folder, picture, video},
    publish::{self, Account, Job, Ledger, Outcome},
    receipt::{Receipt, Status},
};

pub(super) fn execute(
    (plan, library): (&Plan, &Library),
    (args, delivery): (&PublishArgs, Option<&Delivery<'_>>),
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Vec<Outcome>, CommandError> {
    let accounts: Vec<Account> = library
        .config
        .accounts
        .iter()
        .map(|a| account(a, world))
        .collect();
    let accounted = accounted(library, args.selection.allow_dirty);
    let network = world.network.connect().map_err(CommandError::world)?;
    let root = &library.folder.root;
    let pictures = |image: &crate::post::Image| {
        picture::prepared_bytes(root, image).map_err(|error| format!("{}: {error}", image.path))
    };
    let job = Job {
        network: &network,
        accounts: &accounts,
        accounted: &accounted,
        published: &published(library),
        pictures: &pictures,
        files: &|path, sha256| video::checked_bytes(root, path, sha256),
        max_wait: args.max_wait,
        plain_mentions: library.config.mentions == crate::config::Mentions::Plain,
        stop: &world.stop,
    };
    let progress = console.progress.clone();
    let bar = progress.bar("publishing", plan.active().count());
    let mut ledger = Files {
        library,
        delivery,
        world,
        console,
        bar: &bar,
    };
    let outcomes = block_on(publish::publish(plan, &job, &mut ledger))?;
    Ok(outcomes)
}

fn account(account: &crate::config::Account, world: &World<'_>) -> Account {
    let password = (world.env)(&account.password_env).filter(|value| !value.trim().is_empty());
    Account {
        name: account.name.clone(),
        handle: account.handle.clone(),
        pds: account.pds.clone(),
        password_env: account.password_env.clone(),
        video: account.video,
        password: password.map(|password| password.trim().to_owned().into()),
    }
}

/// What each published file has on the network, in the thread's order.
fn published(library: &Library) -> Published {
    let threads = library.threads();
    let blocks = threads.filter_map(|thread| Some((thread.path(), thread.block()?)));
    blocks
        .filter(|(_, block)| block.status == Status::Published)
        .map(|(path, block)| {
            let uris = block.posts.iter().map(|part| part.uri.clone());
            (path.to_owned(), uris.collect())
        })
        .collect()
}

/// Every URI that some file names, broken ones included. A file that git lacks may be what a killed
/// run left of one that has another name by now: it answers for nothing, unless it goes out too.
fn accounted(library: &Library, allow_dirty: bool) -> BTreeSet<String> {
    let named = library.files.iter().map(|file| {
        let uris: Vec<String> = match &file.result {
            Ok(thread) => {
                let parts = thread.block().map(|block| block.posts.iter());
                let parts = parts.into_iter().flatten();
                parts.map(|part| part.uri.clone()).collect()
            }
            Err(broken) => broken.uris.clone(),
        };
        (&file.diagnostics.path, uris)
    });
    named
        // git is asked about files that name something, not about all.
        .filter(|(_, uris)| !uris.is_empty())
        .filter(|(path, _)| allow_dirty || library.has_in_git(path))
        .flat_map(|(_, uris)| uris)
        .collect()
}

/// The files of the work tree as the place where results are kept.
struct Files<'a, 'c> {
    library: &'a Library,
    delivery: Option<&'a Delivery<'a>>,
    world: &'a World<'a>,
    console: &'a mut Console<'c>,
    bar: &'a Bar<'a>,
}

impl Ledger for Files<'_, '_> {
    fn keep(&mut self, receipt: &Receipt) -> Result<(), String> {
        write_block(&self.library.folder, receipt)
    }

    fn history(&mut self, uris: &[String]) -> History {
        // Without its whole history the look asks a person instead of guessing.
        let unknown = History::default();
        let Some(repository) = &self.library.repository else {
            return unknown;
        };
        let target = self.delivery.and_then(|delivery| delivery.target.as_ref());
        if let (true, Some(target)) = (repository.is_shallow(), target)
            && let Err(error) = repository.unshallow(target)
        {
            tracing::debug!("the history stays cut off: {error}");
        }
        let tip = self.delivery.and_then(Delivery::history);
        let history = repository.uris_in_history(tip, &self.library.config.posts, uris);
        history.map_or(unknown, |history| History {
            found: history.found,
            complete: history.complete,
        })
    }

    fn tell(&mut self, outcome: &Outcome) {
        // A closed pipe must not stop what is under way.
        let thread = self.library.threads();
        let thread = { thread }.find(|thread| thread.path() == outcome.path());
        let _ = outcome::tell((outcome, thread), self.world, self.console);
        self.bar.advance(1);
    }
}

/// Writes a block into its file, as it is on disk at that moment.
pub(in crate::command) fn write_block(folder: &Folder, receipt: &Receipt) -> Result<(), String> {
    let edit = |bytes: Vec<u8>| {
        let document = Document::parse(&receipt.path, bytes).map_err(|mistake| mistake.message)?;
        document
            .with_block(&receipt.block)
            .map_err(|mistake| mistake.message)
    };
    match folder.replace(&receipt.path, edit) {
        Ok(_) => Ok(()),
        Err(crate::post::file::ReplaceError::Edit(reason)) => Err(reason),
        Err(error) => Err(error.to_string()),
    }
}

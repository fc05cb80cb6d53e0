//! `updraft publish`: what is due goes out, and its results into the files, git and the remote.

mod stay;

use std::{collections::BTreeSet, path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    CommandError, Console, Exit, Library, World, after, check,
    library::LibraryError,
    outcome::{self, Shown},
    plan::{self, policy, refuse},
    tell,
    vigil::Vigil,
};
use crate::{
    atproto::{content::Published, look::History},
    cli::{OutputFormat, PlanArgs, PublishArgs},
    delivery::{Delivered, Delivery, DeliveryError},
    git::{Git, GitError, Held, Target},
    plan::{Item, Plan, plan as plan_for},
    post::{Document, file::Folder, picture, video},
    publish::{self, Account, Job, Ledger, Network, Outcome},
    receipt::{Receipt, Status},
    report::{sanitize, sanitize_line},
};

pub(super) use stay::Stay;

/// How often a run that stays for posts asks whether the branch has moved.
const PULL: Duration = Duration::from_secs(60);
/// How often a run begins again because the remote moved before anything was published.
const MOVES: usize = 5;

/// Runs it.
pub(super) fn run(
    args: &PublishArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    if args.dry_run {
        let args = PlanArgs {
            selection: args.selection.clone(),
            format: OutputFormat::Human,
        };
        return plan::run(&args, config, world, console);
    }
    match args.wait {
        Some(time) => stay_for(time, args, config, world).run(world, console),
        None => {
            let run = run_once((args, None), config, world, console)?;
            run.say(console)?;
            Ok(run.exit)
        }
    }
}

fn stay_for<'a>(
    time: Duration,
    args: &PublishArgs,
    config: Option<&'a Path>,
    world: &'a World<'a>,
) -> Stay<'a> {
    let mut vigil = Vigil::new(world);
    if args.push {
        vigil = vigil.pulling(args.branch.as_deref(), PULL);
    }
    let now = (world.clock)();
    let end = TimeDelta::from_std(time).ok();
    let end = end.and_then(|time| now.checked_add_signed(time));
    Stay {
        args: args.clone(),
        config,
        vigil,
        end: Some(end.unwrap_or(DateTime::<Utc>::MAX_UTC)),
    }
}

/// What a run came to.
pub(super) struct Run {
    /// How the process ends.
    pub(super) exit: Exit,
    /// What became of each thread that was due.
    pub(super) outcomes: Vec<Outcome>,
    /// What it went by, where it came that far.
    pub(super) plan: Option<Plan>,
    /// What else went wrong, of no single thread.
    pub(super) trouble: Option<&'static str>,
}

impl From<Exit> for Run {
    fn from(exit: Exit) -> Self {
        Self {
            exit,
            outcomes: Vec::new(),
            plan: None,
            trouble: None,
        }
    }
}

impl Run {
    /// Its last line.
    pub(super) fn say(&self, console: &mut Console<'_>) -> Result<(), CommandError> {
        match &self.plan {
            Some(plan) if plan.active().next().is_none() => outcome::nothing(plan, console),
            Some(_) => outcome::summary(&self.outcomes, console),
            None => Ok(()),
        }
    }
}

/// One run, and what is told of it. What is due at `ahead`, a moment to come, is got ready and goes
/// out then.
pub(super) fn run_once(
    (args, ahead): (&PublishArgs, Option<DateTime<Utc>>),
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Run, CommandError> {
    let repository = open(args, world);
    // A model of a clone keeps no notes, and takes no further step.
    let is_model = matches!(&repository, Ok(Some(git)) if git.notes().is_none());
    let how = (args, config, ahead);
    let run =
        repository.and_then(|repository| run_through(how, repository.as_deref(), world, console));
    if !is_model && !is_early(ahead, world) {
        after::run(&run, (args, config), world, console);
    }
    run
}

/// What an earlier run left, then what is due, then git.
fn run_through(
    how @ (args, _, ahead): (&PublishArgs, Option<&Path>, Option<DateTime<Utc>>),
    repository: Option<&dyn Git>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Run, CommandError> {
    let lock = repository.map(Git::lock).transpose();
    let _lock: Option<Held> = lock.map_err(git_error)?;
    let delivery = delivery(args, repository, world)?;
    let ready = match get_ready(how, delivery.as_ref(), world, console)? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit.into()),
    };
    let Ready {
        library,
        plan,
        begun,
    } = ready;
    let mut exit = begun.max(report_blocked(&plan, &library, world, console)?);
    let mut trouble = (begun > Exit::Done).then_some(UNWRITTEN);
    let mut outcomes = Vec::new();
    if plan.active().next().is_some() {
        outcomes = execute((&plan, &library), (args, delivery.as_ref()), world, console)?;
        exit = exit.max(outcome::exit(&outcomes));
        let receipts = match is_early(ahead, world) {
            true => outcomes
                .iter()
                .filter_map(Outcome::receipt)
                .cloned()
                .collect(),
            false => tell::of_threads((&plan, &library), &outcomes, world, console),
        };
        let delivered = deliver(delivery.as_ref(), &receipts, console)?;
        trouble = trouble.or((delivered > Exit::Done).then_some(UNDELIVERED));
        exit = exit.max(delivered);
    } else if !is_early(ahead, world) {
        tell_idle((&plan, &library), delivery.as_ref(), world, console)?;
    }
    Ok(Run {
        exit,
        outcomes,
        plan: Some(plan),
        trouble,
    })
}

/// Whether the moment that a run got ready for has not come: nothing went out yet, and what failed is
/// tried again.
fn is_early(ahead: Option<DateTime<Utc>>, world: &World<'_>) -> bool {
    ahead.is_some_and(|at| (world.clock)() < at)
}

const UNWRITTEN: &str = "a result of an earlier run could not be written into its file";
const UNDELIVERED: &str = "the results did not reach git's remote: what went out is on Bluesky, and the next run recognises it";

/// Tells what is new where nothing goes out. That nobody could be told, or that git does not keep
/// it, makes no run fail.
fn tell_idle(
    (plan, library): (&Plan, &Library),
    delivery: Option<&Delivery<'_>>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    if !tell::has_news(plan, library) {
        return Ok(());
    }
    match delivery.map(|delivery| other_branch(delivery, library)) {
        None | Some(Ok(None)) => {}
        Some(Ok(Some(_))) => return Ok(()),
        Some(Err(error)) => {
            tell::warn(&format!("nobody was told: {error}"), world, console);
            return Ok(());
        }
    }
    let receipts = tell::of_threads((plan, library), &[], world, console);
    let Some(delivery) = delivery.filter(|_| !receipts.is_empty()) else {
        return Ok(());
    };
    let kept = delivery.commit(&receipts).and_then(|commit| match commit {
        Some(_) => delivery.push(),
        None => Ok(Delivered::default()),
    });
    match kept {
        Ok(delivered) => say(&delivered, console).map(drop),
        Err(error) => {
            let text = format!("that somebody was told did not reach git's remote: {error}");
            tell::warn(&text, world, console);
            Ok(())
        }
    }
}

/// What a run goes by when nothing stands in the way of its first write.
struct Ready {
    library: Library,
    plan: Plan,
    /// What finishing the last run came to.
    begun: Exit,
}

/// Finishes the last run, plans on the remote's tip, and asks whether a push would be taken; an
/// [`Exit`] where the run ends there.
fn get_ready(
    (args, config, ahead): (&PublishArgs, Option<&Path>, Option<DateTime<Utc>>),
    delivery: Option<&Delivery<'_>>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Result<Ready, Exit>, CommandError> {
    let mut begun = Exit::Done;
    let mut moves = 0;
    loop {
        let (library, exit) = up_to_date(delivery, config, world, console)?;
        begun = begun.max(exit);
        let library = match library {
            Ok(library) => library,
            Err(error) => return Ok(Err(refuse(error, world, console)?)),
        };
        let policy = policy(&library, &args.selection, world)?;
        let now = (world.clock)();
        let moment = ahead.map_or(now, |ahead| ahead.max(now));
        let candidates = library.candidates(moment, args.selection.allow_dirty)?;
        let plan = plan_for(candidates, moment, &policy);
        require_reviewed_config((&plan, &library), args)?;
        let is_idle = plan.active().next().is_none();
        let ready = Ready {
            library,
            plan,
            begun,
        };
        let Some(delivery) = delivery.filter(|_| !is_idle) else {
            return Ok(Ok(ready));
        };
        if let Some(branch) = other_branch(delivery, &ready.library)? {
            let blocked = report_blocked(&ready.plan, &ready.library, world, console)?;
            writeln!(
                console.err,
                "nothing is published from this branch: only `{branch}` publishes"
            )?;
            return Ok(Err(begun.max(blocked)));
        }
        match delivery.rehearse_push() {
            Ok(()) => return Ok(Ok(ready)),
            // Somebody merged since the fetch: what they wrote counts.
            Err(DeliveryError::Git(GitError::RemoteMoved { .. })) if moves < MOVES => moves += 1,
            Err(error) => return Err(CommandError::world(error)),
        }
    }
}

/// An `updraft.yml` that nobody has reviewed may name another account, or keep every post back.
fn require_reviewed_config(
    (plan, library): (&Plan, &Library),
    args: &PublishArgs,
) -> Result<(), CommandError> {
    let is_due = plan.items.iter().any(Item::is_due);
    if args.selection.allow_dirty || !is_due || !library.is_config_changed()? {
        return Ok(());
    }
    let path = &library.config_path;
    Err(CommandError::world(format!(
        "nothing is published: {path} differs from the last commit; commit it, take back the change (`git checkout HEAD -- {path}`), or pass --allow-dirty"
    )))
}

fn open(args: &PublishArgs, world: &World<'_>) -> Result<Option<Box<dyn Git>>, CommandError> {
    let repository = world.storage.repository(&world.directory);
    let repository = repository.map_err(git_error)?;
    if repository.is_none() && !args.no_commit {
        return Err(CommandError::usage(
            "this is no git repository, so the results can't be committed; pass --no-commit to keep them in the files alone",
        ));
    }
    Ok(repository)
}

fn git_error(error: GitError) -> CommandError {
    let exit = if error.is_usage() {
        Exit::Usage
    } else {
        Exit::Failed
    };
    CommandError {
        exit,
        message: error.to_string(),
    }
}

fn delivery<'a>(
    args: &PublishArgs,
    repository: Option<&'a dyn Git>,
    world: &World<'_>,
) -> Result<Option<Delivery<'a>>, CommandError> {
    let Some(repository) = repository.filter(|_| !args.no_commit) else {
        return Ok(None);
    };
    let target = match args.push {
        true => Some(
            repository
                .push_target(args.branch.as_deref(), world.env)
                .map_err(git_error)?,
        ),
        false => None,
    };
    Ok(Some(Delivery { repository, target }))
}

fn say(delivered: &Delivered, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    for note in &delivered.notes {
        writeln!(console.err, "note: {}", sanitize(note))?;
    }
    for conflict in &delivered.conflicts {
        writeln!(console.err, "error: {}", sanitize(conflict))?;
    }
    Ok(if delivered.conflicts.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Finishes the last run, goes to the remote's tip, and reads what is there.
fn up_to_date(
    delivery: Option<&Delivery<'_>>,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(Result<Library, LibraryError>, Exit), CommandError> {
    let library = Library::load(world, config);
    if let Ok(library) = &library {
        library.folder.remove_leftovers();
    }
    let Some(delivery) = delivery else {
        return Ok((library, Exit::Done));
    };
    if let Ok(library) = &library {
        commit_leftovers(delivery, library, console)?;
    }
    let before = delivery.head().map_err(CommandError::world)?;
    let begun = delivery.begin().map_err(CommandError::world)?;
    let exit = say(&begun, console)?;
    let moved = delivery.head().map_err(CommandError::world)? != before;
    let library = match library {
        Ok(library) if !moved => Ok(library),
        _ => Library::load(world, config),
    };
    Ok((library, exit))
}

/// Blocks on disk that HEAD lacks are what an earlier run could not commit any more.
fn commit_leftovers(
    delivery: &Delivery<'_>,
    library: &Library,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let files = library.files.iter().map(|file| match &file.result {
        Ok(thread) => (thread.path(), thread.block().or(thread.waiting())),
        Err(broken) => (broken.path.as_str(), broken.waiting.as_ref()),
    });
    let receipts: Vec<Receipt> = files
        .filter_map(|(path, block)| {
            Some(Receipt {
                path: path.to_owned(),
                block: block?.clone(),
            })
        })
        .collect();
    if delivery
        .commit(&receipts)
        .map_err(CommandError::world)?
        .is_some()
    {
        let note = "note: committed results that an earlier run had left in the files";
        writeln!(console.err, "{note}")?;
    }
    Ok(())
}

/// Says what is due and kept back, and what else is wrong with files that are not due.
fn report_blocked(
    plan: &Plan,
    library: &Library,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let blocked: BTreeSet<&str> = plan.blocked().map(|(item, _)| item.path()).collect();
    let broken: Vec<_> = library
        .files
        .iter()
        .filter(|file| file.diagnostics.has_errors())
        .map(|file| file.diagnostics.clone())
        .collect();
    let (due, later): (Vec<_>, Vec<_>) = broken
        .into_iter()
        .partition(|file| blocked.contains(file.path.as_str()));
    check::complain(&due, world, console)?;
    for file in &later {
        writeln!(
            console.err,
            "warning: {} has errors, and is not due yet: run `updraft check`",
            sanitize_line(&file.path)
        )?;
    }
    for (item, obstacle) in plan.blocked() {
        outcome::line(
            Shown::Failure,
            item.path(),
            &obstacle.to_string(),
            world,
            console,
        )?;
    }
    Ok(if blocked.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The branch that publishes, if it isn't the one being pushed to.
fn other_branch(
    delivery: &Delivery<'_>,
    library: &Library,
) -> Result<Option<String>, CommandError> {
    let Some(Target { remote, branch }) = &delivery.target else {
        return Ok(None);
    };
    let publishing = match &library.config.publish_from {
        Some(publishing) if publishing == branch => return Ok(None),
        Some(publishing) => {
            require_branch(delivery, remote, publishing)?;
            Some(publishing.clone())
        }
        None => delivery
            .repository
            .remote_head_branch(remote)
            .map_err(CommandError::world)?,
    };
    Ok(publishing.filter(|publishing| publishing != branch))
}

/// A slip in `publish_from` would keep every post back for ever.
fn require_branch(delivery: &Delivery<'_>, remote: &str, branch: &str) -> Result<(), CommandError> {
    let target = Target {
        remote: remote.to_owned(),
        branch: branch.to_owned(),
    };
    match delivery
        .repository
        .fetch(&target)
        .map_err(CommandError::world)?
    {
        Some(_) => Ok(()),
        None => Err(CommandError::world(format!(
            "{remote} has no branch `{branch}`, and `publish_from` in updraft.yml says that only it publishes: mend the name"
        ))),
    }
}

fn execute(
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
    let mut ledger = Files {
        library,
        target: delivery.and_then(|delivery| delivery.target.as_ref()),
        world,
        console,
    };
    let outcomes = super::block_on(publish::publish(plan, &job, &mut ledger))?;
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
    library
        .files
        .iter()
        .filter(|file| allow_dirty || library.has_in_git(&file.diagnostics.path))
        .flat_map(|file| match &file.result {
            Ok(thread) => thread
                .block()
                .map(|block| block.posts.iter().map(|part| part.uri.clone()).collect())
                .unwrap_or_default(),
            Err(broken) => broken.uris.clone(),
        })
        .collect()
}

fn deliver(
    delivery: Option<&Delivery<'_>>,
    receipts: &[Receipt],
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let Some(delivery) = delivery else {
        return Ok(Exit::Done);
    };
    let committed = match delivery.commit(receipts) {
        Ok(committed) => committed,
        Err(error) => return undelivered(&error, console),
    };
    if committed.is_none() {
        if receipts.iter().any(|receipt| receipt.block.is_result()) {
            writeln!(
                console.err,
                "note: the files are not in git, so their results are not committed; commit them yourself"
            )?;
        }
        return Ok(Exit::Done);
    }
    match delivery.push() {
        Ok(delivered) => say(&delivered, console),
        Err(error) => undelivered(&error, console),
    }
}

/// What went out is out: say so before anything else, so that nobody posts it by hand.
fn undelivered(error: &DeliveryError, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    writeln!(
        console.err,
        "error: the results did not reach git's remote: {}\nThe posts above are on Bluesky; the next run recognises them and writes their URIs back.",
        sanitize(&error.to_string())
    )?;
    Ok(Exit::Failed)
}

/// The files of the work tree as the place where results are kept.
struct Files<'a, 'c> {
    library: &'a Library,
    target: Option<&'a Target>,
    world: &'a World<'a>,
    console: &'a mut Console<'c>,
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
        if let (true, Some(target)) = (repository.is_shallow(), self.target)
            && let Err(error) = repository.unshallow(target)
        {
            tracing::debug!("the history stays cut off: {error}");
        }
        let history = repository.uris_in_history(&self.library.config.posts, uris);
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
    }
}

/// Writes a block into its file, as it is on disk at that moment.
pub(super) fn write_block(folder: &Folder, receipt: &Receipt) -> Result<(), String> {
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

/// The network that a command works on.
pub trait Connect {
    /// Opens it.
    ///
    /// # Errors
    /// It can't be set up.
    fn connect(&self) -> Result<Network, String>;
}

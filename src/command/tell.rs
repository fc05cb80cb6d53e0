//! Whom a run tells what, once: threads through their blocks, and through the clone's notes where
//! no block can be kept. Nothing here may keep anything from being published or written back, so
//! what goes wrong is a warning, and tried again by the next run.

mod keep;
mod news;
mod notes;

use std::path::Path;

use super::{Console, Library, World, outcome};
use crate::{
    config::{Channel, Config, Place},
    git::Git,
    notify::{Incident, Kind, Limits, Message, Sender},
    plan::Plan,
    publish::Outcome,
    receipt::Receipt,
};
use keep::keep;
pub(super) use notes::{LastRun, Notes, replace};

/// Tells what is new of the threads. Gives the run's receipts, and what else blocks say by now.
pub(super) fn of_threads(
    (plan, library): (&Plan, &Library),
    outcomes: &[Outcome],
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Vec<Receipt> {
    let receipts = outcomes.iter().filter_map(Outcome::receipt).cloned();
    let mut receipts: Vec<Receipt> = receipts.collect();
    if library.config.notify.is_empty() {
        return receipts;
    }
    let notes = notes_of(library.repository.as_deref());
    let mut told = notes.told();
    let stopped = world.stop.load(std::sync::atomic::Ordering::SeqCst);
    let mut news = news::news(plan, outcomes, &told);
    // What was not begun since a person ends the run is no incident.
    news.retain(|news| !(stopped && news.incident.kind == Kind::Left));
    let standing = news::standing(plan, outcomes);
    told.files.retain(|path, _| standing.contains(path));
    let incidents = news.iter().map(|news| news.incident.clone()).collect();
    let root = library.folder.root.as_path();
    if !news.is_empty() && send(incidents, (&library.config, root), world, console) {
        for news in news {
            keep((news, (world.clock)()), library, &mut receipts, &mut told);
        }
    }
    if let Err(error) = notes.keep_told(&told) {
        warn(
            &format!("what was told can't be noted: {error}"),
            world,
            console,
        );
    }
    receipts
}

/// Whether there is anything to tell of a run that has nothing to do.
pub(super) fn has_news(plan: &Plan, library: &Library) -> bool {
    let told = notes_of(library.repository.as_deref()).told();
    !library.config.notify.is_empty() && !news::news(plan, &[], &told).is_empty()
}

/// Tells that a run could not do its work, or can again.
pub(super) fn of_run(
    trouble: Option<&str>,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) {
    let repository = world.storage.repository(&world.directory).ok().flatten();
    let notes = notes_of(repository.as_deref());
    let mut told = notes.told();
    if trouble.is_some() == told.run.is_some() {
        return;
    }
    let root = repository.as_deref().map(Git::root);
    let Ok(place) = Place::find(&world.directory, root, config) else {
        return;
    };
    let config = Config::load(&place, world.env);
    let config = config.unwrap_or_else(|_| Config {
        notify: Config::notify_of(&place),
        ..Config::empty(&place, world.env)
    });
    let (kind, reason) = match trouble {
        Some(trouble) => (Kind::Run, trouble),
        None => (Kind::AfterAll, "runs can do their work again"),
    };
    let incident = Incident {
        kind,
        path: None,
        account: None,
        publish_at: None,
        reason: reason.to_owned(),
        url: None,
    };
    if config.notify.is_empty() || !send(vec![incident], (&config, &place.root), world, console) {
        return;
    }
    told.run = trouble.map(|_| (world.clock)());
    if let Err(error) = notes.keep_told(&told) {
        warn(
            &format!("what was told can't be noted: {error}"),
            world,
            console,
        );
    }
}

/// The notes of a clone.
pub(super) fn notes_of(repository: Option<&dyn Git>) -> Notes {
    Notes(repository.and_then(Git::notes))
}

/// A warning that makes no run fail.
pub(super) fn warn(text: &str, world: &World<'_>, console: &mut Console<'_>) {
    // A closed pipe must not stop what is under way.
    let _ = outcome::of_run(outcome::Shown::Warning, text, world, console);
}

/// Sends it through every channel; whether anybody got it.
fn send(
    incidents: Vec<Incident>,
    (config, root): (&Config, &Path),
    world: &World<'_>,
    console: &mut Console<'_>,
) -> bool {
    let network = match world.network.connect() {
        Ok(network) => network,
        Err(error) => {
            warn(&format!("nobody was told: {error}"), world, console);
            return false;
        }
    };
    let message = Message {
        repository: repository_name(root, world),
        run: run_page(world),
        incidents,
    };
    let secrets = secrets(config);
    let sender = Sender {
        http: network.http,
        env: world.env,
        root,
        secrets: &secrets,
        limits: Limits::default(),
    };
    let mut is_told = false;
    for channel in &config.notify {
        let sent = super::block_on(sender.send(&message, channel));
        match sent.map_err(|error| error.message).flatten() {
            Ok(()) => is_told = true,
            Err(why) => {
                let text = format!("`notify` could not tell anybody this way: {why}");
                warn(&text, world, console);
            }
        }
    }
    is_told
}

fn secrets(config: &Config) -> Vec<String> {
    let passwords = config.accounts.iter().map(|a| a.password_env.clone());
    let addresses = config.notify.iter().filter_map(|channel| match channel {
        Channel::Webhook { env, .. } => Some(env.clone()),
        Channel::Command(_) => None,
    });
    // Whoever needs the last to tell somebody has it as GH_TOKEN.
    let token = ["GITHUB_TOKEN".to_owned()];
    passwords.chain(addresses).chain(token).collect()
}

fn repository_name(root: &Path, world: &World<'_>) -> String {
    let folder = root
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    (world.env)("GITHUB_REPOSITORY")
        .filter(|name| !name.is_empty())
        .or(folder)
        .unwrap_or_else(|| "posts".to_owned())
}

/// The page of the run in GitHub Actions.
fn run_page(world: &World<'_>) -> Option<String> {
    let set = |name: &str| (world.env)(name).filter(|value| !value.is_empty());
    let (server, repository) = (set("GITHUB_SERVER_URL")?, set("GITHUB_REPOSITORY")?);
    Some(format!(
        "{server}/{repository}/actions/runs/{}",
        set("GITHUB_RUN_ID")?
    ))
}

/// What is wrong with `updraft.yml`, if that is why a run ended.
pub(super) fn broken_config(config: Option<&Path>, world: &World<'_>) -> Option<String> {
    let repository = world.storage.repository(&world.directory).ok().flatten();
    let root = repository.as_deref().map(Git::root);
    let place = Place::find(&world.directory, root, config).ok()?;
    let mistakes = Config::load(&place, world.env).err()?;
    let first = mistakes
        .diagnostics
        .first()
        .map(|mistake| mistake.message.clone());
    Some(format!(
        "{} has mistakes: {}",
        place.config_path,
        first.unwrap_or_default()
    ))
}

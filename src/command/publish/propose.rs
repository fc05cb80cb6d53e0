//! The pull request that brings results from the branch beside to the one that publishes.

use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::{
    command::{
        CommandError, Console, Exit, World, block_on,
        github::{GitHub, NoAnswer},
    },
    delivery::Delivery,
    git::Target,
    report::sanitize_line,
};

const TITLE: &str = "Record what became of posts";
const BODY: &str = "What was due has gone out, was missed, was refused or was taken back. This brings its address and status into the files of these posts; nothing else changes, and nothing goes out by merging it.\n\nUntil then, the results that follow are added here: please merge rather than close it, since no other branch has them.";

/// What stands in a path as it is.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// Why there is no pull request.
enum Obstacle {
    NoToken,
    Github(NoAnswer),
}

/// Sees to it that there is one while results lie beside the branch that publishes. Outside GitHub
/// Actions it only says so.
pub(super) fn propose(
    delivery: &Delivery<'_>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let (Some(target), Some(beside)) = (&delivery.target, &delivery.beside) else {
        return Ok(Exit::Done);
    };
    if !delivery.is_beside().map_err(CommandError::world)? {
        return Ok(Exit::Done);
    }
    let is_workflow = (world.env)("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let github = GitHub::of_workflow(world)?.filter(|_| is_workflow);
    let opened = match github {
        Some(github) => block_on(open(&github, (target, beside), world))?,
        None if is_workflow => Err(Obstacle::NoToken),
        None => {
            writeln!(
                console.err,
                "note: the results are on `{}`; merge it into `{}` by a pull request",
                beside.branch, target.branch
            )?;
            return Ok(Exit::Done);
        }
    };
    match opened {
        Ok(None) => Ok(Exit::Done),
        Ok(Some(address)) => {
            let address = sanitize_line(&address);
            writeln!(
                console.out,
                "opened a pull request with the results: {address}"
            )?;
            Ok(Exit::Done)
        }
        Err(obstacle) => {
            complain(&obstacle, (target, beside), world, console)?;
            Ok(Exit::Failed)
        }
    }
}

/// The address of one that was opened; `None` where there was one.
async fn open(
    github: &GitHub,
    (target, beside): (&Target, &Target),
    world: &World<'_>,
) -> Result<Option<String>, Obstacle> {
    let repository = (world.env)("GITHUB_REPOSITORY").unwrap_or_default();
    let owner = repository.split('/').next().unwrap_or_default();
    let head = format!("{owner}:{}", beside.branch);
    let query = [("state", "open"), ("head", &head), ("base", &target.branch)];
    let found = github.get(&["pulls"], &query).await;
    let found = found.map_err(Obstacle::Github)?;
    let is_it =
        |one: &Value| one["head"]["ref"] == *beside.branch && one["base"]["ref"] == *target.branch;
    if found
        .as_array()
        .is_some_and(|found| found.iter().any(is_it))
    {
        return Ok(None);
    }
    let what = json!({
        "title": TITLE,
        "body": BODY,
        "head": beside.branch,
        "base": target.branch,
    });
    match github.post(&["pulls"], &what).await {
        Ok(made) => {
            let address = made["html_url"].as_str().unwrap_or_default();
            Ok(Some(address.to_owned()))
        }
        // Another run was faster.
        Err(NoAnswer::Refused(StatusCode::UNPROCESSABLE_ENTITY, words))
            if words.contains("already exists") =>
        {
            Ok(None)
        }
        Err(error) => Err(Obstacle::Github(error)),
    }
}

fn complain(
    obstacle: &Obstacle,
    (target, beside): (&Target, &Target),
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let set = |name: &str| (world.env)(name).unwrap_or_default();
    let by_hand = format!(
        "{}/{}/compare/{}...{}",
        set("GITHUB_SERVER_URL"),
        set("GITHUB_REPOSITORY"),
        utf8_percent_encode(&target.branch, IN_PATH),
        utf8_percent_encode(&beside.branch, IN_PATH)
    );
    let (why, remedy) = match obstacle {
        Obstacle::NoToken => (
            "the step has no GITHUB_TOKEN".to_owned(),
            "give it `GITHUB_TOKEN: ${{ github.token }}` under `env:`, and the job `pull-requests: write`",
        ),
        Obstacle::Github(NoAnswer::Refused(status, words)) => (
            format!("GitHub answered {status}: {words}"),
            "if it is for want of permission, give the job `pull-requests: write`, and allow it in the repository (Settings, Actions, General: \"Allow GitHub Actions to create and approve pull requests\")",
        ),
        Obstacle::Github(NoAnswer::Silent(reason)) => (
            format!("GitHub gave no answer: {reason}"),
            "the next run tries again",
        ),
    };
    writeln!(
        console.err,
        "error: the results are on `{}`, and no pull request brings them to `{}`: {}; {remedy}; or open it by hand: {}",
        beside.branch,
        target.branch,
        sanitize_line(&why),
        sanitize_line(&by_hand)
    )?;
    Ok(())
}

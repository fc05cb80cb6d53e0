//! `updraft publish --push`, as a process of its own.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Arc, atomic::AtomicBool},
};

use chrono::TimeDelta;
use clap::Parser as _;
use updraft::{
    cli::Cli,
    command::{self, CommandError, Console, Exit, Progress, World},
};

use super::{ground::Died, pull_request::BESIDE, runner::Runner, settings};

/// How a process ended.
pub struct Ran {
    /// Whether its clock was behind: it knows less of what is due.
    pub is_behind: bool,
    pub exit: Option<Exit>,
    pub words: String,
    pub panicked: Option<String>,
}

/// In a thread of its own.
pub fn run(runner: &Runner) -> Ran {
    runner.baton.take(runner.id);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let ended = panic::catch_unwind(AssertUnwindSafe(|| publish(runner, &mut out, &mut err)));
    runner.baton.end(runner.id);
    let mut words = String::from_utf8_lossy(&out).into_owned() + &String::from_utf8_lossy(&err);
    let (exit, panicked) = match ended {
        Ok(Ok(exit)) => (Some(exit), None),
        Ok(Err(error)) => {
            words.push_str(&error.to_string());
            (Some(error.exit), None)
        }
        Err(payload) if payload.is::<Died>() => (None, None),
        Err(payload) => (
            None,
            Some(format!("{:?}", payload.downcast_ref::<String>())),
        ),
    };
    Ran {
        is_behind: runner.skew < TimeDelta::minutes(-1),
        exit,
        words,
        panicked,
    }
}

fn publish(runner: &Runner, out: &mut Vec<u8>, err: &mut Vec<u8>) -> Result<Exit, CommandError> {
    let clock = runner.clone();
    let world = World {
        directory: runner.root.clone(),
        env: &settings::env,
        clock: Arc::new(move || clock.time()),
        storage: runner,
        network: runner,
        stop: Arc::new(AtomicBool::new(false)),
        pause: Arc::new(runner.clone()),
        rehearsal: None,
    };
    let mut console = Console {
        out,
        err,
        color: false,
        is_terminal: false,
        width: 160,
        progress: &Progress::default(),
    };
    let cli = match runner.ground.state().is_beside {
        true => Cli::parse_from(["updraft", "publish", "--push-to", BESIDE]),
        false => Cli::parse_from(["updraft", "publish", "--push"]),
    };
    command::run(cli, &world, &mut console)
}

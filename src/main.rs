//! The `updraft` binary: parse, run, print, exit.

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use clap::Parser;
use updraft::{
    cli::Cli,
    command::{self, Console, Internet, World},
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    command::log(cli.verbose);
    let stop = Arc::new(AtomicBool::new(false));
    command::stop_on_signals(&stop);
    let env = |name: &str| std::env::var(name).ok();
    let directory = cli.directory.clone().unwrap_or_else(|| ".".into());
    let world = World {
        directory,
        env: &env,
        clock: Arc::new(chrono::Utc::now),
        network: &Internet { env: &env },
        stop,
        rehearsal: None,
    };
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let mut console = Console {
        color: command::wants_color(&env, io::stderr().is_terminal()),
        is_terminal: io::stderr().is_terminal(),
        width: command::width(),
        out: &mut out,
        err: &mut err,
    };
    let exit = command::run(cli, &world, &mut console).unwrap_or_else(|error| {
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(console.err, "error: {error}");
        error.exit
    });
    ExitCode::from(exit as u8)
}

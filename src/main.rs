//! The `updraft` binary: parse, run, print, exit.

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use console::Term;
use updraft::{
    atproto::{memory::Memories, pause::Sleep},
    cli::Cli,
    command::{self, Console, Internet, Machine, Progress, World},
    report,
};

fn main() -> ExitCode {
    if let Some(exit) = command::complete() {
        return ExitCode::from(exit as u8);
    }
    let cli = Cli::read();
    let stop = Arc::new(AtomicBool::new(false));
    command::stop_on_signals(&stop);
    let env = |name: &str| std::env::var(name).ok();
    let err_takes_color = command::takes_color(&Term::stderr());
    let color = command::wants_color(&env, err_takes_color);
    let progress = Progress::new(command::wants_progress(&env, io::stderr().is_terminal()));
    command::log(cli.verbose, color, &progress);
    let directory = cli.directory.clone().unwrap_or_else(|| ".".into());
    let pause = Arc::new(Sleep { stop: stop.clone() });
    let memories = Memories::default();
    let network = Internet {
        env: &env,
        pause: pause.clone(),
        memories,
    };
    let world = World {
        directory,
        env: &env,
        clock: Arc::new(chrono::Utc::now),
        storage: &Machine,
        network: &network,
        pause,
        stop,
        rehearsal: None,
    };
    // Not locked: what -v shows comes from other threads too.
    let (mut out, mut err) = (progress.beside(io::stdout()), progress.beside(io::stderr()));
    let mut console = Console {
        color: command::wants_color(
            &env,
            command::takes_color(&Term::stdout()) && err_takes_color,
        ),
        is_terminal: io::stderr().is_terminal(),
        width: command::width(&env),
        progress: &progress,
        out: &mut out,
        err: &mut err,
    };
    let exit = command::run(cli, &world, &mut console).unwrap_or_else(|error| {
        // A reader that went away, such as `head`, needs no explanation.
        if !error.message.is_empty() {
            let _ = writeln!(console.err, "{}{error}", report::error_mark(color));
        }
        error.exit
    });
    ExitCode::from(exit as u8)
}

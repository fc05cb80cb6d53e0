//! `updraft completions`: what a shell loads, so that it asks updraft itself what may stand where.

use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use super::{CommandError, Console, Exit, complete};
use crate::cli::{CompletionsArgs, Shell};

/// The name of the command, and of the binary that is asked: the one that the PATH has, as the script
/// outlives the place that it was printed from.
const NAME: &str = "updraft";

/// zsh finds a file in its `fpath` by the function that it is called for, and runs the file as that
/// function's body: the first time too it has to complete, and not only to say what does.
const ZSH_FIRST_CALL: &str = "
if [[ $funcstack[1] == _updraft ]]; then
    _clap_dynamic_completer_updraft \"$@\"
fi
";

/// Runs it.
pub(super) fn run(args: &CompletionsArgs, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    let shell: &dyn EnvCompleter = match args.shell {
        Shell::Bash => &Bash,
        Shell::Elvish => &Elvish,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
        Shell::Zsh => &Zsh,
    };
    let mut script = Vec::new();
    shell.write_registration(complete::VARIABLE, NAME, NAME, NAME, &mut script)?;
    console.out.write_all(script.trim_ascii())?;
    writeln!(console.out)?;
    if args.shell == Shell::Zsh {
        write!(console.out, "{ZSH_FIRST_CALL}")?;
    }
    Ok(Exit::Done)
}

//! What can be wrong with a set-up, which `doctor` finds.

use std::fmt;

use super::Explanation;

codes! {
  /// The stable name of what `doctor` finds, as printed in brackets and in JSON.
  ///
  /// A new one needs its line in the list below, and a text `src/diagnostic/setup/NAME.md`, without
  /// which nothing compiles: what was found, why that matters and what to do. Where files can show
  /// it, `## Before` and `## After` do. Of a workflow they hold the keys alone that matter:
  /// `tests/explain.rs` lays them over a whole one, and checks that `doctor` finds this before, and
  /// nothing after.
  SetupCode in "setup":
  ["Set-up: the clone"]
  /// The folder lies in no git repository.
  NoRepository = "no-repository",
  /// A mistake in `updraft.yml`, seen while looking the set-up over.
  Config = "config",
  /// Some posts have errors and can't go out.
  Posts = "posts",
  /// Nothing goes out, since `updraft.yml` says so.
  Paused = "paused",
  /// The clone has no remote that results can be pushed to.
  NoRemote = "no-remote",
  /// The clone lacks the history that posts with `publish_at: merge` go by.
  ShallowClone = "shallow-clone",
  ["Set-up: accounts and servers"]
  /// No account is named.
  NoAccount = "no-account",
  /// An account's app password is not in the environment.
  SecretMissing = "secret-missing",
  /// The address of an account's server can't be read.
  Pds = "pds",
  /// A handle leads to no account.
  Handle = "handle",
  /// An account's server does not answer as one of the AT Protocol does.
  Server = "server",
  /// The server takes smaller files than pictures are made to fit.
  ServerLimit = "server-limit",
  /// This machine's clock and the server's differ.
  Clock = "clock",
  /// The server refuses the password.
  Login = "login",
  /// The password is the account's main password and no app password.
  MainPassword = "main-password",
  /// A server gave no answer, so that nothing is known.
  ServerSilent = "server-silent",
  ["Set-up: when workflows run"]
  /// No workflow publishes.
  NoWorkflow = "no-workflow",
  /// A workflow can't be read.
  WorkflowUnreadable = "workflow-unreadable",
  /// A workflow does not say where updraft is.
  NoSource = "no-source",
  /// No schedule starts the workflow that publishes.
  NoSchedule = "no-schedule",
  /// A schedule that GitHub can't read.
  CronInvalid = "cron-invalid",
  /// A schedule that fires when everybody's does.
  CronBusy = "cron-busy",
  /// GitHub started this run after its time.
  CronLate = "cron-late",
  /// A post falls due after GitHub has switched the schedule off.
  QuietRepository = "quiet-repository",
  /// Pull requests start the workflow that publishes.
  PublishesPullRequests = "publishes-pull-requests",
  ["Set-up: what workflows hold and may do"]
  /// No step that publishes gets the password of an account.
  SecretNotHandedOn = "secret-not-handed-on",
  /// A password stands in a workflow.
  PasswordInWorkflow = "password-in-workflow",
  /// Two runs of the workflow may be at work at once.
  NoConcurrency = "no-concurrency",
  /// A newer run cuts off one that publishes.
  CancelInProgress = "cancel-in-progress",
  /// Nothing says what the job that publishes may do.
  NoPermissions = "no-permissions",
  /// The job that publishes may not write to the repository.
  MayNotWrite = "may-not-write",
  /// The checkout keeps no token to push with.
  NoCredentials = "no-credentials",
  /// The checkout brings no history.
  ShallowCheckout = "shallow-checkout",
  /// The results are not pushed.
  NoPush = "no-push",
  /// The step with `--push-to` may not open its pull request.
  NoPullRequest = "no-pull-request",
  ["Set-up: the branch"]
  /// Rules of the branch refuse the push of results, or may.
  BranchProtected = "branch-protected",
  /// The branch takes signed commits alone, and git signs none.
  UnsignedCommits = "unsigned-commits",
  /// GitHub does not tell the branch's rules.
  RulesUnknown = "rules-unknown",
}

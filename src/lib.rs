//! Drafts go up. Posts and threads for Bluesky live as Markdown files with YAML front matter in a
//! git repository; people review them in pull requests; a runner (a scheduled workflow, or a
//! person) publishes what is due and commits the resulting URIs and status back into the same
//! files, so that git holds the whole history.
//!
//! This page is the design. Where code and page differ, one of them has a bug.
//!
//! # Promises
//!
//! 1. **Nothing goes out twice**: not after a crash, a lost answer, a failed push, a lost state,
//!    two runners at once, a rename.
//! 2. **Nothing is lost, and nothing is green that did not happen.** A due post that did not go
//!    out makes the run fail, loudly.
//! 3. **A thread is one commit on the network**: all of its parts or none, in one `applyWrites`.
//! 4. **The author's bytes are the author's.** A run writes one top-level key, `bluesky:`, and
//!    touches no other byte.
//! 5. **A reviewer sees exactly what will go out**, offline and without any secret.
//! 6. **Every mistake is found before the post is due**, all of them at once, with file, line,
//!    column and what to do.
//!
//! In doubt the runner stops and asks; it never guesses in either direction.
//!
//! # The pipeline, and the modules in its order
//!
//! ```text
//! posts/**/*.md ─read→ Document ─read→ FrontMatter ─check→ Thread (of Posts)     mistakes are Diagnostics
//! (threads, now, policy) ─plan→ Plan: a Decision with its reason for each file  pure; the dry run prints it
//! Plan ─publish→ look, blobs, one applyWrites a thread, look again in doubt → Receipt
//! Receipt ─Document::with_block→ bytes ─atomic replace→ file                     after each thread
//! changed files ─Delivery→ one commit a run ─push→ the remote
//! ```
//!
//! | module | owns |
//! |---|---|
//! | [`diagnostic`] | mistakes that an author can mend, as data; what `explain` says of each kind, and of what `doctor` finds |
//! | [`yaml`] | hand-written YAML with the place of every value |
//! | [`config`] | `updraft.yml`, environment and folder, resolved into one value |
//! | [`post`] | from a file's bytes to a checked [`post::Thread`]; pure but for reading files and pictures |
//! | [`receipt`] | what came of a thread, and its `bluesky:` block |
//! | [`plan`] | what a run would do and why: a pure function |
//! | [`atproto`] | the network: transport, identity, session, records, record keys, the look |
//! | [`card`] | what a link card shows of a page: fetched, with bounds, and read |
//! | [`publish`] | executes a plan |
//! | [`import`] | files of other tools as posts: drafts, and what is on Bluesky with its block |
//! | [`notify`] | tells somebody what to see to: message shapes, webhooks, commands |
//! | [`git`] | the only place that names git2 or runs git |
//! | [`delivery`] | receipts into commits, commits to the remote |
//! | [`report`] | diagnostics for people, GitHub and programs |
//! | [`schema`] | JSON Schemas of what people write |
//! | [`sandbox`] | a PDS in this process, for `rehearse` and the tests |
//! | [`cli`], [`command`] | the command line and its verbs, one file each |
//!
//! Arrows go one way, and a test keeps them: command → everything; publish → plan, atproto, card,
//! post, receipt; delivery → git, post, receipt; atproto → post, receipt; plan → post, receipt; post →
//! receipt, diagnostic, yaml; notify → atproto (its transport), config; import → atproto (its record keys), diagnostic, post, receipt, yaml; config → post, diagnostic, yaml (zones and languages are read by the
//! same code in both files); report, yaml → diagnostic; git, receipt, diagnostic, card, sandbox → nothing
//! of ours. `delivery` is a room of its own, since what becomes of results on a remote that moved
//! is neither git's business (which knows no blocks) nor the network's.
//!
//! [`post::Thread`] has one door, [`post::Thread::check`]: if you hold one, it is publishable, and
//! its block edit has been tried. [`plan::plan`] looks at neither the clock nor the network, and
//! `publish` executes the value that `plan` prints. Author mistakes are data, over all files in
//! one run; `Err` is for the world; a bug is an `expect` that says why it can't happen. The clock,
//! the environment, the network, post files ([`post::file::Disk`]) and git ([`git::Git`]) enter at the
//! edges ([`command::World`]) and are injected: a test can make each step of a run fail, and end it there.
//!
//! # A post file
//!
//! * No `publish_at` is a draft: checked, never published. `hold: true` keeps a dated post back.
//! * `retract: true` takes a post back: what its block names is deleted, in one write with the gates.
//!   Without a block it is looked for at its time, since its result may be lost, and deleted if it is
//!   there. Deletions are read back like any write; a URI of another account is not touched.
//! * `publish_at: merge` is due as soon as the file is on the branch that publishes (`publish_from`, else
//!   the remote's default branch). Its second, which the record key is made from, is that of the commit
//!   which brought it there along first parents: the merge, not what it merged; a renamed file keeps it
//!   ([`git::Repository::arrivals`]). Where a shallow clone lacks that commit it is fetched, or the run
//!   fails. Who merges wants it out, so that only `late:` of the file itself can call it missed. No
//!   author's word stands behind that second, so a file with the same path and words is the same post
//!   whatever git's history names. One commit that removes such a post and brings another that is alike
//!   is taken for a rename: if the first may be out, the run asks.
//! * Front matter is closed ([`post::front_matter::KEYS`]): an unknown key is an error. A file in
//!   the posts folder that looks like a post but would be skipped for its name is an error too.
//! * A byte order mark is kept and skipped. An unclosed fence is an error: YAML is never
//!   published as text. So is a file without front matter: a lost first line must not turn the
//!   keys into words.
//! * Local times that don't exist or exist twice are errors that show the choices.
//! * Pictures are named relative to the post file and lie inside the repository; EXIF never leaves
//!   the machine. One that is too large is made to fit, the same way on every machine
//!   ([`post::picture::fit`]). A picture that is not committed keeps its post back like an uncommitted text.
//! * A video goes out as it is, with the captions beside it; one that not every service takes is a
//!   mistake that names the command which converts it ([`post::video`]).
//! * A run appends or replaces its block ([`receipt::Block`]), and nothing else.
//! * The same URI in two files, a published block older than its `publish_at`, and two waiting
//!   files of one account with the same second and words are errors. A *missed* or *failed* block
//!   older than `publish_at` is not: moving the time is how its author asks for another try.
//!
//! # Beside the words
//!
//! A file publishes a thread or a repost ([`post::Publication`]); a part shows pictures or a card, and
//! may quote beside either. The rules, and why they are so:
//!
//! * A link alone in the last paragraph leaves the text, as in the app: a post is quoted, another page
//!   becomes the card. It goes with the last piece where `split: auto` breaks the part.
//! * A part may be a picture, a card or a quote alone. What went out as it stands in its file needs not
//!   even that: of an imported archive the pictures may be on the network alone.
//! * `card` is of the first part and `cards` of each, as their author wrote the parts: how `split`
//!   breaks them is not for the author to foresee.
//! * A card that is not pinned is read at publishing, so a preview holds its address alone and says so.
//!   `pin` writes a card into the file under the same rule as a run its block: no other byte changes.
//!   A page never keeps a post back, since it is not the post that is wrong.
//! * What is quoted, answered or reposted is read at its author's server right before the write. If it
//!   is gone, or its gates shut us out, the post `failed`: to publish half of it would be a guess.
//!   Our own gates never shut us out. Whether we may answer where a gate names followers or lists is
//!   looked up as far as a thousand records; beyond that it goes out with a warning.
//! * A file that names another must be due after it (checked offline), and waits for it in a run. It
//!   quotes the first part and answers the last, unless it says `#2`.
//! * A threadgate stands beside the root, a postgate beside each part, under the same record keys and
//!   in the same write. An answer has no threadgate: the thread is another's.
//! * Pictures that are too large are made to fit when they are checked, and again, to the same bytes,
//!   when they are uploaded.
//!
//! Limits come from the lexicons and live in [`post::limits`].
//!
//! # Record keys
//!
//! Same file, time and account make the same record key on every machine, with no state; and a
//! key tells its file and its second apart. See [`atproto::record_key`], with its test vectors. The
//! format is stable: to change it is to publish twice. `createdAt` is the real moment of
//! publishing (a past one sinks the post in feeds), fixed before the first try, a millisecond
//! later for each part. Reply CIDs are computed before the write.
//!
//! # Look before the write
//!
//! 1. If the server's clock and ours differ by more than two minutes, nothing is published and
//!    nothing written.
//! 2. The repository's head is read first; every `applyWrites` carries it (then its successor) as
//!    `swapCommit`, so that no other writer slips in between look and write. If one did: look
//!    again, five times at most.
//! 3. Then our own keys are read, and the newest records listed. Where anything is found the head is
//!    read again: if somebody wrote meanwhile, only half of a thread may have been seen.
//! 4. [`atproto::look`] decides, and says what it can't know.
//! 5. A late thread is looked up before it is declared missed. Neither `missed` nor `failed` is
//!    written in a run that holds a doubtful answer for that thread.
//!
//! After any answer that leaves doubt (time-out, dropped connection, 5xx, 409, torn body, an
//! error name that nobody knows) our keys are read back, and then it is decided: a write is never
//! repeated blindly. `failed` is only for answers that blame this very post
//! ([`atproto::error::Verdict`]). There is one session an account and run, and only when something
//! is to be written: a run with nothing due asks no server anything.
//!
//! # Waiting
//!
//! `publish --wait` and `watch` are one loop around single runs ([`command`], `publish/stay.rs`): a run says what falls due
//! next, the loop waits for that, for a remote that moved or a file that changed, and runs again. A plan
//! may be made for a moment to come ([`plan::Plan::now`]): all that needs no writing is done
//! beforehand, and no thread is written, and no result recorded, before that moment. What fails
//! beforehand is tried again when the time has come. Nothing is kept in memory between runs but
//! sessions and points ([`atproto::memory`]): each run reads all files anew.
//!
//! # git
//!
//! * One run at a time per clone: an OS lock in the git directory.
//! * A run first finishes the last one: blocks on disk that HEAD lacks are committed, and with
//!   `--push` updraft's own commits (those that change blocks and nothing else) are pushed.
//! * With `--push` a run begins with a fetch and plans on the remote's tip. Foreign commits that
//!   the remote lacks, a rewritten or vanished branch: refused. `git push --dry-run` comes before
//!   the first write; if somebody merged since the fetch, the run begins again on what they wrote. All of
//!   this before anything is published.
//! * A due file that git lacks, or that differs from HEAD in more than its block, is not published. An
//!   `updraft.yml` that differs from HEAD decides nothing while something is due: the run fails.
//! * The commit is made beside the index and holds the blocks alone. A file that git lacks
//!   (`--allow-dirty`) gets its block on disk, and its author commits it.
//! * A rejected push is made good on the remote's new tip ([`delivery`]); in the worst case the
//!   next run finds the posts on the network and writes their URIs back.
//!
//! ## Beside a branch that takes no push
//!
//! With `--push-to` results go to another branch, from which pull requests bring them back
//! (`delivery/beside.rs`).
//!
//! * HEAD has both branches: the files of the one that publishes, and the blocks that it lacks. Where the two have
//!   diverged (the first moved on, or took results as a commit of its own), a merge with just that as
//!   its tree is made, and is pushed with the next result, or at once where no plain merge of the two would know how.
//!   The branch beside is only ever pushed forward.
//! * What is published is what the branch that publishes holds: HEAD differs from it in blocks alone, or nothing is
//!   published. The branch beside may have no commit whose change outlasts it and is more than blocks.
//! * Before the first write the branch that publishes is asked once more, since no push tells that it moved.
//! * A block is news until the branch that publishes has ever had it. Its file is followed commit by commit; one that was
//!   deleted keeps its result in history alone, and accounts for no record: for what git's history accounts for,
//!   and since when files are in it, the branch that publishes is asked.
//! * What was taken back stays so whatever becomes of its file, since that file never said that it was out;
//!   unless it did, and is used again.
//! * Who closes the pull request or deletes the branch loses what only it says: what is out is found on the
//!   network, and what was taken back, refused or missed is not.
//!
//! # Telling somebody
//!
//! * A run tells after its results are in the files and before they are committed, one message for all
//!   that is new; that nobody could be told is a warning, and keeps nothing from being written back.
//! * What was told is kept in the block: `told_at` beside a result, and else a block `status: waiting`
//!   with the kind of thing in its `reason`. That one is no result: [`post::Thread::block`] does not
//!   give it, and everything but telling treats its file as one without a block. It is written only
//!   once somebody was told, and gives way to any result.
//! * A result of the last seven days without `told_at` is told: so is one whose run was killed before it
//!   told, and an archive stays silent.
//! * What no block can hold (a file that can't be edited, a run that could not do its work) is noted in
//!   the clone's git directory, so that a fresh clone tells it once more.
//!
//! # Doctor
//!
//! * `doctor` gathers (files, git, with `--online` servers) and then judges, in pure functions; a finding
//!   has a stable code, a place where there is one, and a remedy. It writes nothing anywhere.
//! * A workflow publishes if a command of one of its steps is `updraft publish`, or the action does. Only
//!   such workflows are judged.
//! * A secret's value is never looked at but by a login; what kind of password it is says the `scope` of
//!   the session ([`atproto::session::PasswordKind`]). Where that says nothing, nothing is said.
//! * A server that gave no answer is proof of nothing: it is a finding of its own, and exit 3.
//!
//! # Review
//!
//! * `review` compares two libraries: that of the commit which two revisions have in common, and that of
//!   the files as they are (or of another commit). A commit's files are laid out in a temporary folder
//!   and checked like any others; links in it are never followed, and none is made.
//! * A post has changed if what goes out differs, whoever changed that: its file, a picture, `updraft.yml`.
//!   One that is published has been edited only if its own file or its pictures say something else.
//! * All that is an author's stands in code in Markdown, and is text in HTML, which holds no script and
//!   asks for nothing. A report that has no room for a post says so; no construct is cut.
//!
//! # The sandbox
//!
//! [`sandbox::Sandbox`] has the limits, validation messages, status codes and CIDs of the real
//! server, and fails on demand. One end-to-end suite runs against it and against the official
//! PDS, so that it can't drift. `rehearse` runs the real `publish` against it over HTTP and git,
//! in a copy, with a clock that walks from due time to due time.
//!
//! `tests/simulation` runs the real `publish` against it without a socket, with models of the disk and of
//! git, and with the real ones, where every step may fail; `docs/reliability.md` says what that proves, and
//! what it found. `fuzz` feeds hostile input to everything that reads a file or an answer.
//!
//! # Words
//!
//! Document (one file: path, exact bytes, two ranges) · FrontMatter (what the author wrote, typed)
//! · Thread / Post (checked) · RichText (text and facets that agree) · Facet · Embed · Image / Video /
//! Blob (local files / bytes at a PDS) · Record · Collection, NSID · RecordKey (rkey), TID · AT
//! URI, CID, StrongRef · Target (what is quoted, answered, reposted) · Card, pinned · gate ·
//! permalink (the bsky.app page) · Handle / DID · PDS, session, app password
//! · Sandbox · Plan / Decision · due, late, missed · look, take over · Receipt, Block · Delivery ·
//! Diagnostic (the author can mend it) · Failure (the world).
//! Not: tweet, skeet, toot, slug, payload, page, meta, upload, entity, mock, manager, helper.

pub mod atproto;
pub mod card;
pub mod cli;
pub mod command;
pub mod config;
pub mod delivery;
pub mod diagnostic;
pub mod git;
pub mod import;
pub mod notify;
pub mod plan;
pub mod post;
pub mod publish;
pub mod receipt;
pub mod report;
pub mod sandbox;
pub mod schema;
pub mod yaml;

//! Two runs on two clones, killed at random moments, with faults in between and an author who moves
//! files; in every second round the results go beside the branch. `ROUNDS=300 cargo test --test e2e pds::rounds -- --nocapture` makes the table of
//! docs/reliability.md.

use std::{thread, time::Duration};

use fastrand::Rng;
use image::ImageFormat;

use crate::{
    bench::{APPLY, Bench, ago, due},
    calendar::picture,
    peer::Peer,
    protected::{BESIDE, maintainer, squash},
    relay::Fault,
    work::{Running, Work},
};

both! {
    rounds_of_kills_and_faults,
}

/// Rounds of an ordinary test run.
const ROUNDS: u64 = 4;
const RECORDS: usize = 6;

#[derive(Default)]
struct Tally {
    runs: usize,
    kills: usize,
    faults: usize,
    moves: usize,
    records: usize,
}

fn rounds_of_kills_and_faults(peer: &dyn Peer) {
    let rounds = std::env::var("ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let first = std::env::var("FROM").map_or(0, |from| from.parse().unwrap());
    let mut tally = Tally::default();
    for seed in first..first + rounds {
        let is_beside = seed % 2 == 1;
        round((peer, is_beside), &mut Rng::with_seed(seed), &mut tally);
    }
    let Tally {
        runs,
        kills,
        faults,
        moves,
        records,
    } = tally;
    println!(
        "{rounds} rounds: {runs} runs, {kills} killed, {faults} faults, {moves} files moved meanwhile; \
         {records} records, of which 0 twice and 0 lost"
    );
}

fn round((peer, is_beside): (&dyn Peer, bool), rng: &mut Rng, tally: &mut Tally) {
    let publish: &[&str] = match is_beside {
        true => &["publish", "--push-to", BESIDE],
        false => &["publish", "--push"],
    };
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/red.png", picture(ImageFormat::Png, [200, 0, 0]));
    home.write(
        "posts/a.md",
        due(9, "First\n\n![Red](red.png)\n\n---\n\nIts second part"),
    );
    home.write("posts/b.md", due(8, "Second"));
    home.write("posts/c.md", due(7, "Third\n\n---\n\nTwo\n\n---\n\nThree"));
    home.share();
    let other = bench.clone_as("other");
    let author = bench.clone_as("author");
    for _ in 0..rng.usize(..4) {
        tally.faults += 1;
        let (nsid, fault) = fault(rng);
        bench
            .relay
            .fault(nsid, (rng.usize(..3), rng.usize(1..3)), fault);
    }
    for _ in 0..rng.usize(1..3) {
        let runs: Vec<Running> = [&home, &other]
            .iter()
            .map(|clone| clone.start(publish))
            .collect();
        tally.runs += runs.len();
        if rng.u8(..3) == 0 {
            thread::sleep(Duration::from_millis(rng.u64(..400)));
            tally.moves += usize::from(moved(&author, rng));
        }
        for run in runs {
            match rng.bool() {
                true => {
                    tally.kills += 1;
                    run.kill_after(Duration::from_millis(rng.u64(20..900)));
                }
                false => drop(run.end()),
            }
        }
    }
    bench.relay.mend();
    let mut last = bench.clone_as("quiet").run(publish);
    if last.code != Some(0) {
        // What had been done when it was killed is said once.
        last = bench.work("quiet").run(publish);
    }
    last.exits(0);
    if is_beside {
        squash(&maintainer(&bench, "reviewer"));
    }
    bench.assert_exactly_once();
    assert_eq!(bench.records().len(), RECORDS);
    tally.records += RECORDS;
}

fn fault(rng: &mut Rng) -> (&'static str, Fault) {
    const METHODS: [&str; 6] = [
        APPLY,
        APPLY,
        "com.atproto.repo.uploadBlob",
        "com.atproto.server.createSession",
        "com.atproto.repo.listRecords",
        "com.atproto.repo.getRecord",
    ];
    let method = METHODS[rng.usize(..METHODS.len())];
    let refusal = Fault::refusal;
    let fault = match rng.u8(..8) {
        0 => Fault::DropBefore,
        1 | 2 => Fault::DropAfter,
        3 => Fault::Torn,
        4 => refusal(429, "RateLimitExceeded", "Rate Limit Exceeded"),
        5 => refusal(500, "InternalServerError", "Internal Server Error"),
        6 => refusal(502, "UpstreamFailure", "Bad Gateway"),
        _ => refusal(400, "ExpiredToken", "Token has expired"),
    };
    (method, fault)
}

/// An author renames a file, or moves it to an earlier minute, if the remote lets them.
fn moved(author: &Work<'_>, rng: &mut Rng) -> bool {
    let git = |args: &[&str]| author.bench.try_git_at(&author.path, args).status.success();
    if !git(&["pull", "-q", "--rebase"]) || !author.path.join("posts/b.md").exists() {
        return false;
    }
    if rng.bool() {
        git(&["mv", "posts/b.md", "posts/moved.md"]);
    } else {
        let text = author.read("posts/b.md");
        let old = text
            .lines()
            .find(|line| line.starts_with("publish_at"))
            .unwrap();
        author.edit("posts/b.md", old, &format!("publish_at: {}", ago(30)));
    }
    git(&["commit", "-qam", "Move a post"]) && git(&["push", "-q", "origin", "HEAD:main"])
}

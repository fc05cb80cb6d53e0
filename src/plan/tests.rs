#![allow(clippy::unwrap_used)]

use chrono::{TimeZone, Timelike};

use super::*;
use crate::{
    post::{AccountDefaults, Context, Defaults, picture::PictureSource, video::VideoSource},
    receipt::{Block, Part},
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 1, 12, 0, 0).unwrap()
}

fn policy() -> Policy {
    Policy {
        paused: None,
        only: Vec::new(),
        limit: None,
        spacing: BTreeMap::new(),
        retract: false,
    }
}

fn named(path: &str, matter: &str, account: Option<&str>) -> Candidate {
    let pictures = PictureSource::new(std::path::Path::new("/nowhere"));
    let videos = VideoSource::new(std::path::Path::new("/nowhere"));
    let context = Context {
        accounts: account.into_iter().map(AccountDefaults::named).collect(),
        default_account: account.map(str::to_owned),
        timezone: None,
        defaults: Defaults::default(),
        pictures: &pictures,
        videos: &videos,
    };
    let source = format!("---\n{matter}---\nHello\n");
    Candidate {
        file: Thread::check(path, source.into_bytes(), &context).result,
        unreviewed: None,
        writable: true,
    }
}

fn candidate(matter: &str) -> Candidate {
    named("posts/a.md", matter, Some("main"))
}

/// Due so long before noon of 2026-12-01.
fn due(before: Duration) -> Candidate {
    candidate(&format!("publish_at: {}\n", (now() - before).to_rfc3339()))
}

fn decision(candidate: Candidate, policy: &Policy) -> Decision {
    let mut plan = plan(vec![candidate], now(), policy);
    plan.items.remove(0).decision
}

fn decided(candidate: Candidate) -> Decision {
    decision(candidate, &policy())
}

const EARLIER: &str = "publish_at: 2026-12-01T11:00:00Z\n";

fn with_block(matter: &str, block: &Block) -> String {
    format!("{matter}{}", block.to_yaml())
}

fn source() -> String {
    candidate(EARLIER).file.unwrap().source().to_owned()
}

#[test]
fn a_post_is_due_from_its_second_on() {
    assert_eq!(decided(due(-Duration::seconds(1))), Decision::Wait);
    let late_by = Duration::zero();
    assert_eq!(decided(due(late_by)), Decision::Publish { late_by });
}

#[test]
fn a_post_is_late_behind_the_limit_and_not_at_it() {
    let late_by = Duration::hours(24);
    assert_eq!(decided(due(late_by)), Decision::Publish { late_by });
    let late_by = late_by + Duration::seconds(1);
    assert_eq!(decided(due(late_by)), Decision::Miss { late_by });
    let due_with = |late_by: Duration, late: &str| {
        let at = (now() - late_by).to_rfc3339();
        candidate(&format!("publish_at: {at}\nlate: {{ {late} }}\n"))
    };
    let keen = due_with(late_by, "then: publish");
    assert_eq!(decided(keen), Decision::Publish { late_by });
    let late_by = Duration::seconds(1);
    let strict = due_with(late_by, "after: 0s");
    assert_eq!(decided(strict), Decision::Miss { late_by });
}

#[test]
fn drafts_and_held_posts_are_left_alone_however_late() {
    assert_eq!(decided(candidate("")), Decision::Draft);
    let held = "publish_at: 2024-01-01T00:00:00Z\nhold: true\n";
    assert_eq!(decided(candidate(held)), Decision::Held);
}

#[test]
fn while_paused_nothing_is_late_and_what_waits_still_waits() {
    let paused = Policy {
        paused: Some("strike".into()),
        ..policy()
    };
    let expected = Decision::Postponed(Postponement::Paused("strike".into()));
    assert_eq!(decision(due(Duration::days(9)), &paused), expected);
    assert_eq!(
        expected.to_string(),
        "due, but updraft.yml says paused: strike"
    );
    assert_eq!(decision(due(-Duration::days(9)), &paused), Decision::Wait);
    assert_eq!(decision(candidate(""), &paused), Decision::Draft);
    let broken = candidate("publish_at: 2026-12-01T11:00:00Z\nlang: en\n");
    assert_eq!(decision(broken, &paused), expected);
}

#[test]
fn only_filters_by_file_and_folder_and_forces_nothing() {
    let only = |path: &str| Policy {
        only: vec![path.into()],
        ..policy()
    };
    let hour = Duration::hours(1);
    let publish = Decision::Publish { late_by: hour };
    for path in ["posts/a.md", "posts", ""] {
        assert_eq!(decision(due(hour), &only(path)), publish, "{path}");
    }
    let not_asked = Decision::Postponed(Postponement::NotAsked);
    for path in ["posts/a.m", "post", "posts/a.md/b", "other"] {
        assert_eq!(decision(due(hour), &only(path)), not_asked, "{path}");
    }
    assert_eq!(decision(due(-hour), &only("posts/a.md")), Decision::Wait);
}

#[test]
fn the_limit_takes_the_earliest_and_counts_nothing_else() {
    let at = |path: &str, hour: u32| {
        named(
            path,
            &format!("publish_at: 2026-12-01T{hour:02}:00:00Z\n"),
            Some("main"),
        )
    };
    let broken = named(
        "posts/0.md",
        "publish_at: 2026-12-01T01:00:00Z\nx: y\n",
        Some("main"),
    );
    let candidates = vec![
        at("posts/c.md", 9),
        at("posts/b.md", 8),
        broken,
        at("posts/a.md", 9),
    ];
    let one = Policy {
        limit: Some(2),
        ..policy()
    };
    let plan = plan(candidates, now(), &one);
    let shown: Vec<_> = plan
        .items
        .iter()
        .map(|item| (item.path(), &item.decision))
        .collect();
    let hours = |hours| Decision::Publish {
        late_by: Duration::hours(hours),
    };
    assert_eq!(
        shown,
        [
            ("posts/0.md", &Decision::Blocked(Obstacle::Broken)),
            ("posts/b.md", &hours(4)),
            ("posts/a.md", &hours(3)),
            ("posts/c.md", &Decision::Postponed(Postponement::Limit)),
        ]
    );
    assert_eq!(plan.active().count(), 2);
    assert_eq!(plan.blocked().count(), 1);
}

#[test]
fn what_nobody_reviewed_is_blocked_only_when_due() {
    for how in [Unreviewed::Untracked, Unreviewed::Changed] {
        let unreviewed = |candidate| Candidate {
            unreviewed: Some(how),
            ..candidate
        };
        let blocked = Decision::Blocked(Obstacle::Unreviewed(how));
        assert_eq!(decided(unreviewed(due(Duration::hours(1)))), blocked);
        assert_eq!(decided(unreviewed(due(Duration::days(9)))), blocked);
        assert_eq!(
            decided(unreviewed(due(-Duration::hours(1)))),
            Decision::Wait
        );
        assert_eq!(decided(unreviewed(candidate(""))), Decision::Draft);
    }
}

#[test]
fn without_an_account_nothing_goes_out() {
    let nobody = named("posts/a.md", EARLIER, None);
    assert_eq!(decided(nobody), Decision::Blocked(Obstacle::NoAccount));
    let waits = named("posts/a.md", "publish_at: 2027-12-01T11:00:00Z\n", None);
    assert_eq!(decided(waits), Decision::Wait);
}

#[test]
fn a_file_that_cannot_take_its_result_is_blocked() {
    let read_only = Candidate {
        writable: false,
        ..due(Duration::hours(1))
    };
    assert_eq!(decided(read_only), Decision::Blocked(Obstacle::ReadOnly));
}

#[test]
fn a_broken_file_blocks_when_it_is_due_or_may_be() {
    let of = |matter: &str| decided(candidate(matter));
    let blocked = Decision::Blocked(Obstacle::Broken);
    let unknown = Decision::Blocked(Obstacle::TimeUnknown);
    assert_eq!(of("publish_at: 2026-12-01T12:00:00Z\nx: y\n"), blocked);
    assert_eq!(
        of("publish_at: 2026-12-01T12:00:01Z\nx: y\n"),
        Decision::Wait
    );
    assert_eq!(of("x: y\n"), Decision::Draft);
    assert_eq!(
        of("publish_at: 2026-12-01T09:00:00Z\nx: y\nhold: true\n"),
        Decision::Draft
    );
    for matter in [
        "publish_at:\n",
        "publish_at: soon\n",
        "publish_at: 2026-12-01 09:00\n",
        "publish_at: 2026-12-01 09:00\ntimezone: Berlin\n",
        "publish_at: 2026-03-29 02:30\ntimezone: Europe/Berlin\n",
        "publishat: 2026-12-01T09:00:00Z\n",
        "publish_at: 2026-12-01T09:00:00Z\nx: [\n",
        "publish_at: [2026-12-01]\n",
        "{publish_at\n",
    ] {
        assert_eq!(of(matter), unknown, "{matter}");
    }
}

#[test]
fn a_broken_file_that_has_its_result_is_not_due() {
    let published = Block {
        published_at: Some(now()),
        ..Block::new(Status::Published, source())
    };
    let matter = with_block(EARLIER, &published) + "x: y\n";
    assert_eq!(decided(candidate(&matter)), Decision::Draft);
}

#[test]
fn a_broken_file_that_was_rescheduled_is_due_again() {
    let missed = Block {
        missed_at: Some(now() - Duration::days(2)),
        ..Block::new(Status::Missed, source())
    };
    let matter = with_block(EARLIER, &missed) + "x: y\n";
    assert_eq!(
        decided(candidate(&matter)),
        Decision::Blocked(Obstacle::Broken)
    );
}

#[test]
fn a_published_post_that_was_rescheduled_stops_the_run() {
    let published = Block {
        published_at: Some(now() - Duration::days(2)),
        posts: vec![Part {
            uri: "at://a/b/c".into(),
            cid: None,
            deleted: false,
        }],
        ..Block::new(Status::Published, source())
    };
    let matter = with_block(EARLIER, &published);
    assert_eq!(
        decided(candidate(&matter)),
        Decision::Blocked(Obstacle::Broken)
    );
}

#[test]
fn a_failed_post_is_due_again_when_its_source_changes() {
    let failed = |source: &str| Block {
        failed_at: Some(now()),
        ..Block::new(Status::Failed, source.into())
    };
    let same = with_block(EARLIER, &failed(&source()));
    assert_eq!(decided(candidate(&same)), Decision::Done(Status::Failed));
    let changed = with_block(EARLIER, &failed("sha256:0000000000000000"));
    let late_by = Duration::hours(1);
    assert_eq!(decided(candidate(&changed)), Decision::Publish { late_by });
}

#[test]
fn a_missed_post_is_due_again_when_it_is_rescheduled() {
    let missed = |at: DateTime<Utc>| Block {
        missed_at: Some(at),
        ..Block::new(Status::Missed, "sha256:0000000000000000".into())
    };
    let of = |at| decided(candidate(&with_block(EARLIER, &missed(at))));
    assert_eq!(of(now()), Decision::Done(Status::Missed));
    let due = now().with_hour(11).unwrap();
    assert_eq!(of(due), Decision::Done(Status::Missed));
    let late_by = Duration::hours(1);
    assert_eq!(
        of(due - Duration::seconds(1)),
        Decision::Publish { late_by }
    );
}

#[test]
fn what_is_to_be_retracted_is_deleted_and_never_goes_out() {
    const ASKED: &str = "publish_at: 2026-12-01T11:00:00Z\nretract: true\n";
    let out = Block {
        published_at: Some(now()),
        posts: vec![Part {
            uri: "at://a/b/c".into(),
            cid: None,
            deleted: false,
        }],
        ..Block::new(Status::Published, source())
    };
    let asked = || candidate(&with_block(ASKED, &out));
    assert_eq!(decided(asked()), Decision::Retract);
    let unreviewed = Candidate {
        unreviewed: Some(Unreviewed::Changed),
        ..asked()
    };
    assert_eq!(
        decided(unreviewed),
        Decision::Blocked(Obstacle::Unreviewed(Unreviewed::Changed))
    );
    let back = Block {
        status: Status::Retracted,
        retracted_at: Some(now()),
        ..out.clone()
    };
    let back = candidate(&with_block(ASKED, &back));
    assert_eq!(decided(back), Decision::Done(Status::Retracted));
    // Without a block: its result may be lost.
    assert_eq!(decided(candidate(ASKED)), Decision::Retract);
    let later = "publish_at: 2026-12-01T13:00:00Z\nretract: true\n";
    assert_eq!(decided(candidate(later)), Decision::Held);
    let broken = format!("{ASKED}lang: en\n");
    assert_eq!(
        decided(candidate(&with_block(&broken, &out))),
        Decision::Blocked(Obstacle::BrokenRetraction)
    );
    let unreadable = "publish_at: 2026-12-01T11:00:00Z\nretract: \"yes\"\n";
    assert_eq!(
        decided(candidate(&with_block(unreadable, &out))),
        Decision::Blocked(Obstacle::BrokenRetraction)
    );
    let torn = format!("{ASKED}bluesky:\n  status: sent\n");
    assert_eq!(
        decided(candidate(&torn)),
        Decision::Blocked(Obstacle::BrokenRetraction)
    );
    assert_eq!(
        decided(candidate(&format!("{ASKED}lang: en\n"))),
        Decision::Blocked(Obstacle::Broken)
    );
    assert_eq!(
        decided(candidate(&format!("{ASKED}hold: true\n"))),
        Decision::Retract
    );
    // By hand, and only what is named.
    let by_hand = |path: &str| Policy {
        retract: true,
        only: vec![path.to_owned()],
        ..policy()
    };
    let not_asked = || candidate(&with_block(EARLIER, &out));
    assert_eq!(
        decision(not_asked(), &by_hand("posts/a.md")),
        Decision::Retract
    );
    assert_eq!(
        decision(not_asked(), &by_hand("posts/b.md")),
        Decision::Done(Status::Published)
    );
    let again = || due(Duration::zero());
    assert_eq!(
        decision(again(), &by_hand("posts/b.md")),
        Decision::Postponed(Postponement::NotAsked)
    );
    assert_eq!(
        decision(again(), &by_hand("posts/a.md")),
        Decision::Blocked(Obstacle::NotPublished)
    );
}

#[test]
fn every_decision_reads_as_a_reason() {
    let minutes = Duration::minutes;
    let shown: Vec<String> = [
        Decision::Publish {
            late_by: minutes(4),
        },
        Decision::Publish {
            late_by: minutes(125),
        },
        Decision::Miss {
            late_by: Duration::hours(25),
        },
        Decision::Miss {
            late_by: Duration::days(3),
        },
        Decision::Blocked(Obstacle::TimeUnknown),
        Decision::Postponed(Postponement::Limit),
        Decision::Done(Status::Retracted),
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    assert_eq!(
        shown,
        [
            "publish: it is due",
            "publish: it is due since 2 h 5 min",
            "missed unless already out: it was due 1 day 1 h ago",
            "missed unless already out: it was due 3 days ago",
            "it may be due, but its time can't be read: run `updraft check`",
            "due, but beyond --limit",
            "retracted",
        ]
    );
}

fn spaced() -> Policy {
    let spacing = BTreeMap::from([("main".to_owned(), Duration::minutes(2))]);
    Policy {
        spacing,
        ..policy()
    }
}

fn at(path: &str, seconds: i64, more: &str) -> Candidate {
    let time = (now() + Duration::seconds(seconds)).to_rfc3339();
    named(path, &format!("publish_at: {time}\n{more}"), Some("main"))
}

/// What each item's turn is, in seconds after noon.
fn turns(candidates: Vec<Candidate>) -> Vec<(Decision, Option<i64>)> {
    let items = plan(candidates, now(), &spaced()).items;
    let turn = |item: &Item| item.turn.map(|turn| (turn - now()).num_seconds());
    items
        .iter()
        .map(|item| (item.decision.clone(), turn(item)))
        .collect()
}

#[test]
fn a_backlog_goes_out_one_by_one() {
    let candidates = vec![
        at("a", -60, ""),
        at("b", -30, ""),
        at("c", 0, ""),
        at("d", 200, ""),
    ];
    let spacing = |after| {
        let turn = now() + Duration::seconds(after);
        (
            Decision::Postponed(Postponement::Spacing(turn)),
            Some(after),
        )
    };
    let turns = turns(candidates);
    assert!(matches!(turns[0], (Decision::Publish { .. }, None)));
    assert_eq!(
        turns[1..],
        [spacing(120), spacing(240), (Decision::Wait, Some(360))]
    );
}

#[test]
fn spacing_counts_from_what_went_out_last_and_makes_nothing_late() {
    let out = |ago: i64| {
        let block = Block {
            published_at: Some(now() - Duration::seconds(ago)),
            posts: vec![Part {
                uri: "at://did:plc:a/app.bsky.feed.post/3k".to_owned(),
                cid: None,
                deleted: false,
            }],
            ..Block::new(Status::Published, source())
        };
        at("before", -100_000, &block.to_yaml())
    };
    let late = || at("late", -90_000, "");
    let turn = |ago| turns(vec![out(ago), late()]).remove(1);
    assert!(matches!(
        turn(30),
        (Decision::Postponed(Postponement::Spacing(_)), Some(90))
    ));
    assert!(matches!(turn(130), (Decision::Publish { .. }, None)));
    // Nothing has gone out for more than a day: it was not the spacing that made it late.
    assert!(matches!(turn(89_000), (Decision::Miss { .. }, None)));
}

#[test]
fn other_accounts_are_not_put_off() {
    let other = named("b", EARLIER, Some("other"));
    let turns = turns(vec![at("a", -60, ""), other]);
    assert!(
        turns
            .iter()
            .all(|(decision, _)| matches!(decision, Decision::Publish { .. }))
    );
}

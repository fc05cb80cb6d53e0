//! A test for each rule.

#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use proptest::prelude::*;
use serde_json::json;

use super::{world::*, *};
use crate::atproto::{client::Page, record::COLLECTION};

#[test]
fn nothing_on_the_network_is_absent_and_files_not_due_are_left_out() {
    let due = file("posts/a.md", NOON, &["a"]);
    let later = file("posts/b.md", NOON + WEEK, &["b"]).later();
    assert_eq!(World::default().summary(&[&due, &later]), ["absent"]);
}

#[test]
fn the_own_key_with_the_same_content_is_out() {
    let file = file("posts/a.md", NOON, &["a", "b"]);
    let records = file.published();
    let world = World::holding(records.clone());
    let Finding::Out(out) = &world.look(&[&file])["posts/a.md"] else {
        panic!("not out");
    };
    let part = |record: &RemoteRecord| Part {
        uri: record.uri.clone(),
        cid: Some(record.cid.clone()),
        deleted: false,
    };
    assert_eq!(out.how, How::Own);
    assert_eq!(out.parts, [part(&records[0]), part(&records[1])]);
    assert_eq!(
        Some(out.published_at),
        DateTime::from_timestamp(NOON + 3, 0)
    );
    let key = file.keys(0)[0];
    let url = format!("https://bsky.app/profile/{DID}/post/{key}");
    assert_eq!(out.url, url);
}

#[test]
fn a_key_of_any_n_is_the_files_own() {
    let file = file("posts/a.md", NOON, &["a", "b"]);
    for n in 1..4 {
        assert_eq!(World::holding(file.published_as(n)).one(&file), "out: Own");
    }
}

#[test]
fn the_same_file_under_two_of_its_keys_is_doubt() {
    let file = file("posts/a.md", NOON, &["a"]);
    let records = [file.published_as(0), file.published_as(1)].concat();
    assert_eq!(World::holding(records).one(&file), "doubt: Several");
}

#[test]
fn the_own_key_with_other_content_is_out_and_shows_both_texts() {
    let before = file("posts/a.md", NOON, &["a", "b"]);
    let after = file("posts/a.md", NOON, &["a", "c"]);
    let world = World::holding(before.published());
    let Finding::Out(out) = &world.look(&[&after])["posts/a.md"] else {
        panic!("not out");
    };
    let how = How::Edited {
        ours: "a\n\n---\n\nc".to_owned(),
        theirs: "a\n\n---\n\nb".to_owned(),
    };
    assert_eq!(out.how, how);
}

#[test]
fn a_part_that_the_file_lost_since_is_listed_too() {
    let before = file("posts/a.md", NOON, &["a", "b"]);
    let after = file("posts/a.md", NOON, &["a"]);
    let world = World::holding(before.published());
    let Finding::Out(out) = &world.look(&[&after])["posts/a.md"] else {
        panic!("not out");
    };
    assert!(matches!(out.how, How::Edited { .. }));
    assert_eq!(out.parts.len(), 2);
}

#[test]
fn an_own_key_that_another_files_block_names_is_doubt() {
    let file = file("posts/a.md", NOON, &["a"]);
    let mut world = World::holding(file.published());
    world.accounted.insert(file.uri());
    assert_eq!(world.one(&file), "doubt: KeyTaken");
}

#[test]
fn records_that_are_accounted_for_are_no_candidates() {
    let published = file("posts/a.md", NOON - WEEK, &["a"]);
    let waiting = file("posts/b.md", NOON, &["a"]);
    let mut world = World::holding(published.published());
    world.accounted.insert(published.uri());
    assert_eq!(world.one(&waiting), "absent");
}

#[test]
fn content_alone_is_by_hand_from_the_moment_it_was_due_and_doubt_before() {
    let file = file("posts/a.md", NOON, &["a"]);
    let posted = |second| World::holding([by_hand("a", second, None)]).one(&file);
    assert_eq!(posted(NOON + 60), "out: ByHand");
    assert_eq!(posted(NOON - 60), "doubt: OlderContent");
}

#[test]
fn a_thread_by_hand_is_taken_with_its_parts_and_without_its_conversation() {
    let file = file("posts/a.md", NOON, &["a", "b"]);
    let root = by_hand("a", NOON + 60, None);
    let talk = by_hand("thanks!", NOON + 61, Some(&root));
    let second = by_hand("b", NOON + 62, Some(&root));
    let uris = [root.uri.clone(), second.uri.clone()];
    let world = World::holding([root, talk, second]);
    let Finding::Out(out) = &world.look(&[&file])["posts/a.md"] else {
        panic!("not out");
    };
    assert_eq!(out.how, How::ByHand);
    let listed: Vec<_> = out.parts.iter().map(|part| part.uri.clone()).collect();
    assert_eq!(listed, uris);
}

#[test]
fn replies_to_others_and_foreign_records_are_never_candidates() {
    let file = file("posts/a.md", NOON, &["a"]);
    let stranger = RemoteRecord {
        uri: "at://did:plc:other/app.bsky.feed.post/3n3mfsnyixtl4".to_owned(),
        ..by_hand("a", NOON, None)
    };
    let reply = by_hand("a", NOON + 5, Some(&stranger));
    assert_eq!(World::holding([stranger, reply]).one(&file), "absent");
}

#[test]
fn path_alone_is_doubt_unless_history_names_the_record() {
    let before = file("posts/a.md", NOON - WEEK, &["old words"]);
    let file = file("posts/a.md", NOON, &["new words"]);
    let mut world = World::holding(before.published());
    assert_eq!(world.one(&file), "doubt: PathAlone");
    world.shallow = true;
    assert_eq!(world.one(&file), "doubt: CutHistory");
    world.history.insert(before.uri());
    assert_eq!(world.one(&file), "absent");
}

#[test]
fn second_alone_is_doubt_unless_it_is_another_files() {
    let before = file("posts/a.md", NOON, &["old words"]);
    let waiting = file("posts/b.md", NOON, &["new words"]);
    let world = World::holding(before.published());
    assert_eq!(world.one(&waiting), "doubt: SecondAlone");
    assert_eq!(world.summary(&[&before, &waiting]), ["out: Own", "absent"]);
}

#[test]
fn several_records_that_speak_equally_are_doubt_and_all_are_shown() {
    let file = file("posts/a.md", NOON, &["a"]);
    let records = [by_hand("a", NOON + 60, None), by_hand("a", NOON - 60, None)];
    let world = World::holding(records);
    let Finding::Doubt(doubt) = &world.look(&[&file])["posts/a.md"] else {
        panic!("no doubt");
    };
    assert_eq!(doubt.reason, Reason::Several);
    assert_eq!(doubt.ours, "a");
    let seconds = doubt.candidates.iter().filter_map(|one| one.created_at);
    let seconds: Vec<_> = seconds.map(|time| time.timestamp()).collect();
    assert_eq!(seconds, [NOON - 60, NOON + 60]);
}

#[test]
fn a_tie_between_files_is_doubt_for_both() {
    let renamed = file("posts/b.md", NOON, &["a"]);
    let edited = file("posts/a.md", NOON, &["other words"]);
    let world = World::holding(file("posts/a.md", NOON, &["a"]).published());
    let found = world.summary(&[&edited, &renamed]);
    assert_eq!(found, ["doubt: Contested", "doubt: Contested"]);
}

#[test]
fn a_repeated_file_is_compared_by_its_own_key_alone() {
    let before = file("posts/a.md", NOON - WEEK, &["a"]);
    let file = file("posts/a.md", NOON, &["a"]).repeated();
    let hand = by_hand("a", NOON + 60, None);
    let records = [before.published(), vec![hand]].concat();
    assert_eq!(World::holding(records.clone()).one(&file), "absent");
    let records = [records, file.published()].concat();
    assert_eq!(World::holding(records).one(&file), "out: Own");
}

#[test]
fn history_is_not_asked_about_exact_keys_or_strangers() {
    let file = file("posts/a.md", NOON, &["a"]);
    let mut records = file.published();
    records.push(by_hand("something else", NOON - 60, None));
    let accounted = BTreeSet::new();
    let sight = Sight {
        did: DID,
        collection: COLLECTION,
        records: &records,
        accounted: &accounted,
    };
    decide(&[file.wanted()], sight, |_| panic!("history was asked"));
}

#[test]
fn records_of_any_shape_are_looked_at_without_a_panic() {
    let shapes = [
        remote("self", json!(null)),
        remote("3n3mfsnyixtl4", json!({"reply": 7, "createdAt": "soon"})),
        remote("jzzzzzzzzzzzz", json!({"text": "a", "createdAt": 3})),
        remote("", json!([])),
    ];
    World::holding(shapes).one(&file("posts/a.md", NOON, &["a"]));
}

/// Pages of two records.
struct Account {
    records: Vec<RemoteRecord>,
    asked: Mutex<Vec<String>>,
}

impl Account {
    fn of(mut records: Vec<RemoteRecord>) -> Self {
        records.sort_by(|one, other| other.uri.cmp(&one.uri));
        let asked = Mutex::default();
        Self { records, asked }
    }

    async fn gather(&self, files: &[&File]) -> Vec<RemoteRecord> {
        let wanted: Vec<_> = files.iter().map(|file| file.wanted()).collect();
        gather(self, (DID, COLLECTION), &wanted).await.unwrap()
    }
}

impl Reads for Account {
    type Error = String;

    async fn get_record(
        &self,
        _: &str,
        _: &str,
        rkey: &str,
    ) -> Result<Option<RemoteRecord>, String> {
        self.asked.lock().unwrap().push(rkey.to_owned());
        let is_it = |record: &&RemoteRecord| record.uri.ends_with(rkey);
        Ok(self.records.iter().find(is_it).cloned())
    }

    async fn list_records(&self, _: &str, _: &str, cursor: Option<&str>) -> Result<Page, String> {
        self.asked.lock().unwrap().push("list".to_owned());
        let start: usize = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        let records: Vec<_> = self.records.iter().skip(start).take(2).cloned().collect();
        let cursor = (start + 2 < self.records.len()).then(|| (start + 2).to_string());
        Ok(Page { records, cursor })
    }
}

#[tokio::test]
async fn nothing_due_asks_nothing() {
    let account = Account::of(Vec::new());
    let later = file("posts/a.md", NOON, &["a"]).later();
    assert!(account.gather(&[&later]).await.is_empty());
    assert!(account.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn own_keys_are_asked_for_one_by_one() {
    let file = file("posts/a.md", NOON, &["a", "b"]);
    let account = Account::of(Vec::new());
    account.gather(&[&file]).await;
    let key = |n, index: usize| file.keys(n)[index].to_string();
    let expected = [
        "list".to_owned(),
        key(0, 0),
        key(0, 1),
        key(1, 0),
        key(2, 0),
        key(3, 0),
    ];
    assert_eq!(*account.asked.lock().unwrap(), expected);
}

#[tokio::test]
async fn looking_gathers_and_decides() {
    let out = file("posts/a.md", NOON, &["a"]);
    let absent = file("posts/b.md", NOON + WEEK, &["b"]);
    let account = Account::of(out.published());
    let wanted = [out.wanted(), absent.wanted()];
    let mut history = |_: &[String]| History::default();
    let accounted = BTreeSet::new();
    let found = look(
        &account,
        (DID, COLLECTION),
        &wanted,
        &accounted,
        &mut history,
    );
    let found = found.await.unwrap();
    assert!(matches!(found["posts/a.md"], Finding::Out(_)));
    assert_eq!(found["posts/b.md"], Finding::Absent);
}

#[tokio::test]
async fn own_records_are_found_beyond_the_listing_and_each_once() {
    let file = file("posts/a.md", NOON, &["a", "b"]);
    let newer = (0..1_200).map(|index| by_hand("x", NOON + 60 + index, None));
    let account = Account::of(file.published().into_iter().chain(newer).collect());
    let found = account.gather(&[&file]).await;
    assert_eq!(found.len(), LISTED + 2);
    let lists = account.asked.lock().unwrap();
    assert_eq!(
        lists.iter().filter(|asked| *asked == "list").count(),
        LISTED / 2
    );
}

#[tokio::test]
async fn listing_ends_thirty_days_before_the_oldest_due_second() {
    let file = file("posts/a.md", NOON, &["a"]);
    let day = |days: i64| by_hand("x", NOON - days * 86_400, None);
    let account = Account::of((0..60).map(day).collect());
    let found = account.gather(&[&file]).await;
    assert_eq!(found.len(), 32, "30 days, and the page that goes beyond");
}

fn any_file() -> impl Strategy<Value = File> {
    let text = prop_oneof![Just("a"), Just("b"), Just("c")];
    let texts = proptest::collection::vec(text, 1..3);
    (0..4, 0..3_i64, texts, any::<bool>(), any::<bool>()).prop_map(
        |(path, time, texts, repeat, due)| File {
            repeat,
            due,
            ..file(&format!("posts/{path}.md"), NOON + time * 3_600, &texts)
        },
    )
}

fn any_record() -> impl Strategy<Value = Vec<RemoteRecord>> {
    prop_oneof![
        (any_file(), 0..4_u8, any::<bool>()).prop_map(|(file, n, rootless)| {
            let skipped = usize::from(rootless && file.parts.len() > 1);
            file.published_as(n).split_off(skipped)
        }),
        ("[abc]", -9_000..9_000_i64).prop_map(|(text, time)| vec![by_hand(
            &text,
            NOON + time,
            None
        )]),
    ]
}

proptest! {
    #[test]
    fn no_record_is_two_files_and_an_own_key_is_never_absent(
        files in proptest::collection::vec(any_file(), 1..5),
        records in proptest::collection::vec(any_record(), 0..6),
        shallow in any::<bool>(),
    ) {
        let mut files = files;
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files.dedup_by(|one, other| one.path == other.path);
        let files: Vec<&File> = files.iter().collect();
        let world = World { shallow, ..World::holding(records.into_iter().flatten()) };
        let found = world.look(&files);
        let mut taken = BTreeSet::new();
        for finding in found.values() {
            let Finding::Out(out) = finding else { continue };
            for part in &out.parts {
                prop_assert!(taken.insert(&part.uri), "{} is taken twice", part.uri);
            }
        }
        for file in files.iter().filter(|file| file.due) {
            let own: Vec<_> = (0..4).flat_map(|n| file.published_as(n)).collect();
            let is_out = own.iter().any(|part| world.records.iter().any(|it| it.uri == part.uri));
            let absent = found[file.path.as_str()] == Finding::Absent;
            prop_assert!(!(is_out && absent), "{} would go out again", file.path);
        }
    }
}

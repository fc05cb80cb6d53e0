//! What happens to people: results that were lost, and files that look alike.

#![allow(clippy::unwrap_used)]

use super::{world::*, *};

const HOUR: i64 = 3_600;

#[test]
fn a_file_renamed_after_a_lost_result_is_out() {
    let before = file("posts/a.md", NOON, &["a", "b"]);
    let after = file("posts/b.md", NOON, &["a", "b"]);
    let world = World::holding(before.published());
    let Finding::Out(out) = &world.look(&[&after])["posts/b.md"] else {
        panic!("not out");
    };
    assert_eq!(out.how, How::Renamed);
    let uris: Vec<_> = out.parts.iter().map(|part| &part.uri).collect();
    assert_eq!(
        uris,
        world.records.iter().map(|it| &it.uri).collect::<Vec<_>>()
    );
}

#[test]
fn a_file_rescheduled_after_a_lost_result_is_out() {
    let before = file("posts/a.md", NOON, &["a", "b"]);
    let world = World::holding(before.published());
    for second in [NOON - 5 * HOUR, NOON + 5 * HOUR] {
        let after = file("posts/a.md", second, &["a", "b"]);
        assert_eq!(world.one(&after), "out: Rescheduled");
    }
}

#[test]
fn a_file_rescheduled_in_a_shallow_clone_is_doubt() {
    let before = file("posts/a.md", NOON, &["a"]);
    let mut world = World::holding(before.published());
    world.shallow = true;
    let after = file("posts/a.md", NOON + HOUR, &["a"]);
    assert_eq!(world.one(&after), "doubt: CutHistory");
}

#[test]
fn a_lost_result_is_found_among_many_other_posts() {
    let own = file("posts/a.md", NOON, &["a"]);
    let renamed = file("posts/b.md", NOON, &["a"]);
    let others = (1..=150).map(|index| by_hand("something else", NOON + index * 60, None));
    let world = World::holding(own.published().into_iter().chain(others));
    assert_eq!(world.one(&own), "out: Own");
    assert_eq!(world.one(&renamed), "out: Renamed");
}

#[test]
fn weekly_files_with_the_same_words_are_told_apart() {
    let weeks: Vec<File> = (0..4)
        .map(|week| {
            let mut file = file(
                &format!("posts/week-{week}.md"),
                NOON + week * WEEK,
                &["hello"],
            );
            file.due = week == 1;
            file
        })
        .collect();
    let files = [&weeks[1], &weeks[2], &weeks[3]];
    let mut world = World::holding(weeks[0].published());
    world.accounted.insert(weeks[0].uri());
    assert_eq!(world.summary(&files), ["absent"]);
    world.records.extend(weeks[1].published());
    assert_eq!(world.summary(&files), ["out: Own"]);
}

#[test]
fn a_lost_week_is_not_taken_for_the_next_one() {
    let first = file("posts/week-1.md", NOON, &["hello"]);
    let second = file("posts/week-2.md", NOON + WEEK, &["hello"]);
    let world = World::holding(first.published());
    assert_eq!(world.summary(&[&first, &second]), ["out: Own", "absent"]);
}

#[test]
fn a_renamed_file_that_lost_its_block_is_out_though_history_names_the_record() {
    let before = file("posts/a.md", NOON, &["hello"]);
    let after = file("posts/b.md", NOON, &["hello"]);
    let mut world = World::holding(before.published());
    world.history.insert(before.uri());
    assert_eq!(world.one(&after), "out: Renamed");
}

#[test]
fn a_file_used_again_each_week_goes_out_where_history_knows_the_last_use() {
    let last = file("posts/weekly.md", NOON, &["hello"]);
    let next = file("posts/weekly.md", NOON + WEEK, &["hello"]);
    let mut world = World::holding(last.published());
    world.history.insert(last.uri());
    assert_eq!(world.one(&next), "absent");
    world.history.clear();
    world.shallow = true;
    assert_eq!(world.one(&next), "doubt: CutHistory");
}

#[test]
fn two_posts_with_the_same_words_on_one_day_are_told_apart() {
    let morning = file("posts/morning.md", NOON, &["live now"]);
    let evening = file("posts/evening.md", NOON + 8 * HOUR, &["live now"]);
    let world = World::holding(morning.published());
    let found = world.look(&[&morning, &evening]);
    assert!(matches!(&found["posts/morning.md"], Finding::Out(out) if out.how == How::Own));
    assert_eq!(found["posts/evening.md"], Finding::Absent);
}

#[test]
fn of_two_such_posts_one_by_hand_is_that_which_was_due() {
    let morning = file("posts/morning.md", NOON, &["live now"]);
    let evening = file("posts/evening.md", NOON + 8 * HOUR, &["live now"]).later();
    let at = |second| World::holding([by_hand("live now", second, None)]);
    let files = [&evening, &morning];
    assert_eq!(at(NOON + HOUR).summary(&files), ["out: ByHand"]);
    assert_eq!(at(NOON + 9 * HOUR).summary(&files), ["doubt: Contested"]);
}

#[test]
fn two_of_three_changed_after_a_lost_result_is_doubt() {
    let before = file("posts/a.md", NOON, &["a"]);
    let world = World::holding(before.published());
    let renamed_edited = file("posts/b.md", NOON, &["b"]);
    assert_eq!(world.one(&renamed_edited), "doubt: SecondAlone");
    let rescheduled_edited = file("posts/a.md", NOON + HOUR, &["b"]);
    assert_eq!(world.one(&rescheduled_edited), "doubt: PathAlone");
    let renamed_rescheduled = file("posts/b.md", NOON + HOUR, &["a"]);
    assert_eq!(world.one(&renamed_rescheduled), "doubt: OlderContent");
}

#[test]
fn a_thread_whose_root_was_deleted_went_out_also_under_another_name() {
    let before = file("posts/a.md", NOON, &["a", "b", "c"]);
    let renamed = file("posts/b.md", NOON, &["a", "b", "c"]);
    let mut world = World::holding(before.published());
    world.records.remove(0);
    for (file, how) in [(&before, How::Own), (&renamed, How::Renamed)] {
        let Finding::Out(out) = &world.look(&[file])[file.path.as_str()] else {
            panic!("not out");
        };
        assert_eq!(out.how, how);
        let deleted: Vec<_> = out.parts.iter().map(|part| part.deleted).collect();
        assert_eq!(deleted, [true, false, false]);
        assert_eq!(out.parts[0].uri, before.uri());
        assert_eq!(out.parts[0].cid, None);
    }
}

#[test]
fn a_thread_whose_replies_were_deleted_is_out_whatever_was_said_below_it() {
    let file = file("posts/a.md", NOON, &["a", "b"]);
    let mut records = file.published();
    records.truncate(1);
    records.push(by_hand("thanks!", NOON + HOUR, Some(&records[0])));
    let world = World::holding(records);
    let Finding::Out(out) = &world.look(&[&file])["posts/a.md"] else {
        panic!("not out");
    };
    assert_eq!(out.how, How::Own);
    assert_eq!(out.parts.iter().filter(|part| part.deleted).count(), 1);
    assert_eq!(out.parts.len(), 2);
}

#[test]
fn an_edit_after_a_lost_result_is_taken_over() {
    let before = file("posts/a.md", NOON, &["a typo"]);
    let after = file("posts/a.md", NOON, &["no typo"]);
    assert_eq!(
        World::holding(before.published()).one(&after),
        "out: Edited"
    );
}

#[test]
fn a_new_file_under_the_old_name_of_a_renamed_one_is_doubt_for_both() {
    let old = file("posts/a.md", NOON, &["a"]);
    let renamed = file("posts/b.md", NOON, &["a"]);
    let new = file("posts/a.md", NOON, &["new words"]);
    let found = World::holding(old.published()).summary(&[&renamed, &new]);
    assert_eq!(found, ["doubt: Contested", "doubt: Contested"]);
}

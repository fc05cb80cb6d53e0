#![allow(clippy::unwrap_used)]

use chrono_tz::Europe::Berlin;

use super::*;

fn moved(matter: &str, by: &str) -> Result<String, TimeMistake> {
    let file = format!("---\n{matter}---\nHello at 2026-12-01 09:00\n");
    let document = Document::parse("posts/a.md", file.into_bytes()).unwrap();
    let shifted = by
        .parse::<Shift>()
        .unwrap()
        .apply(&document, Some(Berlin))?;
    let text = String::from_utf8(shifted.bytes).unwrap();
    let (matter, body) = text
        .trim_start_matches("---\n")
        .split_once("---\n")
        .unwrap();
    assert_eq!(body, "Hello at 2026-12-01 09:00\n");
    Ok(matter.to_owned())
}

#[test]
fn each_style_of_writing_is_kept() {
    let cases = [
        (
            "publish_at: 2026-12-01 09:00\n",
            "+15m",
            "publish_at: 2026-12-01 09:15\n",
        ),
        (
            "publish_at: 2026-12-01T23:50:00Z # go\n",
            "+15m",
            "publish_at: 2026-12-02T00:05:00Z # go\n",
        ),
        (
            "publish_at:   \"2026-12-01 09:00:30 +01:00\"\nlangs: [en]\n",
            "-2h",
            "publish_at:   \"2026-12-01 07:00:30 +01:00\"\nlangs: [en]\n",
        ),
        (
            "publish_at: '2026-12-01t09:00-0500'\r\nhold: true\r\n",
            "+1w2d",
            "publish_at: '2026-12-10t09:00-0500'\r\nhold: true\r\n",
        ),
        (
            "# 2026-12-01 09:00\npublish_at: 2026-12-01 09:00\n",
            "+30s",
            "# 2026-12-01 09:00\npublish_at: 2026-12-01 09:00:30\n",
        ),
        (
            "publish_at: 2028-02-28 09:00\n",
            "+1d",
            "publish_at: 2028-02-29 09:00\n",
        ),
        (
            "{publish_at: 2026-12-01 09:00, langs: [en]}\n",
            "+1h30m",
            "{publish_at: 2026-12-01 10:30, langs: [en]}\n",
        ),
    ];
    for (before, by, after) in cases {
        assert_eq!(moved(before, by).as_deref(), Ok(after), "{before} {by}");
    }
}

#[test]
fn days_are_those_of_the_calendar_and_hours_pass() {
    // The clocks go back at 03:00 on 2026-10-25.
    let day = moved("publish_at: 2026-10-24 09:00\n", "+1d");
    assert_eq!(day.as_deref(), Ok("publish_at: 2026-10-25 09:00\n"));
    let hours = moved("publish_at: 2026-10-24 09:00\n", "+24h");
    assert_eq!(hours.as_deref(), Ok("publish_at: 2026-10-25 08:00\n"));
}

#[test]
fn a_time_that_exists_twice_or_never_is_refused_with_the_choices() {
    let twice = moved("publish_at: 2026-10-25 01:30\n", "+1h").unwrap_err();
    assert!(
        twice.message.contains("happens twice in Europe/Berlin"),
        "{twice:?}"
    );
    let never = moved("publish_at: 2026-03-28 02:30\n", "+1d").unwrap_err();
    assert!(
        never.message.contains("does not exist in Europe/Berlin"),
        "{never:?}"
    );
    assert!(never.help.contains("write `"), "{never:?}");
}

#[test]
fn a_year_in_which_nothing_is_due_is_refused() {
    let late = moved("publish_at: 2200-12-31 23:59\n", "+1d").unwrap_err();
    assert!(late.message.contains("2201"), "{late:?}");
}

#[test]
fn what_is_no_shift_says_how_one_looks() {
    for text in ["", "15m", "+", "+m", "+15", "+15x", "+0m", "+1h-2m", "＋1d"] {
        let refused = text.parse::<Shift>().unwrap_err();
        assert!(refused.to_string().contains("`+15m`"), "{text}");
    }
    for text in ["+9999999999999999999d", "+99999w", "+40000d", "-99999w"] {
        let refused = text.parse::<Shift>().unwrap_err();
        assert!(refused.to_string().contains("too far"), "{text}");
    }
}

#![allow(clippy::unwrap_used)]

use chrono::TimeDelta;
use serde_json::json;

use super::super::{
    pause::Pausing,
    script::{Script, json as answer, raw},
};
use super::*;

/// Remembers how long it was asked to pause.
#[derive(Default)]
struct Slept(Mutex<Vec<Duration>>);

impl Pause for Slept {
    fn pause(&self, time: Duration) -> Pausing<'_> {
        self.0.lock().unwrap().push(time);
        Box::pin(std::future::ready(true))
    }
}

fn noon() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

type Answer = Result<Response<Vec<u8>>, TransportError>;

/// What comes of one request, how often it was sent, and the waits.
async fn ask<const N: usize>(
    path: &str,
    answers: [(&str, Answer); N],
    most: u64,
) -> (u16, usize, Vec<u64>) {
    let (script, slept) = (Script::new(answers), Arc::new(Slept::default()));
    let patient = Patient {
        http: script.clone(),
        patience: Arc::new(Patience::new(Duration::from_secs(most), slept.clone())),
        clock: Arc::new(noon),
    };
    let request = Request::post(format!("https://pds.example{path}"));
    let answer = patient.send(request.body(Vec::new()).unwrap()).await;
    let waits = slept
        .0
        .lock()
        .unwrap()
        .iter()
        .map(Duration::as_secs)
        .collect();
    (
        answer.unwrap().status().as_u16(),
        script.asked().len(),
        waits,
    )
}

const WRITE: &str = "/xrpc/com.atproto.repo.applyWrites";

#[tokio::test]
async fn a_limit_that_ends_in_time_is_waited_for() {
    let late = || raw(429, &[("retry-after", "40")], "{}");
    let answers = [
        ("repo.applyWrites", late()),
        ("repo.applyWrites", late()),
        ("repo.applyWrites", answer(200, json!({}))),
    ];
    assert_eq!(ask(WRITE, answers, 120).await, (200, 3, vec![40, 40]));
}

#[tokio::test]
async fn all_waits_together_are_bounded() {
    let late = || raw(429, &[("retry-after", "70")], "{}");
    let answers = [("repo.applyWrites", late()), ("repo.applyWrites", late())];
    assert_eq!(ask(WRITE, answers, 120).await, (429, 2, vec![70]));
}

#[tokio::test]
async fn the_end_of_the_window_is_by_the_servers_clock() {
    let reset = (noon() + TimeDelta::hours(1)).timestamp().to_string();
    let headers = [
        ("ratelimit-reset", reset.as_str()),
        ("date", "Tue, 01 Dec 2026 12:59:30 GMT"),
    ];
    let answers = [
        ("repo.applyWrites", raw(429, &headers, "{}")),
        ("repo.applyWrites", answer(200, json!({}))),
    ];
    assert_eq!(ask(WRITE, answers, 120).await, (200, 2, vec![30]));
}

#[tokio::test]
async fn what_names_no_time_or_is_no_call_is_not_asked_again() {
    let answers = [("repo.applyWrites", raw(429, &[], "{}"))];
    assert_eq!(ask(WRITE, answers, 120).await, (429, 1, vec![]));
    let page = raw(429, &[("retry-after", "1")], "");
    assert_eq!(ask("/card", [("card", page)], 120).await, (429, 1, vec![]));
}

#[test]
fn points_are_waited_for_only_while_they_come_back() {
    let window = |remaining| Window {
        limit: 5000,
        remaining,
        resets: noon() + TimeDelta::seconds(90),
    };
    assert_eq!(window(3).wait(3, noon()), None);
    assert_eq!(window(2).wait(3, noon()), Some(Duration::from_secs(91)));
    assert_eq!(window(2).wait(3, noon() + TimeDelta::minutes(2)), None);
    // More than the window holds never comes: the server must say so itself.
    assert_eq!(window(2).wait(6000, noon()), None);
}

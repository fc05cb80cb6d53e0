//! Whom a run tells what, and that it does so once, however many runs there are.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

use crate::{
    bench::{APPLY, Bench, Ran, due},
    peer::Peer,
    relay::Fault,
    schema,
    work::Work,
};

both! {
    a_wrong_password_is_told_once_and_that_it_went_out_after_all,
    a_missed_post_is_told_once,
    a_failed_post_is_told_once_also_when_the_first_call_fails,
    two_clones_at_once_lose_nothing_that_was_told,
    a_broken_file_is_told_once,
    a_broken_configuration_is_told_once_by_a_clone,
    what_a_run_counts_is_metrics_and_status,
}

/// A webhook on 127.0.0.1 that keeps what it was told.
struct Hook {
    url: String,
    told: Arc<Mutex<Vec<Value>>>,
    /// Statuses of the next answers; 204 afterwards.
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Hook {
    fn start() -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/secret", listener.local_addr().unwrap());
        let (told, answers) = (Arc::default(), Arc::default());
        let hook = Hook { url, told, answers };
        let (told, answers) = (hook.told.clone(), hook.answers.clone());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut length = 0;
                for line in reader.by_ref().lines() {
                    let line = line.unwrap().to_lowercase();
                    if let Some(digits) = line.strip_prefix("content-length:") {
                        length = digits.trim().parse().unwrap();
                    }
                    if line.is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let status = answers.lock().unwrap().pop().unwrap_or(204);
                if status == 204 {
                    told.lock()
                        .unwrap()
                        .push(serde_json::from_slice(&body).unwrap());
                }
                let answer = format!(
                    "HTTP/1.1 {status} So\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        hook
    }

    /// `kind path` of all that was told so far.
    fn told(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let incidents = told
            .iter()
            .flat_map(|message| message["incidents"].as_array().unwrap());
        incidents
            .map(|incident| {
                let path = incident["path"].as_str().unwrap_or_default();
                format!("{} {path}", incident["kind"].as_str().unwrap())
            })
            .collect()
    }

    fn run(&self, work: &Work<'_>, more: &[(&str, &str)]) -> Ran {
        let mut variables = vec![("UPDRAFT_WEBHOOK", self.url.as_str())];
        variables.extend(more);
        let ran = work.run_with(&["publish", "--push"], &variables);
        assert!(!ran.all().contains("/secret"), "{ran}");
        ran
    }
}

const NOTIFY: &str = "notify: { webhook_env: UPDRAFT_WEBHOOK }\n";

fn bench(peer: &dyn Peer, minutes: i64) -> (Bench, Hook) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(minutes, "Words"));
    home.write("updraft.yml", NOTIFY);
    home.share();
    (bench, Hook::start())
}

fn a_wrong_password_is_told_once_and_that_it_went_out_after_all(peer: &dyn Peer) {
    let (bench, hook) = bench(peer, 5);
    let wrong = [("BLUESKY_APP_PASSWORD", "aaaa-bbbb-cccc-dddd")];
    for name in ["one", "two", "three"] {
        let ran = hook.run(&bench.clone_as(name), &wrong).exits(3);
        ran.says("tried again by each run until ")
            .says(", then missed");
        assert_eq!(hook.told(), ["left posts/a.md"], "{name}");
    }
    let block = &bench.blocks()["posts/a.md"];
    assert_eq!(block["status"], "waiting");
    assert!(block["told_at"].is_string(), "{block}");
    assert!(
        block["reason"].as_str().unwrap().starts_with("left: "),
        "{block}"
    );
    hook.run(&bench.clone_as("four"), &[]).exits(0);
    assert_eq!(hook.told(), ["left posts/a.md", "after_all posts/a.md"]);
    bench.assert_exactly_once();
    hook.run(&bench.clone_as("five"), &[]).exits(0);
    assert_eq!(hook.told().len(), 2);
}

fn a_missed_post_is_told_once(peer: &dyn Peer) {
    let (bench, hook) = bench(peer, 25 * 60);
    hook.run(&bench.clone_as("one"), &[]).exits(3);
    hook.run(&bench.clone_as("two"), &[]).exits(0);
    assert_eq!(hook.told(), ["missed posts/a.md"]);
    let block = &bench.blocks()["posts/a.md"];
    assert_eq!(block["status"], "missed");
    assert!(block["told_at"].is_string(), "{block}");
}

fn a_failed_post_is_told_once_also_when_the_first_call_fails(peer: &dyn Peer) {
    let (bench, hook) = bench(peer, 5);
    let home = bench.home();
    home.edit("posts/a.md", "Words", "Thanks to @nobody-there.test");
    home.share();
    hook.answers.lock().unwrap().push(500);
    let ran = hook.run(&bench.clone_as("one"), &[("GITHUB_ACTIONS", "true")]);
    ran.exits(3)
        .says("::warning::`notify` could not tell anybody")
        .says("it answered 500");
    assert!(bench.blocks()["posts/a.md"]["told_at"].is_null());
    assert_eq!(bench.blocks()["posts/a.md"]["status"], "failed");
    hook.run(&bench.clone_as("two"), &[]).exits(0);
    hook.run(&bench.clone_as("three"), &[]).exits(0);
    assert_eq!(hook.told(), ["failed posts/a.md"]);
    assert!(bench.blocks()["posts/a.md"]["told_at"].is_string());
}

fn two_clones_at_once_lose_nothing_that_was_told(peer: &dyn Peer) {
    let (bench, hook) = bench(peer, 5);
    let (one, two) = (bench.clone_as("one"), bench.clone_as("two"));
    let wrong = [("BLUESKY_APP_PASSWORD", "aaaa-bbbb-cccc-dddd")];
    thread::scope(|scope| {
        let first = scope.spawn(|| hook.run(&one, &wrong));
        let second = scope.spawn(|| hook.run(&two, &[]));
        first.join().unwrap();
        second.join().unwrap();
    });
    hook.run(&bench.clone_as("three"), &[]).exits(0);
    bench.assert_exactly_once();
    let told = hook.told();
    assert!(told.len() <= 2, "{told:?}");
}

fn a_broken_file_is_told_once(peer: &dyn Peer) {
    let (bench, hook) = bench(peer, 5);
    let home = bench.home();
    home.edit("posts/a.md", "Words", "![](nowhere.png)");
    home.share();
    hook.run(&bench.clone_as("one"), &[]).exits(3);
    hook.run(&bench.clone_as("two"), &[]).exits(3);
    assert_eq!(hook.told(), ["blocked posts/a.md"]);
    home.git(&["pull", "-q"]);
    home.edit("posts/a.md", "![](nowhere.png)", "Mended");
    home.share();
    hook.run(&bench.clone_as("three"), &[]).exits(0);
    bench.assert_exactly_once();
}

fn a_broken_configuration_is_told_once_by_a_clone(peer: &dyn Peer) {
    let (bench, hook) = bench(peer, 5);
    let home = bench.home();
    home.write("updraft.yml", format!("{NOTIFY}timezone: Nowhere\n"));
    home.share();
    let one = bench.clone_as("one");
    hook.run(&one, &[]).exits(3);
    hook.run(&one, &[]).exits(3);
    assert_eq!(hook.told(), ["run "]);
    home.write("updraft.yml", NOTIFY);
    home.share();
    hook.run(&one, &[]).exits(0);
    assert_eq!(hook.told(), ["run ", "after_all "]);
    bench.assert_exactly_once();
}

fn what_a_run_counts_is_metrics_and_status(peer: &dyn Peer) {
    let (bench, _) = bench(peer, 5);
    let home = bench.home();
    bench.relay.fault(APPLY, (0, 1), Fault::DropAfter);
    let summary = bench.folder().join("summary.md");
    let outputs = bench.folder().join("outputs");
    home.write("posts/later.md", due(-60, "Later"));
    home.share();
    let variables = [
        ("GITHUB_OUTPUT", outputs.to_str().unwrap()),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
        ("UPDRAFT_WEBHOOK", ""),
    ];
    let args = ["publish", "--push", "--metrics", "updraft.prom"];
    home.run_with(&args, &variables).exits(0);
    let metrics = home.read("updraft.prom");
    for line in [
        "updraft_published_total 1",
        "updraft_api_errors_total{kind=\"network\"} 1",
        "updraft_lateness_seconds_bucket{le=\"60\"} 0",
        "updraft_lateness_seconds_bucket{le=\"900\"} 1",
        "updraft_lateness_seconds_count 1",
        "updraft_oldest_due_age_seconds 0",
        "updraft_last_run_success 1",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}:\n{metrics}"
        );
    }
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(
        summary.contains("<code>posts/a.md</code> was published: <https://bsky.app/"),
        "{summary}"
    );
    let outputs = std::fs::read_to_string(outputs).unwrap();
    let lines: Vec<&str> = outputs.lines().collect();
    assert_eq!(lines[..3], ["published=1", "failed=0", "missed=0"]);
    assert!(lines[3].starts_with("next-due=20"), "{outputs}");
    assert!(
        lines[4].starts_with("urls=https://bsky.app/profile/"),
        "{outputs}"
    );
    let status = home.run(&["status", "--format", "json"]).exits(0);
    let status = schema::fitting("status", &status.out);
    assert_eq!(status["posts"]["published"], 1, "{status:#}");
    assert_eq!(status["last_run"]["exit"], 0, "{status:#}");
    assert_eq!(status["last_run"]["api_errors"]["network"], 1, "{status:#}");
    let late = status["lateness"]["max_seconds"].as_f64().unwrap();
    assert!((300.0..900.0).contains(&late), "{late}");
}

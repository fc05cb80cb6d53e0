//! The metrics of a process, in the text format of Prometheus
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::{DateTime, Utc};

use crate::{
    atproto::tally::{KINDS, Tally},
    command::{
        standing::{Entry, STATES},
        tell::LastRun,
    },
};

/// The upper bounds of the histogram of lateness, in seconds.
const BOUNDS: &[f64] = &[60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0];

/// All of them.
pub(super) fn text(entries: &[Entry<'_>], last: &LastRun, tally: &Tally) -> String {
    let mut text = Text::default();
    let now = last.at.unwrap_or_default();
    if !entries.is_empty() {
        text.files(entries, now);
    }
    text.lateness(&tally.lateness);
    let counters = [
        (
            "updraft_published_total",
            "Threads that this process published.",
            tally.published,
        ),
        (
            "updraft_failed_total",
            "Threads that servers refused in this process.",
            tally.failed,
        ),
        (
            "updraft_missed_total",
            "Threads that this process found too late.",
            tally.missed,
        ),
    ];
    for (name, help, value) in counters {
        text.head(name, "counter", help);
        text.sample(name, &[], value as f64);
    }
    let name = "updraft_api_errors_total";
    text.head(
        name,
        "counter",
        "Errors of servers, and on the way there, by kind.",
    );
    for kind in KINDS {
        let value = tally.errors.get(kind).copied().unwrap_or_default();
        text.sample(name, &[("kind", kind)], value as f64);
    }
    text.points(&last.remaining_points);
    text.run(last);
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.0 += &format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        // Writing into a text can't fail.
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn files(&mut self, entries: &[Entry<'_>], now: DateTime<Utc>) {
        let mut states: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for entry in entries {
            let of_account = states
                .entry(entry.account().unwrap_or_default())
                .or_default();
            *of_account.entry(entry.state).or_default() += 1;
        }
        let number = |account: &str, state: &str| {
            let found = states.get(account).and_then(|states| states.get(state));
            found.copied().unwrap_or_default() as f64
        };
        self.head(
            "updraft_posts",
            "gauge",
            "Post files by account and status.",
        );
        for account in states.keys() {
            for state in STATES {
                let labels = [("account", *account), ("status", *state)];
                self.sample("updraft_posts", &labels, number(account, state));
            }
        }
        self.head(
            "updraft_queue_depth",
            "gauge",
            "Threads that are to go out, now or later.",
        );
        for account in states.keys() {
            let depth = number(account, "due") + number(account, "waiting");
            self.sample("updraft_queue_depth", &[("account", account)], depth);
        }
        self.head(
            "updraft_due",
            "gauge",
            "Threads whose time has come, and that are not out.",
        );
        for account in states.keys() {
            self.sample(
                "updraft_due",
                &[("account", account)],
                number(account, "due"),
            );
        }
        self.oldest(entries, now);
    }

    fn oldest(&mut self, entries: &[Entry<'_>], now: DateTime<Utc>) {
        let due = entries.iter().filter(|entry| entry.state == "due");
        let oldest = due.filter_map(|entry| entry.item.due()).min();
        let age = oldest.map_or(0.0, |oldest| (now - oldest).as_seconds_f64().max(0.0));
        let name = "updraft_oldest_due_age_seconds";
        self.head(
            name,
            "gauge",
            "How long ago the time of the oldest due thread came; 0 if none is due.",
        );
        self.sample(name, &[], age);
    }

    fn lateness(&mut self, late: &[f64]) {
        let name = "updraft_lateness_seconds";
        let help = "How long after its time each thread went out that this process published.";
        self.head(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for bound in BOUNDS {
            let within = late.iter().filter(|late| **late <= *bound).count();
            self.sample(&bucket, &[("le", &bound.to_string())], within as f64);
        }
        self.sample(&bucket, &[("le", "+Inf")], late.len() as f64);
        // An empty sum would be -0.
        self.sample(
            &format!("{name}_sum"),
            &[],
            late.iter().fold(0.0, |sum, late| sum + late),
        );
        self.sample(&format!("{name}_count"), &[], late.len() as f64);
    }

    fn points(&mut self, points: &BTreeMap<String, u64>) {
        if points.is_empty() {
            return;
        }
        let name = "updraft_rate_limit_remaining_points";
        self.head(
            name,
            "gauge",
            "Points for writing that the account's server has left for it.",
        );
        for (account, left) in points {
            self.sample(name, &[("account", account)], *left as f64);
        }
    }

    fn run(&mut self, last: &LastRun) {
        let name = "updraft_last_run_timestamp_seconds";
        self.head(name, "gauge", "When the last run ended.");
        let at = last.at.unwrap_or_default();
        self.sample(name, &[], at.timestamp() as f64);
        let name = "updraft_last_run_success";
        self.head(
            name,
            "gauge",
            "Whether the last run ended with exit code 0.",
        );
        self.sample(name, &[], f64::from(u8::from(last.exit == 0)));
        self.head("updraft_build_info", "gauge", "The version of updraft.");
        let version = env!("CARGO_PKG_VERSION");
        self.sample("updraft_build_info", &[("version", version)], 1.0);
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;

//! The binary from end to end, in temporary repositories: every scenario runs on the sandbox and
//! on the official PDS.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    dead_code
)]

/// Makes two tests of each scenario, `sandbox::NAME` and `pds::NAME`.
macro_rules! both {
    ($($name:ident,)+) => {
        mod sandbox {
            $(#[test] fn $name() {
                super::$name(&crate::peer::Sandboxed::start());
            })+
        }
        mod pds {
            $(#[test] fn $name() {
                if let Some(peer) = crate::peer::Official::start_or_skip() {
                    super::$name(&peer);
                }
            })+
        }
    };
}

#[path = "e2e/actions.rs"]
mod actions;
#[path = "e2e/bench.rs"]
mod bench;
#[path = "e2e/calendar.rs"]
mod calendar;
#[path = "e2e/cards.rs"]
mod cards;
#[path = "e2e/check.rs"]
mod check;
#[path = "e2e/crashes.rs"]
mod crashes;
#[path = "e2e/decisions.rs"]
mod decisions;
#[path = "e2e/doctor.rs"]
mod doctor;
#[path = "e2e/faults.rs"]
mod faults;
#[path = "support/git_http.rs"]
mod git_http;
#[path = "support/github.rs"]
mod github;
#[path = "e2e/kinds.rs"]
mod kinds;
#[path = "e2e/likeness.rs"]
mod likeness;
#[path = "e2e/limits.rs"]
mod limits;
#[path = "e2e/list.rs"]
mod list;
#[path = "e2e/merge.rs"]
mod merge;
#[path = "support/pds.rs"]
mod pds;
#[path = "e2e/peer.rs"]
mod peer;
#[path = "e2e/protected.rs"]
mod protected;
#[path = "support/relay.rs"]
mod relay;
#[path = "e2e/remotes.rs"]
mod remotes;
#[path = "e2e/retract.rs"]
mod retract;
#[path = "e2e/rounds.rs"]
mod rounds;
#[path = "support/schema.rs"]
mod schema;
#[path = "e2e/secrets.rs"]
mod secrets;
#[path = "e2e/stay.rs"]
mod stay;
#[path = "e2e/takeover.rs"]
mod takeover;
#[path = "e2e/targets.rs"]
mod targets;
#[path = "e2e/telling.rs"]
mod telling;
#[cfg(target_os = "linux")]
#[path = "e2e/terminal.rs"]
mod terminal;
#[path = "e2e/video.rs"]
mod video;
#[path = "support/video_service.rs"]
mod video_service;
#[path = "e2e/work.rs"]
mod work;

//! What the sandbox answers is what the official PDS answers: every case here runs on both.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

#[path = "sandbox/blobs.rs"]
mod blobs;
#[path = "sandbox/embeds.rs"]
mod embeds;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "support/pds.rs"]
mod pds;
#[path = "sandbox/peer.rs"]
mod peer;
#[path = "sandbox/records.rs"]
mod records;
#[path = "sandbox/sessions.rs"]
mod sessions;
#[path = "sandbox/validation.rs"]
mod validation;
#[path = "sandbox/videos.rs"]
mod videos;

use peer::Peer;
use updraft::sandbox::RateLimits;

#[tokio::test]
async fn the_sandbox_answers_as_measured() {
    suite(&Peer::sandbox(None).await).await;
}

#[tokio::test]
async fn the_official_pds_answers_as_the_sandbox_does() {
    let Some(pds) = pds::Pds::start_or_skip() else {
        return;
    };
    suite(&Peer::official(pds).await).await;
}

#[tokio::test]
async fn points_run_out_in_the_sandbox() {
    records::points(&Peer::sandbox(Some(RateLimits::OFFICIAL)).await).await;
}

#[tokio::test]
async fn points_run_out_in_the_official_pds() {
    let Some(pds) = pds::Pds::start_or_skip_with(&["--rate-limits"]) else {
        return;
    };
    records::points(&Peer::official(pds).await).await;
}

/// Every case, on one peer; the failures are shown together.
async fn suite(peer: &Peer) {
    validation::texts(peer).await;
    embeds::embeds(peer).await;
    embeds::facets(peer).await;
    validation::inputs(peer).await;
    records::keys(peer).await;
    records::puts(peer).await;
    records::batches(peer).await;
    records::swaps(peer).await;
    records::limits(peer).await;
    records::pages(peer).await;
    blobs::blobs(peer).await;
    videos::videos(peer).await;
    sessions::identities(peer).await;
    sessions::tokens(peer).await;
    peer.conclude();
}

//! Videos: through a stand-in of the video service, and straight to the server.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use updraft::atproto::cid;

use crate::{
    bench::{APPLY, Bench, Ran, Work, due, wait_until},
    peer::{self, Peer},
    relay::Fault,
    video_service::{ADDED, VideoService},
};

both! {
    a_video_goes_through_the_service_with_its_captions,
    without_a_service_a_video_goes_straight_to_the_server,
    a_video_that_the_server_is_too_small_for_waits,
    a_video_that_may_not_be_uploaded_today_waits,
    a_file_that_the_service_blames_fails_and_another_failure_waits,
    a_video_that_the_service_knows_is_not_prepared_again,
    a_slow_video_is_uploaded_once_whoever_writes_meanwhile,
    a_lost_answer_to_a_video_is_found,
    a_video_that_changes_under_the_run_waits,
    a_rehearsal_asks_no_service,
}

pub const CLIP: &[u8] = include_bytes!("../../posts/media/swim.mp4");
const UPLOAD: &str = "com.atproto.repo.uploadBlob";

fn setup<'b>(bench: &'b Bench) -> (Work<'b>, VideoService) {
    let home = bench.home();
    home.write("posts/media/swim.mp4", CLIP);
    home.write(
        "posts/video.md",
        due(5, "The lake\n\n![Waves on a lake](media/swim.mp4)"),
    );
    (home, VideoService::start(bench.relay.url()))
}

fn publish(home: &Work<'_>, service: &VideoService) -> Ran {
    let own = [("UPDRAFT_VIDEO_URL", service.url.as_str())];
    home.run_with(&["-vv", "publish", "--push"], &own)
}

pub fn cid_of(bytes: &[u8]) -> String {
    cid::of_blob(&Sha256::digest(bytes).into()).to_string()
}

fn embed(bench: &Bench) -> Value {
    let records = bench.records();
    assert_eq!(records.len(), 1, "{records:?}");
    records[0].value["embed"].clone()
}

fn a_video_goes_through_the_service_with_its_captions(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.write(
        "posts/media/swim.en.vtt",
        "WEBVTT\n\n00:00.000 --> 00:02.000\nSplash\n",
    );
    home.write("posts/media/swim.pt-BR.vtt", "\u{feff}WEBVTT\n");
    home.write("posts/media/swimmers.en.vtt", "not ours");
    home.share();
    let shown = home.run(&["preview", "posts/video.md"]).exits(0);
    let shown = shown.says("🎬 posts/media/swim.mp4 (MP4, 320×180, 0:04, 9 kB): Waves on");
    shown.says("captions en, pt-BR");
    let ran = publish(&home, &service).exits(0).all();
    bench.assert_exactly_once();
    assert_eq!(
        service.requests(),
        ["getUploadLimits", "uploadVideo", "getJobStatus"]
    );
    let stored = [CLIP, ADDED].concat();
    let blob = |kind: &str, bytes: &[u8]| json!({ "$type": "blob", "mimeType": kind, "size": bytes.len(), "ref": { "$link": cid_of(bytes) } });
    let english = b"WEBVTT\n\n00:00.000 --> 00:02.000\nSplash\n";
    let expected = json!({
        "$type": "app.bsky.embed.video",
        "alt": "Waves on a lake",
        "aspectRatio": { "width": 320, "height": 180 },
        "video": blob("video/mp4", &stored),
        "captions": [
            { "lang": "en", "file": blob("text/vtt", english) },
            { "lang": "pt-BR", "file": blob("text/vtt", b"\xef\xbb\xbfWEBVTT\n") },
        ],
    });
    assert_eq!(embed(&bench), expected);
    let tokens = service.tokens();
    assert_eq!(
        tokens.len(),
        2,
        "one for each purpose, and none to ask for a job"
    );
    assert!(tokens.iter().all(|token| !ran.contains(token)));
    let query = format!("did={}&cid={}", bench.account.did, cid_of(&stored));
    assert_eq!(
        peer::bytes(peer.url(), "com.atproto.sync.getBlob", &query),
        stored
    );
}

fn without_a_service_a_video_goes_straight_to_the_server(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, _) = setup(&bench);
    home.write("posts/first.md", due(10, "First"));
    home.write(
        "posts/video.md",
        due(5, "The lake\n\n![Waves](media/swim.mp4)").replacen(
            "---\n",
            "---\nquote: posts/first.md\n",
            1,
        ),
    );
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
    let embed = bench.records()[1].value["embed"].clone();
    assert_eq!(embed["$type"], "app.bsky.embed.recordWithMedia");
    assert_eq!(embed["media"]["video"]["ref"]["$link"], cid_of(CLIP));
    assert_eq!(embed["media"]["alt"], "Waves");
}

/// A whole video of so many bytes, nearly all of which show nothing.
fn padded(size: usize) -> Vec<u8> {
    let room = size - CLIP.len();
    let head = [&u32::try_from(room).unwrap().to_be_bytes()[..], b"free"].concat();
    let mut bytes = [CLIP, &head].concat();
    bytes.resize(size, 0);
    bytes
}

fn a_video_that_the_server_is_too_small_for_waits(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.write("posts/media/swim.mp4", padded(5_242_881));
    home.share();
    let ran = home.publish().exits(3);
    let ran = ran
        .says("posts/media/swim.mp4 has 5242881 bytes")
        .says("at most 5242880");
    ran.says("PDS_BLOB_UPLOAD_LIMIT");
    assert!(bench.blocks()["posts/video.md"].is_null());
    assert!(!bench.relay.requests().contains(&UPLOAD.to_owned()));
    home.write("posts/media/swim.mp4", CLIP);
    home.share();
    publish(&home, &service).exits(0);
    bench.assert_exactly_once();
}

fn a_video_that_may_not_be_uploaded_today_waits(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.write("posts/words.md", due(3, "Words alone"));
    home.share();
    for limits in [
        json!({ "canUpload": false, "message": "Come back tomorrow", "error": "x" }),
        json!({ "canUpload": true, "remainingDailyVideos": 0, "message": "Come back tomorrow" }),
        json!({ "canUpload": true, "remainingDailyBytes": 8000, "message": "Come back tomorrow" }),
    ] {
        service.limit(limits);
        publish(&home, &service).exits(3).says("Come back tomorrow");
        assert!(bench.blocks()["posts/video.md"].is_null());
    }
    assert_eq!(service.count("uploadVideo"), 0);
    assert_eq!(
        bench.texts(),
        ["Words alone"],
        "the account's other posts go out"
    );
    service.mend();
    publish(&home, &service).exits(0);
    bench.assert_exactly_once();
}

fn a_file_that_the_service_blames_fails_and_another_failure_waits(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.share();
    let waits = |what: &str| {
        publish(&home, &service).exits(3).says(what);
        assert!(bench.blocks()["posts/video.md"].is_null(), "{what}");
    };
    service.fail(json!({ "failureCode": "generic_failure", "message": "Something broke" }));
    waits("Something broke");
    service.fail(json!({ "failureCode": "pds_upload_unsupported_blob_size" }));
    waits("make the video smaller");
    service.refuse(400, json!({ "jobStatus": { "did": "", "jobId": "", "state": "", "error": "unconfirmed_email" } }));
    waits("confirm the account's e-mail address");
    service.refuse(
        503,
        json!({ "error": "Unavailable", "message": "Down for repairs" }),
    );
    waits("Down for repairs");
    service.mend();
    service.fail(json!({ "failureCode": "validation_failure", "message": "No frames in it" }));
    publish(&home, &service).exits(3).says("No frames in it");
    let block = &bench.blocks()["posts/video.md"];
    assert_eq!(block["status"], "failed", "{block}");
    assert!(bench.records().is_empty());
}

fn a_video_that_the_service_knows_is_not_prepared_again(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.share();
    bench
        .relay
        .fault(APPLY, (0, 3), Fault::refusal(503, "", ""));
    publish(&home, &service).exits(3);
    bench.relay.mend();
    publish(&home, &service).exits(0);
    bench.assert_exactly_once();
    assert_eq!(service.count("uploadVideo"), 2);
    let stored = embed(&bench)["video"]["ref"]["$link"].clone();
    assert_eq!(stored, cid_of(&[CLIP, ADDED].concat()));
}

fn a_slow_video_is_uploaded_once_whoever_writes_meanwhile(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.write("posts/media/swim.en.vtt", "WEBVTT\n");
    home.share();
    service.slow(usize::MAX);
    let own = [("UPDRAFT_VIDEO_URL", service.url.as_str())];
    let run = home.start_with(&["publish", "--push"], &own);
    wait_until("the job is asked for", || service.count("getJobStatus") > 0);
    bench.post_by_hand(["By hand".to_owned()], chrono::Utc::now());
    service.slow(0);
    run.end().exits(0);
    assert_eq!(bench.texts(), ["By hand", "The lake"]);
    assert_eq!(service.count("uploadVideo"), 1);
    let uploads = bench.relay.requests();
    let uploads = uploads.iter().filter(|name| *name == UPLOAD).count();
    assert_eq!(
        uploads, 2,
        "the captions once, and the service's video once"
    );
    assert_eq!(bench.blocks()["posts/video.md"]["status"], "published");
}

fn a_lost_answer_to_a_video_is_found(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.share();
    bench.relay.fault(APPLY, (0, 1), Fault::DropAfter);
    publish(&home, &service).exits(0);
    bench.assert_exactly_once();
    // And so is the record by another name, when every result is lost.
    home.git(&["reset", "-q", "--hard", "HEAD~1"]);
    home.git(&["mv", "posts/video.md", "posts/lake.md"]);
    home.git(&["commit", "-q", "-m", "Rename it"]);
    home.git(&["push", "-q", "-f", "origin", "HEAD:main"]);
    publish(&home, &service).exits(0);
    bench.assert_exactly_once();
    assert_eq!(service.count("uploadVideo"), 1);
}

fn a_rehearsal_asks_no_service(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.write("posts/media/swim.mp4", padded(6_000_000));
    home.write("posts/media/swim.en.vtt", "WEBVTT\n");
    home.share();
    let own = [("UPDRAFT_VIDEO_URL", service.url.as_str())];
    let ran = home.run_with(&["rehearse"], &own).exits(0);
    ran.says("1 of 1 equal their previews");
    assert!(service.requests().is_empty() && bench.relay.requests().is_empty());
}

fn a_video_that_changes_under_the_run_waits(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let (home, service) = setup(&bench);
    home.write("posts/words.md", due(3, "Words alone"));
    home.share();
    let own = [("UPDRAFT_VIDEO_URL", service.url.as_str())];
    for variables in [&own[..], &[]] {
        bench
            .relay
            .fault("com.atproto.server.createSession", (0, 1), Fault::Held);
        let run = home.start_with(&["publish", "--push"], variables);
        bench
            .relay
            .wait_for_held(if variables.is_empty() { 2 } else { 1 });
        home.write("posts/media/swim.mp4", padded(10_000));
        bench.relay.release();
        let ran = run.end().exits(3);
        ran.says("`posts/media/swim.mp4` was changed after it was checked; run again");
        assert!(bench.blocks()["posts/video.md"].is_null());
        home.write("posts/media/swim.mp4", CLIP);
        bench.relay.mend();
    }
    assert_eq!(
        bench.texts(),
        ["Words alone"],
        "the account's other posts go out"
    );
    assert_eq!(service.count("uploadVideo"), 0);
}

#![allow(clippy::unwrap_used)]

use super::*;

const WRITE: &str = "com.atproto.repo.applyWrites";

fn refused(method: &str, status: u16, name: &str, message: &str) -> Error {
    let refusal = Refusal {
        status,
        name: name.to_owned(),
        message: message.to_owned(),
        retry_after: None,
        limit_reset: None,
    };
    Error::new(method, "pds.example", Kind::Refused(Box::new(refusal)))
}

fn verdict(status: u16, name: &str, message: &str) -> Verdict {
    refused(WRITE, status, name, message).verdict()
}

#[test]
fn only_refused_content_blames_the_post() {
    let grapheme = "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.writes[0].value.text";
    for (name, message) in [
        ("InvalidRequest", grapheme),
        ("InvalidMimeType", "Referenced Mimetype does not match"),
        ("InvalidSize", "Referenced Size does not match"),
    ] {
        assert_eq!(verdict(400, name, message), Verdict::BlamesPost, "{name}");
    }
}

#[test]
fn refusals_that_have_nothing_to_do_with_the_post_leave_it_due() {
    for (status, name) in [
        (400, "ExpiredToken"),
        (400, "InvalidToken"),
        (401, "AuthMissing"),
        (401, "AuthenticationRequired"),
        (401, "AccountDeactivated"),
        (401, "AccountTakedown"),
        (403, "AccountNotFound"),
        (429, "RateLimitExceeded"),
        (400, "BlobNotFound"),
        (400, "InvalidSwap"),
        (413, "PayloadTooLargeError"),
        (401, ""),
        (429, ""),
    ] {
        assert_eq!(verdict(status, name, ""), Verdict::Later, "{status} {name}");
    }
}

#[test]
fn everything_that_may_hide_a_success_is_doubt() {
    for (status, name, message) in [
        (500, "InternalServerError", "Internal Server Error"),
        (500, "ExpiredToken", ""),
        (
            500,
            "InvalidRequest",
            "Invalid app.bsky.feed.post record: x",
        ),
        (502, "", ""),
        (504, "", ""),
        (409, "RecordAlreadyExists", ""),
        (400, "RecordAlreadyExists", ""),
        (400, "NameOfTomorrow", ""),
        (400, "InvalidRequest", "Too many writes. Max: 200"),
        (
            400,
            "InvalidRequest",
            "Invalid record key (got \"x\") at $.rkey",
        ),
        (400, "", ""),
        (404, "", ""),
        (408, "", ""),
        (302, "", ""),
    ] {
        assert_eq!(
            verdict(status, name, message),
            Verdict::Doubt,
            "{status} {name}"
        );
    }
    let kinds = [
        Kind::Transport(TransportError::Interrupted("timed out".into())),
        Kind::Undecodable("line 1, column 0".into()),
    ];
    for kind in kinds {
        assert_eq!(Error::new(WRITE, "h", kind).verdict(), Verdict::Doubt);
    }
}

#[test]
fn a_write_that_never_left_is_no_doubt() {
    let kind = TransportError::NeverSent("connection refused".into());
    assert_eq!(Error::new(WRITE, "h", kind).verdict(), Verdict::Later);
}

#[test]
fn logins_uploads_and_lookups_never_leave_doubt_nor_blame() {
    for method in [
        "com.atproto.server.createSession",
        "com.atproto.server.refreshSession",
        "com.atproto.repo.uploadBlob",
        "com.atproto.identity.resolveHandle",
        "the DID document",
    ] {
        let error = refused(method, 500, "", "");
        assert_eq!(error.verdict(), Verdict::Later, "{method}");
        let error = refused(method, 400, "InvalidMimeType", "");
        assert_eq!(error.verdict(), Verdict::Later, "{method}");
    }
}

#[test]
fn a_slur_in_a_key_is_told_from_a_bad_record() {
    let error = refused(
        WRITE,
        400,
        "InvalidRequest",
        "Unacceptable slur in record key",
    );
    assert!(error.is_slur_in_key());
    assert_eq!(error.verdict(), Verdict::Later);
    assert!(!refused(WRITE, 400, "InvalidRequest", "Invalid x.y record: slur").is_slur_in_key());
}

#[test]
fn a_record_is_absent_only_by_its_own_name() {
    let read = "com.atproto.repo.getRecord";
    let absent = "Could not locate record";
    assert!(refused(read, 400, "RecordNotFound", absent).is_record_not_found());
    assert!(!refused(read, 400, "InvalidRequest", absent).is_record_not_found());
    assert!(!refused(read, 502, "RecordNotFound", absent).is_record_not_found());
    assert!(!refused(read, 404, "", "").is_record_not_found());
}

#[test]
fn a_person_reads_one_line() {
    let error = refused(WRITE, 400, "InvalidSwap", "Commit was at bafyrei");
    assert_eq!(
        error.to_string(),
        "repo.applyWrites at pds.example: 400 InvalidSwap: Commit was at bafyrei"
    );
    let kind = TransportError::NeverSent("connection refused".into());
    assert_eq!(
        Error::new(WRITE, "pds.example", kind).to_string(),
        "repo.applyWrites at pds.example: can't connect: connection refused"
    );
}

#[test]
fn a_rate_limit_says_until_when() {
    let refusal = Refusal {
        status: 429,
        name: "RateLimitExceeded".into(),
        message: "Rate Limit Exceeded".into(),
        retry_after: Some(Duration::from_secs(290)),
        limit_reset: DateTime::from_timestamp(1_796_133_600, 0),
    };
    let soon = Refusal {
        limit_reset: None,
        ..refusal.clone()
    };
    assert_eq!(
        Error::new(WRITE, "pds.example", Kind::Refused(Box::new(refusal))).to_string(),
        "repo.applyWrites at pds.example: 429 RateLimitExceeded: Rate Limit Exceeded; the account may try again at 2026-12-01T14:00:00Z"
    );
    let soon = Error::new(WRITE, "pds.example", Kind::Refused(Box::new(soon))).to_string();
    assert!(soon.ends_with("try again in 290 s"), "{soon}");
}

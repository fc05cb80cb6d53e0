//! Videos and captions: what is found in them, what records may say of them, and tokens with which
//! a video service stores them.

use serde_json::{Value, json};

use crate::peer::{Peer, with};
use crate::validation::{FINE, judge};

const UPLOAD: &str = "com.atproto.repo.uploadBlob";

pub async fn videos(peer: &Peer) {
    kinds(peer).await;
    embeds(peer).await;
    lent_tokens(peer).await;
}

async fn kinds(peer: &Peer) {
    let brand = |brand: &[u8; 4]| [&[0, 0, 0, 24], b"ftyp", &brand[..], &[0; 16]].concat();
    for (announced, bytes, found) in [
        ("video/mp4", brand(b"isom"), "video/mp4"),
        ("*/*", brand(b"mp42"), "video/mp4"),
        ("a/b", brand(b"avc1"), "video/mp4"),
        ("a/b", brand(b"iso6"), "video/mp4"),
        ("video/mp4", brand(b"qt  "), "video/quicktime"),
        ("video/mp4", brand(b"M4V "), "video/x-m4v"),
        ("video/mp4", brand(b"3gp4"), "video/3gpp"),
        ("*/*", b"WEBVTT\n\n".to_vec(), "text/vtt"),
        ("*/*", b"\xef\xbb\xbfWEBVTT\r\n".to_vec(), "text/vtt"),
        ("text/vtt", b"WEBVTT".to_vec(), "text/vtt"),
        ("*/*", b"WEBVTT - a title\n".to_vec(), "text/vtt"),
    ] {
        let case = format!("{announced} {:?}", String::from_utf8_lossy(&bytes));
        let answer = peer.upload(Some(announced), bytes).await;
        peer.agrees(&case, answer.body["blob"]["mimeType"].clone(), found);
    }
}

async fn embeds(peer: &Peer) {
    let blob = |kind: &str, size: u64| {
        let cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
        json!({"$type": "blob", "ref": {"$link": cid}, "mimeType": kind, "size": size})
    };
    let stored = async |kind, bytes: &[u8]| {
        peer.upload(Some(kind), bytes.to_vec()).await.body["blob"].clone()
    };
    let mp4 = stored("video/mp4", b"\0\0\0\x18ftypisom, and so on").await;
    let vtt = stored("text/vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nwaves").await;
    let caption = |lang: &str, file: Value| json!({"lang": lang, "file": file});
    let video = |key: &str, value: Value| {
        let mut embed = json!({"$type": "app.bsky.embed.video", "video": mp4});
        embed[key] = value;
        embed
    };
    let alone = |key: &str, value: Value| with("embed", video(key, value));
    let captions = |list: Value| alone("captions", list);
    let quote = json!({"uri": format!("at://{}/app.bsky.feed.post/3mxyz23abcd22", peer.did), "cid": "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"});
    let beside = |media: Value| {
        let embed = json!({"$type": "app.bsky.embed.recordWithMedia", "record": {"record": quote}, "media": media});
        with("embed", embed)
    };
    let english = caption("en", vtt);
    let cases = vec![
        ("a video", alone("alt", json!("waves")), FINE),
        (
            "a video too big",
            alone("video", blob("video/mp4", 300_000_001)),
            "blob too big (maximum 300000000, got 300000001) at $.record.embed.video",
        ),
        (
            "a QuickTime video",
            alone("video", blob("video/quicktime", 9)),
            "Expected \"video/mp4\" (got \"video/quicktime\") at $.record.embed.video.mimeType",
        ),
        (
            "no video",
            with("embed", json!({"$type": "app.bsky.embed.video", "alt": ""})),
            "Missing required key \"video\" at $.record.embed",
        ),
        ("captions", captions(json!([english])), FINE),
        ("no captions", captions(json!([])), FINE),
        (
            "21 captions",
            captions(json!(vec![english.clone(); 21])),
            "array too big (maximum 20, got 21) at $.record.embed.captions",
        ),
        (
            "captions too big",
            captions(json!([caption("en", blob("text/vtt", 20_001))])),
            "blob too big (maximum 20000, got 20001) at $.record.embed.captions[0].file",
        ),
        (
            "captions of another type",
            captions(json!([caption("en", blob("text/plain", 9))])),
            "Expected \"text/vtt\" (got \"text/plain\") at $.record.embed.captions[0].file.mimeType",
        ),
        (
            "captions in no language",
            captions(json!([caption("English", blob("text/vtt", 9))])),
            "Invalid language (got \"English\") at $.record.embed.captions[0].lang",
        ),
        (
            "a flat video",
            alone("aspectRatio", json!({"width": 16, "height": 0})),
            "integer too small (minimum 1, got 0) at $.record.embed.aspectRatio.height",
        ),
        (
            "a video like a GIF",
            alone("presentation", json!("gif")),
            FINE,
        ),
        (
            "a quote with a video",
            beside(video("captions", json!([english]))),
            FINE,
        ),
        (
            "a quote with a video too big",
            beside(video("video", blob("video/mp4", 300_000_001))),
            "blob too big (maximum 300000000, got 300000001) at $.record.embed.media.video",
        ),
    ];
    judge(peer, cases).await;
}

async fn lent_tokens(peer: &Peer) {
    let us = peer.get("com.atproto.server.describeServer", "").await;
    let us = us.text("/did");
    let now = chrono::Utc::now().timestamp();
    let ask = async |query: String| peer.get("com.atproto.server.getServiceAuth", &query).await;
    let cases = [
        (
            3700,
            UPLOAD,
            "cannot request a token with an expiration more than an hour in the future",
        ),
        (-10, UPLOAD, "expiration is in past"),
    ];
    for (later, method, message) in cases {
        let query = format!("aud={us}&lxm={method}&exp={}", now + later);
        peer.refuses(message, &ask(query).await, (400, "BadExpiration", message));
    }
    for aud in [
        "did:web:127.0.0.1%253A3000",
        "did:web:a.example%253A3000",
        "did:web:a.example:b",
    ] {
        let message = "aud must be a valid atproto DID or did#serviceId reference";
        let answer = ask(format!("aud={aud}&lxm={UPLOAD}")).await;
        peer.refuses(aud, &answer, (400, "InvalidRequest", message));
    }
    for aud in [
        "did:web:localhost%253A3000",
        "did:web:a.example",
        "did:web:a",
    ] {
        peer.accepts(aud, &ask(format!("aud={aud}&lxm={UPLOAD}")).await);
    }
    let query = format!("aud={us}&exp={}", now + 600);
    let message =
        "cannot request a method-less token with an expiration more than a minute in the future";
    peer.refuses(message, &ask(query).await, (400, "BadExpiration", message));
    let token = async |audience: &str, method: &str| {
        let query = format!("aud={audience}&lxm={method}&exp={}", now + 1800);
        ask(query).await.text("/token")
    };
    let upload = async |token: String| {
        peer.upload_as(&token, Some("*/*"), b"WEBVTT\n".to_vec())
            .await
    };
    peer.accepts("a lent token", &upload(token(&us, UPLOAD).await).await);
    let answer = upload(token("did:web:video.example", UPLOAD).await).await;
    peer.refuses(
        "a token for another",
        &answer,
        (
            401,
            "BadJwtAudience",
            "jwt audience does not match service did",
        ),
    );
    let answer = upload(token(&us, "app.bsky.video.getUploadLimits").await).await;
    peer.refuses(
        "a token for something else",
        &answer,
        (
            401,
            "BadJwtLexiconMethod",
            "bad jwt lexicon method (\"lxm\"). must match: com.atproto.repo.uploadBlob",
        ),
    );
}

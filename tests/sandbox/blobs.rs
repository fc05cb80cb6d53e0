//! Uploads, and how records use them.

use serde_json::{Value, json};

use crate::peer::{Peer, create, delete, post};

fn invalid(message: &str) -> (u16, &str, &str) {
    (400, "InvalidRequest", message)
}

pub async fn blobs(peer: &Peer) {
    let png = [
        &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a][..],
        &[0, 0, 0, 13],
        b"IHDR",
        &[0; 21],
        b"IDAT",
        &[0; 4],
    ]
    .concat();
    let gif = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec();
    for (kind, bytes, found) in [
        ("image/jpeg", png.clone(), "image/png"),
        ("*/*", gif.clone(), "image/gif"),
        ("image/png", b"plain words".to_vec(), "image/png"),
        ("text/plain", vec![], "text/plain"),
    ] {
        let answer = peer.upload(Some(kind), bytes).await;
        peer.accepts(kind, &answer);
        peer.agrees(kind, answer.body["blob"]["mimeType"].clone(), found);
    }
    let untyped = peer.upload(None, gif.clone()).await;
    peer.refuses(
        "no type",
        &untyped,
        invalid("Request encoding (Content-Type) required but not provided"),
    );
    peer.accepts("5 MiB", &peer.upload(Some("a/b"), vec![7; 5_242_880]).await);
    let answer = peer.upload(Some("a/b"), vec![8; 5_242_881]).await;
    peer.refuses(
        "5 MiB and a byte",
        &answer,
        (413, "PayloadTooLarge", "request entity too large"),
    );
    let blob = peer.upload(Some("image/gif"), gif.clone()).await.body["blob"].clone();
    let cid = blob["ref"]["$link"].as_str().unwrap_or_default().to_owned();
    peer.agrees(
        "a blob's CID",
        cid.as_str(),
        "bafkreia7dglq6blm2elkl7r4ajbcyhxbvsbhcnw7i4fvzcnpjetcaujkuq",
    );
    uses(peer, &blob, &cid).await;
}

async fn uses(peer: &Peer, blob: &Value, cid: &str) {
    let picture = |key: &str, value: Value| {
        let mut blob = blob.clone();
        blob[key] = value;
        let mut record = post("a picture");
        record["embed"] =
            json!({"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": "a dot"}]});
        record
    };
    let fetch = async || {
        peer.get(
            "com.atproto.sync.getBlob",
            &format!("did={}&cid={cid}", peer.did),
        )
        .await
    };
    peer.refuses("a blob not used", &fetch().await, invalid("Blob not found"));
    let message =
        "Referenced Mimetype does not match stored blob. Expected: image/gif, Got: image/webp";
    let answer = peer.create(picture("mimeType", json!("image/webp"))).await;
    peer.refuses("another type", &answer, (400, "InvalidMimeType", message));
    let message = "Invalid app.bsky.feed.post record: Expected blob value type (got *) at $.record.embed.images[0].image";
    peer.refuses(
        "more in it",
        &peer.create(picture("alt", json!("x"))).await,
        invalid(message),
    );
    let message = "Referenced Size does not match stored blob. Expected: 14, Got: 9";
    peer.refuses(
        "another size",
        &peer.create(picture("size", json!(9))).await,
        (400, "InvalidSize", message),
    );
    let rkey = peer.key();
    let answer = peer
        .create_at(&rkey, picture("size", blob["size"].clone()))
        .await;
    peer.accepts("a picture", &answer);
    peer.agrees(
        "a picture's CID",
        answer.text("/cid"),
        "bafyreihp7brar3byxmtkfyeqen6ndmebzmyxbmu5jx4g2te24mbg6sgdbu",
    );
    peer.agrees("the bytes", fetch().await.status, 200);
    let again = peer.key();
    peer.accepts(
        "a used blob, another size",
        &peer.create_at(&again, picture("size", json!(9))).await,
    );
    peer.accepts(
        "one of two users gone",
        &peer.apply(json!([delete(&again)])).await,
    );
    peer.agrees("the bytes stay", fetch().await.status, 200);
    peer.accepts(
        "the last user gone",
        &peer.apply(json!([delete(&rkey)])).await,
    );
    peer.refuses("so is the blob", &fetch().await, invalid("Blob not found"));
    let message = format!("Could not find blob: {cid}");
    let batch = json!([
        create(&rkey, post("with")),
        create(&again, picture("size", blob["size"].clone()))
    ]);
    peer.refuses(
        "a blob that is gone",
        &peer.apply(batch).await,
        (400, "BlobNotFound", &message),
    );
    peer.agrees(
        "nothing of it was written",
        peer.record(&rkey).await.text("/error"),
        "RecordNotFound",
    );
}

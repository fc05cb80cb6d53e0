//! Stands in for the video service: takes videos on a port of 127.0.0.1 and stores them, a little
//! changed, at the account's server with the token that it was lent.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State as Shared},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use reqwest::Client;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::peer::runtime;

/// What comes behind the bytes of a video: an empty box, so that it stays one.
pub const ADDED: &[u8] = b"\0\0\0\x08free";

/// A running stand-in.
pub struct VideoService {
    pub url: String,
    shared: Arc<Inner>,
}

struct Inner {
    server: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    limits: Option<Value>,
    /// Answers of `uploadVideo` instead of a job.
    refusal: Option<(u16, Value)>,
    /// How every job ends, but for its name.
    failure: Option<Value>,
    /// How often a job is still running; `usize::MAX` until told otherwise.
    slow: usize,
    jobs: BTreeMap<String, Job>,
    requests: Vec<String>,
    tokens: Vec<String>,
}

#[derive(Clone)]
struct Job {
    did: String,
    token: String,
    bytes: Vec<u8>,
    asked: usize,
    blob: Option<Value>,
}

impl VideoService {
    /// One that stores videos at `server`.
    pub fn start(server: &str) -> VideoService {
        let shared = Arc::new(Inner {
            server: server.to_owned(),
            state: Mutex::default(),
        });
        let router = Router::new()
            .route("/xrpc/app.bsky.video.getUploadLimits", get(limits))
            .route("/xrpc/app.bsky.video.uploadVideo", post(upload))
            .route("/xrpc/app.bsky.video.getJobStatus", get(job))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        let url = runtime().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(async move { axum::serve(listener, router).await });
            url
        });
        VideoService { url, shared }
    }

    /// What `getUploadLimits` answers.
    pub fn limit(&self, limits: Value) {
        self.shared.state.lock().unwrap().limits = Some(limits);
    }

    /// What `uploadVideo` answers instead of taking anything.
    pub fn refuse(&self, status: u16, body: Value) {
        self.shared.state.lock().unwrap().refusal = Some((status, body));
    }

    /// What becomes of every job.
    pub fn fail(&self, how: Value) {
        self.shared.state.lock().unwrap().failure = Some(how);
    }

    /// Takes back what was said to refuse and to fail.
    pub fn mend(&self) {
        let mut state = self.shared.state.lock().unwrap();
        (state.limits, state.refusal, state.failure) = (None, None, None);
    }

    /// How many answers say that a job is still running.
    pub fn slow(&self, times: usize) {
        self.shared.state.lock().unwrap().slow = times;
    }

    /// The methods called, oldest first.
    pub fn requests(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().requests.clone()
    }

    pub fn count(&self, method: &str) -> usize {
        self.requests()
            .iter()
            .filter(|name| *name == method)
            .count()
    }

    /// Every token that it was shown.
    pub fn tokens(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().tokens.clone()
    }
}

impl Inner {
    /// Notes a request and the token that came with it.
    fn note(&self, method: &str, headers: &HeaderMap) -> Option<String> {
        let mut state = self.state.lock().unwrap();
        state.requests.push(method.to_owned());
        let value = headers.get("authorization")?.to_str().ok()?;
        let token = value.strip_prefix("Bearer ")?.to_owned();
        state.tokens.push(token.clone());
        Some(token)
    }
}

fn unauthorised() -> Response {
    let body = json!({ "error": "AuthMissing", "message": "Authentication Required" });
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

async fn limits(Shared(inner): Shared<Arc<Inner>>, headers: HeaderMap) -> Response {
    if inner.note("getUploadLimits", &headers).is_none() {
        return unauthorised();
    }
    let limits = inner.state.lock().unwrap().limits.clone();
    let usual = json!({ "canUpload": true, "remainingDailyVideos": 25, "remainingDailyBytes": 10_000_000_000_u64 });
    Json(limits.unwrap_or(usual)).into_response()
}

async fn upload(
    Shared(inner): Shared<Arc<Inner>>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(token) = inner.note("uploadVideo", &headers) else {
        return unauthorised();
    };
    assert_eq!(headers["content-type"], "video/mp4");
    assert_eq!(headers["content-length"], body.len().to_string().as_str());
    assert!(query["name"].ends_with(".mp4"), "{query:?}");
    let mut state = inner.state.lock().unwrap();
    if let Some((status, body)) = state.refusal.clone() {
        return (StatusCode::from_u16(status).unwrap(), Json(body)).into_response();
    }
    let hash: String = Sha256::digest(&body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let (id, did) = (format!("job {}", &hash[..8]), query["did"].clone());
    // As the real one answers: without the `jobStatus` of the lexicon.
    if state.jobs.get(&id).is_some_and(|job| job.blob.is_some()) {
        let body = json!({ "did": did, "jobId": id, "error": "already_exists",
            "message": "Video already processed", "state": "JOB_STATE_COMPLETED" });
        return (StatusCode::CONFLICT, Json(body)).into_response();
    }
    let job = Job {
        did: did.clone(),
        token,
        bytes: body.to_vec(),
        asked: 0,
        blob: None,
    };
    state.jobs.insert(id.clone(), job);
    Json(json!({ "did": did, "jobId": id, "state": "JOB_STATE_CREATED" })).into_response()
}

async fn job(
    Shared(inner): Shared<Arc<Inner>>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    inner.note("getJobStatus", &headers);
    let id = query["jobId"].clone();
    let (job, failure, is_running) = {
        let mut state = inner.state.lock().unwrap();
        let (slow, failure) = (state.slow, state.failure.clone());
        let job = state.jobs.get_mut(&id).unwrap();
        job.asked += 1;
        (job.clone(), failure, job.asked <= slow)
    };
    let mut status = json!({ "jobId": id, "did": job.did, "state": "JOB_STATE_COMPLETED" });
    if is_running {
        status["state"] = "JOB_STATE_ENCODING".into();
    } else if let Some(failure) = failure {
        status["state"] = "JOB_STATE_FAILED".into();
        let fields = failure.as_object().unwrap().clone();
        status.as_object_mut().unwrap().extend(fields);
    } else if let Some(blob) = job.blob {
        // What the real one says of a video that it knows.
        status["error"] = "already_exists".into();
        status["state"] = "JOB_STATE_FAILED".into();
        status["blob"] = blob;
    } else {
        let blob = store(&inner.server, &job).await;
        status["blob"] = blob.clone();
        inner.state.lock().unwrap().jobs.get_mut(&id).unwrap().blob = Some(blob);
    }
    Json(json!({ "jobStatus": status })).into_response()
}

/// Uploads what became of a video with the token that was lent for that.
async fn store(server: &str, job: &Job) -> Value {
    let answer = Client::new()
        .post(format!("{server}/xrpc/com.atproto.repo.uploadBlob"))
        .header("content-type", "video/mp4")
        .header("authorization", format!("Bearer {}", job.token))
        .body([&job.bytes, ADDED].concat())
        .send()
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let blob = body["blob"].clone();
    assert!(blob.is_object(), "{body}");
    blob
}

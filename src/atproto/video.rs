//! The video service: takes a video, prepares it, and stores it at the account's own server.

use std::sync::Arc;

use atrium_api::app::bsky::video::{get_job_status, get_upload_limits, upload_video};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    error::{Error, Kind},
    secret::Redactor,
    transport::{Http, is_loopback},
    write::{Blob, Upload, read_blob},
    xrpc::{Call, Input, Service, refusal},
};

/// What the service calls a job that failed.
const FAILED: &str = "JOB_STATE_FAILED";
/// What it calls one that succeeded.
const COMPLETED: &str = "JOB_STATE_COMPLETED";

/// One video service.
pub struct VideoService {
    service: Service,
}

/// What an account may still upload today.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Whether it may upload at all.
    pub can_upload: bool,
    /// How many more videos today.
    #[serde(default)]
    pub remaining_daily_videos: Option<i64>,
    /// How many more bytes today.
    #[serde(default)]
    pub remaining_daily_bytes: Option<i64>,
    /// Why not, for people.
    #[serde(default)]
    pub message: Option<String>,
    /// Why not, in one word.
    #[serde(default)]
    pub error: Option<String>,
}

/// How far the service is with a video.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// What to ask for again; empty if there is none.
    pub id: String,
    /// In the service's words.
    pub state: String,
    /// The video, once it is at the account's server.
    pub blob: Option<Blob>,
    /// What went wrong, in one word, such as `already_exists`.
    pub error: String,
    /// What went wrong, for people.
    pub message: String,
    /// What failed, such as `validation_failure`.
    pub failure_code: String,
}

impl VideoService {
    /// The service at this address; asks it nothing yet.
    pub fn new(http: Arc<dyn Http>, base: Url) -> Self {
        let service = Service::new(http, base);
        Self { service }
    }

    /// Whom a token for the service itself is for.
    pub fn did(&self) -> String {
        did_web(self.service.base())
    }

    /// What the account behind `token` may still upload (`app.bsky.video.getUploadLimits`).
    pub async fn limits(&self, token: &SecretString) -> Result<Limits, Error> {
        let call = Call::query(get_upload_limits::NSID, &[]);
        let redactor = Redactor::new([token.clone()]);
        let limits: Limits = self.service.call(call, Some(token), &redactor).await?;
        let clean = |text: Option<String>| text.map(|text| redactor.clean(&text));
        Ok(Limits {
            message: clean(limits.message),
            error: clean(limits.error),
            ..limits
        })
    }

    /// Hands a video over (`app.bsky.video.uploadVideo`), with a token that lets the service store
    /// it at the account's server. A video that it had before is a job, too.
    pub async fn upload(
        &self,
        upload: &Upload<'_>,
        (did, name): (&str, &str),
        token: &SecretString,
    ) -> Result<Job, Error> {
        let nsid = upload_video::NSID;
        let parameters = [("did", did), ("name", name)];
        let mut call = Call::with(nsid, Input::Upload(upload, &parameters));
        call.limit = Some(upload.time_limit());
        let redactor = Redactor::new([token.clone()]);
        let answer = self.service.answer(call, Some(token)).await?;
        // Unlike the lexicon, the service wraps its answer only sometimes, and says with a 409 that
        // it knows the video.
        let job = serde_json::from_slice(answer.body()).ok();
        let job = job.and_then(|value| read_job(&value, &redactor));
        match job {
            Some(job) if answer.status().is_success() || job.is_known() => Ok(job),
            None if answer.status().is_success() => {
                let kind = Kind::Undecodable("it names no job".to_owned());
                Err(self.service.error(nsid, kind))
            }
            _ => {
                let refusal = Box::new(refusal(&answer, &redactor));
                Err(self.service.error(nsid, Kind::Refused(refusal)))
            }
        }
    }

    /// How far a job is (`app.bsky.video.getJobStatus`).
    pub async fn job(&self, id: &str) -> Result<Job, Error> {
        let nsid = get_job_status::NSID;
        let parameters = [("jobId", id)];
        let redactor = Redactor::default();
        let call = Call::query(nsid, &parameters);
        let value: Value = self.service.call(call, None, &redactor).await?;
        let job = read_job(&value, &redactor);
        let unreadable = || Kind::Undecodable("it tells of no job".to_owned());
        job.ok_or_else(|| self.service.error(nsid, unreadable()))
    }
}

impl Job {
    /// Whether nothing further is to be expected of it.
    pub fn is_over(&self) -> bool {
        self.blob.is_some() || self.state == FAILED || self.state == COMPLETED
    }

    /// Whether the service blames the file, rather than itself or the account's server.
    pub fn blames_file(&self) -> bool {
        let blames = ["validation_failure", "encoding_failure"];
        self.blob.is_none() && self.state == FAILED && blames.contains(&self.failure_code.as_str())
    }

    /// What is wrong, as well as the service says it.
    pub fn reason(&self) -> &str {
        let words = [&self.message, &self.error, &self.failure_code, &self.state];
        let said = words.into_iter().find(|words| !words.is_empty());
        said.map_or("it does not say why", String::as_str)
    }

    fn is_known(&self) -> bool {
        self.blob.is_some() || !self.id.is_empty() || !self.error.is_empty()
    }
}

/// `None` if it is no job at all.
fn read_job(value: &Value, redactor: &Redactor) -> Option<Job> {
    let value = value.get("jobStatus").unwrap_or(value);
    let text = |key: &str| {
        let text = value[key].as_str().unwrap_or_default();
        redactor.clean(text)
    };
    value.get("jobId")?;
    let blob = value.get("blob").filter(|blob| !blob.is_null());
    Some(Job {
        id: value["jobId"].as_str().unwrap_or_default().to_owned(),
        state: text("state"),
        blob: blob.and_then(|blob| read_blob(blob.clone()).ok()),
        error: text("error"),
        message: text("message"),
        failure_code: text("failureCode"),
    })
}

/// The DID of a server by its name (the did:web method). In the atmosphere only `localhost` may
/// have a port, and addresses of numbers are no names.
pub fn did_web(address: &Url) -> String {
    let host = match is_loopback(address) {
        true => "localhost",
        false => address.host_str().unwrap_or_default(),
    };
    match address.port() {
        Some(port) => format!("did:web:{host}%3A{port}"),
        None => format!("did:web:{host}"),
    }
}

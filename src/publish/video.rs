//! A video's way to the account's server: through the video service, or straight.

use std::{sync::atomic::Ordering, time::Duration};

use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;

use super::{account::Connection, send::Problem};
use crate::{
    atproto::{
        error::{Error, Kind},
        record::{CAPTIONS_TYPE, References, StoredVideo, VIDEO_TYPE},
        transport::{TransportError, is_loopback},
        video::{Job, Limits, VideoService},
        write::{Blob, Upload},
    },
    post::{Captions, Post, Video, video::Way},
};

/// The service that bsky.app itself uses.
const SERVICE: &str = "https://video.bsky.app";
const UPLOAD_BLOB: &str = "com.atproto.repo.uploadBlob";
const GET_LIMITS: &str = "app.bsky.video.getUploadLimits";
/// How long the service may store the video at the account's server.
const TOKEN_LIFE: TimeDelta = TimeDelta::minutes(30);
/// How long a run waits for the service to prepare a video.
const PATIENCE: Duration = Duration::from_secs(600);
/// The longest pause between two questions.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Uploads the videos of these posts, with their captions, and notes what they became.
pub(super) async fn upload_all(
    connection: &mut Connection<'_>,
    posts: &[Post],
    references: &mut References,
) -> Result<(), Problem> {
    for video in posts.iter().filter_map(Post::video) {
        let stored = upload(connection, video).await?;
        references.videos.insert(video.path.clone(), stored);
    }
    Ok(())
}

/// What this run has uploaded before is there.
async fn upload(connection: &mut Connection<'_>, video: &Video) -> Result<StoredVideo, Problem> {
    for captions in &video.captions {
        upload_captions(connection, captions).await?;
    }
    if let Some(stored) = connection.uploaded.get(&video.sha256) {
        return Ok(stored.clone());
    }
    let read = || (connection.job.files)(&video.path, &video.sha256);
    let upload = Upload {
        sha256: video.sha256,
        size: video.size,
        mime: VIDEO_TYPE,
        read: &read,
    };
    let blob = match way(connection)? {
        None => straight(connection, (video, &upload)).await?,
        Some(service) => through(connection, &service, (video, &upload)).await?,
    };
    check_type(&video.path, &blob, VIDEO_TYPE)?;
    let stored = StoredVideo {
        cid: blob.cid,
        size: blob.size,
    };
    connection.uploaded.insert(video.sha256, stored.clone());
    Ok(stored)
}

async fn upload_captions(
    connection: &mut Connection<'_>,
    captions: &Captions,
) -> Result<(), Problem> {
    if connection.uploaded.contains_key(&captions.sha256) {
        return Ok(());
    }
    let bytes = (connection.job.files)(&captions.path, &captions.sha256).map_err(Problem::Left)?;
    let blob = connection.client.upload_blob(&bytes, CAPTIONS_TYPE).await;
    let blob = blob.map_err(|error| Problem::before(&error))?;
    check_type(&captions.path, &blob, CAPTIONS_TYPE)?;
    let stored = StoredVideo {
        cid: blob.cid,
        size: blob.size,
    };
    connection.uploaded.insert(captions.sha256, stored);
    Ok(())
}

/// A record that says another type than the server found is refused.
fn check_type(path: &str, blob: &Blob, mime: &str) -> Result<(), Problem> {
    match blob.mime == mime {
        true => Ok(()),
        false => Err(Problem::Failed(format!(
            "{path}: the server takes it for {}, not {mime}",
            blob.mime
        ))),
    }
}

/// The service that is to be used; `None` if the video goes straight to the account's server: where
/// that is configured, in a rehearsal, and at servers on this machine, which no service can reach.
fn way(connection: &Connection<'_>) -> Result<Option<VideoService>, Problem> {
    let network = connection.job.network;
    let own = network.video.as_deref();
    let is_straight = match connection.account.video {
        _ if network.closed => true,
        Some(way) => way == Way::Pds,
        None => own.is_none() && is_loopback(connection.client.pds()),
    };
    if is_straight {
        return Ok(None);
    }
    let address = own.unwrap_or(SERVICE);
    let address = Url::parse(address)
        .map_err(|error| Problem::Left(format!("UPDRAFT_VIDEO_URL is no address: {error}")))?;
    Ok(Some(VideoService::new(network.http.clone(), address)))
}

async fn straight(
    connection: &Connection<'_>,
    (video, upload): (&Video, &Upload<'_>),
) -> Result<Blob, Problem> {
    let server = connection.client.describe_server().await;
    let server = server.map_err(|error| Problem::before(&error))?;
    let most = server.blob_upload_limit;
    if most.is_some_and(|most| video.size > most) {
        return Err(too_large(connection, video, most));
    }
    let blob = connection.client.upload(upload).await;
    blob.map_err(|error| match &error.kind {
        Kind::Refused(refusal) if refusal.status == 413 => too_large(connection, video, None),
        // The file is another one by now, say.
        Kind::Transport(TransportError::Forbidden(why)) => Problem::Left(why.clone()),
        _ => Problem::before(&error),
    })
}

fn too_large(connection: &Connection<'_>, video: &Video, most: Option<u64>) -> Problem {
    let most = most.map_or("fewer".to_owned(), |most| format!("at most {most}"));
    let remedy = match connection.account.video {
        Some(Way::Pds) => "write `video: service` for the account in updraft.yml",
        _ => "make the video smaller",
    };
    Problem::Left(format!(
        "{} has {} bytes, and {} takes {most}: {remedy}, or have the server's limit raised (PDS_BLOB_UPLOAD_LIMIT)",
        video.path,
        video.size,
        connection.client.pds()
    ))
}

async fn through(
    connection: &Connection<'_>,
    service: &VideoService,
    (video, upload): (&Video, &Upload<'_>),
) -> Result<Blob, Problem> {
    let token = token(connection, &service.did(), GET_LIMITS).await?;
    let limits = service.limits(&token).await;
    check_limits(&limits.map_err(|error| left(&error))?, video)?;
    // The server's own name for itself, which is what it wants to read in the token.
    let server = connection.client.describe_server().await;
    let server = server.map_err(|error| Problem::before(&error))?;
    let token = self::token(connection, &server.did, UPLOAD_BLOB).await?;
    let name = video.path.rsplit('/').next().unwrap_or(&video.path);
    let did = connection.identity.did.as_str();
    let job = service.upload(upload, (did, name), &token).await;
    let job = job.map_err(|error| left(&error))?;
    let job = finished(connection, service, job).await?;
    let reason = job.reason().to_owned();
    let path = &video.path;
    match job.blob {
        Some(blob) => Ok(blob),
        None if job.blames_file() => Err(Problem::Failed(format!(
            "the video service refuses {path}: {reason}"
        ))),
        None => Err(Problem::Left(format!(
            "the video service could not prepare {path}: {reason}{}",
            remedy(&job)
        ))),
    }
}

fn remedy(job: &Job) -> &'static str {
    match (job.error.as_str(), job.failure_code.as_str()) {
        ("unconfirmed_email", _) => "; confirm the account's e-mail address in the Bluesky app",
        (_, "pds_upload_unsupported_blob_size") => {
            "; the account's server takes no blobs of this size: make the video smaller"
        }
        _ => "",
    }
}

/// Today's limits, asked before hundreds of megabytes are sent in vain.
fn check_limits(limits: &Limits, video: &Video) -> Result<(), Problem> {
    let said = limits.message.as_deref().or(limits.error.as_deref());
    let too_many = limits.remaining_daily_videos.is_some_and(|left| left < 1);
    let size = i64::try_from(video.size).unwrap_or(i64::MAX);
    let too_large = limits.remaining_daily_bytes.is_some_and(|left| left < size);
    if limits.can_upload && !too_many && !too_large {
        return Ok(());
    }
    let default = match limits.can_upload {
        true => "today's limit of the account is reached",
        false => "this account may not upload videos now",
    };
    let said = said.unwrap_or(default);
    Err(Problem::Left(format!(
        "the video service takes no video: {said}"
    )))
}

async fn token(
    connection: &Connection<'_>,
    audience: &str,
    method: &str,
) -> Result<SecretString, Problem> {
    let until = (connection.job.network.clock)() + TOKEN_LIFE;
    let token = connection
        .client
        .service_token(audience, method, until)
        .await;
    token.map_err(|error| Problem::before(&error))
}

/// Other threads of the account need not wait for the video service.
fn left(error: &Error) -> Problem {
    Problem::Left(error.to_string())
}

/// Asks for a job, more and more rarely, until it is over.
async fn finished(
    connection: &Connection<'_>,
    service: &VideoService,
    mut job: Job,
) -> Result<Job, Problem> {
    if job.blob.is_some() || job.id.is_empty() {
        return Ok(job);
    }
    for pause in pauses() {
        if connection.job.stop.load(Ordering::SeqCst) {
            return Err(Problem::Left("the run was told to stop".to_owned()));
        }
        connection.job.network.pause.pause(pause).await;
        match service.job(&job.id).await {
            Ok(now) if now.is_over() => return Ok(now),
            Ok(now) => job = Job { id: job.id, ..now },
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(left(&error)),
        }
    }
    let minutes = PATIENCE.as_secs() / 60;
    Err(Problem::Left(format!(
        "after {minutes} minutes the video service is still at it ({}); the next run asks again",
        job.state
    )))
}

/// At once, then after one second and up to five, ten minutes in all.
fn pauses() -> impl Iterator<Item = Duration> {
    let next = |pause: &Duration| Some(pause.mul_f64(1.5).min(LONGEST_PAUSE));
    let growing = std::iter::successors(Some(Duration::from_secs(1)), next);
    let bounded = growing.scan(Duration::ZERO, |waited, pause| {
        *waited += pause;
        (*waited <= PATIENCE).then_some(pause)
    });
    std::iter::once(Duration::ZERO).chain(bounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_asked_for_at_once_then_more_rarely_and_for_ten_minutes() {
        let all: Vec<Duration> = pauses().collect();
        assert_eq!(all.first(), Some(&Duration::ZERO));
        assert_eq!(all.get(1), Some(&Duration::from_secs(1)));
        assert!(all.is_sorted() && all.last() == Some(&LONGEST_PAUSE));
        let waited: Duration = all.iter().sum();
        assert!(waited <= PATIENCE && waited > PATIENCE - LONGEST_PAUSE);
    }
}

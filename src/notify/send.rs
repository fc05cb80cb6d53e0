//! Sends a message, within bounds of time, and says without secrets what became of it.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use http::Request;
use url::Url;

use super::{Message, body};
use crate::{
    atproto::transport::{Http, TimeLimit, TransportError, check_address},
    config::{Channel, Env, Shape},
};

/// How long each way to tell may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A webhook.
    pub webhook: Duration,
    /// A command.
    pub command: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            webhook: Duration::from_secs(10),
            command: Duration::from_secs(30),
        }
    }
}

/// How much of a command's output is shown.
const OUTPUT: u64 = 4_096;

/// What a message goes out by.
pub struct Sender<'a> {
    /// Sends requests.
    pub http: Arc<dyn Http>,
    /// Has the addresses.
    pub env: Env<'a>,
    /// Where commands run.
    pub root: &'a Path,
    /// Variables that no command sees.
    pub secrets: &'a [String],
    /// How long it may take.
    pub limits: Limits,
}

impl Sender<'_> {
    /// Sends it through one channel.
    ///
    /// # Errors
    /// Why it did not go out, in words that hold no secret.
    pub async fn send(&self, message: &Message, channel: &Channel) -> Result<(), String> {
        match channel {
            Channel::Webhook { env, shape } => {
                let address = (self.env)(env).filter(|value| !value.trim().is_empty());
                let address = address.ok_or_else(|| {
                    format!("the environment variable {env} is not set: it should hold the address of the webhook")
                })?;
                self.post(address.trim(), message, *shape)
                    .await
                    .map_err(|why| format!("the webhook of {env}: {why}"))
            }
            Channel::Command(command) => self.run(command, message),
        }
    }

    async fn post(&self, address: &str, message: &Message, shape: Shape) -> Result<(), String> {
        let mut request = Request::post(check(address)?.as_str())
            .header("content-type", "application/json")
            .body(body(message, shape).to_string().into_bytes())
            .map_err(|_| NO_ADDRESS.to_owned())?;
        let limit = self.limits.webhook;
        request.extensions_mut().insert(TimeLimit(limit));
        let sent = tokio::time::timeout(limit, self.http.send(request)).await;
        match sent {
            Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
            // The words of the others may hold the address.
            Ok(Err(TransportError::Interrupted(_))) => Err("the connection broke off".to_owned()),
            Ok(Err(TransportError::Forbidden(_))) => Err(NO_ADDRESS.to_owned()),
            Ok(Err(error @ TransportError::NeverSent(_))) => Err(error.to_string()),
            Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
            Ok(Ok(answer)) => Err(format!("it answered {}", answer.status())),
        }
    }

    fn run(&self, command: &[String], message: &Message) -> Result<(), String> {
        let Some((program, arguments)) = command.split_first() else {
            return Err("the command is empty".to_owned());
        };
        let failed = |why: String| format!("the command `{program}`: {why}");
        let io = |error: std::io::Error| failed(error.to_string());
        // Files, not pipes: what the command leaves running can't hold them open before us.
        let output = tempfile::tempfile().map_err(io)?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.root);
        command.stdin(input(message).map_err(io)?);
        command.stdout(output.try_clone().map_err(io)?);
        command.stderr(output.try_clone().map_err(io)?);
        self.secrets.iter().for_each(|name| {
            command.env_remove(name);
        });
        let status = wait(command.spawn().map_err(io)?, self.limits.command).map_err(io)?;
        let said = said(output);
        match status {
            Some(status) if status.success() => {
                tracing::debug!("the command `{program}` said: {said}");
                Ok(())
            }
            Some(status) => Err(failed(format!("{status}; it said: {said}"))),
            None => Err(failed(format!(
                "it took longer than {} s, and was ended; it said: {said}",
                self.limits.command.as_secs()
            ))),
        }
    }
}

const NO_ADDRESS: &str = "it holds no https address (http is for this machine alone)";

fn check(address: &str) -> Result<Url, String> {
    let url = Url::parse(address).map_err(|_| NO_ADDRESS.to_owned())?;
    match check_address(&url) {
        Ok(()) => Ok(url),
        Err(_) => Err(NO_ADDRESS.to_owned()),
    }
}

fn input(message: &Message) -> io::Result<Stdio> {
    let mut input = tempfile::tempfile()?;
    input.write_all(format!("{}\n", body(message, Shape::Json)).as_bytes())?;
    input.seek(SeekFrom::Start(0))?;
    Ok(input.into())
}

/// Waits so long for it to end, then ends it.
fn wait(mut child: Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            // It may have ended by itself.
            let _ = child.kill();
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn said(mut output: File) -> String {
    let mut bytes = Vec::new();
    // What can't be read is not shown.
    let _ = output.seek(SeekFrom::Start(0));
    let _ = output.take(OUTPUT).read_to_end(&mut bytes);
    match String::from_utf8_lossy(&bytes).trim() {
        "" => "nothing".to_owned(),
        text => text.to_owned(),
    }
}

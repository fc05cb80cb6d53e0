//! GitHub's REST API, as far as a workflow's own token reaches.
//!
//! Source: "GitHub REST API documentation", version 2022-11-28.

use std::sync::Arc;

use http::{
    Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION},
    request::Builder,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::{CommandError, World};
use crate::atproto::transport::Http;

/// A repository as its own workflow sees it.
pub(super) struct GitHub {
    http: Arc<dyn Http>,
    /// `API/repos/OWNER/REPO`
    address: Url,
    token: SecretString,
}

/// Why something is not known, or was not done.
pub(super) enum NoAnswer {
    /// GitHub says no, and these words.
    Refused(StatusCode, String),
    /// There was no answer that can be understood.
    Silent(String),
}

impl GitHub {
    /// Where the variables of GitHub Actions, and a token, say what and how; `None` elsewhere.
    ///
    /// # Errors
    /// The network can't be set up.
    pub(super) fn of_workflow(world: &World<'_>) -> Result<Option<Self>, CommandError> {
        let set = |name: &str| (world.env)(name).filter(|value| !value.trim().is_empty());
        let variables = (
            set("GITHUB_API_URL"),
            set("GITHUB_REPOSITORY"),
            set("GITHUB_TOKEN"),
        );
        let (Some(api), Some(name), Some(token)) = variables else {
            return Ok(None);
        };
        let Some(address) = address(&api, &name) else {
            return Ok(None);
        };
        let network = world.network.connect().map_err(CommandError::world)?;
        Ok(Some(Self {
            http: network.http,
            address,
            token: token.into(),
        }))
    }

    /// What stands at `path` below the repository.
    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, NoAnswer> {
        let mut address = self.at(path);
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        self.send(Request::get(address.as_str()), Vec::new()).await
    }

    /// Makes something at `path`.
    pub(super) async fn post(&self, path: &[&str], what: &Value) -> Result<Value, NoAnswer> {
        let address = self.at(path);
        let request = Request::post(address.as_str());
        self.send(request, what.to_string().into_bytes()).await
    }

    fn at(&self, path: &[&str]) -> Url {
        let mut address = self.address.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.extend(path);
        }
        address
    }

    async fn send(&self, request: Builder, body: Vec<u8>) -> Result<Value, NoAnswer> {
        let silent = |reason: String| NoAnswer::Silent(reason);
        let request = request
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
            .header(
                AUTHORIZATION,
                format!("Bearer {}", self.token.expose_secret().trim()),
            )
            .body(body)
            // The reason would quote the token.
            .map_err(|_| silent("the address or the token can't be sent".to_owned()))?;
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|error| silent(error.to_string()))?;
        let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
        match answer.status() {
            status if status.is_success() => {
                body.ok_or_else(|| silent("its words can't be understood".to_owned()))
            }
            status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                Err(NoAnswer::Refused(status, words(&body.unwrap_or_default())))
            }
            status => Err(silent(format!("it answered {status}"))),
        }
    }
}

/// `message`, and that of each of `errors`.
fn words(body: &Value) -> String {
    let errors = body["errors"].as_array().into_iter().flatten();
    let all = [body].into_iter().chain(errors);
    let all: Vec<&str> = all.filter_map(|part| part["message"].as_str()).collect();
    all.join(": ")
}

fn address(api: &str, name: &str) -> Option<Url> {
    let mut address = Url::parse(api).ok()?;
    let (owner, name) = name.split_once('/')?;
    let segments = ["repos", owner, name];
    address
        .path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(segments);
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_their_repository() {
        let shown = |api, name| address(api, name).map(|address| address.to_string());
        let wanted = Some("https://git.example/api/v3/repos/ada/posts".to_owned());
        assert_eq!(shown("https://git.example/api/v3", "ada/posts"), wanted);
        assert_eq!(shown("https://git.example/api/v3/", "ada/posts"), wanted);
        assert_eq!(shown("git.example", "ada/posts"), None);
        assert_eq!(shown("https://git.example", "posts"), None);
    }
}

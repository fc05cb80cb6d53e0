//! What a link card shows of a page: fetched with bounds of size, time and reach, and read.

mod answer;
mod name;
mod page;
mod reach;

use std::{error::Error as StdError, time::Duration};

use reqwest::{Client, StatusCode, header, redirect};
use tokio::time::Instant;
use url::Url;

use answer::{Body, file_name, is_page, is_picture, onward, read_body};
pub use name::thumb_file_name;
pub use page::{Metadata, metadata};
pub use reach::Reach;

/// How many redirects are followed.
const REDIRECTS: usize = 5;
/// How much of a page is read: what it says of itself stands at its top.
const PAGE_BYTES: usize = 1_000_000;
/// The largest picture that is fetched.
const PICTURE_BYTES: usize = 10_000_000;
/// How long a page and its picture may take together.
const TIME: Duration = Duration::from_secs(10);
/// How long a connection may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Fetches pages for cards. It sends no cookies, no credentials, no referrer, and uses no proxy, which would resolve
/// names itself.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    reach: Reach,
    time: Duration,
}

/// What a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Never empty: the address without its scheme, where the page has none.
    pub title: String,
    /// May be empty.
    pub description: String,
    /// The picture's bytes as they came: JPEG, PNG, WebP or GIF by their first bytes.
    pub thumb: Option<Vec<u8>>,
    /// Why there is no picture although the page names one.
    pub notes: Vec<String>,
}

/// Why there is no card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The address can't be read.
    #[error("`{0}` is no address")]
    NoUrl(String),
    /// Not https, and not an http link of the author's own.
    #[error("a card's page is read over https, and {0} would be read over {1}")]
    Scheme(String, String),
    /// A port other than the usual one.
    #[error("{0} is asked at its usual port alone")]
    Port(String),
    /// A password in the address.
    #[error("the address of {0} holds a name or password")]
    Credentials(String),
    /// An address of a private network.
    #[error("{0} leads to a private address ({1})")]
    Private(String, String),
    /// An address of another machine, where only this one is asked.
    #[error("{0} is not on this machine, and the account's server is")]
    NotHere(String),
    /// It redirects on and on.
    #[error("too many redirects from {0}")]
    Redirects(String),
    /// It refused.
    #[error("{0} answers {1}")]
    Status(String, u16),
    /// It took too long.
    #[error("{0} did not answer within {1} s")]
    Slow(String, u64),
    /// Its answer ends before its announced length, or can't be unpacked.
    #[error("{0} breaks off its answer")]
    Torn(String),
    /// It could not be reached.
    #[error("{0} can't be reached: {1}")]
    Unreachable(String, String),
}

impl Fetcher {
    /// Reads pages as far as `reach` says.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn new(reach: Reach) -> Result<Self, String> {
        let client = Client::builder()
            .user_agent(concat!(
                "updraft/",
                env!("CARGO_PKG_VERSION"),
                " (link cards)"
            ))
            .dns_resolver(reach::Guard::new(reach))
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIME)
            .build();
        Ok(Self {
            client: client.map_err(|error| error.to_string())?,
            reach,
            time: TIME,
        })
    }

    /// What the page at `url` shows.
    ///
    /// # Errors
    /// It can't be had, or may not be asked.
    pub async fn fetch(&self, url: &str) -> Result<Fetched, CardError> {
        let start = Url::parse(url).map_err(|_| CardError::NoUrl(url.to_owned()))?;
        let until = Instant::now() + self.time;
        let page = self
            .within(&start, until, self.get(&start, PAGE_BYTES))
            .await?;
        let mut fetched = self.read(page, until).await;
        if fetched.title.is_empty() {
            let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
            fetched.title = page::cut(&page::clean(bare), 300);
        }
        Ok(fetched)
    }

    async fn read(&self, page: Body, until: Instant) -> Fetched {
        if is_picture(&page.bytes) {
            // The first megabyte of a picture is none.
            return match page.whole {
                true => Fetched {
                    title: file_name(&page.url),
                    thumb: Some(page.bytes),
                    ..Fetched::default()
                },
                false => {
                    self.with_picture(
                        Fetched {
                            title: file_name(&page.url),
                            ..Fetched::default()
                        },
                        &page.url,
                        until,
                    )
                    .await
                }
            };
        }
        if !is_page(&page.kind) {
            return Fetched {
                title: file_name(&page.url),
                ..Fetched::default()
            };
        }
        let found = metadata(&page.bytes, Some(&page.kind), &page.url);
        let fetched = Fetched {
            title: found.title,
            description: found.description,
            ..Fetched::default()
        };
        match found.picture {
            Some(picture) => {
                let picture = beside(&page.url, picture);
                self.with_picture(fetched, &picture, until).await
            }
            None => fetched,
        }
    }

    /// A picture that can't be had is no reason to do without the card.
    async fn with_picture(&self, fetched: Fetched, url: &Url, until: Instant) -> Fetched {
        let shown = page::cut(url.as_str(), 200);
        let got = self.within(url, until, self.get(url, PICTURE_BYTES)).await;
        let note = match got {
            Ok(body) if !body.whole => format!("the picture {shown} has more than 10 MB"),
            Ok(body) if is_picture(&body.bytes) => {
                return Fetched {
                    thumb: Some(body.bytes),
                    ..fetched
                };
            }
            Ok(_) => format!("{shown} is no JPEG, PNG, WebP or GIF picture"),
            Err(error) => format!("the page's picture: {error}"),
        };
        Fetched {
            notes: vec![note],
            ..fetched
        }
    }

    async fn within<T>(
        &self,
        url: &Url,
        until: Instant,
        work: impl Future<Output = Result<T, CardError>>,
    ) -> Result<T, CardError> {
        let slow = || CardError::Slow(host(url), self.time.as_secs());
        tokio::time::timeout_at(until, work)
            .await
            .unwrap_or_else(|_| Err(slow()))
    }

    /// Follows redirects, each of which is checked like the first address.
    async fn get(&self, start: &Url, most: usize) -> Result<Body, CardError> {
        let mut url = start.clone();
        let mut http = true;
        for _ in 0..=REDIRECTS {
            // Once https, always https.
            http &= start.scheme() == "http" && url.scheme() == "http";
            self.reach.check(&url, http)?;
            let sent = self.client.get(url.clone()).header(
                header::ACCEPT,
                "text/html,application/xhtml+xml,image/*;q=0.9,*/*;q=0.5",
            );
            let response = sent.send().await;
            let response = response.map_err(|error| failure(&url, &error))?;
            match onward(&url, &response) {
                Some(next) => url = next,
                None if response.status() == StatusCode::OK => {
                    return read_body(url, response, most).await;
                }
                None => return Err(CardError::Status(host(&url), response.status().as_u16())),
            }
        }
        Err(CardError::Redirects(host(start)))
    }

    #[cfg(test)]
    fn with_time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }
}

/// The picture of a page that was read over https is, too, whatever the page says: browsers do the same.
fn beside(page: &Url, mut picture: Url) -> Url {
    if page.scheme() == "https" && picture.scheme() == "http" {
        // Both are ordinary schemes: this can't be refused.
        let _ = picture.set_scheme("https");
    }
    picture
}

fn failure(url: &Url, error: &reqwest::Error) -> CardError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    let mut last = error.to_string();
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<CardError>() {
            return refused.clone();
        }
        last = inner.to_string();
        cause = inner.source();
    }
    match error.is_timeout() {
        true => CardError::Slow(host(url), CONNECT_TIME.as_secs()),
        false => CardError::Unreachable(host(url), last),
    }
}

fn host(url: &Url) -> String {
    url.host_str()
        .unwrap_or("an address without host")
        .to_owned()
}

#[cfg(test)]
mod tests;

//! What a server answers: read as far as it is wanted, and recognised.

use reqwest::{Response, header};
use url::Url;

use super::{
    CardError, host,
    page::{clean, cut},
};

/// What came from an address.
pub(super) struct Body {
    pub(super) url: Url,
    pub(super) kind: String,
    pub(super) bytes: Vec<u8>,
    /// Whether this is all of it.
    pub(super) whole: bool,
}

/// Whether a media type is one of pages; one that is not said may be.
pub(super) fn is_page(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let pages = [
        "",
        "text/html",
        "application/xhtml+xml",
        "application/xml",
        "text/xml",
    ];
    pages.iter().any(|page| kind.eq_ignore_ascii_case(page))
}

pub(super) async fn read_body(
    url: Url,
    mut response: Response,
    most: usize,
) -> Result<Body, CardError> {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let mut bytes = Vec::new();
    let mut whole = true;
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|_| CardError::Torn(host(&url)))?
    {
        let room = most - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            whole = false;
            break;
        }
    }
    Ok(Body {
        url,
        kind,
        bytes,
        whole,
    })
}

pub(super) fn onward(url: &Url, response: &Response) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response
        .headers()
        .get(header::LOCATION)
        .filter(|_| is_redirect)?;
    url.join(str::from_utf8(location.as_bytes()).ok()?).ok()
}

pub(super) fn file_name(url: &Url) -> String {
    let name = url.path_segments().and_then(|mut path| path.next_back());
    let name = name.filter(|name| !name.is_empty()).map(|name| {
        percent_encoding::percent_decode_str(name)
            .decode_utf8_lossy()
            .into_owned()
    });
    cut(&clean(&name.unwrap_or_else(|| host(url))), 300)
}

pub(super) fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8, 0xff])
        || bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || bytes.starts_with(b"GIF8")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
}

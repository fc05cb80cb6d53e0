//! From HTTP to the methods and back: routes, dates, faults.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Path, Request, State as Shared},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing::{any, get},
};
use serde_json::json;

use super::call::{Call, Refusal, Reply, respond};
use super::fault::{self, Dropped, FaultKind};
use super::methods;
use super::serve::Line;
use super::{Sandbox, Seen};

/// Bytes that are read of a body before it is given up; above every limit of a method, and above
/// the largest video.
const READ_LIMIT: usize = 320 * 1024 * 1024;

/// All routes of a PDS and of a PLC directory.
pub(super) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/xrpc/_health", get(health))
        .route("/xrpc/{nsid}", any(xrpc))
        .route("/.well-known/atproto-did", get(well_known))
        .route("/{did}", get(did_document))
        .with_state(sandbox)
}

async fn health(Shared(sandbox): Shared<Sandbox>) -> Response {
    dated(
        &sandbox,
        respond(Ok(json!({"version": "sandbox"}).into()), HeaderMap::new()),
    )
}

async fn well_known(Shared(sandbox): Shared<Sandbox>, headers: HeaderMap) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let handle = host.split_once(':').map_or(host, |(name, _)| name);
    let did = sandbox.state().resolve(handle);
    let response = match did {
        Some(did) => plain(StatusCode::OK, did),
        None => plain(StatusCode::NOT_FOUND, "User not found".to_owned()),
    };
    dated(&sandbox, response)
}

fn plain(status: StatusCode, text: String) -> Response {
    let reply = Reply {
        kind: "text/plain; charset=utf-8".to_owned(),
        body: text.into(),
    };
    let mut response = respond(Ok(reply), HeaderMap::new());
    *response.status_mut() = status;
    response
}

async fn did_document(Shared(sandbox): Shared<Sandbox>, Path(did): Path<String>) -> Response {
    let document = sandbox.state().did_document(&did);
    let response = match document {
        Some(document) => respond(Ok(document.into()), HeaderMap::new()),
        None => {
            let message = json!({"message": format!("DID not registered: {did}")});
            let mut response = respond(Ok(message.into()), HeaderMap::new());
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    };
    dated(&sandbox, response)
}

async fn xrpc(
    Shared(sandbox): Shared<Sandbox>,
    Path(nsid): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let line = parts.extensions.get::<ConnectInfo<Line>>().cloned();
    let call = read(body).await.map(|body| Call::new(parts, &nsid, body));
    let method = match &call {
        Ok(call) => call.method.to_string(),
        Err(_) => "POST".to_owned(),
    };
    let response = match call {
        Ok(call) => faulty(&sandbox, &call).await,
        Err(refusal) => respond(Err(refusal), HeaderMap::new()),
    };
    let lost = response.extensions().get::<Dropped>().is_some();
    if let (true, Some(ConnectInfo(line))) = (lost, line) {
        line.cut();
    }
    let status = (!lost).then(|| response.status().as_u16());
    sandbox.state().seen.push(Seen {
        method,
        nsid,
        status,
    });
    dated(&sandbox, response)
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    let read = to_bytes(body, READ_LIMIT).await;
    read.map_err(|_| Refusal::too_large("PayloadTooLarge"))
}

/// Answers a call, unless a fault stands in its way.
async fn faulty(sandbox: &Sandbox, call: &Call) -> Response {
    let fault = fault::take(&mut sandbox.state().faults, &call.nsid);
    match fault {
        None => answer(sandbox, call),
        Some(FaultKind::Status {
            status,
            headers,
            body,
        }) => fault::refused(status, &headers, body),
        Some(FaultKind::DropBefore) => fault::dropped(),
        Some(FaultKind::DropAfter) => {
            answer(sandbox, call);
            fault::dropped()
        }
        Some(FaultKind::Torn) => fault::torn(answer(sandbox, call)).await,
        Some(FaultKind::Delay(time)) => {
            tokio::time::sleep(time).await;
            answer(sandbox, call)
        }
    }
}

fn answer(sandbox: &Sandbox, call: &Call) -> Response {
    let mut headers = HeaderMap::new();
    let answer = methods::answer(&mut sandbox.state(), call, &mut headers);
    respond(answer, headers)
}

/// Puts the sandbox's own time on a response (IMF-fixdate, RFC 9110 section 5.6.7), unless a
/// fault gave it another.
fn dated(sandbox: &Sandbox, mut response: Response) -> Response {
    let now = sandbox.state().time();
    let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::try_from(date) {
        response.headers_mut().entry(header::DATE).or_insert(date);
    }
    response
}

//! The XRPC methods: which there are, and those of accounts, identities and sync.

use axum::http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::call::{Call, Refusal, Reply, optional_text, text};
use super::lent::get_service_auth;
use super::records;
use super::session::Pair;
use super::state::State;

/// Bytes that an upload may have, as the official server is set up by default.
pub(super) const BLOB_LIMIT: usize = 5 * 1024 * 1024;

/// The server's own name.
const DID: &str = "did:web:localhost";

/// What a method needs from its caller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Access,
    Refresh,
}

/// A method once its caller is known and its input checked.
pub(super) struct Checked<'a> {
    pub(super) call: &'a Call,
    /// Parameters of a query, or the body of a procedure.
    pub(super) input: Value,
    /// Who asks; empty where anyone may.
    pub(super) did: String,
}

type Run = fn(&mut State, &Checked<'_>) -> Result<Reply, Refusal>;

/// The methods, as verb, name, need and code.
const METHODS: [(Method, &str, Needs, Run); 15] = [
    (
        Method::POST,
        "com.atproto.server.createSession",
        Needs::Nothing,
        create_session,
    ),
    (
        Method::POST,
        "com.atproto.server.refreshSession",
        Needs::Refresh,
        refresh_session,
    ),
    (
        Method::GET,
        "com.atproto.server.getSession",
        Needs::Access,
        get_session,
    ),
    (
        Method::GET,
        "com.atproto.server.getServiceAuth",
        Needs::Access,
        get_service_auth,
    ),
    (
        Method::GET,
        "com.atproto.server.describeServer",
        Needs::Nothing,
        describe_server,
    ),
    (
        Method::POST,
        "com.atproto.repo.uploadBlob",
        Needs::Access,
        records::upload_blob,
    ),
    (
        Method::POST,
        "com.atproto.repo.applyWrites",
        Needs::Access,
        records::apply_writes,
    ),
    (
        Method::POST,
        "com.atproto.repo.createRecord",
        Needs::Access,
        records::create_record,
    ),
    (
        Method::POST,
        "com.atproto.repo.putRecord",
        Needs::Access,
        records::put_record,
    ),
    (
        Method::POST,
        "com.atproto.repo.deleteRecord",
        Needs::Access,
        records::delete_record,
    ),
    (
        Method::GET,
        "com.atproto.repo.getRecord",
        Needs::Nothing,
        records::get_record,
    ),
    (
        Method::GET,
        "com.atproto.repo.listRecords",
        Needs::Nothing,
        records::list_records,
    ),
    (
        Method::GET,
        "com.atproto.sync.getLatestCommit",
        Needs::Nothing,
        get_latest_commit,
    ),
    (
        Method::GET,
        "com.atproto.sync.getBlob",
        Needs::Nothing,
        get_blob,
    ),
    (
        Method::GET,
        "com.atproto.identity.resolveHandle",
        Needs::Nothing,
        resolve_handle,
    ),
];

/// Answers a call; rate limits leave their headers in `headers`.
pub(super) fn answer(
    state: &mut State,
    call: &Call,
    headers: &mut HeaderMap,
) -> Result<Reply, Refusal> {
    let Some((verb, _, needs, run)) = METHODS.into_iter().find(|method| method.1 == call.nsid)
    else {
        let message = format!("No service configured for {}", call.nsid);
        return Err(Refusal::invalid(message));
    };
    if call.method != verb {
        let message = format!("Incorrect HTTP method ({}) expected {verb}", call.method);
        return Err(Refusal::invalid(message));
    }
    let params = call.params()?;
    let now = state.time();
    let did = match needs {
        Needs::Access => state.sessions.caller(call, (DID, now))?,
        Needs::Refresh | Needs::Nothing => String::new(),
    };
    let input = input(call, params, needs)?;
    let payer = optional_text(&input, "identifier").unwrap_or(&did);
    state
        .meter
        .charge(call, (Some(payer), Some(&input)), (now, headers))?;
    run(state, &Checked { call, input, did })
}

fn input(call: &Call, params: Value, needs: Needs) -> Result<Value, Refusal> {
    if call.method == Method::GET {
        return Ok(params);
    }
    if needs == Needs::Refresh {
        if call.body.is_empty() {
            return Ok(Value::Null);
        }
        let message = "A request body was provided when none was expected";
        return Err(Refusal::invalid(message));
    }
    if call.nsid == "com.atproto.repo.uploadBlob" {
        return Ok(Value::Null);
    }
    call.input()
}

fn create_session(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let name = text(&checked.input, "identifier").to_ascii_lowercase();
    let password = text(&checked.input, "password");
    let did = state
        .find(&name)
        .filter(|did| state.accounts[did].passwords.contains(password))
        .ok_or_else(|| {
            let message = "Invalid identifier or password";
            Refusal::new(401, "AuthenticationRequired", message)
        })?;
    let now = state.time();
    let pair = state.sessions.start(&did, password, now);
    session(state, &pair)
}

fn refresh_session(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let now = state.time();
    let pair = state.sessions.refresh(checked.call.token(), now)?;
    session(state, &pair)
}

fn session(state: &State, pair: &Pair) -> Result<Reply, Refusal> {
    let mut answer = profile(state, &pair.did)?;
    answer["accessJwt"] = pair.access.as_str().into();
    answer["refreshJwt"] = pair.refresh.as_str().into();
    Ok(answer.into())
}

fn get_session(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    Ok(profile(state, &checked.did)?.into())
}

fn profile(state: &State, did: &str) -> Result<Value, Refusal> {
    let handle = &state.account(did)?.handle;
    Ok(json!({
        "did": did,
        "didDoc": state.did_document(did),
        "handle": handle,
        "email": format!("{handle}@mail.test"),
        "emailConfirmed": false,
        "active": true,
    }))
}

fn describe_server(state: &mut State, _: &Checked<'_>) -> Result<Reply, Refusal> {
    let answer = json!({
        "did": DID,
        "availableUserDomains": [".test"],
        "inviteCodeRequired": false,
        "blobUploadLimit": state.blob_limit,
        "links": {},
        "contact": {},
    });
    Ok(answer.into())
}

fn get_latest_commit(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let repo = &hosted(state, checked)?.repo;
    Ok(json!({"cid": repo.head, "rev": repo.rev}).into())
}

fn get_blob(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let blob = hosted(state, checked)?
        .repo
        .used_blob(text(&checked.input, "cid"))
        .ok_or_else(|| Refusal::invalid("Blob not found"))?;
    Ok(Reply {
        kind: blob.mime_type.clone(),
        body: blob.bytes.clone(),
    })
}

fn hosted<'a>(
    state: &'a State,
    checked: &Checked<'_>,
) -> Result<&'a super::state::Account, Refusal> {
    let did = text(&checked.input, "did");
    state.accounts.get(did).ok_or_else(|| {
        let message = format!("Could not find repo for DID: {did}");
        Refusal::new(400, "RepoNotFound", message)
    })
}

fn resolve_handle(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let did = state.resolve(text(&checked.input, "handle"));
    let did = did.ok_or_else(|| Refusal::new(400, "HandleNotFound", "Unable to resolve handle"))?;
    Ok(json!({ "did": did }).into())
}

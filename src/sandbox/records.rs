//! The methods of `com.atproto.repo`: records and blobs.

use serde_json::{Value, json};

use super::call::{Refusal, Reply, optional_text, text};
use super::ipld;
use super::lexicon::{Path, check_record};
use super::methods::Checked;
use super::repo::{Action, MAX_WRITES, Record, Write};
use super::sniff::sniff;
use super::state::State;

const LIST_LIMIT: i64 = 50;

pub(super) fn upload_blob(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let call = checked.call;
    if !call.has_body() {
        return Err(Refusal::invalid(
            "A request body is expected but none was provided",
        ));
    }
    let announced = call.content_type()?;
    if call.body.len() > state.blob_limit {
        return Err(Refusal::too_large("PayloadTooLarge"));
    }
    let mime_type = sniff(&call.body).map_or(announced, str::to_owned);
    let repo = &mut state.account_mut(&checked.did)?.repo;
    let cid = repo.upload(call.body.clone(), mime_type.clone());
    let answer = json!({"blob": {
        "$type": "blob",
        "ref": {"$link": cid},
        "mimeType": mime_type,
        "size": call.body.len(),
    }});
    Ok(answer.into())
}

pub(super) fn apply_writes(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let did = own_repo(state, checked)?;
    let entries = checked.input["writes"].as_array();
    let entries = entries.map(Vec::as_slice).unwrap_or_default();
    if entries.len() > MAX_WRITES {
        return Err(Refusal::invalid(format!(
            "Too many writes. Max: {MAX_WRITES}"
        )));
    }
    let writes = entries.iter().enumerate().map(|(index, entry)| {
        let path = Path::Root;
        let (path, action) = (path.key("writes"), action_of(entry));
        let path = path.index(index);
        prepare(state, checked, (entry, action, &path.key("record")))
    });
    let writes = writes.collect::<Result<Vec<_>, _>>()?;
    commit(state, (&did, checked), &writes)?;
    let results: Vec<_> = writes.iter().map(|write| result(&did, write)).collect();
    let mut answer = json!({ "results": results });
    answer["commit"] = head(state, &did)?;
    Ok(answer.into())
}

pub(super) fn create_record(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let did = own_repo(state, checked)?;
    let path = Path::Root;
    let write = prepare(
        state,
        checked,
        (&checked.input, Action::Create, &path.key("record")),
    )?;
    commit(state, (&did, checked), std::slice::from_ref(&write))?;
    let mut answer = outcome(&did, &write);
    answer["commit"] = head(state, &did)?;
    Ok(answer.into())
}

pub(super) fn put_record(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let did = own_repo(state, checked)?;
    let input = &checked.input;
    let key = (
        text(input, "collection").to_owned(),
        text(input, "rkey").to_owned(),
    );
    let current = state
        .account(&did)?
        .repo
        .record(&key)
        .map(|record| record.cid.clone());
    let action = match current {
        Some(_) => Action::Update,
        None => Action::Create,
    };
    let path = Path::Root;
    let mut write = prepare(state, checked, (input, action, &path.key("record")))?;
    write.swap = input
        .get("swapRecord")
        .map(|cid| cid.as_str().map(str::to_owned));
    let mut answer = outcome(&did, &write);
    if current.is_none() || current.as_ref() != write.record.as_ref().map(|new| &new.cid) {
        commit(state, (&did, checked), std::slice::from_ref(&write))?;
        answer["commit"] = head(state, &did)?;
    }
    Ok(answer.into())
}

pub(super) fn delete_record(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let did = own_repo(state, checked)?;
    let path = Path::Root;
    let mut write = prepare(state, checked, (&checked.input, Action::Delete, &path))?;
    write.swap = optional_text(&checked.input, "swapRecord").map(|cid| Some(cid.to_owned()));
    if state.account(&did)?.repo.record(&write.key).is_none() {
        return Ok(json!({}).into());
    }
    commit(state, (&did, checked), std::slice::from_ref(&write))?;
    Ok(json!({"commit": head(state, &did)?}).into())
}

pub(super) fn get_record(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let input = &checked.input;
    let did = state
        .find(text(input, "repo"))
        .ok_or_else(|| Refusal::invalid("Could not locate record"))?;
    let key = (
        text(input, "collection").to_owned(),
        text(input, "rkey").to_owned(),
    );
    let uri = format!("at://{did}/{}/{}", key.0, key.1);
    let wanted = optional_text(input, "cid");
    let record = state.account(&did)?.repo.record(&key);
    let record = record
        .filter(|record| wanted.is_none_or(|cid| cid == record.cid))
        .ok_or_else(|| {
            let message = format!("Could not locate record: {uri}");
            Refusal::new(400, "RecordNotFound", message)
        })?;
    Ok(json!({"uri": uri, "cid": record.cid, "value": record.value}).into())
}

pub(super) fn list_records(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let input = &checked.input;
    let (name, collection) = (text(input, "repo"), text(input, "collection"));
    let did = state
        .find(name)
        .ok_or_else(|| Refusal::invalid(format!("Could not find repo: {name}")))?;
    let oldest_first = input["reverse"] == true;
    let limit = input["limit"].as_i64().unwrap_or(LIST_LIMIT);
    let cursor = optional_text(input, "cursor").filter(|cursor| !cursor.is_empty());
    let records = state.account(&did)?.repo.collection(collection);
    let records = records.filter(|(rkey, _)| match cursor {
        None => true,
        Some(cursor) if oldest_first => *rkey > cursor,
        Some(cursor) => *rkey < cursor,
    });
    let mut records: Vec<_> = records.collect();
    if !oldest_first {
        records.reverse();
    }
    records.truncate(usize::try_from(limit).unwrap_or_default());
    let shown = records.iter().map(|(rkey, record)| {
        let uri = format!("at://{did}/{collection}/{rkey}");
        json!({"uri": uri, "cid": record.cid, "value": record.value})
    });
    let mut answer = json!({"records": shown.collect::<Vec<_>>()});
    if let Some((rkey, _)) = records.last() {
        answer["cursor"] = (*rkey).into();
    }
    Ok(answer.into())
}

/// The DID of the repository named in the body, which must be the caller's.
fn own_repo(state: &State, checked: &Checked<'_>) -> Result<String, Refusal> {
    let did = state.find(text(&checked.input, "repo"));
    let did = did.ok_or_else(|| Refusal::new(403, "AccountNotFound", "Account not found"))?;
    if did == checked.did {
        return Ok(did);
    }
    Err(Refusal::new(
        401,
        "AuthenticationRequired",
        "Authentication Required",
    ))
}

fn action_of(entry: &Value) -> Action {
    match text(entry, "$type") {
        "com.atproto.repo.applyWrites#create" => Action::Create,
        "com.atproto.repo.applyWrites#update" => Action::Update,
        _ => Action::Delete,
    }
}

/// Reads one write and checks its record; `path` is where messages place the record.
fn prepare(
    state: &mut State,
    checked: &Checked<'_>,
    (entry, action, path): (&Value, Action, &Path<'_>),
) -> Result<Write, Refusal> {
    let collection = text(entry, "collection").to_owned();
    let given = optional_text(entry, "rkey").filter(|rkey| !rkey.is_empty());
    let mut write = Write {
        action,
        key: (collection, given.unwrap_or_default().to_owned()),
        record: None,
        swap: None,
        validation: None,
    };
    if action == Action::Delete {
        return Ok(write);
    }
    let value = entry.get("value").or_else(|| entry.get("record"));
    let mut value = value.cloned().unwrap_or_default();
    set_type(&mut value, &write.key.0)?;
    match given {
        Some(rkey) if state.refused_rkeys.contains(rkey) => {
            return Err(Refusal::invalid("Unacceptable slur in record key"));
        }
        Some(_) => {}
        None => write.key.1 = state.next_tid(),
    }
    let validate = checked.input["validate"].as_bool();
    write.validation = validation(validate, &write.key, (&value, path))?;
    let cid = ipld::record_cid(&value).ok_or_else(Refusal::internal)?;
    write.record = Some(Record { cid, value });
    Ok(write)
}

fn set_type(record: &mut Value, collection: &str) -> Result<(), Refusal> {
    let Some(object) = record.as_object_mut() else {
        return Ok(());
    };
    let kind = object.entry("$type").or_insert_with(|| collection.into());
    if kind == collection {
        return Ok(());
    }
    let found = kind
        .as_str()
        .map_or_else(|| kind.to_string(), str::to_owned);
    let message = format!("Invalid $type: expected {collection}, got {found}");
    Err(Refusal::invalid(message))
}

fn validation(
    validate: Option<bool>,
    (collection, rkey): &(String, String),
    (record, path): (&Value, &Path<'_>),
) -> Result<Option<&'static str>, Refusal> {
    if validate == Some(false) {
        return Ok(None);
    }
    let known = check_record(collection, (rkey, record), path).map_err(Refusal::invalid)?;
    match (known, validate) {
        (true, _) => Ok(Some("valid")),
        (false, Some(true)) => Err(Refusal::invalid(format!(
            "Unknown lexicon type: {collection}"
        ))),
        (false, _) => Ok(Some("unknown")),
    }
}

fn commit(
    state: &mut State,
    (did, checked): (&str, &Checked<'_>),
    writes: &[Write],
) -> Result<(), Refusal> {
    let rev = state.next_tid();
    let swap = optional_text(&checked.input, "swapCommit").filter(|swap| !swap.is_empty());
    state.account_mut(did)?.repo.commit(writes, swap, rev)
}

fn head(state: &State, did: &str) -> Result<Value, Refusal> {
    let repo = &state.account(did)?.repo;
    Ok(json!({"cid": repo.head, "rev": repo.rev}))
}

fn outcome(did: &str, write: &Write) -> Value {
    let (collection, rkey) = &write.key;
    let mut outcome = json!({"uri": format!("at://{did}/{collection}/{rkey}")});
    if let Some(record) = &write.record {
        outcome["cid"] = record.cid.as_str().into();
    }
    if let Some(status) = write.validation {
        outcome["validationStatus"] = status.into();
    }
    outcome
}

fn result(did: &str, write: &Write) -> Value {
    let kind = match write.action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => return json!({"$type": "com.atproto.repo.applyWrites#deleteResult"}),
    };
    let mut result = outcome(did, write);
    result["$type"] = format!("com.atproto.repo.applyWrites#{kind}Result").into();
    result
}

//! The lexicons a sandbox knows, as tables, and the walk that checks a value against one.
//!
//! Like the official server it stops at the first mistake, in the order in which the lexicon
//! lists its properties, so that the same record yields the same message.

mod app_bsky;
mod com_atproto;
mod format;
mod issue;

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation as _;

pub(super) use app_bsky::RECORDS;
pub(super) use com_atproto::{INPUTS, PARAMS};
pub(super) use format::Format;
pub(super) use issue::{Issue, Path};

use super::ipld;

/// What a value may be.
pub(super) enum Schema {
    Text {
        format: Format,
        max_bytes: usize,
        max_graphemes: usize,
    },
    Integer {
        min: i64,
        max: i64,
    },
    Boolean,
    /// Any object of the data model: no fractions.
    Unknown,
    List {
        of: &'static Schema,
        max: usize,
    },
    Ref(&'static Definition),
    Union {
        of: &'static [&'static Definition],
        closed: bool,
    },
    Blob {
        accept: &'static str,
        max_size: i64,
    },
}

/// A named object of a lexicon.
pub(super) struct Definition {
    pub(super) id: &'static str,
    pub(super) properties: &'static [Property],
}

/// One property of a [`Definition`].
pub(super) struct Property {
    name: &'static str,
    schema: Schema,
    required: bool,
    nullable: bool,
}

impl Property {
    pub(super) const fn required(name: &'static str, schema: Schema) -> Property {
        Property {
            name,
            schema,
            required: true,
            nullable: false,
        }
    }

    pub(super) const fn optional(name: &'static str, schema: Schema) -> Property {
        Property {
            required: false,
            ..Property::required(name, schema)
        }
    }

    pub(super) const fn nullable(name: &'static str, schema: Schema) -> Property {
        Property {
            nullable: true,
            ..Property::optional(name, schema)
        }
    }
}

impl Schema {
    pub(super) const TEXT: Schema = Schema::text(Format::Any);

    pub(super) const fn text(format: Format) -> Schema {
        Schema::Text {
            format,
            max_bytes: usize::MAX,
            max_graphemes: usize::MAX,
        }
    }

    pub(super) const fn short(max_bytes: usize, max_graphemes: usize) -> Schema {
        Schema::Text {
            format: Format::Any,
            max_bytes,
            max_graphemes,
        }
    }

    pub(super) const fn list(of: &'static Schema, max: usize) -> Schema {
        Schema::List { of, max }
    }

    pub(super) const fn open(of: &'static [&'static Definition]) -> Schema {
        Schema::Union { of, closed: false }
    }

    /// Checks `value`, found at `path`.
    pub(super) fn check(&self, value: &Value, path: &Path<'_>) -> Result<(), Issue> {
        match self {
            Schema::Text { .. } => self.check_text(value, path),
            Schema::Integer { min, max } => check_integer(value, path, (*min, *max)),
            Schema::Boolean if value.is_boolean() => Ok(()),
            Schema::Boolean => Err(Issue::unexpected(path, "boolean", value)),
            Schema::Unknown if ipld::is_object(value) => check_data(value, path),
            Schema::Unknown => Err(Issue::unexpected(path, "object", value)),
            Schema::List { of, max } => check_list(value, path, (of, *max)),
            Schema::Ref(definition) => definition.check_typed(value, path),
            Schema::Union { of, closed } => check_union(value, path, (of, *closed)),
            Schema::Blob { accept, max_size } => check_blob(value, path, (accept, *max_size)),
        }
    }

    fn check_text(&self, value: &Value, path: &Path<'_>) -> Result<(), Issue> {
        let Schema::Text {
            format,
            max_bytes,
            max_graphemes,
        } = self
        else {
            return Ok(());
        };
        let Some(text) = value.as_str() else {
            return Err(Issue::unexpected(path, "string", value));
        };
        if text.len() > *max_bytes {
            return Err(Issue::too_big(path, "string", (max_bytes, text.len())));
        }
        // Never more graphemes than bytes: most texts need no counting.
        if text.len() > *max_graphemes {
            let graphemes = text.graphemes(true).count();
            if graphemes > *max_graphemes {
                return Err(Issue::too_big(path, "grapheme", (max_graphemes, graphemes)));
            }
        }
        if !format.accepts(text) {
            return Err(Issue::invalid_format(path, *format, value));
        }
        Ok(())
    }
}

impl Definition {
    /// Checks the properties of `value`.
    pub(super) fn check(&self, value: &Value, path: &Path<'_>) -> Result<(), Issue> {
        let Some(object) = ipld::as_object(value) else {
            return Err(Issue::unexpected(path, "object", value));
        };
        for property in self.properties {
            property.check(object, path)?;
        }
        Ok(())
    }

    fn check_typed(&self, value: &Value, path: &Path<'_>) -> Result<(), Issue> {
        match ipld::as_object(value).and_then(|object| object.get("$type")) {
            Some(kind) if kind != self.id => {
                Err(Issue::invalid_value(&path.key("$type"), &[self.id], kind))
            }
            _ => self.check(value, path),
        }
    }
}

impl Property {
    fn check(&self, object: &Map<String, Value>, path: &Path<'_>) -> Result<(), Issue> {
        match object.get(self.name) {
            None if self.required => Err(Issue::missing(path, self.name)),
            None => Ok(()),
            Some(Value::Null) if self.nullable => Ok(()),
            Some(value) => self.schema.check(value, &path.key(self.name)),
        }
    }
}

fn check_integer(value: &Value, path: &Path<'_>, (min, max): (i64, i64)) -> Result<(), Issue> {
    let Some(number) = ipld::as_integer(value) else {
        return Err(Issue::unexpected(path, "integer", value));
    };
    if number < min {
        return Err(Issue::too_small(path, "integer", (min, number)));
    }
    if number > max {
        return Err(Issue::too_big(path, "integer", (max, number)));
    }
    Ok(())
}

/// Checks that `value` has a form in the data model: everything but fractions and huge numbers.
fn check_data(value: &Value, path: &Path<'_>) -> Result<(), Issue> {
    match value {
        Value::Number(_) if ipld::as_integer(value).is_none() => {
            Err(Issue::unexpected(path, issue::DATA_TYPES, value))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| check_data(item, &path.index(index))),
        Value::Object(object) => object
            .iter()
            .try_for_each(|(key, item)| check_data(item, &path.key(key))),
        _ => Ok(()),
    }
}

fn check_list(value: &Value, path: &Path<'_>, of: (&Schema, usize)) -> Result<(), Issue> {
    let (schema, max) = of;
    let Some(items) = value.as_array() else {
        return Err(Issue::unexpected(path, "array", value));
    };
    if items.len() > max {
        return Err(Issue::too_big(path, "array", (max, items.len())));
    }
    items
        .iter()
        .enumerate()
        .try_for_each(|(index, item)| schema.check(item, &path.index(index)))
}

fn check_union(value: &Value, path: &Path<'_>, of: (&[&Definition], bool)) -> Result<(), Issue> {
    let (definitions, closed) = of;
    let Some(kind) = ipld::as_object(value).and_then(|object| object.get("$type")) else {
        return Err(Issue::unexpected(path, issue::TYPED, value));
    };
    if let Some(definition) = definitions.iter().find(|known| kind == known.id) {
        return definition.check(value, path);
    }
    if closed {
        let ids: Vec<_> = definitions.iter().map(|known| known.id).collect();
        return Err(Issue::invalid_value(&path.key("$type"), &ids, kind));
    }
    if !kind.is_string() {
        return Err(Issue::unexpected(&path.key("$type"), "string", kind));
    }
    Ok(())
}

fn check_blob(value: &Value, path: &Path<'_>, limits: (&str, i64)) -> Result<(), Issue> {
    let (accept, max_size) = limits;
    let Some(blob) = ipld::BlobRef::read(value) else {
        return Err(Issue::unexpected(path, "blob", value));
    };
    let accepted = match accept.strip_suffix('*') {
        Some(family) => blob.mime_type.starts_with(family),
        None => blob.mime_type == accept,
    };
    if !accepted {
        let found = Value::from(blob.mime_type);
        return Err(Issue::invalid_value(
            &path.key("mimeType"),
            &[accept],
            &found,
        ));
    }
    if blob.size > max_size {
        return Err(Issue::too_big(path, "blob", (max_size, blob.size)));
    }
    Ok(())
}

/// Checks a record against the lexicon of its collection.
///
/// `Ok(true)` when it is valid, `Ok(false)` when the collection is not known here.
pub(super) fn check_record(
    collection: &str,
    (rkey, record): (&str, &Value),
    path: &Path<'_>,
) -> Result<bool, String> {
    let Some(definition) = RECORDS.iter().find(|known| known.id == collection) else {
        return Ok(false);
    };
    Schema::text(Format::Tid)
        .check(&Value::from(rkey), &Path::Root)
        .map_err(|issue| format!("Invalid record key for {collection}: {issue}"))?;
    definition
        .check(record, path)
        .map_err(|issue| format!("Invalid {collection} record: {issue}"))?;
    Ok(true)
}

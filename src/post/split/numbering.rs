//! The number at the end of each post of a thread.

use crate::post::{limits, rich_text::detect::detect};

/// The longest template, in characters.
const LONGEST: usize = 40;

/// A checked template such as `{n}/{total}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbering(Vec<Field>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Text(String),
    N,
    Total,
}

impl Numbering {
    /// Reads a template: `{n}` is the part's number, counted from 1, `{total}` how many there are.
    ///
    /// Errors, as a sentence about the template: no `{n}`, another placeholder, a template that is
    /// longer than 40 characters or of several lines, one that Bluesky would take for a tag or link.
    pub fn parse(template: &str) -> Result<Self, String> {
        if template.chars().count() > LONGEST || template.contains(char::is_control) {
            return Err(format!(
                "the template must be one line of at most {LONGEST} characters"
            ));
        }
        let numbering = Self(fields(template.trim())?);
        if !numbering.0.contains(&Field::N) {
            return Err("the template needs `{n}`, the number of the part".to_owned());
        }
        let is_detected = |n| !detect(&numbering.label(n, limits::WRITES)).is_empty();
        if [1, 11, limits::WRITES].into_iter().any(is_detected) {
            return Err("the template would become a link, mention or tag".to_owned());
        }
        Ok(numbering)
    }

    /// The number of part `n` of `total`, both counted from 1.
    pub fn label(&self, n: usize, total: usize) -> String {
        let write = |field: &Field| match field {
            Field::Text(text) => text.clone(),
            Field::N => n.to_string(),
            Field::Total => total.to_string(),
        };
        self.0.iter().map(write).collect()
    }

    /// A label as long as any in a thread whose total has so many digits.
    pub(super) fn widest(&self, digits: u32) -> String {
        let largest = 10_usize.saturating_pow(digits) - 1;
        self.label(largest, largest)
    }
}

fn fields(template: &str) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    let mut rest = template;
    while let Some((text, behind)) = rest.split_once('{') {
        let Some((name, behind)) = behind.split_once('}') else {
            return Err("`{` has no `}` behind it".to_owned());
        };
        fields.push(Field::Text(text.to_owned()));
        fields.push(match name {
            "n" => Field::N,
            "total" => Field::Total,
            _ => {
                return Err(format!(
                    "`{{{name}}}` is unknown: use `{{n}}` and `{{total}}`"
                ));
            }
        });
        rest = behind;
    }
    fields.push(Field::Text(rest.to_owned()));
    Ok(fields)
}

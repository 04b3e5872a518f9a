//! `${name}` in a template: each must have a value, each value must be asked for, and no value may change the template's form.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Why the launch template could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that nothing fills.
    #[error("placeholder ${{{name}}} of {file} has no value")]
    Unfilled {
        /// The template file.
        file: &'static str,
        /// The placeholder's name.
        name: String,
    },
    /// A value that no placeholder asks for: a misspelt name on either side.
    #[error("{file} has no placeholder ${{{name}}} for the value given")]
    Unknown {
        /// The template file.
        file: &'static str,
        /// The value's name.
        name: String,
    },
    /// `${` without `}`, or a name with other characters than `a-z`, `0-9` and `_`.
    #[error("{file} has a malformed placeholder at {near:?}")]
    Malformed {
        /// The template file.
        file: &'static str,
        /// The first characters of it.
        near: String,
    },
    /// A value with a line break or another control character: it would change the structure of the file.
    #[error("the value for ${{{name}}} of {file} must be one line of text")]
    NotOneLine {
        /// The template file.
        file: &'static str,
        /// The value's name.
        name: String,
    },
    /// The data file is not JSON.
    #[error("launch-template-data.json is not JSON")]
    Json(#[source] serde_json::Error),
}

/// Values by the name of their placeholder.
pub(super) type Values = BTreeMap<&'static str, String>;

/// Values from pairs.
pub(super) fn values<const N: usize>(values: [(&'static str, String); N]) -> Values {
    values.into_iter().collect()
}

/// Fills the string leaves of a JSON template, so that no value can break out of its quotes.
pub(super) fn fill_json(
    file: &'static str,
    template: &str,
    values: &Values,
) -> Result<Value, TemplateError> {
    let mut data: Value = serde_json::from_str(template).map_err(TemplateError::Json)?;
    let mut filler = Filler::new(file, values);
    filler.fill_leaves(&mut data)?;
    filler.finish()?;
    Ok(data)
}

/// Fills a template of any form.
pub(super) fn fill(
    file: &'static str,
    template: &str,
    values: &Values,
) -> Result<String, TemplateError> {
    let mut filler = Filler::new(file, values);
    let text = filler.fill(template)?;
    filler.finish()?;
    Ok(text)
}

/// Replaces placeholders and remembers which values were asked for.
struct Filler<'a> {
    file: &'static str,
    values: &'a Values,
    used: BTreeSet<&'a str>,
}

impl<'a> Filler<'a> {
    fn new(file: &'static str, values: &'a Values) -> Self {
        Filler {
            file,
            values,
            used: BTreeSet::new(),
        }
    }

    fn fill_leaves(&mut self, value: &mut Value) -> Result<(), TemplateError> {
        match value {
            Value::String(text) => *text = self.fill(text)?,
            Value::Array(items) => items
                .iter_mut()
                .try_for_each(|item| self.fill_leaves(item))?,
            Value::Object(members) => {
                members
                    .values_mut()
                    .try_for_each(|member| self.fill_leaves(member))?;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Ok(())
    }

    fn fill(&mut self, template: &str) -> Result<String, TemplateError> {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, placeholder)) = rest.split_once("${") {
            let (name, after) = self.name(placeholder)?;
            filled.push_str(before);
            filled.push_str(self.value(name)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// Splits what follows `${` into the name and what follows `}`.
    fn name<'t>(&self, placeholder: &'t str) -> Result<(&'t str, &'t str), TemplateError> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        placeholder
            .split_once('}')
            .filter(|(name, _)| is_name(name))
            .ok_or_else(|| {
                let near = placeholder.chars().take(20).collect();
                TemplateError::Malformed {
                    file: self.file,
                    near,
                }
            })
    }

    fn value(&mut self, name: &str) -> Result<&'a str, TemplateError> {
        let file = self.file;
        let (key, value) =
            self.values
                .get_key_value(name)
                .ok_or_else(|| TemplateError::Unfilled {
                    file,
                    name: name.to_owned(),
                })?;
        if value.chars().any(char::is_control) {
            return Err(TemplateError::NotOneLine {
                file,
                name: name.to_owned(),
            });
        }
        self.used.insert(key);
        Ok(value)
    }

    fn finish(self) -> Result<(), TemplateError> {
        match self.values.keys().find(|name| !self.used.contains(*name)) {
            None => Ok(()),
            Some(name) => Err(TemplateError::Unknown {
                file: self.file,
                name: (*name).to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_without_a_value_is_an_error() {
        let error = fill(
            "f",
            "a: ${known}\nb: ${absent}",
            &values([("known", "1".into())]),
        );
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "placeholder ${absent} of f has no value");
    }

    #[test]
    fn a_value_without_a_placeholder_is_an_error() {
        let error = fill("f", "a", &values([("stray", "1".into())])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "f has no placeholder ${stray} for the value given"
        );
    }

    #[test]
    fn a_malformed_placeholder_is_an_error() {
        for template in ["${open", "${}", "${two words}", "${indent(6, x)}"] {
            let error = fill("f", template, &Values::new()).unwrap_err();
            assert!(
                matches!(error, TemplateError::Malformed { .. }),
                "{template}: {error}"
            );
        }
    }

    #[test]
    fn a_value_cannot_bring_lines_of_its_own() {
        let values = values([("a", "x\nruncmd: [evil]".into())]);
        assert!(matches!(
            fill("f", "${a}", &values),
            Err(TemplateError::NotOneLine { .. })
        ));
    }

    #[test]
    fn a_value_cannot_leave_its_json_string() {
        let values = values([("a", "x\", \"y\": \"z".into())]);
        let filled = fill_json("f", r#"{"k": "${a}"}"#, &values).unwrap();
        assert_eq!(filled["k"], "x\", \"y\": \"z");
    }
}

//! One value of the document: read as what its key needs, or refused with a reason and a hint.

use contract::names::Name;
use contract::signature::PublicKey;
use std::ops::RangeInclusive;
use std::time::Duration;
use toml::de::DeValue;
use url::Url;

/// Why a value is refused: a fragment that follows the key, and what to write instead.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) hint: String,
}

pub(super) type Read<T> = Result<T, Refusal>;

/// Refuses a value.
pub(super) fn refuse<T>(message: impl Into<String>, hint: impl Into<String>) -> Read<T> {
    Err(Refusal {
        message: message.into(),
        hint: hint.into(),
    })
}

/// A text that is not empty.
pub(super) fn text(value: &DeValue<'_>) -> Read<String> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        Some(_) => refuse("is empty", "give it a value"),
        None => refuse(
            format!("must be a text, not {}", kind(value)),
            "write it in quotes",
        ),
    }
}

/// `true` or `false`.
pub(super) fn flag(value: &DeValue<'_>) -> Read<bool> {
    match value.as_bool() {
        Some(flag) => Ok(flag),
        None => refuse(
            format!("must be true or false, not {}", kind(value)),
            "write true or false, without quotes",
        ),
    }
}

/// A whole number of the range.
pub(super) fn number(value: &DeValue<'_>, range: RangeInclusive<u32>) -> Read<u32> {
    let (low, high) = (*range.start(), *range.end());
    let hint = if high == u32::MAX {
        format!("write a whole number of at least {low}, without quotes")
    } else {
        format!("write a whole number from {low} to {high}, without quotes")
    };
    let Some(integer) = value.as_integer() else {
        return refuse(format!("must be a whole number, not {}", kind(value)), hint);
    };
    match i128::from_str_radix(integer.as_str(), integer.radix()).map(u32::try_from) {
        Ok(Ok(number)) if range.contains(&number) => Ok(number),
        _ => refuse(format!("is {integer}, which is out of range"), hint),
    }
}

/// A duration such as `"90s"`, `"10m"` or `"1h 30m"`, of the range.
pub(super) fn duration(value: &DeValue<'_>, range: RangeInclusive<Duration>) -> Read<Duration> {
    let [low, high] = [range.start(), range.end()].map(|end| humantime::format_duration(*end));
    let hint = format!("write a duration from \"{low}\" to \"{high}\", such as \"90s\" or \"10m\"");
    let Some(text) = value.as_str() else {
        return refuse(
            format!("must be a duration in quotes, not {}", kind(value)),
            hint,
        );
    };
    match humantime::parse_duration(text) {
        Ok(duration) if range.contains(&duration) => Ok(duration),
        Ok(_) => refuse(format!("is {text}, which is out of range"), hint),
        Err(error) => refuse(format!("is not a duration: {error}"), hint),
    }
}

/// The name of a service.
pub(super) fn name(value: &DeValue<'_>) -> Read<Name> {
    parse_name(&text(value)?)
}

/// A name from a key or a value.
pub(super) fn parse_name(text: &str) -> Read<Name> {
    text.parse().or_else(|_| {
        refuse(
            format!("`{text}` is not a name"),
            "use 1 to 63 lower-case letters, digits and inner hyphens, starting with a letter",
        )
    })
}

/// A minisign public key.
pub(super) fn public_key(value: &DeValue<'_>) -> Read<PublicKey> {
    text(value)?.parse().or_else(|_| {
        refuse(
            "is not a minisign public key",
            "paste the line that starts with RW from deploy.pub; `deploy keygen` makes one",
        )
    })
}

/// The URL of a store, of a kind that `contract::store` opens. Whether it is there shows when it is opened.
pub(super) fn store(value: &DeValue<'_>) -> Read<String> {
    let text = text(value)?;
    let known = Url::parse(&text).is_ok_and(|url| match url.scheme() {
        "s3" | "http" | "https" => url.host_str().is_some_and(|host| !host.is_empty()),
        "file" => url.to_file_path().is_ok(),
        _ => false,
    });
    if known {
        Ok(text)
    } else {
        refuse(
            format!("`{text}` is not a store"),
            "use s3://bucket, s3://bucket/prefix, https://host/prefix (read-only) or file:///folder",
        )
    }
}

/// What a value is, in words.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

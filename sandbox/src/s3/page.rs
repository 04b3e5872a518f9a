//! What a client asks to be listed, and which entries make up one page of the answer. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE as BASE64;

use super::call::Query;
use super::error::S3Error;
use super::name::Key;

/// What a client asks to be listed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) prefix: String,
    pub(super) delimiter: Option<String>,
    pub(super) start_after: Option<String>,
    /// The last entry of the page before.
    resume_after: Option<String>,
    pub(super) token: Option<String>,
    pub(super) max_keys: usize,
    pub(super) url_encoding: bool,
}

/// S3's limit, and the default.
const MAX_KEYS: usize = 1000;

impl Listing {
    pub(super) const PARAMETERS: [&'static str; 8] = [
        "list-type",
        "prefix",
        "delimiter",
        "start-after",
        "continuation-token",
        "max-keys",
        "encoding-type",
        "fetch-owner",
    ];

    pub(super) fn parse(query: &Query) -> Result<Self, S3Error> {
        if query
            .get("fetch-owner")
            .is_some_and(|fetch| fetch != "false")
        {
            return Err(S3Error::NotImplemented("fetch-owner".into()));
        }
        let given = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
        let token = given("continuation-token");
        Ok(Self {
            prefix: given("prefix").unwrap_or_default(),
            delimiter: given("delimiter"),
            start_after: given("start-after"),
            resume_after: token.as_deref().map(read_token).transpose()?,
            token,
            max_keys: max_keys(query)?,
            url_encoding: url_encoding(query)?,
        })
    }
}

fn max_keys(query: &Query) -> Result<usize, S3Error> {
    match query.get("max-keys").map(|text| text.parse::<u32>()) {
        None => Ok(MAX_KEYS),
        Some(Ok(max)) => Ok(usize::try_from(max).map_or(MAX_KEYS, |max| max.min(MAX_KEYS))),
        Some(Err(_)) => Err(S3Error::InvalidArgument("max-keys is not a number".into())),
    }
}

fn url_encoding(query: &Query) -> Result<bool, S3Error> {
    match query.get("encoding-type").map(String::as_str) {
        None => Ok(false),
        Some("url") => Ok(true),
        Some(_) => Err(S3Error::InvalidArgument("encoding-type is not url".into())),
    }
}

fn read_token(token: &str) -> Result<String, S3Error> {
    let bytes = BASE64.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            S3Error::InvalidArgument("the continuation token provided is incorrect".into())
        })
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Key(Key),
    /// All keys up to the delimiter, as one.
    CommonPrefix(String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Self::Key(key) => key.as_str(),
            Self::CommonPrefix(prefix) => prefix,
        }
    }
}

/// The entries of one page, and where the next one resumes. `keys` are sorted and have the prefix.
pub(super) fn page(listing: &Listing, keys: Vec<Key>) -> (Vec<Entry>, Option<String>) {
    let mut entries: Vec<Entry> = Vec::new();
    for key in keys {
        let passed = listing
            .start_after
            .as_deref()
            .is_some_and(|start| key.as_str() <= start);
        if passed {
            continue;
        }
        let entry = entry_of(listing, key);
        let told = listing
            .resume_after
            .as_deref()
            .is_some_and(|last| entry.name() <= last);
        if told || entries.last() == Some(&entry) {
            continue;
        }
        if entries.len() == listing.max_keys {
            let next = entries.last().map(|last| BASE64.encode(last.name()));
            return (entries, next);
        }
        entries.push(entry);
    }
    (entries, None)
}

fn entry_of(listing: &Listing, key: Key) -> Entry {
    let rest = &key.as_str()[listing.prefix.len()..];
    let delimiter = listing.delimiter.as_deref();
    match delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len())) {
        Some(end) => {
            let end = listing.prefix.len() + end;
            Entry::CommonPrefix(key.as_str()[..end].to_owned())
        }
        None => Entry::Key(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> Vec<Key> {
        names.iter().map(|name| Key::parse(name).unwrap()).collect()
    }

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(Entry::name).collect()
    }

    #[test]
    fn pages_of_one_tell_every_entry_once() {
        let all = ["a", "b/1", "b/2", "b0", "c/1/x", "c/2", "d"];
        let mut listing = Listing {
            delimiter: Some("/".into()),
            max_keys: 1,
            ..Listing::default()
        };
        let mut told = Vec::new();
        loop {
            let (entries, next) = page(&listing, keys(&all));
            assert!(entries.len() <= 1);
            told.extend(entries.iter().map(|entry| entry.name().to_owned()));
            let Some(token) = next else { break };
            listing.resume_after = Some(read_token(&token).unwrap());
        }
        assert_eq!(told, ["a", "b/", "b0", "c/", "d"]);
    }

    #[test]
    fn a_page_that_just_holds_everything_is_the_last() {
        let listing = Listing {
            max_keys: 2,
            ..Listing::default()
        };
        assert_eq!(page(&listing, keys(&["a", "b"])).1, None);
        assert!(page(&listing, keys(&["a", "b", "c"])).1.is_some());
    }

    #[test]
    fn start_after_excludes_its_own_key() {
        let listing = Listing {
            start_after: Some("a/1".into()),
            prefix: "a/".into(),
            max_keys: 9,
            ..Listing::default()
        };
        let (entries, _) = page(&listing, keys(&["a/0", "a/1", "a/10", "a/2"]));
        assert_eq!(names(&entries), ["a/10", "a/2"]);
    }

    #[test]
    fn parameters_out_of_their_range_are_refused_or_capped() {
        let query = |name: &str, value: &str| Query::from([(name.to_owned(), value.to_owned())]);
        for (name, value) in [
            ("max-keys", "-1"),
            ("max-keys", "many"),
            ("encoding-type", "xml"),
            ("continuation-token", "!"),
            ("fetch-owner", "true"),
        ] {
            assert!(
                Listing::parse(&query(name, value)).is_err(),
                "{name}={value}"
            );
        }
        let capped = Listing::parse(&query("max-keys", "5000")).unwrap();
        assert_eq!(capped.max_keys, MAX_KEYS);
    }
}

//! What a client asks to be listed, and which entries make up one page of the answer. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE as BASE64;

use super::error::S3Error;
use super::name::Key;
use super::params::Query;
use crate::wire::xml;

/// What a client asks to be listed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) prefix: String,
    pub(super) delimiter: Option<String>,
    /// Only what comes after; in the first version of the operation the marker.
    pub(super) start_after: Option<String>,
    /// The last entry of the page before.
    resume_after: Option<String>,
    pub(super) token: Option<String>,
    pub(super) max_keys: usize,
    pub(super) url_encoding: bool,
    /// Whether each object's owner is told.
    pub(super) owner: bool,
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

    /// Those of the first version of the operation.
    pub(super) const OLD_PARAMETERS: [&'static str; 5] =
        ["prefix", "delimiter", "marker", "max-keys", "encoding-type"];

    pub(super) fn parse(query: &Query) -> Result<Self, S3Error> {
        let token = query.given("continuation-token");
        Ok(Self {
            start_after: query.given("start-after"),
            resume_after: token.as_deref().map(read_token).transpose()?,
            token,
            owner: query.get("fetch-owner") == Some("true"),
            ..Self::common(query)?
        })
    }

    /// The marker is an entry of the page before, so it resumes like a token that can be read.
    pub(super) fn parse_old(query: &Query) -> Result<Self, S3Error> {
        let marker = query.given("marker");
        Ok(Self {
            start_after: marker.clone(),
            resume_after: marker,
            owner: true,
            ..Self::common(query)?
        })
    }

    fn common(query: &Query) -> Result<Self, S3Error> {
        let told = ["prefix", "delimiter", "start-after", "marker"];
        let unwritable = |name: &&str| query.get(name).and_then(xml::forbidden).is_some();
        if let Some(name) = told
            .iter()
            .find(|name| unwritable(name))
            .filter(|_| !query.has("encoding-type"))
        {
            let message =
                format!("{name} has a character that XML cannot carry; ask for encoding-type=url");
            return Err(S3Error::InvalidArgument(message));
        }
        Ok(Self {
            prefix: query.text("prefix"),
            delimiter: query.given("delimiter"),
            max_keys: query.count("max-keys", MAX_KEYS)?,
            url_encoding: query.url_encoding()?,
            ..Self::default()
        })
    }
}

/// Which buckets a client asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BucketPage {
    pub(super) prefix: String,
    pub(super) after: Option<String>,
    pub(super) max: usize,
    /// Only those of this region.
    pub(super) region: Option<String>,
}

/// S3's limit, and the default.
const MAX_BUCKETS: usize = 10_000;

impl BucketPage {
    pub(super) const PARAMETERS: [&'static str; 4] = [
        "prefix",
        "continuation-token",
        "max-buckets",
        "bucket-region",
    ];

    pub(super) fn parse(query: &Query) -> Result<Self, S3Error> {
        let token = query.given("continuation-token");
        Ok(Self {
            prefix: query.text("prefix"),
            after: token.as_deref().map(read_token).transpose()?,
            max: query.count("max-buckets", MAX_BUCKETS)?.max(1),
            region: query.given("bucket-region"),
        })
    }
}

/// What resumes after `last`.
pub(super) fn token_after(last: &str) -> String {
    BASE64.encode(last)
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

/// The entries of one page, and the last of them if there are more. `keys` are sorted and have the prefix.
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
            let next = entries.last().map(|last| last.name().to_owned());
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
            let Some(last) = next else { break };
            listing.resume_after = Some(read_token(&token_after(&last)).unwrap());
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
    fn a_marker_that_is_a_common_prefix_does_not_come_again() {
        let all = ["a", "b/1", "b/2", "c"];
        let query = Query::of("marker", "b/");
        let listing = Listing {
            delimiter: Some("/".into()),
            ..Listing::parse_old(&query).unwrap()
        };
        assert_eq!(names(&page(&listing, keys(&all)).0), ["c"]);
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
        for (name, value) in [
            ("max-keys", "-1"),
            ("max-keys", "many"),
            ("encoding-type", "xml"),
            ("continuation-token", "!"),
        ] {
            assert!(
                Listing::parse(&Query::of(name, value)).is_err(),
                "{name}={value}"
            );
        }
        let capped = Listing::parse(&Query::of("max-keys", "5000")).unwrap();
        assert_eq!(capped.max_keys, MAX_KEYS);
    }
}

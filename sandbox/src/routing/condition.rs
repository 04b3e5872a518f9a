//! Which requests a rule is for.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html>

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use http::HeaderMap;

use super::wildcard::{fits, fits_any_case};

/// One condition: it holds when one of its values does. No rule has two of one kind but of headers and query strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `host-header`: the name in `Host`, in any case.
    Host(Vec<String>),
    /// `path-pattern`: the path without the query, case counts.
    Path(Vec<String>),
    /// `http-header`: a header's value, in any case.
    Header {
        /// Which header, spelt as it was asked for; `Host` is not one.
        name: String,
        /// Patterns.
        values: Vec<String>,
    },
    /// `http-request-method`: exact.
    Method(Vec<String>),
    /// `query-string`: one key and value, in any case.
    Query(Vec<QueryPair>),
    /// `source-ip`: who connects; what `X-Forwarded-For` says does not count.
    SourceIp(Vec<Cidr>),
}

/// A key and a value of the query string; without a key the value of any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPair {
    /// A pattern.
    pub key: Option<String>,
    /// A pattern.
    pub value: String,
}

/// A block of IPv4 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    base: Ipv4Addr,
    bits: u8,
}

/// What a condition can see of a request.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// The name that it is for, without a port.
    pub host: &'a str,
    /// Its path.
    pub path: &'a str,
    /// What follows the question mark.
    pub query: Option<&'a str>,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Who connects.
    pub source: IpAddr,
}

impl Condition {
    pub(super) fn matches(&self, asked: &Asked<'_>) -> bool {
        match self {
            Self::Host(hosts) => hosts.iter().any(|host| fits_any_case(host, asked.host)),
            Self::Path(paths) => paths.iter().any(|path| fits(path, asked.path)),
            Self::Header { name, values } => {
                let given = asked.headers.get_all(name.as_str()).iter();
                given
                    .filter_map(|value| value.to_str().ok())
                    .any(|text| values.iter().any(|value| fits_any_case(value, text)))
            }
            Self::Method(methods) => methods.iter().any(|method| method == asked.method),
            Self::Query(pairs) => pairs.iter().any(|pair| pair.matches(asked.query)),
            Self::SourceIp(blocks) => blocks.iter().any(|block| block.contains(asked.source)),
        }
    }
}

impl QueryPair {
    fn matches(&self, query: Option<&str>) -> bool {
        query.unwrap_or_default().split('&').any(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key_fits = self.key.as_ref().is_none_or(|k| fits_any_case(k, key));
            key_fits && !pair.is_empty() && fits_any_case(&self.value, value)
        })
    }
}

impl Cidr {
    fn contains(self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else {
            return false;
        };
        let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
        address.to_bits() & mask == self.base.to_bits() & mask
    }
}

impl FromStr for Cidr {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (base, bits) = text.split_once('/').ok_or(())?;
        let bits = bits.parse().ok().filter(|bits| *bits <= 32).ok_or(())?;
        let base = base.parse().map_err(|_| ())?;
        Ok(Self { base, bits })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn each_kind_looks_at_its_part_of_the_request() {
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", HeaderValue::from_static("Mozilla/5.0"));
        let asked = Asked {
            method: "GET",
            host: "www.Example.com",
            path: "/img/A.png",
            query: Some("version=V1&text"),
            headers: &headers,
            source: [192, 0, 2, 7].into(),
        };
        let holds = |condition: &Condition| condition.matches(&asked);
        let texts = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        assert!(holds(&Condition::Host(texts(&["api.*", "*.example.com"]))));
        assert!(holds(&Condition::Path(texts(&["/img/*.png"]))));
        assert!(!holds(&Condition::Path(texts(&["/img/a.png"]))));
        let agent = |value: &str| Condition::Header {
            name: "User-Agent".to_owned(),
            values: texts(&[value]),
        };
        assert!(holds(&agent("*mozilla*")) && !holds(&agent("*chrome*")));
        assert!(holds(&Condition::Method(texts(&["GET"]))));
        assert!(!holds(&Condition::Method(texts(&["get"]))));
        let pair = |key: Option<&str>, value: &str| {
            Condition::Query(vec![QueryPair {
                key: key.map(Into::into),
                value: value.into(),
            }])
        };
        assert!(holds(&pair(Some("Version"), "v1")) && holds(&pair(None, "v?")));
        assert!(!holds(&pair(Some("version"), "v2")));
        let block = |text: &str| Condition::SourceIp(vec![text.parse().expect("a block")]);
        assert!(holds(&block("192.0.2.0/24")) && holds(&block("0.0.0.0/0")));
        assert!(!holds(&block("192.0.3.0/24")));
        assert_eq!("10.0.0.0/33".parse::<Cidr>(), Err(()));
    }
}

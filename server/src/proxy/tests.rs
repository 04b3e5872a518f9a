//! Headers made by hand, whole and in pieces.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use tokio::io::AsyncWriteExt;

use super::*;

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
const V4: &[u8] = &[203, 0, 113, 7, 10, 0, 0, 2, 0xd9, 0x03, 0x01, 0xbb];
/// What a Network Load Balancer adds for a connection by way of an endpoint service (`PP2_TYPE_AWS`
/// 0xEA, subtype 0x01), behind a checksum (`PP2_TYPE_CRC32C` 0x03) and padding (`PP2_TYPE_NOOP` 0x04).
const NLB_TLVS: &[u8] =
    b"\x03\x00\x04\xde\xad\xbe\xef\xea\x00\x17\x01vpce-08d2bf15fac5001c9\x04\x00\x03\0\0\0";

fn header(version_command: u8, family: u8, rest: &[&[u8]]) -> Vec<u8> {
    let rest = rest.concat();
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[version_command, family], &length, &rest].concat()
}

fn v6() -> Vec<u8> {
    let source: Ipv6Addr = "2001:db8::7".parse().unwrap();
    let target: Ipv6Addr = "2001:db8::2".parse().unwrap();
    [
        &source.octets()[..],
        &target.octets(),
        &[0xd9, 0x03, 0x01, 0xbb],
    ]
    .concat()
}

#[test]
fn headers_are_read() {
    let v4 = Some("203.0.113.7:55555".parse().unwrap());
    let v6_peer = Some("[2001:db8::7]:55555".parse().unwrap());
    let unix = [0x2f; 216];
    let largest = vec![4; MAX_HEADER - FIXED - V4.len()];
    for (name, bytes, expected) in [
        ("IPv4", header(0x21, 0x11, &[V4]), v4),
        ("IPv4 by an NLB", header(0x21, 0x11, &[V4, NLB_TLVS]), v4),
        ("IPv6", header(0x21, 0x21, &[&v6()]), v6_peer),
        (
            "IPv6 by an NLB",
            header(0x21, 0x21, &[&v6(), NLB_TLVS]),
            v6_peer,
        ),
        ("as long as may be", header(0x21, 0x11, &[V4, &largest]), v4),
        ("unix", header(0x21, 0x31, &[&unix]), None),
        ("UNSPEC", header(0x21, 0x00, &[]), None),
        (
            "UNSPEC with bytes to skip",
            header(0x21, 0x00, &[V4, NLB_TLVS]),
            None,
        ),
        ("LOCAL", header(0x20, 0x00, &[]), None),
        (
            "LOCAL with extensions",
            header(0x20, 0x00, &[NLB_TLVS]),
            None,
        ),
        (
            "LOCAL that names a family and has no addresses",
            header(0x20, 0x11, &[]),
            None,
        ),
        (
            "LOCAL with addresses, which mean nothing",
            header(0x20, 0x11, &[V4]),
            None,
        ),
        (
            "LOCAL of an unknown family",
            header(0x20, 0xff, &[b"abc"]),
            None,
        ),
    ] {
        let found = parse(&[&bytes[..], b"GET / HTTP/1.1\r\n"].concat());
        let expected = Parsed::Header {
            source: expected,
            len: bytes.len(),
        };
        assert_eq!(found, Ok(expected), "{name}");
    }
}

#[test]
fn anything_else_is_refused() {
    use ProxyError as E;
    let too_long = vec![0; MAX_HEADER - FIXED + 1];
    let short = |len, wanted| E::Addresses(ParseError::InvalidAddresses(len, wanted));
    for (bytes, expected) in [
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), E::Absent),
        (b"G".to_vec(), E::Absent),
        (b"\r\n\r\n\0\r\nQUIX".to_vec(), E::Absent),
        (b"\r\n\r\nGET / HTTP/1.1\r\n\r\n".to_vec(), E::Absent),
        (
            b"PROXY TCP4 203.0.113.7 10.0.0.2 1 2\r\n".to_vec(),
            E::TextVersion,
        ),
        (b"PROXY ".to_vec(), E::TextVersion),
        (b"PRX".to_vec(), E::Absent),
        (header(0x11, 0x11, &[V4]), E::Version { version: 1 }),
        (header(0x31, 0x11, &[V4]), E::Version { version: 3 }),
        (header(0x22, 0x11, &[V4]), E::Command { command: 2 }),
        (header(0x21, 0x12, &[V4]), E::Datagram),
        (header(0x21, 0x22, &[&v6()]), E::Datagram),
        (header(0x21, 0x32, &[&[0; 216]]), E::Datagram),
        (header(0x21, 0x10, &[V4]), E::Family { byte: 0x10 }),
        (header(0x21, 0x01, &[V4]), E::Family { byte: 0x01 }),
        (header(0x21, 0x41, &[V4]), E::Family { byte: 0x41 }),
        (header(0x21, 0x13, &[V4]), E::Family { byte: 0x13 }),
        (
            header(0x21, 0x11, &[&too_long]),
            E::TooLong {
                len: MAX_HEADER + 1,
            },
        ),
        (
            header(0x20, 0x00, &[&too_long]),
            E::TooLong {
                len: MAX_HEADER + 1,
            },
        ),
        (header(0x21, 0x11, &[&V4[..11]]), short(11, 12)),
        (header(0x21, 0x21, &[&v6()[..35]]), short(35, 36)),
        (header(0x21, 0x31, &[&[0; 215]]), short(215, 216)),
        (header(0x21, 0x11, &[]), short(0, 12)),
    ] {
        assert_eq!(parse(&bytes), Err(expected), "{}", bytes.escape_ascii());
    }
}

#[test]
fn too_long_and_short_headers_are_refused_before_they_have_arrived() {
    let too_long = header(0x21, 0x11, &[&[0; MAX_HEADER]]);
    assert!(matches!(
        parse(&too_long[..FIXED]),
        Err(ProxyError::TooLong { .. })
    ));
    let short = header(0x21, 0x21, &[V4]);
    assert!(matches!(
        parse(&short[..FIXED]),
        Err(ProxyError::Addresses(_))
    ));
}

fn any_header() -> impl Strategy<Value = (Vec<u8>, Option<SocketAddr>)> {
    let port = any::<u16>;
    let extensions = prop::collection::vec(any::<u8>(), 0..300);
    let v4 = (any::<[u8; 4]>(), any::<[u8; 4]>(), port(), port()).prop_map(|(from, to, a, b)| {
        let block = [&from[..], &to, &a.to_be_bytes(), &b.to_be_bytes()].concat();
        let source = Some(SocketAddr::from((Ipv4Addr::from(from), a)));
        (0x21, 0x11, block, source)
    });
    let v6 = (any::<[u8; 16]>(), any::<[u8; 16]>(), port(), port()).prop_map(|(from, to, a, b)| {
        let block = [&from[..], &to, &a.to_be_bytes(), &b.to_be_bytes()].concat();
        let source = Some(SocketAddr::from((Ipv6Addr::from(from), a)));
        (0x21, 0x21, block, source)
    });
    let none = prop_oneof![
        Just((0x21, 0x00, Vec::new(), None)),
        Just((0x21, 0x31, vec![b'/'; 216], None)),
        any::<u8>().prop_map(|family| (0x20, family, Vec::new(), None)),
    ];
    (prop_oneof![v4, v6, none], extensions).prop_map(|((command, family, block, source), tlvs)| {
        (header(command, family, &[&block, &tlvs]), source)
    })
}

proptest! {
    #[test]
    fn a_header_in_pieces_is_the_same_header(
        (bytes, source) in any_header(), behind in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let len = bytes.len();
        for cut in 0..len {
            match parse(&bytes[..cut]) {
                Ok(Parsed::NeedMore { at_least }) => prop_assert!(cut < at_least && at_least <= len),
                other => prop_assert!(false, "{other:?} after {cut} of {len} bytes"),
            }
        }
        let all = [&bytes[..], &behind].concat();
        for cut in len..=all.len() {
            prop_assert_eq!(parse(&all[..cut]), Ok(Parsed::Header { source, len }));
        }
    }

    #[test]
    fn no_bytes_break_a_promise(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        crate::fuzzing::proxy_header(&bytes);
    }

    #[test]
    fn no_bytes_behind_the_signature_break_a_promise(
        kind in prop::sample::select(vec![0x20_u8, 0x21]), family in any::<u8>(),
        length in prop_oneof![0_u16..260, any::<u16>()], rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes = [&SIGNATURE[..], &[kind, family], &length.to_be_bytes(), &rest].concat();
        crate::fuzzing::proxy_header(&bytes);
    }
}

#[tokio::test]
async fn not_a_byte_behind_the_header_is_read() {
    let bytes = header(0x21, 0x11, &[V4, NLB_TLVS]);
    for pieces in [1, 7, bytes.len() + 5] {
        let (mut peer, mut stream) = tokio::io::duplex(pieces);
        let all = [&bytes[..], b"\x16\x03\x01"].concat();
        let sent = async {
            peer.write_all(&all).await.unwrap();
            drop(peer);
        };
        let (source, ()) = tokio::join!(
            async {
                let source = read(&mut stream).await.unwrap();
                let mut behind = Vec::new();
                stream.read_to_end(&mut behind).await.unwrap();
                assert_eq!(behind, b"\x16\x03\x01");
                source
            },
            sent
        );
        assert_eq!(source, Some("203.0.113.7:55555".parse().unwrap()));
    }
}

#[tokio::test]
async fn a_peer_without_a_header_is_told_from_one_that_only_looked() {
    for (sent, after) in [(&b""[..], 0), (&SIGNATURE[..5], 5), (b"PRO", 3)] {
        let mut stream = sent;
        let error = read(&mut stream).await.unwrap_err();
        assert!(
            matches!(error, ReadError::Closed { after: found } if found == after),
            "{error:?}"
        );
    }
    let mut stream = &b"PROXY UNKNOWN\r\n"[..];
    let error = read(&mut stream).await.unwrap_err();
    assert!(matches!(error, ReadError::Refused(ProxyError::TextVersion)));
}

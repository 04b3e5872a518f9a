//! A network of its own for every sandbox: `127.A.B.0/24`, claimed for as long as the sandbox lives.
//!
//! All of 127/8 is the loopback interface on Linux, so an address needs no privilege and no set-up. Two sandboxes keep apart
//! by each listening on the first address of its network.

use rand::RngExt as _;
use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

/// The port that the application serves on, and what is tried when something on this machine already listens there on every
/// address. Port 0 at the end: whatever is free.
const APP_PORTS: [u16; 4] = [8080, 18080, 28080, 0];

/// Networks tried per port. More than one only ever fails because of another sandbox.
const ATTEMPTS: usize = 8;

/// Host parts that instances get: `.0` and `.255` look like a network's own, `.1` is the claim.
const HOSTS: std::ops::RangeInclusive<u8> = 2..=254;

/// Why there is no network or no address.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// No network could be claimed.
    #[error(
        "no free loopback network 127.x.y.0/24 (Linux only: elsewhere 127/8 is not one interface)"
    )]
    NoNetwork(#[source] io::Error),
    /// Every address is in use.
    #[error("all addresses of the network are in use")]
    Full,
}

/// A claimed network. Dropping the last clone of it gives it up.
#[derive(Debug, Clone)]
pub struct Network {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    prefix: [u8; 3],
    port: u16,
    hosts: Mutex<Hosts>,
    /// Bound, never accepted from: it keeps other sandboxes out.
    _claim: TcpListener,
}

#[derive(Debug)]
struct Hosts {
    used: BTreeSet<u8>,
    last: u8,
}

/// One address of a [`Network`], free again when this is dropped.
#[derive(Debug)]
pub struct Address {
    shared: Arc<Shared>,
    address: Ipv4Addr,
}

impl Network {
    /// Claims a network and finds the port that the application can have on all of its addresses.
    pub fn claim() -> Result<Network, AddressError> {
        let mut rng = rand::rng();
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for port in APP_PORTS {
            for _ in 0..ATTEMPTS {
                // 127.0.x.y is where everything else on a machine lives.
                let prefix = [127, rng.random_range(1..=254), rng.random_range(0..=255)];
                match claim(prefix, port) {
                    Ok(shared) => {
                        return Ok(Network {
                            shared: Arc::new(shared),
                        });
                    }
                    Err(error) => last = error,
                }
            }
        }
        Err(AddressError::NoNetwork(last))
    }

    /// The port of the application on every address.
    pub fn app_port(&self) -> u16 {
        self.shared.port
    }

    /// An address that no other instance has. The one given back last is given out last, so that a late packet to a gone
    /// instance does not meet its successor.
    pub fn allocate(&self) -> Result<Address, AddressError> {
        let mut hosts = self
            .shared
            .hosts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let after = HOSTS.filter(|host| *host > hosts.last);
        let host = after.chain(HOSTS).find(|host| !hosts.used.contains(host));
        let host = host.ok_or(AddressError::Full)?;
        hosts.used.insert(host);
        hosts.last = host;
        let [a, b, c] = self.shared.prefix;
        Ok(Address {
            shared: Arc::clone(&self.shared),
            address: Ipv4Addr::new(a, b, c, host),
        })
    }
}

impl Address {
    /// The address itself.
    pub fn ip(&self) -> Ipv4Addr {
        self.address
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        let mut hosts = self
            .shared
            .hosts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        hosts.used.remove(&self.address.octets()[3]);
    }
}

fn claim(prefix: [u8; 3], port: u16) -> io::Result<Shared> {
    let [a, b, c] = prefix;
    let claim = TcpListener::bind((Ipv4Addr::new(a, b, c, 1), port))?;
    let port = claim.local_addr()?.port();
    let hosts = Mutex::new(Hosts {
        used: BTreeSet::new(),
        last: *HOSTS.start() - 1,
    });
    Ok(Shared {
        prefix,
        port,
        hosts,
        _claim: claim,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_network_cannot_be_claimed_again() {
        let network = Network::claim().unwrap();
        assert!(claim(network.shared.prefix, network.app_port()).is_err());
    }

    #[test]
    fn addresses_are_distinct_bindable_and_come_back_last() {
        let network = Network::claim().unwrap();
        let first = network.allocate().unwrap();
        let second = network.allocate().unwrap();
        assert_ne!(first.ip(), second.ip());
        TcpListener::bind((first.ip(), network.app_port())).unwrap();

        let gone = first.ip();
        drop(first);
        let all: Vec<_> = std::iter::from_fn(|| network.allocate().ok()).collect();
        assert_eq!(all.len(), 252);
        assert_eq!(all.last().unwrap().ip(), gone);
        assert!(matches!(network.allocate(), Err(AddressError::Full)));
    }
}

//! Addresses: which of them count as one, and who may speak for another.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use serde::Deserialize;

/// A network or a single address, as text: `10.0.0.0/8`, `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no address and no network like 10.0.0.0/8");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (&*text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| wrong())?,
            None => most,
        };
        if prefix > most {
            return Err(wrong());
        }
        Ok(Self { address, prefix })
    }
}

impl Network {
    /// Whether `address` is in it.
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = own.to_bits() ^ other.to_bits();
                differ.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = own.to_bits() ^ other.to_bits();
                differ.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Where somebody comes from, as far as limits go: an address of IPv4, or a /64 of IPv6, which is what one household gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl Source {
    /// What `address` counts as.
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                // All of ::/64 is this computer.
                if address.is_loopback() {
                    address.into()
                } else {
                    Ipv6Addr::from_bits(network).into()
                }
            }
            address => address,
        })
    }

    /// Whether it is this computer.
    pub(crate) fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }
}

/// Whether `peer` is one of the proxies that may say for whom they ask.
pub(crate) fn is_trusted(peer: IpAddr, trusted: &[Network]) -> bool {
    trusted
        .iter()
        .any(|network| network.contains(peer.to_canonical()))
}

/// Who speaks through `peer`: `peer`, or whom trusted proxies name in `X-Forwarded-For`.
pub(crate) fn client<'a>(
    peer: IpAddr,
    trusted: &[Network],
    forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
) -> IpAddr {
    let mut client = peer.to_canonical();
    // Each proxy adds whom it saw at the end, so an entry is worth as much as the one who wrote it.
    for entry in forwarded
        .rev()
        .flat_map(|header| header.rsplit(|byte| *byte == b','))
    {
        if !is_trusted(client, trusted) {
            break;
        }
        match parse(entry) {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn parse(entry: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(entry).ok()?.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse()
        .ok()
        .or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::try_from(text.to_owned()).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_holds_what_its_prefix_says() {
        assert!(network("10.0.0.0/8").contains(address("10.255.0.1")));
        assert!(!network("10.0.0.0/8").contains(address("11.0.0.1")));
        assert!(network("0.0.0.0/0").contains(address("203.0.113.9")));
        assert!(!network("0.0.0.0/0").contains(address("::1")));
        assert!(network("127.0.0.1").contains(address("127.0.0.1")));
        assert!(!network("127.0.0.1").contains(address("127.0.0.2")));
        assert!(network("2001:db8::/32").contains(address("2001:db8:1::1")));
        assert!(network("::/0").contains(address("::1")));
        for bad in [
            "",
            "localhost",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/-1",
            "10.0.0/8",
        ] {
            assert!(Network::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_addresses_of_one_ipv6_household_count_as_one() {
        let source = |text: &str| Source::of(address(text));
        assert_eq!(source("2001:db8:1:2::3"), source("2001:db8:1:2:ffff::4"));
        assert_ne!(source("2001:db8:1:2::3"), source("2001:db8:1:3::3"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
        assert!(source("::1").is_loopback() && source("127.0.0.1").is_loopback());
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_for_whom_it_saw() {
        let trusted = [network("127.0.0.1"), network("10.0.0.0/8")];
        let client = |peer: &str, headers: &[&str]| {
            let headers = headers.iter().map(|header| header.as_bytes());
            client(address(peer), &trusted, headers).to_string()
        };
        assert_eq!(client("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            client("127.0.0.1", &["203.0.113.7, 198.51.100.1"]),
            "198.51.100.1",
            "what the client itself wrote is not believed"
        );
        assert_eq!(
            client("127.0.0.1", &["203.0.113.7", "198.51.100.1 , 10.1.2.3"]),
            "198.51.100.1",
            "a proxy behind a proxy, in two headers"
        );
        assert_eq!(client("::ffff:127.0.0.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(client("127.0.0.1", &["198.51.100.1:80"]), "198.51.100.1");
        assert_eq!(client("127.0.0.1", &["198.51.100.1, unknown"]), "127.0.0.1");
    }
}

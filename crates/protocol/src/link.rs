//! Server addresses and invitation links.
//!
//! A link: `tidings://join/HOST:PORT/CODE`, with `?tls=FINGERPRINT` for a server whose certificate signs itself
//! (SHA-256 of the certificate, 64 hexadecimal digits), or `?tls=none` for plain HTTP, which is taken only for this very
//! computer. Without `tls`, the certificate must be one that the system trusts, and this computer is spoken to in plain HTTP. The
//! grammar is strict (H18).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::limits;

/// Why a text is not a link or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Over [`limits::LINK_BYTES`].
    #[error("the link is too long")]
    TooLong,
    /// Not `tidings://join/…`.
    #[error("not an invitation link")]
    NotALink,
    /// The host or port makes no sense.
    #[error("not a server address")]
    Address,
    /// The code makes no sense.
    #[error("the invitation's code is malformed")]
    Code,
    /// The fingerprint makes no sense.
    #[error("the certificate's fingerprint is malformed")]
    Fingerprint,
    /// Plain HTTP to another computer.
    #[error("plain HTTP is only for this computer")]
    Plain,
}

/// The SHA-256 of a certificate in DER form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TlsPin(pub [u8; 32]);

impl fmt::Display for TlsPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for TlsPin {
    type Err = LinkError;
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let digits = text.as_bytes();
        let mut pin = [0; 32];
        if digits.len() != 64 {
            return Err(LinkError::Fingerprint);
        }
        for (byte, pair) in pin.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| LinkError::Fingerprint)?;
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(LinkError::Fingerprint);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| LinkError::Fingerprint)?;
        }
        Ok(Self(pin))
    }
}

/// Where a server is and how to be sure of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    /// A host name, or an IP address (IPv6 in brackets).
    pub host: String,
    /// The port.
    pub port: u16,
    /// Speak TLS. Plain HTTP is only for this computer, or where a person typed `http://` themselves.
    pub tls: bool,
    /// Trust this certificate and no other.
    pub pin: Option<TlsPin>,
}

impl ServerAddress {
    /// Reads what a person types: `example.org`, `example.org:8443`, `https://…`, `http://…`, or an invitation link, which names a
    /// server and its certificate. Without a scheme, this computer is spoken to in plain HTTP and every other in TLS.
    ///
    /// # Errors
    /// [`LinkError::Address`], or [`LinkError::TooLong`].
    pub fn from_typed(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > limits::LINK_BYTES {
            return Err(LinkError::TooLong);
        }
        if let Ok(link) = text.parse::<InvitationLink>() {
            return Ok(link.server);
        }
        let (tls, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (Some(true), rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (Some(false), rest)
        } else {
            (None, text)
        };
        let (host, port) = split_host(rest.strip_suffix('/').unwrap_or(rest))?;
        let tls = tls.unwrap_or_else(|| !is_this_computer(&host));
        Ok(Self {
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            host,
            tls,
            pin: None,
        })
    }

    /// The base of HTTP requests, without a slash at its end.
    pub fn http_base(&self) -> String {
        format!(
            "{}://{}:{}",
            if self.tls { "https" } else { "http" },
            self.host,
            self.port
        )
    }

    /// The WebSocket's address.
    pub fn socket_url(&self) -> String {
        format!(
            "{}://{}:{}/v1/socket",
            if self.tls { "wss" } else { "ws" },
            self.host,
            self.port
        )
    }
}

/// Whether `host` names the computer that asks.
fn is_this_computer(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn split_host(text: &str) -> Result<(String, Option<u16>), LinkError> {
    // `url` knows the whole grammar of hosts (IPv6, IDNA), so it decides; what it would also take (user names,
    // paths, queries) is refused first.
    if text.is_empty() || text.contains(['/', '@', '?', '#', '\\', ' ']) || text.chars().any(char::is_control)
    {
        return Err(LinkError::Address);
    }
    let url = url::Url::parse(&format!("https://{text}/")).map_err(|_| LinkError::Address)?;
    let host = url.host_str().ok_or(LinkError::Address)?.to_owned();
    // The DNS knows no longer names, and a link made of one would be no link.
    if host.len() > limits::HOST_BYTES {
        return Err(LinkError::Address);
    }
    let named_port = text.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    let port = url.port().or(if named_port { Some(443) } else { None });
    if port == Some(0) {
        return Err(LinkError::Address);
    }
    Ok((host, port))
}

/// An invitation as people pass it on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InvitationLink {
    /// Where.
    pub server: ServerAddress,
    /// With what: 1 to 64 of `0-9 a-z A-Z - _`.
    pub code: String,
}

impl FromStr for InvitationLink {
    type Err = LinkError;
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > limits::LINK_BYTES {
            return Err(LinkError::TooLong);
        }
        let rest = text.strip_prefix("tidings://join/").ok_or(LinkError::NotALink)?;
        let (rest, tls) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query.strip_prefix("tls=").ok_or(LinkError::NotALink)?)),
            None => (rest, None),
        };
        let (address, code) = rest.split_once('/').ok_or(LinkError::NotALink)?;
        let fits = (1..=64).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !fits {
            return Err(LinkError::Code);
        }
        let (host, port) = split_host(address)?;
        let here = is_this_computer(&host);
        let (tls, pin) = match tls {
            // As for an address that a person types: on this computer nobody is in between.
            None => (!here, None),
            Some("none") if here => (false, None),
            Some("none") => return Err(LinkError::Plain),
            Some(pin) => (true, Some(pin.parse()?)),
        };
        let server = ServerAddress {
            host,
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            tls,
            pin,
        };
        Ok(Self {
            server,
            code: code.to_owned(),
        })
    }
}

impl fmt::Display for InvitationLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ServerAddress { host, port, tls, pin } = &self.server;
        write!(f, "tidings://join/{host}:{port}/{}", self.code)?;
        match (tls, pin) {
            (true, Some(pin)) => write!(f, "?tls={pin}"),
            (true, None) => Ok(()),
            (false, _) => f.write_str("?tls=none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_comes_back_as_it_went() {
        let pin = "ab".repeat(32);
        for text in [
            "tidings://join/127.0.0.1:4000/Abc-_9?tls=none".to_owned(),
            "tidings://join/chat.example.org:443/x".to_owned(),
            format!("tidings://join/192.168.1.7:4433/code?tls={pin}"),
            format!("tidings://join/[fe80::1]:4433/code?tls={pin}"),
        ] {
            assert_eq!(text.parse::<InvitationLink>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_link_to_this_computer_speaks_plain_http_as_its_server_does() {
        let link: InvitationLink = "tidings://join/127.0.0.1:4000/x".parse().unwrap();
        assert_eq!(link.server.http_base(), "http://127.0.0.1:4000");
        let link: InvitationLink = "tidings://join/chat.example.org:4000/x".parse().unwrap();
        assert_eq!(link.server.http_base(), "https://chat.example.org:4000");
    }

    #[test]
    fn h18_anything_else_is_refused() {
        for text in [
            "",
            "https://example.org",
            "tidings://open?file=/etc/passwd",
            "tidings://join/",
            "tidings://join/host",
            "tidings://join/host/",
            "tidings://join/host/../../x",
            "tidings://join/user@host/code",
            "tidings://join/host/co de",
            "tidings://join/host:0/code",
            "tidings://join/host:99999/code",
            "tidings://join/host/code?tls=zz",
            "tidings://join/host/code?tls=+a",
            "tidings://join/host/code?next=http://evil",
            "tidings://join/192.168.1.7:80/code?tls=none",
            "tidings://join/ho\u{0}st/code",
        ] {
            assert!(text.parse::<InvitationLink>().is_err(), "{text}");
        }
        assert_eq!(
            "x".repeat(1 << 20).parse::<InvitationLink>(),
            Err(LinkError::TooLong)
        );
    }

    #[test]
    fn a_host_that_grows_in_the_spelling_of_the_dns_is_refused_above_what_the_dns_knows() {
        // 700 bytes as typed, more than a link may have in xn-- form.
        let host = ["m\u{1c4}"; 170].join(".");
        assert_eq!(
            format!("tidings://join/{host}/bc").parse::<InvitationLink>(),
            Err(LinkError::Address)
        );
        assert!(
            format!("tidings://join/{}/bc", ["m\u{1c4}"; 10].join("."))
                .parse::<InvitationLink>()
                .is_ok()
        );
    }

    #[test]
    fn a_typed_address_means_tls_unless_it_is_this_computer() {
        let typed = |text: &str| ServerAddress::from_typed(text).map(|address| address.http_base());
        assert_eq!(typed("example.org").unwrap(), "https://example.org:443");
        assert_eq!(typed("example.org:8443").unwrap(), "https://example.org:8443");
        assert_eq!(typed(" http://10.0.0.2:8080/ ").unwrap(), "http://10.0.0.2:8080");
        assert_eq!(typed("127.0.0.1:4000").unwrap(), "http://127.0.0.1:4000");
        assert_eq!(typed("[::1]:4000").unwrap(), "http://[::1]:4000");
        assert_eq!(typed("localhost:443").unwrap(), "http://localhost:443");
        assert_eq!(
            typed("tidings://join/10.0.0.2:4000/code").unwrap(),
            "https://10.0.0.2:4000",
            "a link names a server too"
        );
        for bad in ["", "a b", "http://a@b", "ftp://x", "x/y", "http://x?y", ":80"] {
            assert!(typed(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn h18_a_link_that_is_taken_reads_the_same_when_written(text in "tidings://join/\\PC{0,40}/[a-z]{0,4}(\\?tls=none)?") {
            if let Ok(link) = text.parse::<InvitationLink>() {
                proptest::prop_assert_eq!(link.to_string().parse::<InvitationLink>(), Ok(link));
            }
        }

        #[test]
        fn any_text_is_an_address_or_an_error(text in "\\PC{0,60}") {
            if let Ok(address) = ServerAddress::from_typed(&text) {
                proptest::prop_assert!(address.port > 0);
            }
        }
    }
}

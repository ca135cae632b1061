//! Links in messages: where they really lead, and the way out to the system's browser (H2, H9).

use serde::Serialize;
use ts_rs::TS;
use url::Url;

/// What a link in a message really leads to, for a person to look at before it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct LinkToOpen {
    /// What would be opened: normalised, without user info.
    pub(crate) url: String,
    /// The host as punycode; for `mailto:` the address.
    pub(crate) host: String,
    /// Not encrypted on its way (`http:`).
    pub(crate) is_plain: bool,
    /// The host has letters that can look like others.
    pub(crate) has_confusable_host: bool,
}

/// Why a link is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WebLinkError {
    /// Not a URL at all, or too long for one.
    #[error("not a link")]
    NotALink,
    /// A scheme that could start something on this computer.
    #[error("only http, https and mailto links are opened")]
    Scheme,
}

/// The longest link that is opened, bytes.
const WEB_LINK_BYTES: usize = 8 * 1024;

/// Says where a link leads.
pub(crate) fn inspect(text: &str) -> Result<LinkToOpen, WebLinkError> {
    if text.len() > WEB_LINK_BYTES || text.chars().any(char::is_control) {
        return Err(WebLinkError::NotALink);
    }
    let mut url = Url::parse(text.trim()).map_err(|_| WebLinkError::NotALink)?;
    match url.scheme() {
        "http" | "https" => {
            // Refused only where there is no host, and then there is no user info either.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            let host = url
                .host_str()
                .filter(|host| !host.is_empty())
                .ok_or(WebLinkError::NotALink)?
                .to_owned();
            Ok(LinkToOpen {
                is_plain: url.scheme() == "http",
                has_confusable_host: host.split('.').any(|label| label.starts_with("xn--")),
                url: url.into(),
                host,
            })
        }
        "mailto" => {
            // Only the address: mail programs take attachments and more from the rest.
            url.set_query(None);
            url.set_fragment(None);
            let host = url.path().to_owned();
            if !host.contains('@') {
                return Err(WebLinkError::NotALink);
            }
            let has_confusable_host = host.contains('%') || host.contains("xn--");
            Ok(LinkToOpen {
                url: url.into(),
                host,
                is_plain: false,
                has_confusable_host,
            })
        }
        _ => Err(WebLinkError::Scheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> String {
        inspect(text).unwrap().host
    }

    #[test]
    fn h2_only_web_and_mail_links_are_opened() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "tauri://localhost",
            "ipc://localhost",
            "tidings://join/h/c",
            "smb://srv/x",
        ] {
            assert_eq!(inspect(bad), Err(WebLinkError::Scheme), "{bad}");
        }
        for bad in [
            "",
            "example.org",
            "/etc/passwd",
            "--help",
            "http://",
            "https://a\nb",
            "https://a/\u{0}",
            "mailto:",
        ] {
            assert!(inspect(bad).is_err(), "{bad:?}");
        }
        assert!(inspect(&format!("https://a/{}", "x".repeat(WEB_LINK_BYTES))).is_err());
    }

    #[test]
    fn h9_the_true_host_is_shown() {
        assert_eq!(host("https://\u{430}pple.com/x"), "xn--pple-43d.com");
        assert!(inspect("https://\u{430}pple.com/x").unwrap().has_confusable_host);
        assert_eq!(host("http://a@b/"), "b");
        assert_eq!(
            inspect("https://bank.com:pw@evil.org/").unwrap().url,
            "https://evil.org/"
        );
        assert_eq!(host("http://1.1.1.1#@bank"), "1.1.1.1");
        assert_eq!(host("http://1.1.1.1\\@bank"), "1.1.1.1");
        assert_eq!(host("http://0x7f.1/"), "127.0.0.1");
        assert_eq!(host("HTTPS://EXAMPLE.org"), "example.org");
        assert!(inspect("http://example.org").unwrap().is_plain);
        assert!(!inspect("https://example.org").unwrap().is_plain);
    }

    #[test]
    fn a_mail_link_loses_all_but_the_address() {
        let link = inspect("mailto:ann@example.org?attach=/etc/passwd&body=x").unwrap();
        assert_eq!(
            (link.url.as_str(), link.host.as_str()),
            ("mailto:ann@example.org", "ann@example.org")
        );
    }
}

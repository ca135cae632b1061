//! TIM's UserSig (R 1.17): HMAC-SHA256 over named lines, in JSON, deflated, in a base64 with `*-_` for `+/=`.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;
use tidings_protocol::{ErrorKind, WireError, code};

use crate::limits;

#[derive(Deserialize)]
struct Ticket {
    #[serde(rename = "TLS.ver")]
    version: String,
    #[serde(rename = "TLS.identifier")]
    identifier: String,
    #[serde(rename = "TLS.sdkappid")]
    app: Number,
    #[serde(rename = "TLS.expire")]
    expire: Number,
    #[serde(rename = "TLS.time")]
    time: Number,
    #[serde(rename = "TLS.sig")]
    signature: String,
    #[serde(rename = "TLS.userbuf")]
    user_buffer: Option<String>,
}

/// Some libraries write numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(u64),
    Text(String),
}

impl Number {
    fn value(&self) -> Option<u64> {
        match self {
            Self::Plain(number) => Some(*number),
            // Written back it must be the same, since the signature is over the text.
            Self::Text(text) => text
                .parse()
                .ok()
                .filter(|number: &u64| number.to_string() == *text),
        }
    }
}

fn refuse(code: i32, words: &str) -> WireError {
    WireError::new(code, ErrorKind::Unauthorised, words)
}

/// Checks that `user_sig` lets `user` into the application `app` at `now_s` (seconds since 1970).
///
/// # Errors
/// 70003 malformed, 70009 not signed with `key`, 70013 another user, 70014 another application, 70001 expired or not yet valid.
pub(crate) fn check(user_sig: &str, user: &str, app: u64, key: &str, now_s: i64) -> Result<(), WireError> {
    let ticket =
        unpack(user_sig).ok_or_else(|| refuse(code::USER_SIG_MALFORMED, "the UserSig is malformed"))?;
    let numbers = (ticket.app.value(), ticket.time.value(), ticket.expire.value());
    let (Some(ticket_app), Some(time), Some(expire)) = numbers else {
        return Err(refuse(code::USER_SIG_MALFORMED, "the UserSig is malformed"));
    };
    let signature = STANDARD
        .decode(&ticket.signature)
        .map_err(|_| refuse(code::USER_SIG_MALFORMED, "the UserSig's signature is malformed"))?;
    let mut signed = format!(
        "TLS.identifier:{}\nTLS.sdkappid:{ticket_app}\nTLS.time:{time}\nTLS.expire:{expire}\n",
        ticket.identifier
    );
    if let Some(buffer) = &ticket.user_buffer {
        signed.push_str("TLS.userbuf:");
        signed.push_str(buffer);
        signed.push('\n');
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| {
        WireError::new(
            code::INTERNAL,
            ErrorKind::Internal,
            "the key of UserSig is unusable",
        )
    })?;
    mac.update(signed.as_bytes());
    // Compares in constant time (H38). Before everything else, so that only a ticket that is genuine gets a particular answer.
    mac.verify_slice(&signature).map_err(|_| {
        refuse(
            code::USER_SIG_MISMATCH,
            "the UserSig is not signed with this space's key",
        )
    })?;
    if ticket.identifier != user {
        return Err(refuse(code::USER_SIG_USER, "the UserSig is another user's"));
    }
    if ticket_app != app {
        return Err(refuse(
            code::USER_SIG_APP,
            "the UserSig is for another application",
        ));
    }
    let (time, expire) = (
        i64::try_from(time).unwrap_or(i64::MAX),
        i64::try_from(expire).unwrap_or(i64::MAX),
    );
    let too_early = now_s.saturating_add(limits::USER_SIG_SKEW_S) < time;
    let too_late = now_s.saturating_sub(limits::USER_SIG_SKEW_S) > time.saturating_add(expire);
    if too_early || too_late {
        return Err(refuse(
            code::USER_SIG_EXPIRED,
            "the UserSig is expired, or not valid yet",
        ));
    }
    Ok(())
}

fn unpack(user_sig: &str) -> Option<Ticket> {
    if user_sig.len() > tidings_protocol::limits::USER_SIG_BYTES {
        return None;
    }
    let plain: String = user_sig
        .chars()
        .map(|letter| match letter {
            '*' => '+',
            '-' => '/',
            '_' => '=',
            other => other,
        })
        .collect();
    let packed = STANDARD.decode(plain.trim()).ok()?;
    let mut json = Vec::new();
    flate2::read::ZlibDecoder::new(&*packed)
        .take(limits::USER_SIG_UNPACKED_BYTES)
        .read_to_end(&mut json)
        .ok()?;
    serde_json::from_slice(&json)
        .ok()
        .filter(|ticket: &Ticket| ticket.version == "2.0")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
    const SIGNATURE: &str = "ijiIwaoT91xDsfjD6FWfhuYlE91zQ5PEewrugbmQAOg=";
    const APP: u64 = 1_400_000_000;
    const TIME: i64 = 1_595_869_114;

    fn pack(json: &str) -> String {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(json.as_bytes()).unwrap();
        STANDARD
            .encode(packer.finish().unwrap())
            .replace('+', "*")
            .replace('/', "-")
            .replace('=', "_")
    }

    fn vector() -> String {
        pack(&format!(
            r#"{{"TLS.ver":"2.0","TLS.identifier":"xiaojun","TLS.sdkappid":{APP},"TLS.expire":86400,"TLS.time":{TIME},"TLS.sig":"{SIGNATURE}"}}"#
        ))
    }

    fn code_of(user_sig: &str, user: &str, app: u64, key: &str, now: i64) -> i32 {
        check(user_sig, user, app, key, now).map_or_else(|error| error.code, |()| 0)
    }

    #[test]
    fn r_1_17_the_vector_is_taken() {
        assert_eq!(code_of(&vector(), "xiaojun", APP, KEY, TIME + 100), 0);
        let spaced = pack(&format!(
            r#" {{ "TLS.sig": "{SIGNATURE}", "TLS.time": "{TIME}", "TLS.expire": 86400, "TLS.sdkappid": {APP},
                "TLS.identifier": "xiaojun", "TLS.ver": "2.0" }} "#
        ));
        assert_eq!(
            code_of(&spaced, "xiaojun", APP, KEY, TIME),
            0,
            "order and spaces differ between libraries"
        );
    }

    #[test]
    fn h38_everything_else_is_refused_with_its_code() {
        assert_eq!(
            code_of(&vector(), "xiaojun", APP, KEY, TIME + 86_400 + 60),
            0,
            "tolerance"
        );
        assert_eq!(
            code_of(&vector(), "xiaojun", APP, KEY, TIME + 86_400 + 61),
            code::USER_SIG_EXPIRED
        );
        assert_eq!(
            code_of(&vector(), "xiaojun", APP, KEY, TIME - 61),
            code::USER_SIG_EXPIRED
        );
        assert_eq!(
            code_of(&vector(), "xiaojun", APP, "another key, long enough", TIME),
            code::USER_SIG_MISMATCH
        );
        assert_eq!(code_of(&vector(), "admin", APP, KEY, TIME), code::USER_SIG_USER);
        assert_eq!(code_of(&vector(), "xiaojun", 1, KEY, TIME), code::USER_SIG_APP);
        for bad in [
            "",
            "x",
            "eJw",
            &vector()[..40],
            &pack("{}"),
            &pack("[1]"),
            &"A".repeat(5000),
        ] {
            assert_eq!(
                code_of(bad, "xiaojun", APP, KEY, TIME),
                code::USER_SIG_MALFORMED,
                "{bad}"
            );
        }
        let forged = pack(&format!(
            r#"{{"TLS.ver":"2.0","TLS.identifier":"admin","TLS.sdkappid":{APP},"TLS.expire":86400,"TLS.time":{TIME},"TLS.sig":"{SIGNATURE}"}}"#
        ));
        assert_eq!(code_of(&forged, "admin", APP, KEY, TIME), code::USER_SIG_MISMATCH);
        let bomb = pack(&" ".repeat(10_000_000));
        assert_eq!(
            code_of(&bomb, "xiaojun", APP, KEY, TIME),
            code::USER_SIG_MALFORMED
        );
    }
}

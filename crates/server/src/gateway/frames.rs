//! The server's frames as bytes: WebSocket text frames (RFC 6455, unmasked as servers send them) around the protocol's JSON.

use std::io::Write as _;

use serde::Serialize;
use tidings_protocol::{Push, Sent, Welcome, WireError};

const TEXT: u8 = 0x81;

/// Appends one text frame whose text `write` appends.
fn text(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    // Most frames have 126 to 65,535 bytes, whose header has four.
    out.extend_from_slice(&[TEXT, 126, 0, 0]);
    write(out);
    let length = out.len() - start - 4;
    if let (126.., Ok(short)) = (length, u16::try_from(length)) {
        if let Some(place) = out.get_mut(start + 2..start + 4) {
            place.copy_from_slice(&short.to_be_bytes());
        }
    } else if let (..126, Ok(tiny)) = (length, u8::try_from(length)) {
        out.splice(start..start + 4, [TEXT, tiny]);
    } else {
        let long = (length as u64).to_be_bytes();
        out.splice(start..start + 4, [TEXT, 127].into_iter().chain(long));
    }
}

/// Serialising what we made ourselves into memory cannot fail; if it did, the frame would be no JSON and the client would say so.
fn json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    if let Err(error) = serde_json::to_writer(out, value) {
        tracing::error!(%error, "a frame could not be written");
    }
}

/// `{"push": …}`
pub(crate) fn push(out: &mut Vec<u8>, push: &Push) {
    text(out, |out| {
        out.extend_from_slice(b"{\"push\":");
        json(out, push);
        out.push(b'}');
    });
}

/// `{"re": id, "ok": …}`
pub(crate) fn answer<T: Serialize>(out: &mut Vec<u8>, id: u32, answer: &T) {
    text(out, |out| {
        let _ = write!(out, "{{\"re\":{id},\"ok\":");
        json(out, answer);
        out.push(b'}');
    });
}

/// The most frequent answer.
pub(crate) fn sent(out: &mut Vec<u8>, id: u32, sent: &Sent) {
    answer(out, id, sent);
}

/// `{"re": id, "error": …}`
pub(crate) fn error(out: &mut Vec<u8>, id: u32, error: &WireError) {
    text(out, |out| {
        let _ = write!(out, "{{\"re\":{id},\"error\":");
        json(out, error);
        out.push(b'}');
    });
}

/// `{"error": …}`: the refusal of the whole connection.
pub(crate) fn refusal(out: &mut Vec<u8>, error: &WireError) {
    text(out, |out| {
        out.extend_from_slice(b"{\"error\":");
        json(out, error);
        out.push(b'}');
    });
}

/// `{"welcome": …}`
pub(crate) fn welcome(out: &mut Vec<u8>, welcome: &Welcome) {
    text(out, |out| {
        out.extend_from_slice(b"{\"welcome\":");
        json(out, welcome);
        out.push(b'}');
    });
}

/// A close frame.
pub(crate) fn close(out: &mut Vec<u8>, code: u16) {
    out.extend_from_slice(&[0x88, 2]);
    out.extend_from_slice(&code.to_be_bytes());
}

/// A pong. `payload` has at most 125 bytes, as a ping has.
pub(crate) fn pong(out: &mut Vec<u8>, payload: &[u8]) {
    out.extend_from_slice(&[0x8a, u8::try_from(payload.len()).unwrap_or(0)]);
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_fits_the_length() {
        for (length, header) in [
            (0, vec![0x81, 0]),
            (125, vec![0x81, 125]),
            (126, vec![0x81, 126, 0, 126]),
            (65_535, vec![0x81, 126, 255, 255]),
            (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let mut out = b"before".to_vec();
            text(&mut out, |out| out.resize(out.len() + length, b'x'));
            assert_eq!(out[..6], *b"before");
            assert_eq!(out[6..6 + header.len()], header[..]);
            assert_eq!(out.len(), 6 + header.len() + length);
            assert!(out[6 + header.len()..].iter().all(|byte| *byte == b'x'));
        }
    }
}

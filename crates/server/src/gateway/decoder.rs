//! Reading a client's WebSocket frames (RFC 6455).
//!
//! The decoder works in place on whatever the socket gave and keeps only the rest of a frame that is not complete, so an idle
//! session holds no buffer at all. What breaks the rules or a limit names the close code to end with (H35).

use crate::limits;

/// What a client said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// A whole text message.
    Text(&'a str),
    /// To be answered with a pong of the same bytes.
    Ping(&'a [u8]),
    /// To be answered in kind; then it is over.
    Close,
}

/// The close code for what must not be.
pub(crate) type Violation = u16;
const PROTOCOL: Violation = 1002;
const NOT_TEXT: Violation = 1003;
const NOT_UTF8: Violation = 1007;
const TOO_MANY: Violation = 1008;
const TOO_LARGE: Violation = 1009;

/// The state between two reads.
#[derive(Default)]
pub(crate) struct Decoder {
    /// The start of a frame that is not complete.
    rest: Vec<u8>,
    /// The fragments of a message that is not complete.
    message: Vec<u8>,
    fragments: u32,
    limit: usize,
}

struct Header {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    start: usize,
    length: usize,
}

impl Decoder {
    /// A decoder that takes messages of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// The limit from now on.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes what came and tells `hear` each thing that is whole. `hear` returns whether to go on.
    pub(crate) fn take(
        &mut self,
        input: &mut [u8],
        mut hear: impl FnMut(Said<'_>) -> bool,
    ) -> Result<(), Violation> {
        if self.rest.is_empty() {
            let used = self.decode(input, &mut hear)?;
            self.rest.extend_from_slice(input.get(used..).unwrap_or_default());
        } else {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(input);
            let used = self.decode(&mut all, &mut hear)?;
            if used < all.len() {
                all.drain(..used);
                self.rest = all;
            }
        }
        Ok(())
    }

    fn decode(
        &mut self,
        input: &mut [u8],
        hear: &mut impl FnMut(Said<'_>) -> bool,
    ) -> Result<usize, Violation> {
        let mut used = 0;
        while let Some(header) = self.header(input.get(used..).unwrap_or_default())? {
            let start = used + header.start;
            let Some(payload) = input.get_mut(start..start + header.length) else {
                break;
            };
            used = start + header.length;
            unmask(payload, header.mask);
            if !self.frame(&header, payload, hear)? {
                return Ok(input.len());
            }
        }
        Ok(used)
    }

    /// The header at the start of `input`; `None` when it is not complete. Judged before the payload is waited for.
    fn header(&self, input: &[u8]) -> Result<Option<Header>, Violation> {
        let [first, second, rest @ ..] = input else {
            return Ok(None);
        };
        let opcode = first & 0x0f;
        let control = opcode >= 8;
        let fin = first & 0x80 != 0;
        let known = matches!(opcode, 0 | 1 | 2 | 8 | 9 | 10);
        let masked = second & 0x80 != 0;
        if first & 0x70 != 0 || !known || !masked || (control && !fin) {
            return Err(PROTOCOL);
        }
        let (length, start) = match second & 0x7f {
            126 => {
                let Some(bytes) = rest.first_chunk::<2>() else {
                    return Ok(None);
                };
                (u64::from(u16::from_be_bytes(*bytes)), 4)
            }
            127 => {
                let Some(bytes) = rest.first_chunk::<8>() else {
                    return Ok(None);
                };
                (u64::from_be_bytes(*bytes), 10)
            }
            tiny => (u64::from(tiny), 2),
        };
        if control && length > 125 {
            return Err(PROTOCOL);
        }
        let room = self
            .limit
            .saturating_sub(if control { 0 } else { self.message.len() });
        let length = usize::try_from(length)
            .ok()
            .filter(|length| control || *length <= room)
            .ok_or(TOO_LARGE)?;
        let Some(mask) = input.get(start..).and_then(|rest| rest.first_chunk::<4>()) else {
            return Ok(None);
        };
        Ok(Some(Header {
            fin,
            opcode,
            mask: *mask,
            start: start + 4,
            length,
        }))
    }

    fn frame(
        &mut self,
        header: &Header,
        payload: &[u8],
        hear: &mut impl FnMut(Said<'_>) -> bool,
    ) -> Result<bool, Violation> {
        let continues = self.fragments > 0;
        match (header.opcode, header.fin) {
            (1, true) if !continues => Ok(hear(Said::Text(utf8(payload)?))),
            (1, false) if !continues => self.fragment(payload),
            (0, false) if continues => self.fragment(payload),
            (0, true) if continues => {
                self.fragment(payload)?;
                self.fragments = 0;
                let message = std::mem::take(&mut self.message);
                Ok(hear(Said::Text(utf8(&message)?)))
            }
            (2, _) if !continues => Err(NOT_TEXT),
            (8, _) => {
                // One byte is no code, and the reason is text.
                if payload.len() == 1 {
                    return Err(PROTOCOL);
                }
                utf8(payload.get(2..).unwrap_or_default())?;
                hear(Said::Close);
                Ok(false)
            }
            (9, _) => Ok(hear(Said::Ping(payload))),
            (10, _) => Ok(true),
            _ => Err(PROTOCOL),
        }
    }

    fn fragment(&mut self, payload: &[u8]) -> Result<bool, Violation> {
        self.fragments += 1;
        if self.fragments > limits::FRAGMENTS {
            return Err(TOO_MANY);
        }
        self.message.extend_from_slice(payload);
        Ok(true)
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Violation> {
    std::str::from_utf8(bytes).map_err(|_| NOT_UTF8)
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u32::from_ne_bytes(mask);
    let (chunks, rest) = payload.as_chunks_mut::<4>();
    for chunk in chunks {
        *chunk = (u32::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 3, 250];
        let mut out = vec![first];
        match payload.len() {
            tiny @ 0..126 => out.push(0x80 | tiny as u8),
            short @ 126..65_536 => {
                out.push(0x80 | 126);
                out.extend((short as u16).to_be_bytes());
            }
            long => {
                out.push(0x80 | 127);
                out.extend((long as u64).to_be_bytes());
            }
        }
        out.extend(mask);
        out.extend(
            payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, key)| byte ^ key),
        );
        out
    }

    fn decode(pieces: &[&[u8]], limit: usize) -> Result<Vec<String>, Violation> {
        let mut decoder = Decoder::new(limit);
        let mut said = Vec::new();
        for piece in pieces {
            decoder.take(&mut piece.to_vec(), |what| {
                said.push(format!("{what:?}"));
                true
            })?;
        }
        Ok(said)
    }

    #[test]
    fn frames_come_out_the_same_however_the_bytes_are_cut() {
        let mut bytes = frame(0x81, b"one");
        bytes.extend(frame(0x01, "zw\u{e9}".as_bytes()));
        bytes.extend(frame(0x89, b"ping"));
        bytes.extend(frame(0x80, "\u{1f600}".repeat(100).as_bytes()));
        bytes.extend(frame(0x8a, b"pong"));
        bytes.extend(frame(0x81, "x".repeat(70_000).as_bytes()));
        let whole = decode(&[&bytes], 100_000).unwrap();
        assert_eq!(whole.len(), 4);
        assert_eq!(whole[0], "Text(\"one\")");
        assert_eq!(
            whole[2],
            format!("Text({:?})", format!("zw\u{e9}{}", "\u{1f600}".repeat(100)))
        );
        for cut in (1..1000).chain([bytes.len() - 1]) {
            let (left, right) = bytes.split_at(cut);
            assert_eq!(decode(&[left, right], 100_000).unwrap(), whole, "cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode(&single[..800], 100_000).unwrap(), whole[..3]);
    }

    #[test]
    fn h35_what_breaks_a_rule_is_named() {
        assert_eq!(decode(&[&frame(0x81, &[0xff])], 100), Err(NOT_UTF8));
        assert_eq!(
            decode(&[&frame(0x81, &[b'x'; 101])[..8]], 100),
            Err(TOO_LARGE),
            "before the payload came"
        );
        assert_eq!(
            decode(&[&[0x81, 0xff, 0xff, 255, 255, 255, 255, 255, 255, 255]], 100),
            Err(TOO_LARGE)
        );
        assert_eq!(
            decode(&[&frame(0x01, &[b'x'; 60]), &frame(0x80, &[b'x'; 60])], 100),
            Err(TOO_LARGE)
        );
        assert_eq!(decode(&[&frame(0x82, b"x")], 100), Err(NOT_TEXT));
        assert_eq!(
            decode(&[&frame(0xc1, b"x")], 100),
            Err(PROTOCOL),
            "compression was not agreed on"
        );
        assert_eq!(decode(&[&[0x81, 1, b'x']], 100), Err(PROTOCOL), "not masked");
        assert_eq!(
            decode(&[&frame(0x80, b"x")], 100),
            Err(PROTOCOL),
            "continues nothing"
        );
        assert_eq!(
            decode(&[&frame(0x01, b"x"), &frame(0x81, b"x")], 100),
            Err(PROTOCOL)
        );
        assert_eq!(
            decode(&[&frame(0x09, b"x")], 100),
            Err(PROTOCOL),
            "a ping in pieces"
        );
        assert_eq!(decode(&[&frame(0x89, &[0; 126])], 1000), Err(PROTOCOL));
        let many: Vec<Vec<u8>> = (0..300)
            .map(|n| frame(if n == 0 { 0x01 } else { 0x00 }, b""))
            .collect();
        let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
        assert_eq!(decode(&many, 100), Err(TOO_MANY));
    }

    #[test]
    fn nothing_is_heard_after_a_close() {
        let mut bytes = frame(0x88, &1000_u16.to_be_bytes());
        bytes.extend(frame(0x81, b"x"));
        assert_eq!(decode(&[&bytes], 100).unwrap(), ["Close"]);
    }
}

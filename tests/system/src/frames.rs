//! WebSocket frames, seen from the outside: enough to count them and to change their order.

/// What becomes of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Arrives,
    /// It arrives twice.
    Twice,
    /// It arrives after the next one.
    Late,
    /// It never arrives.
    Never,
    /// Another one arrives in its place: what a hostile server might send.
    Becomes(String),
}

/// `text` as a text frame of a server.
fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()) {
        Ok(short @ ..126) => frame.push(u8::try_from(short).unwrap_or_default()),
        Ok(middle) => {
            frame.push(126);
            frame.extend(middle.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((text.len() as u64).to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    frame
}

/// Where the head of an HTTP message ends.
const HEAD_END: &[u8] = b"\r\n\r\n";
/// What a server says when a connection becomes a WebSocket.
const SWITCHING: &[u8] = b"HTTP/1.1 101";

/// The frame at the start of `bytes`: how long it is and what it carries, unless it is masked.
struct Frame {
    length: usize,
    payload_at: usize,
    is_control: bool,
}

fn frame_at_start(bytes: &[u8]) -> Option<Frame> {
    let [first, second, rest @ ..] = bytes else {
        return None;
    };
    let (short, mask) = (second & 0x7f, if second & 0x80 == 0 { 0 } else { 4 });
    let (payload, head): (usize, usize) = match short {
        126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
        127 => (
            usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?,
            10,
        ),
        short => (usize::from(short), 2),
    };
    let payload_at = head + mask;
    let length = payload_at.checked_add(payload)?;
    (bytes.len() >= length).then_some(Frame {
        length,
        payload_at,
        is_control: first & 0x08 != 0,
    })
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END)
        .map(|at| at + HEAD_END.len())
}

/// Counts the frames that a client sends. What comes before them is the one HTTP request that asks for a WebSocket.
#[derive(Debug, Default)]
pub(crate) struct FrameCounter {
    pending: Vec<u8>,
    is_socket: bool,
    is_other: bool,
}

impl FrameCounter {
    /// How many frames end within `bytes`, control frames not counted.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> u64 {
        if self.is_other {
            return 0;
        }
        self.pending.extend_from_slice(bytes);
        if !self.is_socket {
            let Some(end) = end_of_head(&self.pending) else {
                return 0;
            };
            let head =
                String::from_utf8_lossy(self.pending.get(..end).unwrap_or_default()).to_ascii_lowercase();
            self.is_socket = head.contains("upgrade: websocket");
            self.is_other = !self.is_socket;
            self.pending.drain(..end);
        }
        let mut count = 0;
        while let Some(frame) = frame_at_start(&self.pending).filter(|_| self.is_socket) {
            count += u64::from(!frame.is_control);
            self.pending.drain(..frame.length);
        }
        count
    }
}

/// Lets what a server sends through, and changes the frames among it.
#[derive(Debug, Default)]
pub(crate) struct FrameMangler {
    pending: Vec<u8>,
    late: Vec<u8>,
    is_socket: bool,
    is_other: bool,
}

impl FrameMangler {
    /// Puts what may go on into `out`, and says how many frames the server sent, control frames not counted.
    pub(crate) fn take(&mut self, bytes: &[u8], decide: &dyn Fn(&str) -> Fate, out: &mut Vec<u8>) -> u64 {
        if self.is_other {
            out.extend_from_slice(bytes);
            return 0;
        }
        self.pending.extend_from_slice(bytes);
        if !self.is_socket {
            let seen = self.pending.len().min(SWITCHING.len());
            if self.pending.get(..seen) != SWITCHING.get(..seen) {
                self.is_other = true;
                out.append(&mut self.pending);
                return 0;
            }
            let Some(end) = end_of_head(&self.pending) else {
                return 0;
            };
            self.is_socket = true;
            out.extend(self.pending.drain(..end));
        }
        let mut count = 0;
        while let Some(frame) = frame_at_start(&self.pending) {
            let bytes: Vec<u8> = self.pending.drain(..frame.length).collect();
            if frame.is_control {
                out.extend(bytes);
                continue;
            }
            count += 1;
            let text =
                String::from_utf8_lossy(bytes.get(frame.payload_at..).unwrap_or_default()).into_owned();
            match decide(&text) {
                Fate::Never => continue,
                Fate::Late if self.late.is_empty() => {
                    self.late = bytes;
                    continue;
                }
                Fate::Twice => {
                    out.extend_from_slice(&bytes);
                    out.extend(bytes);
                }
                Fate::Arrives | Fate::Late => out.extend(bytes),
                Fate::Becomes(other) => out.extend(text_frame(&other)),
            }
            out.append(&mut self.late);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mangled(frames: &[&str], decide: impl Fn(&str) -> Fate) -> (u64, String) {
        let mut stream = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_vec();
        let head = stream.len();
        stream.extend(frames.iter().flat_map(|text| text_frame(text)));
        let (mut mangler, mut out) = (FrameMangler::default(), Vec::new());
        // One byte at a time: a frame may come in any pieces.
        let count = stream
            .chunks(1)
            .map(|byte| mangler.take(byte, &decide, &mut out))
            .sum();
        let carried = String::from_utf8_lossy(&out.split_off(head)).into_owned();
        (count, carried.chars().filter(char::is_ascii_alphabetic).collect())
    }

    #[test]
    fn frames_come_as_their_fate_says() {
        let fate = |text: &str| match text {
            "b" => Fate::Twice,
            "c" => Fate::Late,
            "e" => Fate::Never,
            "f" => Fate::Becomes("g".into()),
            _ => Fate::Arrives,
        };
        assert_eq!(
            mangled(&["a", "b", "c", "d", "e", "f"], fate),
            (6, "abbdcg".into())
        );
    }

    #[test]
    fn a_frame_of_any_length_is_read_as_it_was_made() {
        for length in [0, 125, 126, 65_535, 65_536, 100_000] {
            let frame = text_frame(&"x".repeat(length));
            let read = frame_at_start(&frame).unwrap();
            assert_eq!(
                (read.length, read.length - read.payload_at),
                (frame.len(), length)
            );
            assert!(frame_at_start(&frame[..frame.len() - 1]).is_none());
        }
    }

    #[test]
    fn plain_http_goes_through_as_it_is() {
        let (mut mangler, mut out) = (FrameMangler::default(), Vec::new());
        for piece in [&b"HT"[..], b"TP/1.1 200 OK\r\n", b"\r\n\x81\x01a"] {
            assert_eq!(mangler.take(piece, &|_| Fate::Never, &mut out), 0);
        }
        assert_eq!(out, b"HTTP/1.1 200 OK\r\n\r\n\x81\x01a");
    }

    #[test]
    fn a_clients_masked_frames_are_counted() {
        let mut counter = FrameCounter::default();
        let mut stream = b"GET /v1/socket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_vec();
        stream.extend([
            0x81, 0x82, 1, 2, 3, 4, 5, 6, 0x8a, 0x80, 1, 2, 3, 4, 0x81, 0x80, 1, 2, 3, 4,
        ]);
        assert_eq!(stream.chunks(1).map(|byte| counter.take(byte)).sum::<u64>(), 2);
    }
}

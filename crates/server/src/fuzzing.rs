//! Doors for the fuzz targets in `fuzz/`, and for nobody else.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::gateway::decoder::{Decoder, Said};
use crate::gateway::ranges::{self, Wanted};
use crate::gateway::tus;
use crate::user_sig;

/// Checks `sig` as a space would that has a key.
pub fn user_sig(sig: &str) -> bool {
    user_sig::check(sig, "ann", 1_400_000_000, "0123456789abcdef", 1_700_000_000).is_ok()
}

/// Packs `json` as a UserSig and checks that, so that what comes after the packing is reached too.
pub fn packed_user_sig(json: &[u8]) -> bool {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let packed = packer.write_all(json).and_then(|()| packer.finish());
    let sig = STANDARD.encode(packed.unwrap_or_default());
    user_sig(&sig.replace('+', "*").replace('/', "-").replace('=', "_"))
}

/// Reads the headers of an upload, each from the same text. Whether any was taken.
pub fn upload_headers(text: &str) -> bool {
    let metadata = tus::metadata(text).is_ok();
    let mut checksum = tus::checksum(text).ok();
    if let Some(checksum) = &mut checksum {
        checksum.update(text.as_bytes());
        // Nobody writes down a checksum of itself.
        assert!(!checksum.is_right());
    }
    let number = tus::number(text);
    // What was read is what is written.
    assert!(
        number
            .is_none_or(|number| text.trim_start_matches('0') == number.to_string().trim_start_matches('0'))
    );
    metadata || checksum.is_some() || number.is_some()
}

/// Reads a `Range` of a file of `size` bytes; what is asked for is within it.
pub fn range(header: &str, size: u64) {
    if let Wanted::Part(range) = ranges::wanted(header, size) {
        assert!(range.start < range.end && range.end <= size);
    }
}

/// Reads `bytes` as a client's WebSocket frames, so many at once. What was heard until the end or the first violation.
pub fn frames(bytes: &[u8], at_once: usize, limit: usize) -> (Vec<String>, Option<u16>) {
    let mut decoder = Decoder::new(limit);
    let mut heard = Vec::new();
    for piece in bytes.chunks(at_once.max(1)) {
        let mut over = false;
        let taken = decoder.take(&mut piece.to_vec(), |said| {
            over = said == Said::Close;
            heard.push(format!("{said:?}"));
            !over
        });
        if let Err(violation) = taken {
            return (heard, Some(violation));
        }
        if over {
            break;
        }
    }
    (heard, None)
}

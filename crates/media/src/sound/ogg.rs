//! Ogg pages around Opus packets (RFC 3533, RFC 7845).

/// Packets in a page: one second. A player seeks by pages.
const PACKETS: usize = 50;

/// The stream's number; there is one stream in a file.
const SERIAL: u32 = 1;

/// A file that is being written.
pub(super) struct Pages {
    bytes: Vec<u8>,
    /// Samples that a player drops at the start.
    before: u64,
    number: u32,
    encoded: u64,
    /// The page that is being filled: lengths of its packets, and them.
    lengths: Vec<u8>,
    packets: Vec<u8>,
    count: usize,
}

impl Pages {
    /// With its two headers: `before` samples to drop, and the rate that the microphone had.
    pub(super) fn new(before: u16, rate: u32) -> Self {
        let mut pages = Self {
            bytes: Vec::new(),
            before: before.into(),
            number: 0,
            encoded: 0,
            lengths: Vec::new(),
            packets: Vec::new(),
            count: 0,
        };
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(before.to_le_bytes());
        head.extend(rate.to_le_bytes());
        head.extend([0, 0, 0]);
        pages.add(&head);
        pages.page(2, 0);
        let mut tags = b"OpusTags\x07\0\0\0Tidings".to_vec();
        tags.extend([0; 4]);
        pages.add(&tags);
        pages.page(0, 0);
        pages
    }

    pub(super) fn before(&self) -> u64 {
        self.before
    }

    /// Samples in all packets so far.
    pub(super) fn encoded(&self) -> u64 {
        self.encoded
    }

    pub(super) fn packet(&mut self, packet: &[u8], samples: u64) {
        // A full page is written when more comes, so that the last page is never empty.
        if self.count == PACKETS {
            self.page(0, self.encoded);
        }
        self.add(packet);
        self.encoded += samples;
    }

    /// The whole file, which plays `samples`.
    pub(super) fn finish(mut self, samples: u64) -> Vec<u8> {
        self.page(4, self.before + samples);
        self.bytes
    }

    fn add(&mut self, packet: &[u8]) {
        let full = packet.len() / 255;
        self.lengths.extend(std::iter::repeat_n(255, full));
        self.lengths.push((packet.len() % 255) as u8);
        self.packets.extend(packet);
        self.count += 1;
    }

    fn page(&mut self, flags: u8, position: u64) {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(position.to_le_bytes());
        page.extend(SERIAL.to_le_bytes());
        page.extend(self.number.to_le_bytes());
        page.extend([0; 4]);
        page.push(self.lengths.len() as u8);
        page.append(&mut self.lengths);
        page.append(&mut self.packets);
        let sum = checksum(&page).to_le_bytes();
        if let Some(place) = page.get_mut(22..26) {
            place.copy_from_slice(&sum);
        }
        self.bytes.append(&mut page);
        self.number += 1;
        self.count = 0;
    }
}

/// Ogg's checksum: the polynomial of Ethernet, neither reflected nor inverted.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum & 0x8000_0000 == 0 {
                sum << 1
            } else {
                sum << 1 ^ 0x04c1_1db7
            }
        })
    })
}

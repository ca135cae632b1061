//! The few things of EXIF that are looked at: how a picture lies, whether it says where it was taken, the preview in it.

use crate::limits;

/// What is known of a picture's EXIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exif {
    /// 1 to 8.
    pub(crate) orientation: u8,
    pub(crate) has_location: bool,
    /// Where the preview stands, from the start of the TIFF header, and how long it is, bytes.
    pub(crate) preview: Option<(usize, usize)>,
}

impl Default for Exif {
    fn default() -> Self {
        Self {
            orientation: 1,
            has_location: false,
            preview: None,
        }
    }
}

/// The TIFF structure inside EXIF.
struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Tiff<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let two = *self.bytes.get(at..)?.first_chunk::<2>()?;
        Some(if self.little {
            u16::from_le_bytes(two)
        } else {
            u16::from_be_bytes(two)
        })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let four = *self.bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        })
    }

    /// Calls `each` with tag and place of the value of each entry; the place of the next directory.
    fn directory(&self, at: usize, mut each: impl FnMut(u16, usize)) -> Option<usize> {
        let entries = usize::from(self.u16(at)?).min(512);
        for entry in 0..entries {
            let start = at + 2 + entry * 12;
            each(self.u16(start)?, start + 8);
        }
        self.u32(at + 2 + entries * 12).map(|next| next as usize)
    }
}

impl Exif {
    /// Reads what begins with the TIFF header. What makes no sense is left out.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut exif = Self::default();
        let little = match bytes.get(..4) {
            Some(b"II*\0") => true,
            Some(b"MM\0*") => false,
            _ => return exif,
        };
        let tiff = Tiff { bytes, little };
        let Some(first) = tiff.u32(4) else {
            return exif;
        };
        let next = tiff.directory(first as usize, |tag, value| match tag {
            0x0112 => {
                if let Some(orientation @ 1..=8) = tiff.u16(value) {
                    exif.orientation = orientation as u8;
                }
            }
            0x8825 => exif.has_location = true,
            _ => {}
        });
        let (mut start, mut length) = (None, None);
        if let Some(next) = next.filter(|next| *next > 0) {
            tiff.directory(next, |tag, value| match tag {
                0x0201 => start = tiff.u32(value),
                0x0202 => length = tiff.u32(value),
                _ => {}
            });
        }
        if let (Some(start), Some(length)) = (start, length) {
            let (start, length) = (start as usize, length as usize);
            let inside = start.checked_add(length).is_some_and(|end| end <= bytes.len());
            if inside && length > 4 && length <= limits::EMBEDDED_BYTES {
                exif.preview = Some((start, length));
            }
        }
        exif
    }

    /// EXIF that says nothing but how the picture lies: what is left of it where the pixels stay as they are (H25).
    pub(crate) fn only_orientation(orientation: u8) -> [u8; 26] {
        let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0";
        if let Some(place) = tiff.get_mut(19) {
            *place = orientation;
        }
        tiff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for orientation in 1..=8 {
            let exif = Exif::read(&Exif::only_orientation(orientation));
            assert_eq!(
                exif,
                Exif {
                    orientation,
                    has_location: false,
                    preview: None
                }
            );
        }
    }

    #[test]
    fn a_place_and_a_preview_are_found() {
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend(1u16.to_le_bytes());
        tiff.extend(0x8825u16.to_le_bytes());
        tiff.extend([4, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        tiff.extend(26u32.to_le_bytes());
        tiff.extend(2u16.to_le_bytes());
        for (tag, value) in [(0x0201u16, 56u32), (0x0202, 10)] {
            tiff.extend(tag.to_le_bytes());
            tiff.extend([4, 0, 1, 0, 0, 0]);
            tiff.extend(value.to_le_bytes());
        }
        tiff.extend([0; 4]);
        tiff.extend([7; 10]);
        let exif = Exif::read(&tiff);
        assert!(exif.has_location);
        assert_eq!(exif.preview, Some((56, 10)));
        assert_eq!(Exif::read(&tiff[..60]).preview, None);
    }

    proptest::proptest! {
        #[test]
        fn h23_nonsense_is_read_without_harm(bytes: Vec<u8>) {
            let mut tiff = b"II*\0\x08\0\0\0".to_vec();
            tiff.extend(bytes);
            let exif = Exif::read(&tiff);
            proptest::prop_assert!((1..=8).contains(&exif.orientation));
        }
    }
}

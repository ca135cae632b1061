//! What a notification shows of whom it is from: the conversation's colour, and on it a person, or several.

use tidings_engine::notify::Face;

use crate::drawing::{Picture, coverage};

/// Pixels on each side: what notification programs show at most, on a screen of two pixels a point.
const SIZE: usize = 96;
/// The colours of avatars, as in the page's styles (`--avatar-0` and on).
const COLOURS: [[u8; 3]; 12] = [
    [0x99, 0x47, 0x3b],
    [0x8a, 0x5a, 0x1f],
    [0x6d, 0x67, 0x1f],
    [0x43, 0x70, 0x2f],
    [0x2a, 0x73, 0x50],
    [0x1f, 0x70, 0x70],
    [0x2b, 0x6a, 0x8f],
    [0x3f, 0x62, 0xa8],
    [0x5e, 0x57, 0xad],
    [0x7d, 0x4f, 0x9e],
    [0x93, 0x4a, 0x7f],
    [0x9b, 0x43, 0x5e],
];
const WHITE: [u8; 3] = [0xff, 0xff, 0xff];

/// A figure in shares of the picture's side: where its middle is, where its head ends below, and how large it is.
struct Figure {
    middle: f64,
    head: f64,
    scale: f64,
    /// How much of it is seen.
    share: f64,
}

const PERSON: &[Figure] = &[Figure {
    middle: 0.5,
    head: 0.4,
    scale: 1.0,
    share: 1.0,
}];
const SEVERAL: &[Figure] = &[
    Figure {
        middle: 0.68,
        head: 0.38,
        scale: 0.75,
        share: 0.6,
    },
    Figure {
        middle: 0.4,
        head: 0.43,
        scale: 0.9,
        share: 1.0,
    },
];

/// The picture of a face.
pub(super) fn drawn(face: Face) -> Picture {
    let mut picture = Picture::empty(SIZE);
    let side = SIZE as f64;
    let colour = COLOURS.get(usize::from(face.colour) % COLOURS.len()).copied();
    let in_disc = move |x: f64, y: f64| coverage(side / 2.0 - (x - side / 2.0).hypot(y - side / 2.0));
    picture.paint(|x, y| (in_disc(x, y), colour));
    let figures = if face.is_group { SEVERAL } else { PERSON };
    for figure in figures {
        let (middle, head) = (figure.middle * side, figure.head * side);
        let (radius, shoulders) = (0.15 * side * figure.scale, 0.29 * side * figure.scale);
        // A gap of the disc's colour sets the one in front apart.
        let gap = 0.03 * side;
        let inside = move |x: f64, y: f64, more: f64| {
            let in_head = radius + more - (x - middle).hypot(y - head);
            let below = head + radius * 1.35 + shoulders;
            let in_body = shoulders + more - (x - middle).hypot(y - below);
            coverage(in_head.max(in_body)) * in_disc(x, y)
        };
        picture.paint(|x, y| (inside(x, y, gap), colour));
        picture.paint(|x, y| (inside(x, y, 0.0) * figure.share, Some(WHITE)));
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(picture: &Picture, x: usize, y: usize) -> [u8; 4] {
        let at = (y * picture.size + x) * 4;
        picture.rgba[at..at + 4].try_into().unwrap()
    }

    #[test]
    fn a_face_is_a_disc_of_its_colour_with_somebody_on_it() {
        let person = drawn(Face {
            colour: 7,
            is_group: false,
        });
        assert_eq!(pixel(&person, 0, 0)[3], 0, "nothing around it");
        assert_eq!(pixel(&person, 48, 8), [0x3f, 0x62, 0xa8, 0xff]);
        assert_eq!(pixel(&person, 48, 38), [0xff; 4]);
        let group = drawn(Face {
            colour: 7,
            is_group: true,
        });
        assert_ne!(person, group);
        let beyond = drawn(Face {
            colour: 19,
            is_group: true,
        });
        assert_eq!(group, beyond, "a colour that nobody has is one that somebody has");
    }

    #[test]
    fn the_colours_are_those_of_the_page() {
        let styles = include_str!("../../../ui/src/look/tokens.css");
        for (number, [red, green, blue]) in COLOURS.iter().enumerate() {
            let line = format!("--avatar-{number}: #{red:02x}{green:02x}{blue:02x};");
            assert!(styles.contains(&line), "{line}");
        }
    }
}

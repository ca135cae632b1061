//! Small square pictures that are painted pixel by pixel: the tray's icon, and the faces of notifications.

/// A square picture, four bytes a pixel: red, green, blue, opacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Pixels on each side.
    pub(crate) size: usize,
    /// Row by row.
    pub(crate) rgba: Vec<u8>,
}

impl Picture {
    /// One on which there is nothing yet.
    pub(crate) fn empty(size: usize) -> Self {
        Self {
            size,
            rgba: vec![0; size * size * 4],
        }
    }

    /// Lays a colour, or nothing, over each pixel, as much of it as `with` says for the pixel's middle.
    pub(crate) fn paint(&mut self, with: impl Fn(f64, f64) -> (f64, Option<[u8; 3]>)) {
        for (at, pixel) in self.rgba.chunks_exact_mut(4).enumerate() {
            let (x, y) = ((at % self.size) as f64 + 0.5, (at / self.size) as f64 + 0.5);
            let (share, colour) = with(x, y);
            let [red, green, blue, alpha] = pixel else {
                continue;
            };
            let mixed =
                |old: u8, new: u8| (f64::from(old) * (1.0 - share) + f64::from(new) * share).round() as u8;
            match colour {
                None => *alpha = mixed(*alpha, 0),
                // On nothing a colour is itself, however little of it there is.
                Some(colour) if *alpha == 0 => {
                    [*red, *green, *blue] = colour;
                    *alpha = mixed(0, 0xff);
                }
                Some([r, g, b]) => {
                    (*red, *green, *blue) = (mixed(*red, r), mixed(*green, g), mixed(*blue, b));
                    *alpha = mixed(*alpha, 0xff);
                }
            }
        }
    }
}

/// How much of a pixel is covered whose middle is so far inside an edge.
pub(crate) fn coverage(inside: f64) -> f64 {
    (inside + 0.5).clamp(0.0, 1.0)
}

//! Decoded pixels, and what is done with them.

use fast_image_resize as resize;

use crate::error::MediaError;

/// Rows of pixels with 8 bits a channel: red, green, blue, and perhaps alpha.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pixels {
    width: u32,
    height: u32,
    /// 3 or 4.
    channels: usize,
    bytes: Vec<u8>,
}

impl Pixels {
    /// Pixels without transparency; none where the bytes are not as many as they must be.
    pub(crate) fn rgb(width: u32, height: u32, bytes: Vec<u8>) -> Result<Self, MediaError> {
        Self::of(width, height, 3, bytes)
    }

    /// Pixels with alpha, which is not multiplied in.
    pub(crate) fn rgba(width: u32, height: u32, bytes: Vec<u8>) -> Result<Self, MediaError> {
        Self::of(width, height, 4, bytes)
    }

    fn of(width: u32, height: u32, channels: usize, bytes: Vec<u8>) -> Result<Self, MediaError> {
        if width == 0
            || height == 0
            || bytes.len() as u64 != u64::from(width) * u64::from(height) * channels as u64
        {
            return Err(MediaError::Broken("it has fewer pixels than it says"));
        }
        Ok(Self {
            width,
            height,
            channels,
            bytes,
        })
    }

    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same picture in other colours; as many bytes as before.
    pub(crate) fn with_bytes(self, bytes: Vec<u8>) -> Result<Self, MediaError> {
        Self::of(self.width, self.height, self.channels, bytes)
    }

    /// Whether nothing shows through.
    pub(crate) fn is_opaque(&self) -> bool {
        self.channels == 3 || self.bytes.chunks_exact(4).all(|pixel| pixel.last() == Some(&255))
    }

    /// These pixels without alpha: what shows through becomes white.
    pub(crate) fn flat(self) -> Self {
        if self.channels == 3 {
            return self;
        }
        let over = |colour: u8, alpha: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        let bytes = self
            .bytes
            .chunks_exact(4)
            .flat_map(|pixel| match pixel {
                [red, green, blue, alpha] => [over(*red, *alpha), over(*green, *alpha), over(*blue, *alpha)],
                _ => [255; 3],
            })
            .collect();
        Self {
            channels: 3,
            bytes,
            ..self
        }
    }

    /// These pixels with alpha.
    pub(crate) fn with_alpha(&self) -> Vec<u8> {
        if self.channels == 4 {
            return self.bytes.clone();
        }
        self.bytes
            .chunks_exact(3)
            .flat_map(|pixel| match pixel {
                [red, green, blue] => [*red, *green, *blue, 255],
                _ => [0; 4],
            })
            .collect()
    }

    /// On a transparent canvas of these sides, at that place; what reaches over it is cut off.
    pub(crate) fn on_canvas(&self, canvas: (u32, u32), place: (u32, u32)) -> Result<Self, MediaError> {
        let mut bytes = vec![0; canvas.0 as usize * canvas.1 as usize * 4];
        let rgba = self.with_alpha();
        let across = self.width.min(canvas.0.saturating_sub(place.0)) as usize * 4;
        let rows = rgba.chunks_exact(self.width as usize * 4);
        let lines = bytes
            .chunks_exact_mut(canvas.0 as usize * 4)
            .skip(place.1 as usize);
        for (row, line) in rows.zip(lines) {
            let from = place.0 as usize * 4;
            if let (Some(to), Some(row)) = (line.get_mut(from..from + across), row.get(..across)) {
                to.copy_from_slice(row);
            }
        }
        Self::rgba(canvas.0, canvas.1, bytes)
    }

    /// The middle of these pixels that has the proportions of a picture of these sides.
    pub(crate) fn middle(self, width: u32, height: u32) -> Result<Self, MediaError> {
        let (mine, theirs) = (
            u64::from(self.width) * u64::from(height),
            u64::from(self.height) * u64::from(width),
        );
        let whole = u64::from(self.width) * u64::from(self.height);
        let (across, down) = if mine > theirs {
            (theirs / u64::from(height.max(1)), self.height.into())
        } else {
            (self.width.into(), mine / u64::from(width.max(1)))
        };
        let (across, down) = (across.max(1) as usize, down.max(1) as usize);
        // A pixel more or less comes of rounding.
        if (across * down) as u64 * 50 >= whole * 49 {
            return Ok(self);
        }
        let (left, top) = (
            (self.width as usize - across) / 2,
            (self.height as usize - down) / 2,
        );
        let bytes = self
            .bytes
            .chunks_exact(self.width as usize * self.channels)
            .skip(top)
            .take(down)
            .filter_map(|row| row.get(left * self.channels..(left + across) * self.channels))
            .flatten()
            .copied()
            .collect();
        Self::of(across as u32, down as u32, self.channels, bytes)
    }

    /// The average of all pixels; of pixels without alpha.
    pub(crate) fn average(&self) -> [u8; 3] {
        let mut sums = [0u64; 3];
        for pixel in self.bytes.chunks_exact(self.channels) {
            for (sum, colour) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(*colour);
            }
        }
        let count = (u64::from(self.width) * u64::from(self.height)).max(1);
        sums.map(|sum| (sum / count) as u8)
    }

    /// Scaled to these sides.
    pub(crate) fn scaled(&self, width: u32, height: u32) -> Result<Self, MediaError> {
        if (width, height) == (self.width, self.height) {
            return Ok(self.clone());
        }
        let kind = if self.channels == 3 {
            resize::PixelType::U8x3
        } else {
            resize::PixelType::U8x4
        };
        let wrong = |_| MediaError::Broken("its sides make no sense");
        let from =
            resize::images::ImageRef::new(self.width, self.height, &self.bytes, kind).map_err(wrong)?;
        let mut to = resize::images::Image::new(width, height, kind);
        resize::Resizer::new()
            .resize(&from, &mut to, None)
            .map_err(|_| MediaError::Broken("its sides make no sense"))?;
        Self::of(width, height, self.channels, to.into_vec())
    }

    /// Turned so that it stands upright, from how EXIF says it lies.
    pub(crate) fn turned(self, orientation: u8) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        let (width, height, channels) = (self.width as usize, self.height as usize, self.channels);
        let (new_width, new_height) = if orientation >= 5 {
            (height, width)
        } else {
            (width, height)
        };
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for y in 0..new_height {
            for x in 0..new_width {
                let (from_x, from_y) = match orientation {
                    2 => (width - 1 - x, y),
                    3 => (width - 1 - x, height - 1 - y),
                    4 => (x, height - 1 - y),
                    5 => (y, x),
                    6 => (y, height - 1 - x),
                    7 => (width - 1 - y, height - 1 - x),
                    _ => (width - 1 - y, x),
                };
                let at = (from_y * width + from_x) * channels;
                bytes.extend_from_slice(self.bytes.get(at..at + channels).unwrap_or_default());
            }
        }
        Self {
            width: new_width as u32,
            height: new_height as u32,
            channels,
            bytes,
        }
    }
}

/// Makes a picture smaller by a whole number while its rows come in, so that never more than some of them are kept.
pub(crate) struct Shrinker {
    width: u32,
    height: u32,
    by: usize,
    channels: usize,
    /// Sums of the columns of the rows that make the next row. [`Shrinker::MOST`] rows fit into 16 bits.
    sums: Vec<u16>,
    rows: usize,
    bytes: Vec<u8>,
}

impl Shrinker {
    /// The greatest number by which is shrunk.
    const MOST: u32 = 128;

    /// For a picture of these sides that is wanted at least in those. The last columns and rows that make no whole pixel fall away.
    pub(crate) fn new(sides: (u32, u32), wanted: (u32, u32), channels: usize) -> Self {
        // Half as large again is left to the finer filter.
        let by = |side: u32, wanted: u32| side / (wanted.max(1) + wanted / 2).max(1);
        let by = by(sides.0, wanted.0)
            .min(by(sides.1, wanted.1))
            .clamp(1, Self::MOST);
        let (width, height) = (sides.0 / by, sides.1 / by);
        Self {
            width,
            height,
            by: by as usize,
            channels,
            sums: vec![0; sides.0 as usize * channels],
            rows: 0,
            bytes: Vec::with_capacity(width as usize * height as usize * channels),
        }
    }

    /// How much it keeps, bytes.
    pub(crate) fn keeps(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * self.channels as u64
    }

    /// Takes the next row, of as many channels as were announced; alpha is multiplied in here and taken out again.
    pub(crate) fn row(&mut self, row: &mut [u8]) {
        if self.by == 1 {
            self.bytes.extend_from_slice(row);
            return;
        }
        if self.channels == 4 {
            for pixel in row.chunks_exact_mut(4) {
                if let [red, green, blue, alpha] = pixel
                    && *alpha != 255
                {
                    for colour in [red, green, blue] {
                        *colour = ((u32::from(*colour) * u32::from(*alpha) + 127) / 255) as u8;
                    }
                }
            }
        }
        for (sum, byte) in self.sums.iter_mut().zip(row) {
            *sum += u16::from(*byte);
        }
        self.rows += 1;
        if self.rows == self.by {
            self.rows = 0;
            if self.channels == 4 {
                self.finish_row::<4>();
            } else {
                self.finish_row::<3>();
            }
            self.sums.fill(0);
        }
    }

    fn finish_row<const N: usize>(&mut self) {
        let area = (self.by * self.by) as u32;
        for group in self.sums.chunks_exact(self.by * N) {
            let mut sums = [0u32; N];
            for pixel in group.chunks_exact(N) {
                for (sum, column) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*column);
                }
            }
            let alpha = if N == 4 {
                sums.last().copied().unwrap_or_default()
            } else {
                0
            };
            for (channel, sum) in sums.into_iter().enumerate() {
                let value = if N == 4 && channel < 3 {
                    (sum * 255 + alpha / 2).checked_div(alpha).unwrap_or(0)
                } else {
                    (sum + area / 2) / area
                };
                self.bytes.push(value.min(255) as u8);
            }
        }
    }

    /// The pixels; what did not come stays grey.
    pub(crate) fn finish(mut self) -> Result<Pixels, MediaError> {
        let whole = self.width as usize * self.height as usize * self.channels;
        self.bytes.resize(whole, 128);
        Pixels::of(self.width, self.height, self.channels, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: u32, height: u32) -> Pixels {
        let bytes = (0..width * height)
            .flat_map(|number| [number as u8, 0, 0])
            .collect();
        Pixels::rgb(width, height, bytes).unwrap()
    }

    fn reds(pixels: &Pixels) -> Vec<u8> {
        pixels.bytes.chunks(3).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn h25_each_orientation_is_turned_upright() {
        let wanted: [(u8, u32, [u8; 6]); 8] = [
            (1, 3, [0, 1, 2, 3, 4, 5]),
            (2, 3, [2, 1, 0, 5, 4, 3]),
            (3, 3, [5, 4, 3, 2, 1, 0]),
            (4, 3, [3, 4, 5, 0, 1, 2]),
            (5, 2, [0, 3, 1, 4, 2, 5]),
            (6, 2, [3, 0, 4, 1, 5, 2]),
            (7, 2, [5, 2, 4, 1, 3, 0]),
            (8, 2, [2, 5, 1, 4, 0, 3]),
        ];
        for (orientation, width, order) in wanted {
            let turned = numbered(3, 2).turned(orientation);
            assert_eq!(
                (turned.width, reds(&turned)),
                (width, order.to_vec()),
                "{orientation}"
            );
        }
    }

    #[test]
    fn shrinking_averages_and_keeps_colours_at_transparent_edges() {
        let mut shrinker = Shrinker::new((6, 6), (1, 1), 4);
        for _ in 0..6 {
            let mut row = [[200, 100, 50, 255], [0, 0, 0, 0]].concat().repeat(3);
            shrinker.row(&mut row);
        }
        let pixels = shrinker.finish().unwrap();
        assert_eq!((pixels.width, pixels.height), (1, 1));
        assert_eq!(pixels.bytes, [200, 100, 50, 128]);
    }

    #[test]
    fn what_shows_through_becomes_white() {
        let pixels = Pixels::rgba(2, 1, vec![10, 20, 30, 0, 10, 20, 30, 255]).unwrap();
        assert!(!pixels.is_opaque());
        assert_eq!(pixels.flat().bytes, [255, 255, 255, 10, 20, 30]);
    }
}

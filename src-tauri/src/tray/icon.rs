//! The tray's icon: the app's own, which stands out from light and dark panels alike, and in its corner how much is unread.

use crate::drawing::{Picture, coverage};

/// The app's icon, from which the others are made.
static BASE: tauri::image::Image<'static> = tauri::include_image!("icons/128x128.png");

/// The badge's colour and that of its digits.
const RED: [u8; 3] = [0xd9, 0x2d, 0x20];
const WHITE: [u8; 3] = [0xff, 0xff, 0xff];

/// Digits of three by five, a row a number, and a plus.
const GLYPHS: [[u8; 5]; 11] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
    [0b000, 0b010, 0b111, 0b010, 0b000],
];
const PLUS: usize = 10;

/// The icon in this size, with so much unread.
pub(super) fn drawn(size: usize, unread: u64) -> Picture {
    let mut picture = shrunk(size);
    if unread > 0 {
        badge(&mut picture, unread);
    }
    picture
}

/// The app's icon in this size: each pixel the mean of those that it stands for.
fn shrunk(size: usize) -> Picture {
    let base = BASE.rgba();
    let (width, height) = (BASE.width() as usize, BASE.height() as usize);
    let mut rgba = Vec::with_capacity(size * size * 4);
    for y in 0..size {
        for x in 0..size {
            let columns = x * width / size..((x + 1) * width / size).max(x * width / size + 1);
            let mut sum = [0u32; 4];
            let mut count = 0;
            for row in y * height / size..((y + 1) * height / size).max(y * height / size + 1) {
                for column in columns.clone() {
                    let at = (row * width + column) * 4;
                    if let Some(&[red, green, blue, alpha]) = base.get(at..at + 4) {
                        let weight = u32::from(alpha);
                        for (sum, part) in sum.iter_mut().zip([red, green, blue]) {
                            *sum += u32::from(part) * weight;
                        }
                        sum[3] += weight;
                        count += 1;
                    }
                }
            }
            let [red, green, blue, alpha] = sum;
            let part = |sum: u32| (sum / alpha.max(1)) as u8;
            rgba.extend([part(red), part(green), part(blue), (alpha / count.max(1)) as u8]);
        }
    }
    Picture { size, rgba }
}

/// A disc with a number in the lower right corner; where there is no room for a number, the disc alone.
fn badge(picture: &mut Picture, unread: u64) {
    let size = picture.size as f64;
    let glyphs: Vec<usize> = match unread {
        0..=9 => vec![unread as usize],
        10..=99 => vec![unread as usize / 10, unread as usize % 10],
        _ => vec![9, PLUS],
    };
    let scale = picture.size / 20;
    let has_room = scale > 0;
    let radius = if has_room { size * 0.32 } else { size * 0.22 };
    let centre = size - radius - 0.5;
    // A ring of nothing around it sets it apart from the icon, whatever is behind.
    let ring = (size / 24.0).max(1.0);
    picture.paint(|x, y| {
        let distance = (x - centre).hypot(y - centre);
        (coverage(radius + ring - distance), None)
    });
    picture.paint(|x, y| {
        let distance = (x - centre).hypot(y - centre);
        (coverage(radius - distance), Some(RED))
    });
    if !has_room {
        return;
    }
    let width = glyphs.len() * 4 * scale - scale;
    let left = (centre - width as f64 / 2.0).round();
    let top = (centre - 5.0 * scale as f64 / 2.0).round();
    picture.paint(|x, y| {
        let (column, row) = ((x - left) / scale as f64, (y - top) / scale as f64);
        let is_inside = column >= 0.0 && row >= 0.0;
        let (column, row) = (column as usize, row as usize);
        let bits = glyphs
            .get(column / 4)
            .and_then(|glyph| GLYPHS.get(*glyph)?.get(row));
        let is_set =
            is_inside && column % 4 < 3 && bits.is_some_and(|bits| bits >> (2 - column % 4) & 1 == 1);
        (if is_set { 1.0 } else { 0.0 }, Some(WHITE))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reds(picture: &Picture) -> usize {
        let is_red = |pixel: &&[u8]| pixel[..3] == RED && pixel[3] == 0xff;
        picture.rgba.chunks_exact(4).filter(is_red).count()
    }

    #[test]
    fn each_size_has_its_pixels_and_each_count_looks_different() {
        for size in [16, 22, 24, 32, 48, 64] {
            let plain = drawn(size, 0);
            assert_eq!(plain.rgba.len(), size * size * 4);
            assert_eq!(reds(&plain), 0);
            assert!(reds(&drawn(size, 3)) > size);
        }
        let mut seen: Vec<Picture> = [0, 1, 2, 9, 10, 42, 99, 100]
            .map(|unread| drawn(32, unread))
            .into();
        let count = seen.len();
        seen.dedup();
        assert_eq!(seen.len(), count);
        assert_eq!(drawn(32, 100), drawn(32, u64::MAX));
    }
}

//! Colours that every screen understands: pixels that are meant in a profile of their own become sRGB.
//!
//! What is made here bears no profile. A web view that meets one builds a table for each picture, which takes longer than all
//! the rest of showing it.

use moxcms::{ColorProfile, Layout, ParsingOptions, TransformOptions};

use super::Pixels;
use crate::{error::MediaError, limits};

/// The pixels as sRGB. A profile that makes no sense, or is no simple one of red, green and blue, is as good as none (H25).
pub(super) fn for_screens(pixels: Pixels, profile: Option<&[u8]>) -> Result<Pixels, MediaError> {
    let Some(meant) = profile.and_then(simple) else {
        return Ok(pixels);
    };
    let layout = if pixels.channels() == 4 {
        Layout::Rgba
    } else {
        Layout::Rgb
    };
    let screen = ColorProfile::new_srgb();
    let Ok(transform) = meant.create_transform_8bit(layout, &screen, layout, TransformOptions::default())
    else {
        return Ok(pixels);
    };
    let mut bytes = vec![0; pixels.bytes().len()];
    match transform.transform(pixels.bytes(), &mut bytes) {
        Ok(()) => pixels.with_bytes(bytes),
        Err(_) => Ok(pixels),
    }
}

/// A profile of three curves and a matrix, as cameras and screens have them.
fn simple(profile: &[u8]) -> Option<ColorProfile> {
    let options = ParsingOptions {
        max_profile_size: limits::PROFILE_BYTES + 1,
        ..ParsingOptions::default()
    };
    let profile = ColorProfile::new_from_slice_with_options(profile, options).ok()?;
    profile.is_matrix_shaper().then_some(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(pixel: [u8; 3]) -> Pixels {
        Pixels::rgb(1, 1, pixel.to_vec()).unwrap()
    }

    #[test]
    fn what_a_wide_screen_means_becomes_what_every_screen_shows() {
        let wide = ColorProfile::new_display_p3().encode().unwrap();
        let shown = for_screens(one([200, 100, 100]), Some(&wide)).unwrap();
        let [red, green, blue] = <[u8; 3]>::try_from(shown.bytes()).unwrap();
        assert!(red > 210 && green < 100 && blue < 100, "{red} {green} {blue}");
        let grey = for_screens(one([128, 128, 128]), Some(&wide)).unwrap();
        assert!(grey.bytes().iter().all(|each| each.abs_diff(128) <= 1));
    }

    #[test]
    fn what_shows_through_does_so_as_before() {
        let wide = ColorProfile::new_display_p3().encode().unwrap();
        let pixels = Pixels::rgba(1, 1, vec![200, 100, 100, 77]).unwrap();
        assert_eq!(
            for_screens(pixels, Some(&wide)).unwrap().bytes().last(),
            Some(&77)
        );
    }

    #[test]
    fn h25_a_profile_that_makes_no_sense_is_as_good_as_none() {
        let mut cut = ColorProfile::new_display_p3().encode().unwrap();
        cut.truncate(200);
        for profile in [None, Some(&b"nonsense"[..]), Some(&cut)] {
            assert_eq!(for_screens(one([1, 2, 3]), profile).unwrap().bytes(), &[1, 2, 3]);
        }
    }
}

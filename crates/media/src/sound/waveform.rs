//! How loud a voice is, to be drawn.

use crate::limits::{WAVEFORM_MOST, WAVEFORM_VALUES};

/// What counts as silence, decibels below the loudest that there is.
const SILENCE: f32 = 50.0;

/// How loud these samples are, 0 to 1 as the ear has it: for a meter while recording.
#[must_use]
pub fn level(samples: &[f32]) -> f32 {
    heard(power(samples))
}

fn power(samples: &[f32]) -> f32 {
    let sum: f32 = samples.iter().map(|sample| sample * sample).sum();
    if samples.is_empty() || !sum.is_finite() {
        0.0
    } else {
        sum / samples.len() as f32
    }
}

fn heard(power: f32) -> f32 {
    // A sine that fills the range has half of its power.
    let decibels = 10.0 * (2.0 * power).max(1e-9).log10();
    (1.0 + decibels / SILENCE).clamp(0.0, 1.0)
}

/// The power of each packet: at most 30,000 in ten minutes.
#[derive(Default)]
pub(super) struct Waveform(Vec<f32>);

impl Waveform {
    pub(super) fn packet(&mut self, samples: &[f32]) {
        self.0.push(power(samples));
    }

    /// The values to draw of the first `packets`: the loudest packet of each stretch, against the loudest of all.
    pub(super) fn values(&self, packets: u64) -> [u8; WAVEFORM_VALUES] {
        let count = self.0.len().min(usize::try_from(packets).unwrap_or(usize::MAX));
        let all = self.0.get(..count).unwrap_or_default();
        let loudest = |powers: &[f32]| powers.iter().copied().fold(0.0, f32::max);
        let most = heard(loudest(all)).max(0.2);
        std::array::from_fn(|value| {
            let from = value * count / WAVEFORM_VALUES;
            let to = ((value + 1) * count / WAVEFORM_VALUES).max(from + 1);
            let here = heard(loudest(all.get(from..to.min(count)).unwrap_or_default()));
            ((here / most).min(1.0) * f32::from(WAVEFORM_MOST)).round() as u8
        })
    }
}

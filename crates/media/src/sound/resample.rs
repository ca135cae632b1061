//! From a microphone's rate to another one: a windowed sinc, one set of weights for each place that a sample can fall on.

use std::f64::consts::PI;

/// Samples on each side of the place that go into a new sample, at the lower of the two rates.
const REACH: usize = 16;

/// Changes the rate of what comes in.
pub(super) struct Resampler {
    /// `step / places` samples in for each sample out.
    step: u64,
    places: u64,
    /// Samples on each side.
    reach: usize,
    /// `places` times `2 * reach` weights.
    weights: Vec<f32>,
    /// What came, from the first sample that is needed again.
    kept: Vec<f32>,
    /// Where in `kept` the next new sample falls: a whole sample, and a part of the next in `places`.
    at: usize,
    part: u64,
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32) -> Self {
        let common = u64::from(gcd(from, to));
        let (step, places) = (u64::from(from) / common, u64::from(to) / common);
        // Going down, what is above half the new rate must go, and the sinc is wider.
        let share = (f64::from(to) / f64::from(from)).min(1.0);
        let reach = (REACH as f64 / share).ceil() as usize;
        let mut weights = Vec::new();
        if step != places {
            for place in 0..places {
                let offset = place as f64 / places as f64;
                let of = |tap: usize| {
                    let distance = tap as f64 - (reach as f64 - 1.0) - offset;
                    sinc(distance * share) * window(distance / reach as f64)
                };
                let row: Vec<f64> = (0..2 * reach).map(of).collect();
                let sum: f64 = row.iter().sum();
                weights.extend(row.iter().map(|weight| (weight / sum) as f32));
            }
        }
        // Silence before the first sample.
        Self {
            step,
            places,
            reach,
            weights,
            kept: vec![0.0; reach - 1],
            at: 0,
            part: 0,
        }
    }

    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        if self.step == self.places {
            out.extend_from_slice(samples);
            return;
        }
        self.kept.extend_from_slice(samples);
        let taps = 2 * self.reach;
        while let Some(around) = self.kept.get(self.at..self.at + taps) {
            let row = self.part as usize * taps;
            let weights = self.weights.get(row..row + taps).unwrap_or_default();
            out.push(
                around
                    .iter()
                    .zip(weights)
                    .map(|(sample, weight)| sample * weight)
                    .sum(),
            );
            self.part += self.step;
            self.at += (self.part / self.places) as usize;
            self.part %= self.places;
        }
        let gone = self.at.min(self.kept.len());
        self.kept.drain(..gone);
        self.at -= gone;
    }

    /// What is still inside, with silence behind it.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        if self.step != self.places {
            self.push(&vec![0.0; self.reach], out);
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Blackman's, from -1 to 1.
fn window(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        0.0
    } else {
        0.42 + 0.5 * (PI * x).cos() + 0.08 * (2.0 * PI * x).cos()
    }
}

fn gcd(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { gcd(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, frequency: f64) -> Vec<f32> {
        (0..rate)
            .map(|sample| (2.0 * PI * frequency * f64::from(sample) / f64::from(rate)).sin() as f32)
            .collect()
    }

    fn resampled(rate: u32, frequency: f64) -> Vec<f32> {
        let mut resampler = Resampler::new(rate, 48_000);
        let mut out = Vec::new();
        for part in tone(rate, frequency).chunks(441) {
            resampler.push(part, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn a_tone_stays_what_it_is_at_every_rate() {
        for rate in [8_000, 16_000, 44_100, 48_000, 96_000, 192_000] {
            let out = resampled(rate, 1_000.0);
            assert!(out.len().abs_diff(48_000) <= 2, "{rate}: {}", out.len());
            let wanted = tone(48_000, 1_000.0);
            let worst = out[1_000..47_000]
                .iter()
                .zip(&wanted[1_000..])
                .map(|(one, other)| (one - other).abs())
                .fold(0.0, f32::max);
            assert!(worst < 0.01, "{rate}: {worst}");
        }
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_gone() {
        let loudest = resampled(192_000, 60_000.0)[1_000..47_000]
            .iter()
            .fold(0.0, |most: f32, sample| most.max(sample.abs()));
        assert!(loudest < 0.01, "{loudest}");
    }
}

//! Voices: from a microphone's samples to Opus in Ogg, with a waveform to draw.
//!
//! WebKitGTK, WebView2 and WKWebView from macOS 15.4 on play it; on an older macOS it is a file to save.

mod ogg;
mod resample;
mod waveform;

use opus::{Application, Bitrate, Channels};

use crate::{
    error::MediaError,
    limits::{VOICE_MS, WAVEFORM_VALUES},
};
use ogg::Pages;
use resample::Resampler;
use waveform::Waveform;
pub use waveform::level;

/// Samples a second, inside.
const RATE: u32 = 48_000;
/// Samples in a packet: 20 ms.
const PACKET: usize = 960;
/// Bits a second: speech is as good as it was at this rate, and ten minutes are 2.4 MB.
const BITS: i32 = 32_000;
/// The longest packet that Opus makes of 20 ms, bytes.
const PACKET_BYTES: usize = 1275;
/// The rates at which microphones are read, samples a second.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// A voice, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// The file.
    pub bytes: Vec<u8>,
    /// How long it plays, milliseconds.
    pub duration_ms: u64,
    /// How loud it is from begin to end, each value 0 to 31.
    pub waveform: [u8; WAVEFORM_VALUES],
    /// Its MIME type.
    pub mime: &'static str,
}

/// Takes samples while they are recorded. What it keeps is bounded: some 4 kB a second, ten minutes at most (R-A2).
pub struct Encoder {
    channels: usize,
    resampler: Resampler,
    opus: opus::Encoder,
    /// Samples that do not make a packet yet.
    waiting: Vec<f32>,
    /// Mono samples that came, at [`RATE`], and how many may.
    samples: u64,
    most: u64,
    pages: Pages,
    waveform: Waveform,
    /// One channel of what was pushed, kept for its memory.
    mono: Vec<f32>,
}

impl Encoder {
    /// For samples of so many channels, interleaved, at a rate of 8,000 to 192,000 a second.
    ///
    /// # Errors
    /// [`MediaError::Unsupported`] for another rate, or no channel.
    pub fn new(rate: u32, channels: u16) -> Result<Self, MediaError> {
        if !RATES.contains(&rate) || channels == 0 {
            return Err(MediaError::Unsupported);
        }
        let mut opus = opus::Encoder::new(RATE, Channels::Mono, Application::Voip).map_err(wrong)?;
        opus.set_bitrate(Bitrate::Bits(BITS)).map_err(wrong)?;
        opus.set_vbr(true).map_err(wrong)?;
        let before = u16::try_from(opus.get_lookahead().map_err(wrong)?).unwrap_or(0);
        Ok(Self {
            channels: channels.into(),
            resampler: Resampler::new(rate, RATE),
            opus,
            waiting: Vec::with_capacity(PACKET * 2),
            samples: 0,
            most: VOICE_MS * u64::from(RATE / 1000),
            pages: Pages::new(before, rate),
            waveform: Waveform::default(),
            mono: Vec::new(),
        })
    }

    /// Takes samples between -1 and 1; whether there is room for more (R-A2). What comes after that is dropped.
    ///
    /// # Errors
    /// [`MediaError::Broken`] where the encoder refuses them.
    pub fn push(&mut self, samples: &[f32]) -> Result<bool, MediaError> {
        let mut mono = std::mem::take(&mut self.mono);
        mono.clear();
        mono.extend(samples.chunks_exact(self.channels).map(|frame| {
            let mean = frame.iter().sum::<f32>() / frame.len() as f32;
            if mean.is_finite() {
                mean.clamp(-1.0, 1.0)
            } else {
                0.0
            }
        }));
        let before = self.waiting.len();
        self.resampler.push(&mono, &mut self.waiting);
        self.mono = mono;
        self.take(before)
    }

    /// Counts what stands behind `before`, drops what is too much, and encodes whole packets.
    fn take(&mut self, before: usize) -> Result<bool, MediaError> {
        let room = usize::try_from(self.most - self.samples).unwrap_or(usize::MAX);
        let came = self.waiting.len() - before;
        self.waiting.truncate(before + came.min(room));
        self.samples += came.min(room) as u64;
        let mut packet = [0; PACKET_BYTES];
        let whole = self.waiting.len() / PACKET * PACKET;
        for frame in self.waiting.get(..whole).unwrap_or_default().chunks_exact(PACKET) {
            let length = self.opus.encode_float(frame, &mut packet).map_err(wrong)?;
            self.pages
                .packet(packet.get(..length).unwrap_or_default(), PACKET as u64);
            self.waveform.packet(frame);
        }
        self.waiting.drain(..whole);
        Ok(self.samples < self.most)
    }

    /// How long what came plays, milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.samples / u64::from(RATE / 1000)
    }

    /// The file.
    ///
    /// # Errors
    /// [`MediaError::Broken`] where nothing came, or the encoder refuses.
    pub fn finish(mut self) -> Result<Sound, MediaError> {
        let before = self.waiting.len();
        self.resampler.finish(&mut self.waiting);
        self.take(before)?;
        if self.samples == 0 {
            return Err(MediaError::Broken("there is no sound in it"));
        }
        let samples = self.samples;
        // Silence, until the last sample has come out of the encoder.
        while self.pages.encoded() < samples + self.pages.before() {
            self.waiting.resize(PACKET, 0.0);
            let mut packet = [0; PACKET_BYTES];
            let length = self
                .opus
                .encode_float(&self.waiting, &mut packet)
                .map_err(wrong)?;
            self.pages
                .packet(packet.get(..length).unwrap_or_default(), PACKET as u64);
            self.waveform.packet(&self.waiting);
            self.waiting.clear();
        }
        Ok(Sound {
            bytes: self.pages.finish(samples),
            duration_ms: samples / u64::from(RATE / 1000),
            waveform: self.waveform.values(samples.div_ceil(PACKET as u64)),
            mime: "audio/ogg",
        })
    }
}

fn wrong(_: opus::Error) -> MediaError {
    MediaError::Broken("the sound cannot be encoded")
}

#[cfg(test)]
mod tests;

//! The microphone that the desktop uses.

use std::{any::Any, sync::mpsc::SyncSender};

use cpal::{
    FromSample, Sample, SampleFormat, SizedSample,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};

use super::Said;
use crate::limits::MICROPHONE_PATIENCE;

/// Why nothing can be recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MicrophoneError {
    /// There is none.
    #[error("there is no microphone")]
    None,
    /// The person or the system does not let the app.
    #[error("the microphone may not be used")]
    NotAllowed,
    /// Another program has it.
    #[error("the microphone is in use")]
    Busy,
    /// It opened, or was to open, and nothing came.
    #[error("the microphone does not answer")]
    Silent,
    /// It was unplugged, or its driver gave up.
    #[error("the microphone failed")]
    Failed,
}

/// A microphone that is open. It closes when the handle is dropped.
pub(super) struct Opened {
    pub(super) handle: Box<dyn Any>,
    /// Samples a second.
    pub(super) rate: u32,
    /// Channels.
    pub(super) channels: u16,
}

/// Where sound comes from: the desktop's microphone, and what tests say.
pub(super) trait Microphone: Send + 'static {
    /// Opens it. What it hears goes to `to`; where that is full, it is lost rather than waited for.
    fn open(&self, to: SyncSender<Said>) -> Result<Opened, MicrophoneError>;
}

/// The microphone that the desktop uses.
#[derive(Debug)]
pub(super) struct SystemMicrophone;

impl Microphone for SystemMicrophone {
    fn open(&self, to: SyncSender<Said>) -> Result<Opened, MicrophoneError> {
        let device = cpal::default_host()
            .default_input_device()
            .ok_or(MicrophoneError::None)?;
        let supported = device.default_input_config().map_err(why)?;
        let (rate, channels) = (supported.sample_rate(), supported.channels());
        let config = supported.config();
        let format = supported.sample_format();
        let stream = match format {
            SampleFormat::F32 => heard::<f32>(&device, config, to),
            SampleFormat::F64 => heard::<f64>(&device, config, to),
            SampleFormat::I8 => heard::<i8>(&device, config, to),
            SampleFormat::I16 => heard::<i16>(&device, config, to),
            SampleFormat::I32 => heard::<i32>(&device, config, to),
            SampleFormat::U8 => heard::<u8>(&device, config, to),
            SampleFormat::U16 => heard::<u16>(&device, config, to),
            SampleFormat::U32 => heard::<u32>(&device, config, to),
            other => {
                tracing::warn!(%other, "the microphone's samples are of an unknown kind");
                return Err(MicrophoneError::Failed);
            }
        }?;
        stream.play().map_err(why)?;
        Ok(Opened {
            handle: Box::new(stream),
            rate,
            channels,
        })
    }
}

fn heard<Kind>(
    device: &cpal::Device,
    config: cpal::StreamConfig,
    to: SyncSender<Said>,
) -> Result<cpal::Stream, MicrophoneError>
where
    Kind: SizedSample,
    f32: FromSample<Kind>,
{
    let failed = to.clone();
    device
        .build_input_stream(
            config,
            move |samples: &[Kind], _: &cpal::InputCallbackInfo| {
                let sound = samples.iter().map(|sample| f32::from_sample(*sample)).collect();
                // Full only when the computer does not keep up at all: a hole in the sound is better than a late voice.
                let _ = to.try_send(Said::Sound(sound));
            },
            move |error: cpal::Error| match error.kind() {
                // It goes on.
                cpal::ErrorKind::DeviceChanged | cpal::ErrorKind::Xrun | cpal::ErrorKind::RealtimeDenied => {
                    tracing::debug!(%error, "the microphone stumbled")
                }
                _ => {
                    let _ = failed.try_send(Said::Lost(why(error)));
                }
            },
            Some(MICROPHONE_PATIENCE),
        )
        .map_err(why)
}

#[expect(clippy::needless_pass_by_value, reason = "it goes to `map_err`")]
fn why(error: cpal::Error) -> MicrophoneError {
    tracing::debug!(%error, "the microphone");
    match error.kind() {
        cpal::ErrorKind::PermissionDenied => MicrophoneError::NotAllowed,
        cpal::ErrorKind::DeviceBusy => MicrophoneError::Busy,
        cpal::ErrorKind::DeviceNotAvailable | cpal::ErrorKind::HostUnavailable => MicrophoneError::None,
        _ => MicrophoneError::Failed,
    }
}

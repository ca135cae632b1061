//! Voice messages: the microphone, a level to look at while it runs, and an encoder that keeps up.
//!
//! One thread owns a recording from its beginning to its end. It counts time by the sound that came in, so it needs no clock
//! and what is said of its length is what is in the file.

mod microphone;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
    mpsc::{self, Receiver, SyncSender},
};

use parking_lot::Mutex;
use tidings_engine::view::ErrorView;
use tidings_media::{
    MediaError,
    sound::{Encoder, Sound, level},
};
use tidings_protocol::{ErrorKind, code};
use tokio::sync::oneshot;

use crate::{
    events::{Listeners, OwnEvent},
    limits::{MICROPHONE_PATIENCE, RECORDING_LEVELS, RECORDING_QUEUE},
    refusal::{Answer, bad_parameter, not_here, refusal},
    shell::Shell,
};
use microphone::{Microphone, MicrophoneError, Opened, SystemMicrophone};

/// The recording that runs or waits to be taken, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Option<Recording>>);

#[derive(Debug)]
struct Recording {
    to: SyncSender<Said>,
    /// The microphone is open.
    hears: Arc<AtomicBool>,
}

/// What the recording's thread hears.
#[derive(Debug)]
pub(crate) enum Said {
    /// Sound: samples of all channels, one after the other.
    Sound(Vec<f32>),
    /// The microphone went away.
    Lost(MicrophoneError),
    /// Make a file of it.
    Stop(oneshot::Sender<Answer<Sound>>),
    /// Throw it away.
    Cancel,
}

impl Recorder {
    /// Makes room for a recording. One that has ended and that nobody took is given up for it.
    fn begin(&self, to: SyncSender<Said>) -> Answer<Arc<AtomicBool>> {
        let mut running = self.0.lock();
        if running
            .as_ref()
            .is_some_and(|before| before.hears.load(Ordering::Acquire))
        {
            return Err(refusal(
                code::BAD_PARAMETER,
                ErrorKind::Conflict,
                "something is being recorded already",
            ));
        }
        let hears = Arc::new(AtomicBool::new(true));
        *running = Some(Recording {
            to,
            hears: Arc::clone(&hears),
        });
        Ok(hears)
    }

    /// Gives up the one that hears so, if it is still the one that runs.
    fn give_up(&self, hears: &Arc<AtomicBool>) -> Option<SyncSender<Said>> {
        let mut running = self.0.lock();
        let is_it = running.as_ref().is_some_and(|it| Arc::ptr_eq(&it.hears, hears));
        if is_it {
            running.take().map(|recording| recording.to)
        } else {
            None
        }
    }

    fn take(&self) -> Option<SyncSender<Said>> {
        self.0.lock().take().map(|recording| recording.to)
    }
}

/// Begins to record; comes back when the microphone is open.
pub(crate) async fn start(shell: &Shell) -> Answer<()> {
    begin(&shell.recorder, shell.listeners.clone(), SystemMicrophone).await
}

async fn begin(recorder: &Recorder, listeners: Listeners, microphone: impl Microphone) -> Answer<()> {
    let (to, said) = mpsc::sync_channel(RECORDING_QUEUE);
    let hears = recorder.begin(to.clone())?;
    let (opened, opens) = oneshot::channel();
    let thread = std::thread::Builder::new().name("recording".into());
    let own = Arc::clone(&hears);
    let started = thread.spawn(move || {
        record(&microphone, to, &said, &listeners, &hears, opened);
        hears.store(false, Ordering::Release);
    });
    let opened = match started {
        Ok(_) => tokio::time::timeout(MICROPHONE_PATIENCE, opens).await,
        Err(error) => {
            recorder.give_up(&own);
            tracing::error!(%error, "no thread for the recording");
            return Err(refusal(code::INTERNAL, ErrorKind::Internal, "recording failed"));
        }
    };
    let error = match opened {
        Ok(Ok(Ok(()))) => return Ok(()),
        Ok(Ok(Err(error))) => error,
        _ => MicrophoneError::Silent,
    };
    tracing::warn!(%error, "the microphone does not open");
    if let Some(to) = recorder.give_up(&own) {
        // It may still open later, with nobody left to hear it.
        let _ = to.try_send(Said::Cancel);
    }
    Err(error.view())
}

/// Ends the recording and gives what there is.
pub(crate) async fn stop(shell: &Shell) -> Answer<Sound> {
    end(&shell.recorder).await
}

async fn end(recorder: &Recorder) -> Answer<Sound> {
    let Some(to) = recorder.take() else {
        return Err(bad_parameter("nothing is being recorded"));
    };
    let (answer, answered) = oneshot::channel();
    let sent = tokio::task::spawn_blocking(move || to.send(Said::Stop(answer)).is_ok()).await;
    match (sent, answered.await) {
        (Ok(true), Ok(recorded)) => recorded,
        _ => Err(refusal(code::INTERNAL, ErrorKind::Internal, "recording failed")),
    }
}

/// Throws the recording away, where there is one.
pub(crate) async fn cancel(shell: &Shell) {
    if let Some(to) = shell.recorder.take() {
        let cancelled = tokio::task::spawn_blocking(move || to.send(Said::Cancel)).await;
        if !matches!(cancelled, Ok(Ok(()))) {
            tracing::debug!("the recording had ended by itself");
        }
    }
}

/// A recording, from the microphone's opening until somebody takes it or throws it away.
fn record(
    microphone: &dyn Microphone,
    to: SyncSender<Said>,
    said: &Receiver<Said>,
    listeners: &Listeners,
    hears: &AtomicBool,
    opened: oneshot::Sender<Result<(), MicrophoneError>>,
) {
    let Opened {
        handle,
        rate,
        channels,
    } = match microphone.open(to) {
        Ok(open) => open,
        Err(error) => {
            let _ = opened.send(Err(error));
            return;
        }
    };
    let mut encoder = match Encoder::new(rate, channels) {
        Ok(encoder) => encoder,
        Err(error) => {
            tracing::warn!(%error, rate, channels, "the microphone's sound cannot be encoded");
            let _ = opened.send(Err(MicrophoneError::Failed));
            return;
        }
    };
    if opened.send(Ok(())).is_err() {
        return;
    }
    let mut handle = Some(handle);
    // What the next level is made of.
    let mut heard = Vec::new();
    let step = (rate / RECORDING_LEVELS).max(1) as usize * usize::from(channels);
    let ended = |event: OwnEvent| {
        hears.store(false, Ordering::Release);
        listeners.tell_own(event);
    };
    while let Ok(each) = said.recv() {
        match each {
            Said::Sound(sound) if handle.is_some() => {
                let has_room = encoder.push(&sound);
                heard.extend_from_slice(&sound);
                if heard.len() >= step {
                    if listeners.is_empty() {
                        // The page that wanted it is gone.
                        return;
                    }
                    listeners.tell_own(OwnEvent::RecordingLevel {
                        level: level(&heard),
                        seconds: std::time::Duration::from_millis(encoder.duration_ms()).as_secs_f64(),
                    });
                    heard.clear();
                }
                match has_room {
                    Ok(true) => {}
                    Ok(false) => {
                        handle = None;
                        ended(OwnEvent::RecordingEnded {});
                    }
                    Err(error) => {
                        tracing::error!(%error, "the recording cannot be encoded");
                        handle = None;
                        let error = MicrophoneError::Failed.view();
                        ended(OwnEvent::RecordingFailed { error });
                    }
                }
            }
            // What the microphone still says after its end.
            Said::Sound(_) => {}
            Said::Lost(error) => {
                if handle.take().is_some() {
                    tracing::warn!(%error, "the microphone went away");
                    let error = error.view();
                    ended(OwnEvent::RecordingFailed { error });
                }
            }
            Said::Stop(answer) => {
                drop(handle);
                let _ = answer.send(finished(encoder));
                return;
            }
            Said::Cancel => return,
        }
    }
}

fn finished(encoder: Encoder) -> Answer<Sound> {
    encoder.finish().map_err(|error| match error {
        MediaError::Broken(_) => not_here("the microphone gave no sound"),
        error => {
            tracing::error!(%error, "a recording cannot be encoded");
            refusal(
                code::INTERNAL,
                ErrorKind::Internal,
                "the recording cannot be encoded",
            )
        }
    })
}

impl MicrophoneError {
    fn view(&self) -> ErrorView {
        not_here(self.to_string())
    }
}

#[cfg(test)]
mod tests;

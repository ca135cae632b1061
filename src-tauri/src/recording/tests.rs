use tauri::ipc::{Channel, InvokeResponseBody};

use super::*;

/// A microphone that says what it is told to, then waits, or goes away.
struct Fake {
    seconds: u32,
    goes_away: bool,
    missing: bool,
}

const RATE: u32 = 16_000;

impl Microphone for Fake {
    fn open(&self, to: SyncSender<Said>) -> Result<Opened, MicrophoneError> {
        if self.missing {
            return Err(MicrophoneError::None);
        }
        let (seconds, goes_away) = (self.seconds, self.goes_away);
        std::thread::spawn(move || {
            for _ in 0..seconds * 10 {
                // Two channels that are the same.
                let sound = (0..RATE / 10)
                    .flat_map(|at| [f32::sin(at as f32 / 8.0) * 0.5; 2])
                    .collect();
                if to.send(Said::Sound(sound)).is_err() {
                    return;
                }
            }
            if goes_away {
                let _ = to.send(Said::Lost(MicrophoneError::Failed));
            }
        });
        Ok(Opened {
            handle: Box::new(()),
            rate: RATE,
            channels: 2,
        })
    }
}

fn fake(seconds: u32) -> Fake {
    Fake {
        seconds,
        goes_away: false,
        missing: false,
    }
}

/// Listeners, and what they heard.
fn listening() -> (Listeners, Arc<Mutex<Vec<serde_json::Value>>>) {
    let (listeners, heard) = (Listeners::default(), Arc::new(Mutex::new(Vec::new())));
    let ear = Arc::clone(&heard);
    listeners.add(Channel::new(move |body| {
        let InvokeResponseBody::Json(json) = body else {
            panic!("not JSON")
        };
        ear.lock().push(serde_json::from_str(&json).unwrap());
        Ok(())
    }));
    (listeners, heard)
}

async fn until(heard: &Mutex<Vec<serde_json::Value>>, event: &str, count: usize) {
    while heard.lock().iter().filter(|each| each["event"] == event).count() < count {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_was_said_comes_back_with_its_length_and_levels_on_the_way() {
    let (recorder, (listeners, heard)) = (Recorder::default(), listening());
    begin(&recorder, listeners, fake(2)).await.unwrap();
    until(&heard, "recordingLevel", 20).await;
    assert!(begin(&recorder, Listeners::default(), fake(1)).await.is_err());
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let recorded = end(&recorder).await.unwrap();
    assert_eq!(recorded.duration_ms.div_ceil(100), 20);
    assert!(recorded.bytes.starts_with(b"OggS"));
    assert!(recorded.waveform.iter().any(|bar| *bar > 0));
    let levels: Vec<f64> = heard
        .lock()
        .iter()
        .map(|each| each["level"].as_f64().unwrap())
        .collect();
    assert!(
        levels.iter().all(|level| (0.5..1.0).contains(level)),
        "{levels:?}"
    );
    assert!(end(&recorder).await.is_err());
}

#[tokio::test]
#[ignore = "ten minutes of sound take a minute to encode without optimisation"]
async fn r_a2_after_ten_minutes_it_ends_by_itself_and_nothing_is_lost() {
    let (recorder, (listeners, heard)) = (Recorder::default(), listening());
    begin(&recorder, listeners, fake(603)).await.unwrap();
    until(&heard, "recordingEnded", 1).await;
    assert_eq!(end(&recorder).await.unwrap().duration_ms, 600_000);
    let seconds = heard
        .lock()
        .iter()
        .filter_map(|each| each["seconds"].as_f64())
        .fold(0.0, f64::max);
    assert!(seconds <= 600.0);
}

#[tokio::test]
async fn a_microphone_that_goes_away_is_told_and_what_there_is_can_be_had() {
    let (recorder, (listeners, heard)) = (Recorder::default(), listening());
    let microphone = Fake {
        goes_away: true,
        ..fake(1)
    };
    begin(&recorder, listeners, microphone).await.unwrap();
    until(&heard, "recordingFailed", 1).await;
    assert_eq!(end(&recorder).await.unwrap().duration_ms.div_ceil(100), 10);
}

#[tokio::test]
async fn what_ended_and_was_never_taken_does_not_stand_in_the_way() {
    let (recorder, (listeners, heard)) = (Recorder::default(), listening());
    let microphone = Fake {
        goes_away: true,
        ..fake(1)
    };
    begin(&recorder, listeners.clone(), microphone).await.unwrap();
    until(&heard, "recordingFailed", 1).await;
    begin(&recorder, listeners, fake(2)).await.unwrap();
    until(&heard, "recordingLevel", 25).await;
    assert!(end(&recorder).await.unwrap().duration_ms > 1000);
}

#[tokio::test]
async fn no_microphone_is_said_and_the_next_try_is_free() {
    let recorder = Recorder::default();
    let missing = Fake {
        missing: true,
        ..fake(1)
    };
    let (listeners, heard) = listening();
    let error = begin(&recorder, listeners.clone(), missing).await.unwrap_err();
    assert_eq!(error.code, code::NOT_ON_THIS_DESKTOP);
    begin(&recorder, listeners, fake(1)).await.unwrap();
    until(&heard, "recordingLevel", 1).await;
    end(&recorder).await.unwrap();
}

#[tokio::test]
async fn a_microphone_that_heard_nothing_makes_no_message() {
    let (recorder, (listeners, _)) = (Recorder::default(), listening());
    begin(&recorder, listeners, fake(0)).await.unwrap();
    assert_eq!(end(&recorder).await.unwrap_err().code, code::NOT_ON_THIS_DESKTOP);
}

#[tokio::test]
async fn a_recording_that_came_to_nothing_takes_only_itself_along() {
    let recorder = Recorder::default();
    let (to, _said) = mpsc::sync_channel(1);
    let first = recorder.begin(to).unwrap();
    assert!(recorder.take().is_some());
    let (to, _said) = mpsc::sync_channel(1);
    let second = recorder.begin(to).unwrap();
    // The first one's microphone did not open in time, and the second one runs already.
    assert!(recorder.give_up(&first).is_none());
    assert!(recorder.give_up(&second).is_some());
}

//! The one event channel: what the engine tells and what the shell tells, to every listener of the page, in order.
//!
//! One task forwards. The engine's queue is bounded and says `Overflow` when it runs over; so that it can, this task does not
//! run ahead of the window: after each [`BURST`] events it waits until the main thread has come by.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use serde::Serialize;
use tauri::{AppHandle, ipc::Channel};
use tidings_engine::{
    EventReceiver,
    view::{EngineEvent, ErrorView},
};
use tokio::sync::{Notify, oneshot};
use ts_rs::TS;

use crate::settings::Settings;

/// What comes through the event channel: the engine's events and the shell's own.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(untagged)]
#[ts(export)]
pub(crate) enum ShellEvent {
    /// The engine's.
    Engine(EngineEvent),
    /// The shell's own.
    Own(OwnEvent),
}

/// What the shell itself tells.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "event")]
#[ts(export)]
pub(crate) enum OwnEvent {
    /// A `tidings://` link was opened while the app runs.
    LinkOpened {
        /// An invitation link.
        link: String,
    },
    /// Something was opened that is neither a link of ours nor a file that is there (H18).
    LinkRefused {},
    /// The app was started with an export, and somebody is in this profile already.
    ImportRefused {},
    /// Files were opened with Tidings: somebody is to be chosen to whom they go. Nothing is read yet.
    FilesOpened {
        /// How many files, besides those in folders.
        files: u32,
        /// How many folders.
        folders: u32,
        /// Names them for `attachDropped` and `attachDroppedFolders`.
        token: String,
    },
    /// The settings changed.
    SettingsChanged {
        /// As they are now.
        settings: Settings,
    },
    /// A conversation is to be shown, as if it had been clicked.
    ConversationOpened {
        /// Which.
        #[serde(rename = "conversationID")]
        conversation_id: String,
    },
    /// Files are being dragged over the window.
    DragEntered {
        /// How many, folders among them.
        count: u32,
        /// Where, CSS pixels of the page.
        x: f64,
        /// Where, CSS pixels of the page.
        y: f64,
    },
    /// They are elsewhere over the window now.
    DragMoved {
        /// Where, CSS pixels of the page.
        x: f64,
        /// Where, CSS pixels of the page.
        y: f64,
    },
    /// They left the window, or somebody thought better of it.
    DragLeft {},
    /// They were let go. Nothing is read yet: the page says by where they fell whether they are wanted.
    Dropped {
        /// Where, CSS pixels of the page.
        x: f64,
        /// Where, CSS pixels of the page.
        y: f64,
        /// How many files, besides those in folders.
        files: u32,
        /// How many folders.
        folders: u32,
        /// Names this drop for `attachDropped` and `attachDroppedFolders`.
        token: String,
    },
    /// How the recording goes, about 15 times a second.
    RecordingLevel {
        /// How loud, 0 to 1.
        level: f32,
        /// How long it is, seconds.
        seconds: f64,
    },
    /// The recording is as long as it may be: `recordStop` gives it.
    RecordingEnded {},
    /// The microphone went away: `recordStop` gives what there is.
    RecordingFailed {
        /// Why.
        error: ErrorView,
    },
    /// A notification was clicked: its conversation is to be shown, and the SDK's listeners get the extension (R-S5).
    NotificationOpened {
        /// Which.
        #[serde(rename = "conversationID")]
        conversation_id: String,
        /// The first message that it told of; `null` for one that has no place in the log.
        #[ts(type = "number | null")]
        seq: Option<u64>,
        /// What the newest message's sender set in offlinePushInfo.
        extension: String,
    },
    /// The settings are to be shown.
    SettingsOpened {},
}

/// Listeners at once; one more, and the oldest hears nothing any longer. The page needs one.
const LISTENERS: usize = 8;
/// Events sent before the main thread is waited for.
const BURST: usize = 64;

/// Everyone who listens.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Arc<Ears>);

#[derive(Default)]
struct Ears {
    channels: Mutex<VecDeque<Channel<ShellEvent>>>,
    /// Somebody has begun to listen.
    came: Notify,
}

impl Listeners {
    /// Adds a listener; it hears what happens from now on.
    pub(crate) fn add(&self, channel: Channel<ShellEvent>) {
        let mut channels = self.0.channels.lock();
        if channels.len() == LISTENERS {
            channels.pop_front();
        }
        channels.push_back(channel);
        self.0.came.notify_waiters();
    }

    /// Forgets everyone: the page that they belonged to is gone.
    pub(crate) fn clear(&self) {
        self.0.channels.lock().clear();
    }

    /// Whether nobody listens.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.channels.lock().is_empty()
    }

    /// Comes back when somebody listens. With a start in the tray that may be days: it waits without looking.
    pub(crate) async fn attended(&self) {
        loop {
            let came = self.0.came.notified();
            if !self.is_empty() {
                return;
            }
            came.await;
        }
    }

    /// Tells everyone.
    pub(crate) fn tell(&self, event: &ShellEvent) {
        self.0
            .channels
            .lock()
            .retain(|listener| match listener.send(event.clone()) {
                Ok(()) => true,
                Err(error) => {
                    tracing::debug!(%error, "a listener is gone");
                    false
                }
            });
    }

    /// Tells everyone what the shell has to say.
    pub(crate) fn tell_own(&self, event: OwnEvent) {
        self.tell(&ShellEvent::Own(event));
    }
}

/// Forwards the engine's events until it is closed.
pub(crate) async fn forward(app: AppHandle, mut events: EventReceiver, listeners: Listeners) {
    let mut sent = 0;
    // What the engine says before the page listens (a cache that was set aside) is not said again.
    listeners.attended().await;
    while let Some(event) = events.next().await {
        listeners.tell(&ShellEvent::Engine(event));
        sent += 1;
        if sent == BURST {
            sent = 0;
            let (passed, passes) = oneshot::channel();
            let asked = app.run_on_main_thread(move || {
                let _ = passed.send(());
            });
            if asked.is_err() || passes.await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::pin,
        sync::atomic::{AtomicBool, Ordering},
        task::{Context, Wake},
    };
    use tauri::ipc::InvokeResponseBody;

    fn listener(heard: &Arc<Mutex<Vec<String>>>) -> Channel<ShellEvent> {
        let heard = Arc::clone(heard);
        Channel::new(move |body| {
            let InvokeResponseBody::Json(json) = body else {
                panic!("not JSON")
            };
            heard.lock().push(json);
            Ok(())
        })
    }

    #[test]
    fn every_listener_hears_every_event_in_the_words_of_the_bridge() {
        let (one, other) = (Arc::default(), Arc::default());
        let listeners = Listeners::default();
        listeners.add(listener(&one));
        listeners.add(listener(&other));
        listeners.tell(&ShellEvent::Engine(EngineEvent::NotReady {}));
        listeners.tell_own(OwnEvent::LinkOpened {
            link: "tidings://join/h:1/c".into(),
        });
        let expected = [
            r#"{"event":"notReady"}"#,
            r#"{"event":"linkOpened","link":"tidings://join/h:1/c"}"#,
        ];
        assert_eq!(*one.lock(), expected);
        assert_eq!(*other.lock(), expected);
    }

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_the_first_listener_sleeps_until_there_is_one() {
        let listeners = Listeners::default();
        let woken = Arc::<Woken>::default();
        let waker = Arc::clone(&woken).into();
        let mut context = Context::from_waker(&waker);
        let mut attended = pin!(listeners.attended());
        assert!(attended.as_mut().poll(&mut context).is_pending());
        tokio::time::sleep(std::time::Duration::from_secs(86_400)).await;
        assert!(
            !woken.0.load(Ordering::SeqCst),
            "nobody looks whether somebody listens"
        );
        listeners.add(listener(&Arc::default()));
        assert!(woken.0.load(Ordering::SeqCst));
        assert!(attended.as_mut().poll(&mut context).is_ready());
    }

    #[test]
    fn a_page_that_listens_too_often_loses_its_oldest_ear() {
        let heard = Arc::default();
        let listeners = Listeners::default();
        for _ in 0..LISTENERS + 3 {
            listeners.add(listener(&heard));
        }
        listeners.tell(&ShellEvent::Engine(EngineEvent::Overflow {}));
        assert_eq!(heard.lock().len(), LISTENERS);
        listeners.clear();
        assert!(listeners.is_empty());
    }
}

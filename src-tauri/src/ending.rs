//! The end that comes from outside: the desktop session is left, or somebody sends a signal. Everything is kept as when the
//! app is quit by its menu.

use tokio::sync::mpsc;

use crate::desktop::Ask;

/// Waits for the system to ask for the end, and passes it on.
#[cfg(unix)]
pub(crate) async fn wait(asks: mpsc::Sender<Ask>, exit: impl Fn()) {
    use tokio::signal::unix::{SignalKind, signal};

    let signals = [
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
    ]
    .map(signal);
    let mut waiting = tokio::task::JoinSet::new();
    for signal in signals {
        match signal {
            Ok(mut signal) => {
                waiting.spawn(async move { signal.recv().await });
            }
            Err(error) => tracing::warn!(%error, "a signal cannot be heard"),
        }
    }
    if waiting.join_next().await.is_some() {
        tracing::info!("the system asks for the end");
        // Without the desktop's task there is nothing that it would have to keep.
        if asks.send(Ask::Quit).await.is_err() {
            exit();
        }
    }
}

/// Elsewhere the windowing system tells the window.
#[cfg(not(unix))]
pub(crate) async fn wait(_asks: mpsc::Sender<Ask>, _exit: impl Fn()) {}

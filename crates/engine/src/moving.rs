//! One export or import at a time: who stops it, and what is told of how far it is.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tidings_protocol::ErrorKind;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::error::{EXPORT_RUNNING, EXPORT_STOPPED};
use crate::events::EventSender;
use crate::view::{EngineEvent, ExportDirection, ExportProgressView};
use crate::{EngineError, limits};

/// Somebody has stopped it.
pub(crate) fn stopped() -> EngineError {
    EngineError::File {
        code: EXPORT_STOPPED,
        kind: ErrorKind::Conflict,
        message: "it was stopped",
    }
}

/// Whether `error` says that somebody has stopped it.
pub(crate) fn was_stopped(error: &EngineError) -> bool {
    matches!(error, EngineError::File { code, .. } if *code == EXPORT_STOPPED)
}

/// An export or import that runs.
pub(crate) struct Job {
    direction: ExportDirection,
    is_stopped: AtomicBool,
    stop: Notify,
    told: Mutex<(ExportProgressView, Option<Instant>)>,
    events: EventSender,
}

/// The one place for a job.
#[derive(Default)]
pub(crate) struct Moving(Mutex<Option<Arc<Job>>>);

/// Gives the place free again.
pub(crate) struct Place<'a> {
    moving: &'a Moving,
    pub(crate) job: Arc<Job>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.moving.0.lock() = None;
    }
}

impl Moving {
    /// Begins a job.
    ///
    /// # Errors
    /// When one runs already.
    pub(crate) fn begin(
        &self,
        direction: ExportDirection,
        events: &EventSender,
    ) -> Result<Place<'_>, EngineError> {
        let mut place = self.0.lock();
        if place.is_some() {
            return Err(EngineError::File {
                code: EXPORT_RUNNING,
                kind: ErrorKind::Conflict,
                message: "an export or import runs already",
            });
        }
        let view = ExportProgressView {
            direction,
            messages: 0,
            messages_of: 0,
            files: 0,
            bytes: 0,
        };
        let job = Arc::new(Job {
            direction,
            is_stopped: AtomicBool::new(false),
            stop: Notify::new(),
            told: Mutex::new((view, None)),
            events: events.clone(),
        });
        *place = Some(Arc::clone(&job));
        Ok(Place { moving: self, job })
    }

    /// Stops what runs; it answers when it has tidied up.
    pub(crate) fn stop(&self, direction: ExportDirection) {
        let running = self.0.lock().clone();
        if let Some(job) = running.filter(|job| job.direction == direction) {
            job.is_stopped.store(true, Ordering::Release);
            job.stop.notify_waiters();
        }
    }

    /// Whether an import runs: the profile is nobody's until it ends.
    pub(crate) fn is_importing(&self) -> bool {
        let running = self.0.lock();
        running
            .as_ref()
            .is_some_and(|job| job.direction == ExportDirection::Import)
    }
}

impl Job {
    /// # Errors
    /// When somebody has stopped it.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        if self.is_stopped.load(Ordering::Acquire) {
            return Err(stopped());
        }
        Ok(())
    }

    /// Waits for `work` no longer than until somebody stops the job.
    pub(crate) async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        // Made before the look: a stop between the two is heard.
        let told = self.stop.notified();
        self.check()?;
        tokio::select! {
            done = work => done,
            () = told => Err(stopped()),
        }
    }

    /// It is further: told ten times a second at most.
    pub(crate) fn further(&self, change: impl FnOnce(&mut ExportProgressView)) {
        let mut told = self.told.lock();
        change(&mut told.0);
        let now = Instant::now();
        let is_due = told
            .1
            .is_none_or(|last| now.duration_since(last) >= Duration::from_millis(limits::PROGRESS_MS));
        if is_due {
            told.1 = Some(now);
            self.events.send(EngineEvent::ExportProgress(told.0.clone()));
        }
    }

    /// How far it is.
    pub(crate) fn progress(&self) -> ExportProgressView {
        self.told.lock().0.clone()
    }
}

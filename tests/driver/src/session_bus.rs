//! What a desktop has on its session bus: somebody who shows notifications, and a tray, both played here, with everything
//! that they were told kept to be looked at; and a screen reader, which listens.

mod notifications;
mod screen_reader;
mod tray;

pub use notifications::{Notifications, Shown};
pub use screen_reader::{Heard, ScreenReader};
pub use tray::Tray;

use std::thread;
use std::time::Duration;

use crate::DriverError;

/// How long something is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(10);

fn bus_error(error: impl std::fmt::Display) -> DriverError {
    DriverError::NotReady(format!("the session bus ({error})"))
}

/// Looks until there is something.
fn patiently<T>(sought: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, DriverError> {
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        if let Some(found) = look() {
            return Ok(found);
        }
        thread::sleep(LOOK);
    }
    Err(DriverError::NotReady(sought.to_owned()))
}

//! Drives the real app in a real window, the way a person who uses a screen reader would: by role and name.
//!
//! A [`Desk`] is a display of its own (Xvfb), with a window manager and a session bus, so that nothing of it touches the
//! desktop of whoever runs the tests. On it an [`App`] is started by Debian's `WebKitWebDriver`, one driver for each
//! app. A [`Place`] is where a verb points: a role, a name, perhaps inside another place; it is looked for each time
//! anew, with patience, so that tests never sleep and never hold a stale element.

mod app;
mod desk;
mod desktop_app;
mod error;
mod http;
mod place;
mod processes;
mod session;
mod session_bus;

pub use app::App;
pub use desk::Desk;
pub use desktop_app::DesktopApp;
pub use error::DriverError;
pub use place::Place;
pub use processes::{ProcessTree, Usage, kill_now, terminate};
pub use session::key;
pub use session_bus::{Heard, Notifications, ScreenReader, Shown, Tray};

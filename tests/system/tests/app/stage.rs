//! What the tests of the app share: a desk, seats (profiles that outlive the app), and what everybody does first.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Mutex, MutexGuard};
use tempfile::TempDir;
use tidings_driver::{App, Desk, DriverError};
use tidings_tests::{PASSWORD, ServerProcess};

/// What a test of the app answers.
pub(crate) type Outcome = Result<(), DriverError>;

/// One test at a time: two windows are enough for two cores.
static TURN: Mutex<()> = Mutex::new(());
static SKIPPED: AtomicU32 = AtomicU32::new(0);

/// A desk and the app to start on it.
pub(crate) struct Stage {
    desk: Desk,
    app: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

/// One profile of the app.
pub(crate) struct Seat(TempDir);

impl Seat {
    /// A new profile.
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }
}

impl Stage {
    /// A stage, where the app is given; else a word that the test is skipped.
    pub(crate) fn set_up() -> Result<Option<Self>, DriverError> {
        Self::on(Desk::set_up)
    }

    /// The same, where what the app shows can be heard by a screen reader.
    pub(crate) fn set_up_to_be_heard() -> Result<Option<Self>, DriverError> {
        Self::on(Desk::set_up_to_be_heard)
    }

    fn on(desk: fn() -> Result<Desk, DriverError>) -> Result<Option<Self>, DriverError> {
        let Some(app) = env::var_os("TIDINGS_APP") else {
            let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
            // Past the capture of the test harness: a skip must be seen.
            let _ = writeln!(
                std::io::stderr(),
                "skipped ({count}): TIDINGS_APP does not name the app"
            );
            return Ok(None);
        };
        let turn = TURN.lock();
        Ok(Some(Self {
            desk: desk()?,
            app: app.into(),
            _turn: turn,
        }))
    }

    /// The app's program.
    pub(crate) fn app(&self) -> &Path {
        &self.app
    }

    /// The desk that the apps are on.
    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// A person closes the window of this name, as the window manager does it.
    pub(crate) fn closes_window(&self, name: &str) -> Outcome {
        self.shows_window(name)?;
        self.desk.close_window(name)?;
        for _ in 0..500 {
            if !self.has_window(name)? {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Err(DriverError::NotReady(format!("the end of the window {name}")))
    }

    /// Whether a window whose name ends so is on the screen.
    pub(crate) fn has_window(&self, name: &str) -> Result<bool, DriverError> {
        Ok(self.desk.windows()?.iter().any(|title| title.ends_with(name)))
    }

    /// Waits for a window whose name ends so.
    pub(crate) fn shows_window(&self, name: &str) -> Outcome {
        for _ in 0..500 {
            if self.has_window(name)? {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Err(DriverError::NotReady(format!("the window {name}")))
    }

    /// Waits until the process has ended.
    pub(crate) fn ends(&self, process: u32) -> Outcome {
        for _ in 0..500 {
            let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            // One that nobody has asked after yet has ended all the same.
            if state.is_empty() || state.contains(") Z ") {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Err(DriverError::NotReady("the end of the app".into()))
    }

    /// The app on this seat, with `window.TIM`.
    pub(crate) fn opens(&self, seat: &Seat) -> Result<App, DriverError> {
        self.opens_with(seat, &["--automation"])
    }

    /// The app on this seat with these arguments.
    pub(crate) fn opens_with(&self, seat: &Seat, arguments: &[&str]) -> Result<App, DriverError> {
        let folder = seat.0.path().to_string_lossy();
        let arguments: Vec<&str> = ["--data-dir", &folder].iter().chain(arguments).copied().collect();
        self.desk.start(&self.app, &arguments)
    }

    /// The app on a new seat, signed in as `user`, whose account is made on the server's side.
    pub(crate) fn signed_in(
        &self,
        seat: &Seat,
        server: &ServerProcess,
        user: &str,
    ) -> Result<App, DriverError> {
        let app = self.opens(seat)?;
        app.button("Sign in to a server").click()?;
        app.text_box("Server address")
            .type_text(&server.address().http_base())?;
        app.text_box("User ID").type_text(user)?;
        app.text_box("Password").type_text(PASSWORD)?;
        app.button("Continue").click()?;
        app.button("New conversation").is_there()?;
        Ok(app)
    }
}

/// A server with these people.
pub(crate) fn server_with(users: &[&str]) -> ServerProcess {
    let server = ServerProcess::starts();
    for user in users {
        server.has(user);
    }
    server
}

/// Opens the conversation with `other`, new or not.
pub(crate) fn starts_conversation(app: &App, other: &str) -> Outcome {
    app.button("New conversation").click()?;
    app.text_box("User ID or name").type_text(other)?;
    app.list("Results")
        .inside_named("listitem", &format!("{other}…"))
        .is_there()?;
    app.text_box("User ID or name")
        .type_text(tidings_driver::key::ENTER)?;
    app.text_box("Message").is_there()
}

/// Opens the conversation with `other` from the list.
pub(crate) fn opens_conversation(app: &App, other: &str) -> Outcome {
    app.list("Conversations")
        .inside_named("listitem", &format!("{other}…"))
        .click()?;
    app.text_box("Message").is_there()
}

/// Types `text` and clicks on Send.
pub(crate) fn says(app: &App, text: &str) -> Outcome {
    app.text_box("Message").type_text(text)?;
    app.button("Send").click()?;
    app.messages().shows(text)
}

/// Saves a picture.
pub(crate) fn picture(app: &App, name: &str) -> Outcome {
    let folder = env::var_os("TIDINGS_PICTURES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/pictures"),
        PathBuf::from,
    );
    app.screenshot(&folder.join(format!("{name}.png")))
}

//! An app that is driven.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::session::Session;
use crate::{Desk, DriverError, Place, ProcessTree, kill_now};

/// One running app, and the driver that started it. Both end when it is dropped.
#[derive(Debug)]
pub struct App {
    driver: Child,
    session: Session,
    output: PathBuf,
}

impl App {
    pub(crate) fn start(desk: &Desk, binary: &Path, args: &[&str]) -> Result<Self, DriverError> {
        // Taken and let go: nobody else on this computer picks the same port in the moment between.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let (file, output) = desk.new_output()?;
        let mut driver = desk.command(Path::new("WebKitWebDriver"));
        driver
            .arg(format!("--port={port}"))
            // What tells a Tauri app that its web view may be driven; the app inherits it from the driver.
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(Stdio::from(file));
        let mut driver = driver.spawn().map_err(|source| DriverError::Start {
            what: "WebKitWebDriver".into(),
            source,
        })?;
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        let session = wait_for_port(port).and_then(|()| Session::start(port, binary, &args));
        match session {
            Ok(session) => Ok(Self {
                driver,
                session,
                output,
            }),
            Err(error) => {
                end(&mut driver);
                Err(DriverError::NotReady(format!(
                    "{} ({error}); it said:\n{}",
                    binary.display(),
                    fs::read_to_string(output).unwrap_or_default()
                )))
            }
        }
    }

    /// What the app has printed so far, on either output.
    pub fn output(&self) -> String {
        fs::read(&self.output)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Something with this role and name, anywhere in the window.
    pub fn place(&self, role: &str, name: &str) -> Place {
        Place::in_window(self.session.clone(), role, Some(name))
    }

    /// Something with this role, whatever its name.
    pub fn any(&self, role: &str) -> Place {
        Place::in_window(self.session.clone(), role, None)
    }

    /// A button.
    pub fn button(&self, name: &str) -> Place {
        self.place("button", name)
    }

    /// A text box.
    pub fn text_box(&self, name: &str) -> Place {
        self.place("textbox", name)
    }

    /// A list; its items are `list(…).inside("listitem")`.
    pub fn list(&self, name: &str) -> Place {
        self.place("list", name)
    }

    /// The messages of the conversation that is open.
    pub fn messages(&self) -> Place {
        self.place("log", "Messages").inside("article")
    }

    /// A status line.
    pub fn status(&self, name: &str) -> Place {
        self.place("status", name)
    }

    /// Presses keys wherever the focus is, `held` (see [`crate::key`]) staying down meanwhile.
    ///
    /// # Errors
    /// When the app is gone.
    pub fn press(&self, held: &[&str], keys: &str) -> Result<(), DriverError> {
        self.session.press(held, keys)
    }

    /// Role and name of what has the focus, for example `textbox "Message"`.
    ///
    /// # Errors
    /// When the app is gone.
    pub fn focused(&self) -> Result<String, DriverError> {
        crate::place::describe_focus(&self.session)
    }

    /// Runs `script` as the body of a function in the page.
    ///
    /// # Errors
    /// When the script throws, or the app is gone.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, DriverError> {
        self.session.run(script, arguments)
    }

    /// As [`App::run`], for a script that calls its last argument with the result.
    ///
    /// # Errors
    /// When the script throws or never calls, or the app is gone.
    pub fn run_async(&self, script: &str, arguments: &[Value]) -> Result<Value, DriverError> {
        self.session.run_async(script, arguments)
    }

    /// Saves a picture of the page as PNG.
    ///
    /// # Errors
    /// When the file cannot be written, or the app is gone.
    pub fn screenshot(&self, file: &Path) -> Result<(), DriverError> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(file, self.session.screenshot()?)?)
    }

    /// The app's process id.
    ///
    /// # Errors
    /// When the app is gone.
    pub fn process(&self) -> Result<u32, DriverError> {
        let children = ProcessTree::children_of(self.driver.id());
        children
            .first()
            .copied()
            .ok_or_else(|| DriverError::NotReady("the app has ended".into()))
    }

    /// Kills the app this very moment (kill -9), as a crash would.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn kill(mut self) -> Result<(), DriverError> {
        kill_now(self.process()?)?;
        end(&mut self.driver);
        Ok(())
    }

    /// Ends the app.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn quit(self) -> Result<(), DriverError> {
        self.session.end()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Ok(None) = self.driver.try_wait() {
            // It may be gone already; the driver's own end comes next in any case.
            let app = self.process();
            let _ = self.session.end();
            if let Ok(app) = app {
                let _ = kill_now(app);
            }
            end(&mut self.driver);
        }
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn wait_for_port(port: u16) -> Result<(), DriverError> {
    for _ in 0..500 {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(DriverError::NotReady("WebKitWebDriver".into()))
}

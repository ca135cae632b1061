//! What a screen reader hears of the app: the accessibility tree as it stands on the accessibility bus (AT-SPI), past the web view.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use zbus::blocking::{Connection, Proxy, connection, proxy};
use zbus::proxy::CacheProperties;
use zbus::zvariant::OwnedObjectPath;

use super::patiently;
use crate::{Desk, DriverError};

/// A tree deeper than this is none.
const DEPTH: usize = 64;
/// No more children than this are listened to.
const CHILDREN: i32 = 1_000;
/// How often a window is listened to until it is as it should be, and how long after one another.
const LISTENS: usize = 60;
const PAUSE: Duration = Duration::from_millis(250);
/// Where distributions put the program that starts the accessibility bus.
const LAUNCHERS: &[&str] = &[
    "/usr/libexec/at-spi-bus-launcher",
    "/usr/lib/at-spi2-core/at-spi-bus-launcher",
];
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
/// Bits of AT-SPI's set of states that are asked about here.
const FOCUSED: u32 = 12;
const SHOWING: u32 = 25;

/// Something that can be heard, and what is inside it.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// AT-SPI's name of the role: `push button`, `list item`, `entry`.
    pub role: String,
    /// Its name.
    pub name: String,
    /// The text in it, where it has a text of its own.
    pub text: String,
    /// What is known of it beside: `live`, `container-live`, `level`.
    pub attributes: HashMap<String, String>,
    /// It has the keyboard.
    pub is_focused: bool,
    /// It is on the screen.
    pub is_showing: bool,
    /// What is inside.
    pub children: Vec<Heard>,
}

impl Heard {
    /// It and everything in it, in the order of reading.
    pub fn all(&self) -> Vec<&Self> {
        let inside = self.children.iter().flat_map(Self::all);
        std::iter::once(self).chain(inside).collect()
    }

    /// Everything in it of this role whose name begins so.
    pub fn of(&self, role: &str, name: &str) -> Vec<&Self> {
        let all = self.all().into_iter();
        all.filter(|each| each.role == role && each.name.starts_with(name))
            .collect()
    }

    /// All words in it, in the order of reading.
    pub fn words(&self) -> String {
        let all = self.all();
        let words = all
            .iter()
            .flat_map(|each| [each.name.as_str(), each.text.as_str()])
            .filter(|words| !words.trim().is_empty());
        words.collect::<Vec<_>>().join(" ")
    }

    /// The tree as lines, for a person who looks at what was heard.
    pub fn outline(&self) -> String {
        let mut lines = String::new();
        self.draw(0, &mut lines);
        lines
    }

    fn draw(&self, depth: usize, lines: &mut String) {
        let indent = "  ".repeat(depth);
        let text = if self.text.is_empty() {
            String::new()
        } else {
            format!(" \u{201c}{}\u{201d}", self.text)
        };
        lines.push_str(&format!("{indent}{} {:?}{text}\n", self.role, self.name));
        for child in &self.children {
            child.draw(depth + 1, lines);
        }
    }
}

/// Somebody who listens. Ends when dropped.
#[derive(Debug)]
pub struct ScreenReader {
    launcher: Child,
    bus: Connection,
}

impl ScreenReader {
    /// Starts listening on a desk that was set up for it ([`Desk::set_up_to_be_heard`]). Needs Debian's `at-spi2-core`.
    ///
    /// # Errors
    /// When the accessibility bus does not come up.
    pub fn on(desk: &Desk) -> Result<Self, DriverError> {
        let path = LAUNCHERS.iter().map(Path::new).find(|path| path.exists());
        let path = path.ok_or_else(|| DriverError::NotReady("at-spi-bus-launcher".into()))?;
        let mut command = desk.command(path);
        command
            .args(["--launch-immediately", "--screen-reader=1"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let launcher = command.spawn().map_err(|source| DriverError::Start {
            what: path.display().to_string(),
            source,
        })?;
        let session = connection::Builder::address(desk.bus())
            .and_then(connection::Builder::build)
            .map_err(not_heard)?;
        let address = patiently("the accessibility bus", || {
            let proxy = Proxy::new(&session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus").ok()?;
            proxy.call::<_, _, String>("GetAddress", &()).ok()
        })?;
        let bus = connection::Builder::address(address.as_str())
            .and_then(connection::Builder::build)
            .map_err(not_heard)?;
        Ok(Self { launcher, bus })
    }

    /// Everything of the app's window, as it is now; nothing when there is no window.
    ///
    /// # Errors
    /// When the bus is gone.
    pub fn window(&self) -> Result<Heard, DriverError> {
        let root = (
            "org.a11y.atspi.Registry".to_owned(),
            "/org/a11y/atspi/accessible/root".to_owned(),
        );
        for (name, path) in self.children(&root).map_err(not_heard)? {
            let windows = self.children(&(name, path.to_string())).map_err(not_heard)?;
            if let Some((name, path)) = windows.into_iter().next() {
                return Ok(self.listen(&(name, path.to_string()), 0));
            }
        }
        Ok(Heard::default())
    }

    /// Waits until the window is so; answers it.
    ///
    /// # Errors
    /// When it does not come to that; with what was heard instead.
    pub fn hears(&self, what: &str, fits: impl Fn(&Heard) -> bool) -> Result<Heard, DriverError> {
        let mut last = Heard::default();
        for _ in 0..LISTENS {
            last = self.window()?;
            if fits(&last) {
                return Ok(last);
            }
            thread::sleep(PAUSE);
        }
        Err(DriverError::NotReady(format!(
            "{what}; heard:\n{}",
            last.outline()
        )))
    }

    /// What changes while it is listened to is heard without what went.
    fn listen(&self, place: &(String, String), depth: usize) -> Heard {
        let Ok(proxy) = self.proxy(place, ACCESSIBLE) else {
            return Heard::default();
        };
        let states: Vec<u32> = proxy.call("GetState", &()).unwrap_or_default();
        let is = |bit: u32| {
            let word = states.get((bit / 32) as usize).copied().unwrap_or_default();
            word & (1 << (bit % 32)) != 0
        };
        let children = if depth < DEPTH {
            self.children(place).unwrap_or_default()
        } else {
            Vec::new()
        };
        Heard {
            role: role(proxy.call("GetRole", &()).unwrap_or_default()),
            name: proxy.get_property("Name").unwrap_or_default(),
            text: self.text(place).unwrap_or_default(),
            attributes: proxy.call("GetAttributes", &()).unwrap_or_default(),
            is_focused: is(FOCUSED),
            is_showing: is(SHOWING),
            children: children
                .into_iter()
                .map(|(name, path)| self.listen(&(name, path.to_string()), depth + 1))
                .collect(),
        }
    }

    /// The text, without the marks that stand for what is inside.
    fn text(&self, place: &(String, String)) -> zbus::Result<String> {
        let proxy = self.proxy(place, "org.a11y.atspi.Text")?;
        let text: String = proxy.call("GetText", &(0_i32, -1_i32))?;
        Ok(text.replace('\u{fffc}', " ").trim().to_owned())
    }

    /// One after the other: what embeds another process's tree, as the web view does, answers only so.
    fn children(&self, place: &(String, String)) -> zbus::Result<Vec<(String, OwnedObjectPath)>> {
        let proxy = self.proxy(place, ACCESSIBLE)?;
        let count: i32 = proxy.get_property("ChildCount")?;
        (0..count.min(CHILDREN))
            .map(|index| proxy.call("GetChildAtIndex", &(index,)))
            .collect()
    }

    fn proxy(
        &self,
        (name, path): &(String, String),
        interface: &'static str,
    ) -> zbus::Result<Proxy<'static>> {
        // What is asked once needs no watch kept over it.
        proxy::Builder::new(&self.bus)
            .destination(name.clone())?
            .path(path.clone())?
            .interface(interface)?
            .cache_properties(CacheProperties::No)
            .build()
    }
}

impl Drop for ScreenReader {
    fn drop(&mut self) {
        // Asked, not killed: it ends the bus that it started. Gone already is as good.
        let _ = crate::terminate(self.launcher.id());
        let _ = self.launcher.wait();
    }
}

/// The name of a role: web views answer its number only.
fn role(number: u32) -> String {
    let name = match number {
        2 => "alert",
        7 => "check box",
        11 => "combo box",
        16 => "dialog",
        20 => "filler",
        23 => "frame",
        27 => "image",
        29 => "label",
        31 => "list",
        32 => "list item",
        33 => "menu",
        35 => "menu item",
        37 => "page tab",
        38 => "page tab list",
        39 => "panel",
        40 => "password text",
        42 => "progress bar",
        43 => "push button",
        44 => "radio button",
        49 => "scroll pane",
        50 => "separator",
        51 => "slider",
        54 => "status bar",
        61 => "text",
        62 => "toggle button",
        73 => "paragraph",
        79 => "entry",
        83 => "heading",
        85 => "section",
        87 => "form",
        88 => "link",
        95 => "document web",
        98 => "list box",
        99 => "grouping",
        101 => "notification",
        109 => "article",
        110 => "landmark",
        111 => "log",
        116 => "static",
        _ => return format!("role {number}"),
    };
    name.to_owned()
}

fn not_heard(error: impl std::fmt::Display) -> DriverError {
    DriverError::NotReady(format!("the accessibility bus ({error})"))
}

//! The W3C WebDriver protocol, as far as the verbs need it.

use std::path::Path;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::DriverError;
use crate::http::exchange;

/// WebDriver's name for an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that have no character, in WebDriver's code points.
pub mod key {
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Tab.
    pub const TAB: &str = "\u{e004}";
    /// Shift; held until the end of the text it is in.
    pub const SHIFT: &str = "\u{e008}";
    /// Control; held until the end of the text it is in.
    pub const CONTROL: &str = "\u{e009}";
    /// Escape.
    pub const ESCAPE: &str = "\u{e00c}";
    /// Arrow up.
    pub const UP: &str = "\u{e013}";
    /// Arrow down.
    pub const DOWN: &str = "\u{e015}";
    /// Page up.
    pub const PAGE_UP: &str = "\u{e00e}";
    /// Home.
    pub const HOME: &str = "\u{e011}";
    /// Backspace.
    pub const BACKSPACE: &str = "\u{e003}";
}

/// Changes one pixel in the corner, unseen, for five seconds.
const STIR: &str = r"
    const pixel = document.createElement('div');
    Object.assign(pixel.style, { position: 'fixed', right: 0, bottom: 0, width: '1px', height: '1px' });
    (document.querySelector('dialog[open]') ?? document.body).append(pixel);
    let turn = 0;
    const timer = setInterval(() => {
        pixel.style.background = (turn += 1) % 2 ? '#8881' : '#8882';
        if (turn > 100) { clearInterval(timer); pixel.remove(); }
    }, 50);";

/// An element that the driver knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element(String);

impl Element {
    /// The element in a script's result, if it is one.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        value.get(ELEMENT)?.as_str().map(|id| Self(id.to_owned()))
    }

    /// The element as a script's argument.
    pub(crate) fn to_json(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

/// A session: one app that one driver has started.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    port: u16,
    id: String,
}

impl Session {
    /// Has the driver on `port` start `binary`.
    pub(crate) fn start(port: u16, binary: &Path, args: &[String]) -> Result<Self, DriverError> {
        let body = json!({ "capabilities": { "alwaysMatch": {
            "webkitgtk:browserOptions": { "binary": binary, "args": args },
            "unhandledPromptBehavior": "ignore",
            "timeouts": { "script": 30_000, "pageLoad": 60_000, "implicit": 0 },
        } } });
        let value = value_of(exchange(port, "POST", "/session", Some(&body))?)?;
        let id = value.get("sessionId").and_then(Value::as_str);
        let id = id
            .ok_or_else(|| DriverError::Answer(value.to_string()))?
            .to_owned();
        Ok(Self { port, id })
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, DriverError> {
        value_of(exchange(
            self.port,
            "POST",
            &format!("/session/{}/{path}", self.id),
            Some(body),
        )?)
    }

    /// Runs `script` as the body of a function with `arguments`.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, DriverError> {
        self.post("execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// As [`Session::run`], for a script that calls its last argument with the result.
    pub(crate) fn run_async(&self, script: &str, arguments: &[Value]) -> Result<Value, DriverError> {
        self.post("execute/async", &json!({ "script": script, "args": arguments }))
    }

    /// Clicks in the middle of the element, with a real pointer.
    pub(crate) fn click(&self, element: &Element) -> Result<(), DriverError> {
        self.post(&format!("element/{}/click", element.0), &json!({}))
            .map(drop)
    }

    /// Focuses the element and types.
    pub(crate) fn type_into(&self, element: &Element, text: &str) -> Result<(), DriverError> {
        self.post(&format!("element/{}/value", element.0), &json!({ "text": text }))
            .map(drop)
    }

    /// Empties a text box.
    pub(crate) fn clear(&self, element: &Element) -> Result<(), DriverError> {
        self.post(&format!("element/{}/clear", element.0), &json!({}))
            .map(drop)
    }

    /// Presses the keys of `text` one after the other wherever the focus is; `held` stay down meanwhile.
    pub(crate) fn press(&self, held: &[&str], text: &str) -> Result<(), DriverError> {
        let typed: Vec<String> = text.chars().map(String::from).collect();
        let down = |key: &str| json!({ "type": "keyDown", "value": key });
        let up = |key: &str| json!({ "type": "keyUp", "value": key });
        let mut actions: Vec<Value> = held.iter().map(|key| down(key)).collect();
        actions.extend(typed.iter().flat_map(|key| [down(key), up(key)]));
        actions.extend(held.iter().rev().map(|key| up(key)));
        self.post(
            "actions",
            &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }),
        )
        .map(drop)
    }

    /// A picture of the page, PNG.
    pub(crate) fn screenshot(&self) -> Result<Vec<u8>, DriverError> {
        // The driver waits for the next frame, and a page where nothing moves draws none.
        self.run(STIR, &[])?;
        let path = format!("/session/{}/screenshot", self.id);
        let value = value_of(exchange(self.port, "GET", &path, None)?)?;
        let text = value.as_str().unwrap_or_default();
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(|error| DriverError::Answer(error.to_string()))
    }

    /// Ends the session, and the app with it.
    pub(crate) fn end(&self) -> Result<(), DriverError> {
        exchange(self.port, "DELETE", &format!("/session/{}", self.id), None)
            .and_then(value_of)
            .map(drop)
    }
}

fn value_of(mut answer: Value) -> Result<Value, DriverError> {
    let value = answer.get_mut("value").map(Value::take).unwrap_or(Value::Null);
    match value.get("error").and_then(Value::as_str) {
        Some(error) => Err(DriverError::Refused {
            error: error.to_owned(),
            message: value
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        }),
        None => Ok(value),
    }
}

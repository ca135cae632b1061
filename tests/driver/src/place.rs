//! Where a verb points: something with a role and a name.

use std::env;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::DriverError;
use crate::session::{Element, Session};

/// Finds elements by role and accessible name.
const NAMES: &str = include_str!("names.js");
/// How often a thing is looked for before it counts as not there, and the pause between.
const TRIES: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Clone)]
struct Step {
    role: String,
    name: Option<String>,
}

/// Something on the screen, by role and name; looked for anew each time, with patience.
#[derive(Debug, Clone)]
pub struct Place {
    session: Session,
    steps: Vec<Step>,
}

impl Place {
    pub(crate) fn in_window(session: Session, role: &str, name: Option<&str>) -> Self {
        Self {
            session,
            steps: vec![Step {
                role: role.into(),
                name: name.map(str::to_owned),
            }],
        }
    }

    /// Things of this role inside this place.
    #[must_use]
    pub fn inside(&self, role: &str) -> Self {
        self.then(role, None)
    }

    /// The thing of this role and name inside this place. A name that ends with `…` is the start of one.
    #[must_use]
    pub fn inside_named(&self, role: &str, name: &str) -> Self {
        self.then(role, Some(name))
    }

    fn then(&self, role: &str, name: Option<&str>) -> Self {
        let mut place = self.clone();
        place.steps.push(Step {
            role: role.into(),
            name: name.map(str::to_owned),
        });
        place
    }

    /// Clicks on it.
    ///
    /// # Errors
    /// When it does not come, or the app is gone; so for all verbs.
    pub fn click(&self) -> Result<(), DriverError> {
        self.with_one("is there to be clicked", |session, element| {
            session.click(element)
        })
    }

    /// Types into it.
    ///
    /// # Errors
    /// As [`Place::click`].
    pub fn type_text(&self, text: &str) -> Result<(), DriverError> {
        self.with_one("is there to be typed into", |session, element| {
            session.type_into(element, text)
        })
    }

    /// Empties it.
    ///
    /// # Errors
    /// As [`Place::click`].
    pub fn clear(&self) -> Result<(), DriverError> {
        self.with_one("is there to be emptied", |session, element| {
            session.clear(element)
        })
    }

    /// What has been typed into it.
    ///
    /// # Errors
    /// As [`Place::click`].
    pub fn typed(&self) -> Result<String, DriverError> {
        let script = "const it = arguments[0]; return it.value ?? it.innerText;";
        let mut typed = String::new();
        self.with_one("is there to be read", |session, element| {
            typed = session
                .run(script, &[element.to_json()])?
                .as_str()
                .unwrap_or_default()
                .to_owned();
            Ok(())
        })?;
        Ok(typed)
    }

    /// Waits until it is there.
    ///
    /// # Errors
    /// As [`Place::click`].
    pub fn is_there(&self) -> Result<(), DriverError> {
        self.until("is there", |found| !found.is_empty()).map(drop)
    }

    /// Waits until it is gone.
    ///
    /// # Errors
    /// When it stays.
    pub fn is_gone(&self) -> Result<(), DriverError> {
        self.until("is gone", |found| found.is_empty()).map(drop)
    }

    /// Waits until one of them shows this text (as a part of what it shows).
    ///
    /// # Errors
    /// As [`Place::click`].
    pub fn shows(&self, text: &str) -> Result<(), DriverError> {
        self.until(&format!("shows {text:?}"), |found| {
            found.iter().any(|it| it.text.contains(text))
        })
        .map(drop)
    }

    /// Waits until `fits` is true of what they show, in the order of the page.
    ///
    /// # Errors
    /// As [`Place::click`].
    pub fn show(&self, what: &str, fits: impl Fn(&[String]) -> bool) -> Result<Vec<String>, DriverError> {
        let texts = |found: &[Found]| found.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
        self.until(&format!("show {what}"), |found| fits(&texts(found)))
            .map(|found| texts(&found))
    }

    /// What they show just now, without waiting.
    ///
    /// # Errors
    /// When the app is gone.
    pub fn texts(&self) -> Result<Vec<String>, DriverError> {
        Ok(self.look()?.into_iter().map(|it| it.text).collect())
    }

    /// Their names just now, without waiting.
    ///
    /// # Errors
    /// When the app is gone.
    pub fn names(&self) -> Result<Vec<String>, DriverError> {
        Ok(self.look()?.into_iter().map(|it| it.name).collect())
    }

    /// Runs `script` as the body of a function whose first argument is the element, once it is there.
    ///
    /// # Errors
    /// As [`Place::click`].
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, DriverError> {
        let mut result = Value::Null;
        self.with_one("is there", |session, element| {
            let mut all = vec![element.to_json()];
            all.extend_from_slice(arguments);
            result = session.run(script, &all)?;
            Ok(())
        })?;
        Ok(result)
    }

    fn look(&self) -> Result<Vec<Found>, DriverError> {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|step| json!({ "role": step.role, "name": step.name }))
            .collect();
        let found = self
            .session
            .run(&format!("{NAMES}\nreturn find(arguments[0]);"), &[json!(steps)])?;
        Ok(found
            .as_array()
            .map(|all| all.iter().filter_map(Found::from_json).collect())
            .unwrap_or_default())
    }

    fn until(&self, what: &str, fits: impl Fn(&[Found]) -> bool) -> Result<Vec<Found>, DriverError> {
        for _ in 0..TRIES {
            // A page that is just being exchanged for another refuses; it is asked again.
            match self.look() {
                Ok(found) if fits(&found) => return Ok(found),
                Ok(_) | Err(DriverError::Refused { .. }) => thread::sleep(PAUSE),
                Err(error) => return Err(error),
            }
        }
        Err(self.not_found(what))
    }

    fn with_one(
        &self,
        what: &str,
        mut act: impl FnMut(&Session, &Element) -> Result<(), DriverError>,
    ) -> Result<(), DriverError> {
        let mut refusal = None;
        for _ in 0..TRIES {
            match self.look() {
                Ok(found) => {
                    // People wait until a control can be used; the web driver would click, and nothing would come of it.
                    if let Some(one) = found.first().filter(|one| !one.disabled) {
                        match act(&self.session, &one.element) {
                            Ok(()) => return Ok(()),
                            // It moved, was covered, or was drawn anew just now.
                            Err(error @ DriverError::Refused { .. }) => refusal = Some(error),
                            Err(error) => return Err(error),
                        }
                    }
                }
                Err(error @ DriverError::Refused { .. }) => refusal = Some(error),
                Err(error) => return Err(error),
            }
            thread::sleep(PAUSE);
        }
        Err(refusal.unwrap_or_else(|| self.not_found(what)))
    }

    fn not_found(&self, what: &str) -> DriverError {
        let path: Vec<String> = self
            .steps
            .iter()
            .map(|step| match &step.name {
                Some(name) => format!("{} {name:?}", step.role),
                None => step.role.clone(),
            })
            .collect();
        let sought = format!("{} that {what}", path.join(" > "));
        let outline = self.session.run(&format!("{NAMES}\nreturn outline();"), &[]);
        let outline = outline
            .ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default();
        let folder = env::var_os("TIDINGS_PICTURES").map_or_else(env::temp_dir, PathBuf::from);
        let letters: String = sought
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric())
            .take(60)
            .collect();
        let picture = folder.join(format!("not-found-{letters}.png"));
        if let Ok(png) = self.session.screenshot() {
            // The picture only helps to understand the failure; it must not become another one.
            let _ = std::fs::create_dir_all(&folder);
            let _ = std::fs::write(&picture, png);
        }
        DriverError::NotFound {
            sought,
            outline,
            picture,
        }
    }
}

struct Found {
    element: Element,
    name: String,
    text: String,
    disabled: bool,
}

impl Found {
    fn from_json(value: &Value) -> Option<Self> {
        let text = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Some(Self {
            element: Element::from_json(value.get("element")?)?,
            name: text("name"),
            text: text("text"),
            disabled: value.get("disabled").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

/// See [`crate::App::focused`].
pub(crate) fn describe_focus(session: &Session) -> Result<String, DriverError> {
    let script = format!("{NAMES}\nreturn describe(document.activeElement ?? document.body);");
    Ok(session.run(&script, &[])?.as_str().unwrap_or_default().to_owned())
}

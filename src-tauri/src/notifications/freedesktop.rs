//! Notifications as freedesktop.org has them, over D-Bus. What the program that shows them announces decides how they
//! look: markup is escaped only where there is markup, actions are given only where they can be clicked.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio::{sync::mpsc, task::JoinHandle, time::Instant};
use zbus::{MatchRule, Message, MessageStream, message::Type, zvariant::Value};

use super::{Card, Heard, face};
use crate::{
    DESKTOP_ENTRY,
    bus::{Bus, BusError},
    limits::{KNOWN_NOTIFICATIONS, REPLY_BYTES},
};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const PLACE: (&str, &str, &str) = (NAME, PATH, NAME);

/// After no answer at all it is not asked again for so long.
const REST: Duration = Duration::from_secs(30);
/// The app's picture, where the desktop has no theme icon of it.
static PICTURE: tauri::image::Image<'static> = tauri::include_image!("icons/128x128.png");

/// What the program that shows notifications can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Abilities {
    body: bool,
    markup: bool,
    actions: bool,
    reply: bool,
}

impl Abilities {
    fn from_words(words: &[String]) -> Self {
        let has = |name: &str| words.iter().any(|word| word == name);
        Self {
            body: has("body"),
            markup: has("body-markup"),
            actions: has("actions"),
            reply: has("inline-reply"),
        }
    }
}

/// The ids that this app's notifications were given: what is done with one is told to every program on the bus.
#[derive(Debug, Default)]
struct Ours {
    ids: Mutex<VecDeque<u32>>,
    /// Held while one is being shown: what is done with it may be told before its id is known here.
    showing: tokio::sync::Mutex<()>,
}

impl Ours {
    fn add(&self, id: u32) {
        let mut ids = self.ids.lock();
        ids.retain(|known| *known != id);
        ids.push_back(id);
        if ids.len() > KNOWN_NOTIFICATIONS {
            ids.pop_front();
        }
    }

    fn has(&self, id: u32) -> bool {
        self.ids.lock().contains(&id)
    }

    /// The next program that shows notifications counts anew.
    fn forget(&self) {
        self.ids.lock().clear();
    }
}

/// The program that shows notifications, whether it is there or not.
pub(crate) struct Server {
    bus: Arc<Bus>,
    heard: mpsc::Sender<Heard>,
    abilities: Option<Abilities>,
    ours: Arc<Ours>,
    listening: Option<JoinHandle<()>>,
    resting_until: Option<Instant>,
    /// It was said already that nobody shows notifications.
    has_complained: bool,
}

impl Server {
    /// What is done with notifications goes to `heard`.
    pub(crate) fn new(bus: Arc<Bus>, heard: mpsc::Sender<Heard>) -> Self {
        Self {
            bus,
            heard,
            abilities: None,
            ours: Arc::default(),
            listening: None,
            resting_until: None,
            has_complained: false,
        }
    }

    /// Asks what it can do, so that the first notification need not wait for it.
    pub(crate) async fn prepare(&mut self) {
        let asked = self.abilities().await;
        self.note(asked.err());
    }

    /// Whether somebody shows notifications.
    pub(crate) async fn is_there(&mut self) -> bool {
        self.abilities().await.is_ok()
    }

    /// What was learned of a program that is gone is forgotten.
    pub(crate) fn restarted(&mut self) {
        self.abilities = None;
        self.resting_until = None;
    }

    async fn abilities(&mut self) -> Result<Abilities, BusError> {
        if let Some(known) = self.abilities {
            return Ok(known);
        }
        if self.listening.as_ref().is_none_or(JoinHandle::is_finished) {
            let connection = self.bus.connection().await?;
            let task = listen(connection, self.heard.clone(), Arc::clone(&self.ours)).await?;
            self.listening = Some(tokio::spawn(task));
        }
        let answer = self.bus.call(PLACE, "GetCapabilities", &()).await?;
        let words: Vec<String> = answer.body().deserialize()?;
        Ok(*self.abilities.insert(Abilities::from_words(&words)))
    }

    /// Shows a notification; answers how the desktop calls it. Nothing where nobody shows any: that is no error.
    pub(crate) async fn show(&mut self, card: &Card<'_>) -> Option<u32> {
        if self.is_resting() {
            return None;
        }
        let ours = Arc::clone(&self.ours);
        let _showing = ours.showing.lock().await;
        match self.notify(card).await {
            Ok(id) => {
                ours.add(id);
                self.has_complained = false;
                Some(id)
            }
            Err(error) => {
                if let BusError::Silence = error {
                    self.resting_until = Some(Instant::now() + REST);
                }
                self.abilities = None;
                self.note(Some(error));
                None
            }
        }
    }

    async fn notify(&mut self, card: &Card<'_>) -> Result<u32, BusError> {
        let can = self.abilities().await?;
        let mut actions = Vec::new();
        if can.actions {
            actions.extend(["default", card.labels.open]);
            if card.is_conversation {
                actions.extend(["mark-read", card.labels.mark_read]);
                if can.reply {
                    actions.extend(["inline-reply", card.labels.reply]);
                }
            }
        }
        let body = match (can.body, can.markup) {
            (false, _) => String::new(),
            (true, true) => escaped(card.body),
            (true, false) => card.body.to_owned(),
        };
        let title = if can.body || card.body.is_empty() {
            card.title.to_owned()
        } else {
            format!("{}: {}", card.title, card.body)
        };
        let (width, height, rgba) = match card.face.map(face::drawn) {
            Some(face) => (face.size as i32, face.size as i32, face.rgba),
            None => (
                PICTURE.width() as i32,
                PICTURE.height() as i32,
                PICTURE.rgba().to_vec(),
            ),
        };
        let picture = (width, height, width * 4, true, 8, 4, rgba);
        let mut hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("desktop-entry", DESKTOP_ENTRY.into()),
            ("category", "im.received".into()),
            ("urgency", Value::U8(if card.is_low { 0 } else { 1 })),
            ("image-data", Value::from(picture)),
        ]);
        if card.sound {
            hints.insert("sound-name", "message-new-instant".into());
        } else {
            hints.insert("suppress-sound", true.into());
        }
        if can.reply && card.is_conversation {
            hints.insert("x-kde-reply-submit-button-text", card.labels.reply.into());
        }
        let replaces = card.replaces.unwrap_or(0);
        let body = ("Tidings", replaces, "", title, body, actions, hints, -1);
        let answer = self.bus.call(PLACE, "Notify", &body).await?;
        Ok(answer.body().deserialize()?)
    }

    /// Takes a notification away.
    pub(crate) async fn close(&mut self, id: u32) {
        if self.is_resting() {
            return;
        }
        // Gone already, or nobody there any longer: either way it is not on the screen.
        if let Err(error) = self.bus.call(PLACE, "CloseNotification", &(id)).await {
            if let BusError::Silence = error {
                // Many may have to be taken away: they do not each wait for who says nothing.
                self.resting_until = Some(Instant::now() + REST);
            }
            tracing::debug!(%error, "a notification could not be taken away");
        }
    }

    fn is_resting(&self) -> bool {
        self.resting_until.is_some_and(|until| Instant::now() < until)
    }

    fn note(&mut self, error: Option<BusError>) {
        if let Some(error) = error
            && !std::mem::replace(&mut self.has_complained, true)
        {
            tracing::info!(%error, "nobody shows notifications here just now");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
        }
    }
}

/// Markup that shows `text` as it is.
fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, letter| {
            match letter {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                other => out.push(other),
            }
            out
        })
}

/// Hears what becomes of notifications. The bus lets only signals of who owns the name through.
async fn listen(
    connection: zbus::Connection,
    heard: mpsc::Sender<Heard>,
    known: Arc<Ours>,
) -> Result<impl Future<Output = ()> + Send, BusError> {
    let ours = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(NAME)?
        .path(PATH)?
        .interface(NAME)?
        .build();
    let owner = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .arg(0, NAME)?
        .build();
    let ours = MessageStream::for_match_rule(ours, &connection, None).await?;
    let owner = MessageStream::for_match_rule(owner, &connection, None).await?;
    Ok(async move {
        let mut token = None;
        let mut all = futures_util::stream::select(ours, owner);
        while let Some(Ok(message)) = all.next().await {
            drop(known.showing.lock().await);
            if let Some(news) = understood(&message, &known, &mut token)
                && heard.send(news).await.is_err()
            {
                return;
            }
        }
    })
}

/// What a signal says of this app's notifications; others' are none of its business.
fn understood(message: &Message, ours: &Ours, token: &mut Option<(u32, String)>) -> Option<Heard> {
    let header = message.header();
    let body = message.body();
    match header.member()?.as_str() {
        "ActivationToken" => {
            let given = body.deserialize::<(u32, String)>().ok();
            *token = given.filter(|(id, _)| ours.has(*id));
            None
        }
        "ActionInvoked" => {
            let (id, action) = body.deserialize::<(u32, String)>().ok()?;
            if !ours.has(id) {
                return None;
            }
            match action.as_str() {
                "default" => {
                    let token = token.take().filter(|(of, _)| *of == id).map(|(_, token)| token);
                    Some(Heard::Opened { id, token })
                }
                "mark-read" => Some(Heard::MarkedRead { id }),
                _ => None,
            }
        }
        "NotificationReplied" => {
            let (id, text) = body.deserialize::<(u32, String)>().ok()?;
            let fits = !text.trim().is_empty() && text.len() <= REPLY_BYTES;
            (fits && ours.has(id)).then_some(Heard::Replied { id, text })
        }
        "NotificationClosed" => {
            let (id, reason) = body.deserialize::<(u32, u32)>().ok()?;
            ours.has(id).then_some(Heard::Closed {
                id,
                by_person: reason == 2,
            })
        }
        "NameOwnerChanged" => {
            let (_, before, _) = body.deserialize::<(String, String, String)>().ok()?;
            // One that only begins may have given its first id already.
            if !before.is_empty() {
                ours.forget();
            }
            Some(Heard::Restarted)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn markup_shows_the_text_as_it_is() {
        assert_eq!(
            escaped("<b>1 & 2</b> \"x\""),
            "&lt;b&gt;1 &amp; 2&lt;/b&gt; \"x\""
        );
    }

    #[test]
    fn only_what_is_announced_is_used() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(Abilities::from_words(&[]), Abilities::default());
        let all = words(&["body", "body-markup", "actions", "inline-reply", "sound", "x"]);
        let can = Abilities::from_words(&all);
        assert!(can.body && can.markup && can.actions && can.reply);
    }

    fn signal(member: &str, body: &(impl serde::Serialize + zbus::zvariant::DynamicType)) -> Message {
        Message::signal(PATH, NAME, member).unwrap().build(body).unwrap()
    }

    #[test]
    fn what_is_heard_of_notifications_is_checked() {
        let mut token = None;
        let ours = Ours::default();
        ours.add(7);
        let mut hear = |message: Message| understood(&message, &ours, &mut token);
        assert_eq!(hear(signal("ActivationToken", &(7u32, "t"))), None);
        assert_eq!(
            hear(signal("ActionInvoked", &(7u32, "default"))),
            Some(Heard::Opened {
                id: 7,
                token: Some("t".into())
            })
        );
        assert_eq!(
            hear(signal("ActionInvoked", &(7u32, "default"))),
            Some(Heard::Opened { id: 7, token: None })
        );
        assert_eq!(hear(signal("ActionInvoked", &(7u32, "rm -rf"))), None);
        assert_eq!(hear(signal("ActionInvoked", &("seven",))), None);
        assert_eq!(hear(signal("NotificationReplied", &(7u32, " "))), None);
        let long = "x".repeat(REPLY_BYTES + 1);
        assert_eq!(hear(signal("NotificationReplied", &(7u32, long))), None);
        assert_eq!(
            hear(signal("NotificationClosed", &(7u32, 2u32))),
            Some(Heard::Closed {
                id: 7,
                by_person: true
            })
        );
    }

    #[test]
    fn a_click_on_another_programs_notification_is_not_ours() {
        let (ours, mut token) = (Ours::default(), None);
        ours.add(7);
        for other in [
            signal("ActionInvoked", &(8u32, "default")),
            signal("ActionInvoked", &(8u32, "mark-read")),
            signal("NotificationReplied", &(8u32, "hello")),
            signal("NotificationClosed", &(8u32, 2u32)),
        ] {
            assert_eq!(understood(&other, &ours, &mut token), None);
        }
        understood(&signal("ActivationToken", &(8u32, "t")), &ours, &mut token);
        assert_eq!(token, None);
        // A new program that shows notifications gives the same ids to others.
        let gone = signal("NameOwnerChanged", &(NAME, ":1.5", ""));
        assert_eq!(understood(&gone, &ours, &mut token), Some(Heard::Restarted));
        let click = signal("ActionInvoked", &(7u32, "default"));
        assert_eq!(understood(&click, &ours, &mut token), None);
    }

    #[test]
    fn the_oldest_of_too_many_is_forgotten() {
        let ours = Ours::default();
        for id in 0..=KNOWN_NOTIFICATIONS as u32 {
            ours.add(id);
        }
        assert!(!ours.has(0) && ours.has(1));
    }
}

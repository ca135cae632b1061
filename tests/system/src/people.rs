//! Named people, each a real engine in a folder of their own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;
use tempfile::TempDir;
use tidings_engine::view::{
    ConnectionState, ConversationView, EngineEvent, ErrorView, Flow, MessageStatus, MessageView,
    OutgoingMessage,
};
use tidings_engine::{Engine, EngineConfig, EngineError, SystemConnector};
use tidings_protocol::{
    Chance, Clock, MessageType, Registration, ServerAddress, SignIn, SignInProof, SystemChance, SystemClock,
    UserId, new_client_id,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long anything may take before a test gives up. Long, because the machine may be busy; a test that passes never
/// waits for it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// Plain HTTP to this address.
pub fn plain(address: std::net::SocketAddr) -> ServerAddress {
    ServerAddress {
        host: address.ip().to_string(),
        port: address.port(),
        tls: false,
        pin: None,
    }
}

/// The conversation with this user.
pub fn c2c(user: &str) -> String {
    format!("C2C{user}")
}

/// A text message's text.
pub fn text_of(message: &MessageView) -> String {
    message
        .payload
        .get("text")
        .and_then(|text| text.as_str())
        .unwrap_or_default()
        .to_owned()
}

/// One device of one person: the folder that outlives its engines.
pub struct Home {
    /// Whose.
    pub user: String,
    folder: TempDir,
    clock: Arc<dyn Clock>,
}

impl Home {
    /// A new device of `user`.
    pub fn of(user: &str) -> Self {
        Self::with_clock(user, Arc::new(SystemClock::default()))
    }

    /// A new device of `user` with a clock of its own.
    pub fn with_clock(user: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            user: user.into(),
            folder: TempDir::new().unwrap(),
            clock,
        }
    }

    /// A new device on which `user` has signed in, and then closed the app.
    pub async fn signed_in(user: &str, server: &ServerAddress) -> Self {
        Person::signs_in(user, server).await.closes().await
    }

    /// The profile's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the engine on this folder.
    pub async fn opens(self) -> Person {
        self.try_opens()
            .await
            .unwrap_or_else(|(error, _)| panic!("the profile does not open: {error}"))
    }

    /// As [`Home::opens`], giving the home back when it cannot.
    pub async fn try_opens(self) -> Result<Person, (EngineError, Self)> {
        let config = EngineConfig {
            dir: self.folder.path().to_owned(),
            clock: Arc::clone(&self.clock),
            chance: Arc::new(SystemChance),
            connector: Arc::new(SystemConnector::default()),
            device_name: format!("{}'s computer", self.user),
            decoders: Arc::new(tidings_engine::Decoders::in_process(1)),
        };
        let (engine, mut receiver) = match Engine::open(config).await {
            Ok(opened) => opened,
            Err(error) => return Err((error, self)),
        };
        let heard = Arc::new(Heard {
            events: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let task = tokio::spawn({
            let heard = Arc::clone(&heard);
            async move {
                while let Some(event) = receiver.next().await {
                    heard.events.lock().push(event);
                    heard.count.send_modify(|count| *count += 1);
                }
            }
        });
        Ok(Person {
            engine,
            home: self,
            heard,
            task,
        })
    }
}

struct Heard {
    events: Mutex<Vec<EngineEvent>>,
    count: watch::Sender<usize>,
}

/// A person at a device.
pub struct Person {
    /// The engine.
    pub engine: Engine,
    home: Home,
    heard: Arc<Heard>,
    task: JoinHandle<()>,
}

impl Person {
    /// `user`, who makes an account (the space must be open) and is connected.
    pub async fn registers(user: &str, server: &ServerAddress) -> Self {
        let person = Home::of(user).opens().await;
        person
            .tries_to_register(server, None)
            .await
            .unwrap_or_else(|error| panic!("{user} registers: {error}"));
        person.is_connected().await;
        person
    }

    /// A further device of `user`, signed in and connected.
    pub async fn signs_in(user: &str, server: &ServerAddress) -> Self {
        let person = Home::of(user).opens().await;
        person
            .tries_to_sign_in(server, PASSWORD)
            .await
            .unwrap_or_else(|error| panic!("{user} signs in: {error}"));
        person.is_connected().await;
        person
    }

    /// Makes an account.
    pub async fn tries_to_register(
        &self,
        server: &ServerAddress,
        invitation: Option<&str>,
    ) -> Result<(), ErrorView> {
        let registration = Registration {
            user_id: UserId::new(self.user()).unwrap(),
            nick: self.user().to_owned(),
            password: PASSWORD.into(),
            invitation: invitation.map(str::to_owned),
            device_name: String::new(),
        };
        self.engine
            .register(server, registration, false)
            .await
            .map(drop)
            .map_err(|error| error.view())
    }

    /// Signs in.
    pub async fn tries_to_sign_in(&self, server: &ServerAddress, password: &str) -> Result<(), ErrorView> {
        let sign_in = SignIn {
            user_id: UserId::new(self.user()).unwrap(),
            proof: SignInProof::Password(password.into()),
            device_name: String::new(),
        };
        self.engine
            .sign_in(server, sign_in)
            .await
            .map(drop)
            .map_err(|error| error.view())
    }

    /// The user id.
    pub fn user(&self) -> &str {
        &self.home.user
    }

    /// A message to `other`, as the UI makes it.
    pub fn writes(&self, other: &str, text: &str) -> OutgoingMessage {
        OutgoingMessage {
            conversation_id: c2c(other),
            client_id: new_client_id(&*self.home.clock, &SystemChance).to_string(),
            random: SystemChance.next_u32(),
            client_sequence: 1,
            message_type: MessageType::TEXT.into(),
            payload: json!({ "text": text }),
            priority: "Normal".into(),
            push_info: None,
            cloud_custom_data: String::new(),
            at_user_list: Vec::new(),
            online_user_only: false,
            attachment: None,
        }
    }

    /// Types `text` to `other` and presses Enter; it is in the outbox then.
    pub async fn types(&self, other: &str, text: &str) -> MessageView {
        let message = self.writes(other, text);
        self.engine
            .send_message(message)
            .await
            .unwrap_or_else(|error| panic!("{} types {text:?}: {error}", self.user()))
    }

    /// As [`Person::types`], and waits until the server has it.
    pub async fn sends(&self, other: &str, text: &str) -> MessageView {
        let typed = self.types(other, text).await;
        self.message_is(other, &typed.client_id, |message| {
            message.status == MessageStatus::Success
        })
        .await
    }

    /// Waits until the message that this device calls `client_id` is so.
    pub async fn message_is(
        &self,
        other: &str,
        client_id: &str,
        fits: impl Fn(&MessageView) -> bool,
    ) -> MessageView {
        let mut last = None;
        let found = self.waits(async || {
            let page = self.newest(other).await;
            last = page.into_iter().find(|message| message.client_id == client_id);
            last.as_ref().is_some_and(&fits)
        });
        match found.await {
            true => last.unwrap(),
            false => panic!(
                "{}'s message to {other} did not become as hoped: {last:?}",
                self.user()
            ),
        }
    }

    /// The newest page with `other`.
    pub async fn newest(&self, other: &str) -> Vec<MessageView> {
        self.engine
            .message_page(&c2c(other), None, 100)
            .await
            .map(|page| page.messages)
            .unwrap_or_default()
    }

    /// All that is in the conversation with `other`, oldest first, read page by page.
    pub async fn whole(&self, other: &str) -> Vec<MessageView> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = self.engine.message_page(&c2c(other), before, 100).await.unwrap();
            assert!(
                !page.is_cut_off,
                "{} cannot read the whole conversation",
                self.user()
            );
            all.splice(0..0, page.messages);
            before = page.next_before;
            if before.is_none() || page.is_completed {
                return all;
            }
        }
    }

    /// The texts of [`Person::whole`].
    pub async fn texts(&self, other: &str) -> Vec<String> {
        self.whole(other).await.iter().map(text_of).collect()
    }

    /// Waits until this text is among the newest messages with `other`.
    pub async fn sees(&self, other: &str, text: &str) {
        self.until(&format!("sees {text:?} from {other}"), async || {
            self.newest(other)
                .await
                .iter()
                .any(|message| text_of(message) == text)
        })
        .await;
    }

    /// The conversation with `other` as the list shows it.
    pub async fn conversation(&self, other: &str) -> ConversationView {
        self.engine.conversation_profile(&c2c(other)).await.unwrap()
    }

    /// Waits until the conversation with `other` is so.
    pub async fn conversation_is(&self, other: &str, what: &str, fits: impl Fn(&ConversationView) -> bool) {
        self.until(
            &format!("has a conversation with {other} that {what}"),
            async || {
                self.engine
                    .conversation_profile(&c2c(other))
                    .await
                    .is_ok_and(|view| fits(&view))
            },
        )
        .await;
    }

    /// Waits until the connection stands.
    pub async fn is_connected(&self) {
        self.until("is connected", async || {
            self.engine.connection() == ConnectionState::Connected
        })
        .await;
    }

    /// Connects by this name of the server, at once instead of after the back-off, as when a host's port has changed.
    pub async fn redials(&self, server: &ServerAddress) {
        self.engine.set_server(server).await.unwrap();
    }

    /// Waits until it is known that the connection does not stand.
    pub async fn is_offline(&self) {
        self.until("is offline", async || {
            self.engine.connection() != ConnectionState::Connected
        })
        .await;
    }

    /// Waits until `fits`, asking again after each event.
    pub async fn until(&self, what: &str, fits: impl AsyncFnMut() -> bool) {
        if !self.waits(fits).await {
            let events = self.heard.events.lock();
            let last: Vec<String> = events
                .iter()
                .rev()
                .take(5)
                .map(|event| format!("{event:?}"))
                .collect();
            panic!(
                "it did not come about that {} {what}; heard last: {last:#?}",
                self.user()
            );
        }
    }

    async fn waits(&self, mut fits: impl AsyncFnMut() -> bool) -> bool {
        let mut count = self.heard.count.subscribe();
        let waiting = async {
            loop {
                count.mark_unchanged();
                if fits().await {
                    return;
                }
                if count.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        timeout(PATIENCE, waiting).await.is_ok()
    }

    /// What the engine has told so far.
    pub fn heard(&self) -> Vec<EngineEvent> {
        self.heard.events.lock().clone()
    }

    /// The messages that MESSAGE_RECEIVED told of, in that order (R-M1).
    pub fn received(&self) -> Vec<MessageView> {
        let told = |event: EngineEvent| match event {
            EngineEvent::MessagesReceived { messages } => messages,
            _ => Vec::new(),
        };
        self.heard().into_iter().flat_map(told).collect()
    }

    /// The other's messages among those received.
    pub fn received_texts(&self) -> Vec<String> {
        self.received()
            .iter()
            .filter(|message| message.flow == Flow::In)
            .map(text_of)
            .collect()
    }

    /// Closes the app.
    pub async fn closes(self) -> Home {
        self.engine.close().await;
        // The receiver ends after the engine; what it had to say has been heard then.
        let _ = timeout(PATIENCE, self.task).await;
        self.home
    }
}

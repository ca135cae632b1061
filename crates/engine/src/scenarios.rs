//! Whole engines against a small server in memory, over a wire that loses, doubles and reorders.

mod altering;
mod exporting;
mod fake_server;
mod files;
mod groups;
mod healing;
mod history;
mod hostile;
mod hosting;
mod importing;
mod outbox;
mod people;
mod preparing;
mod resuming;
mod talking;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tidings_protocol::{
    ServerAddress, SignIn, SignInProof, SystemChance, SystemClock, UserId, new_client_id,
};
use tokio::time::timeout;

use self::fake_server::FakeServer;
use crate::view::{EngineEvent, MessageView, OutgoingMessage};
use crate::{Engine, EngineConfig, EventReceiver};

/// A person with a device.
struct Person {
    engine: Engine,
    events: EventReceiver,
    dir: Arc<TempDir>,
    server: FakeServer,
}

fn address() -> ServerAddress {
    ServerAddress {
        host: "127.0.0.1".into(),
        port: 1,
        tls: false,
        pin: None,
    }
}

fn config(server: &FakeServer, dir: &TempDir) -> EngineConfig {
    EngineConfig {
        dir: dir.path().to_owned(),
        clock: Arc::new(SystemClock::default()),
        chance: Arc::new(SystemChance),
        connector: Arc::new(server.clone()),
        device_name: "test".into(),
        decoders: Arc::new(crate::Decoders::in_process(1)),
    }
}

fn proof(name: &str) -> SignIn {
    SignIn {
        user_id: UserId::new(name).unwrap(),
        proof: SignInProof::Password("password".into()),
        device_name: String::new(),
    }
}

fn message(conversation: &str, text: &str) -> OutgoingMessage {
    OutgoingMessage {
        conversation_id: conversation.into(),
        client_id: new_client_id(&SystemClock::default(), &SystemChance).to_string(),
        random: 1,
        client_sequence: 1,
        message_type: "TIMTextElem".into(),
        payload: serde_json::json!({ "text": text }),
        priority: "Normal".into(),
        push_info: None,
        cloud_custom_data: String::new(),
        at_user_list: Vec::new(),
        online_user_only: false,
        attachment: None,
    }
}

impl Person {
    /// Opens a device that nobody uses yet.
    async fn open(server: &FakeServer) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let (engine, events) = Engine::open(config(server, &dir)).await.unwrap();
        Self {
            engine,
            events,
            dir,
            server: server.clone(),
        }
    }

    /// Signs `name` in on a new device.
    async fn sign_in(server: &FakeServer, name: &str) -> Self {
        let person = Self::open(server).await;
        person.engine.sign_in(&address(), proof(name)).await.unwrap();
        person
    }

    /// Closes the engine and opens it again on the same folder.
    async fn restart(self) -> Self {
        let Self {
            engine, dir, server, ..
        } = self;
        engine.close().await;
        let (engine, events) = Engine::open(config(&server, &dir)).await.unwrap();
        Self {
            engine,
            events,
            dir,
            server,
        }
    }

    async fn say(&self, conversation: &str, text: &str) -> MessageView {
        self.engine
            .send_message(message(conversation, text))
            .await
            .unwrap()
    }

    /// Hears events until `found` gives something.
    async fn hear<T>(&mut self, mut found: impl FnMut(&EngineEvent) -> Option<T>) -> T {
        let heard = timeout(Duration::from_secs(60), async {
            loop {
                let event = self.events.next().await.expect("the engine is open");
                if let Some(found) = found(&event) {
                    return found;
                }
            }
        });
        heard.await.expect("the event comes")
    }

    /// The texts of the newest page.
    async fn texts(&self, conversation: &str) -> Vec<String> {
        let page = self.engine.message_page(conversation, None, 100).await.unwrap();
        page.messages.iter().map(text).collect()
    }

    /// Waits until `holds` is true of this person.
    async fn until(&self, holds: impl AsyncFn(&Self) -> bool) {
        let waited = timeout(Duration::from_secs(20), async {
            while !holds(self).await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        waited.await.expect("it comes to hold");
    }
}

fn text(message: &MessageView) -> String {
    message.payload["text"].as_str().unwrap_or_default().to_owned()
}

/// The texts of received messages.
fn received(event: &EngineEvent) -> Option<Vec<String>> {
    match event {
        EngineEvent::MessagesReceived { messages } => Some(messages.iter().map(text).collect()),
        _ => None,
    }
}

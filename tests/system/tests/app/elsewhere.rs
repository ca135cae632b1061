//! People who are there without a window: an engine of their own, from the test's process.

use tidings_engine::view::{OutgoingMessage, PushInfoView};
use tidings_tests::{Home, Person, ServerProcess};
use tokio::runtime::Runtime;

/// Somebody who writes from elsewhere.
pub(crate) struct Elsewhere {
    runtime: Runtime,
    person: Person,
}

impl Elsewhere {
    /// Signs in without a window.
    pub(crate) fn signs_in(user: &str, server: &ServerProcess) -> Self {
        let runtime = Runtime::new().unwrap();
        let person = runtime.block_on(Person::signs_in(user, &server.address()));
        Self { runtime, person }
    }

    /// Closes the engine; what it knows stays on this device.
    pub(crate) fn leaves(self) -> Home {
        self.runtime.block_on(self.person.closes())
    }

    /// Writes to `other`; answers the message's place.
    pub(crate) fn sends(&self, other: &str, text: &str) -> u64 {
        let sent = self.runtime.block_on(self.person.sends(other, text));
        sent.seq.unwrap()
    }

    /// Writes with a push of one's own words (R-S5).
    pub(crate) fn sends_with(&self, other: &str, text: &str, push: PushInfoView) {
        let message = OutgoingMessage {
            push_info: Some(push),
            ..self.person.writes(other, text)
        };
        self.runtime
            .block_on(self.person.engine.send_message(message))
            .unwrap();
    }

    /// Waits until `other`'s words are here.
    pub(crate) fn sees(&self, other: &str, text: &str) {
        self.runtime.block_on(self.person.sees(other, text));
    }

    /// Recalls what was sent to that place.
    pub(crate) fn recalls(&self, other: &str, seq: u64) {
        let conversation = format!("C2C{other}");
        let newest = self.runtime.block_on(self.person.newest(other));
        let message = newest.iter().find(|each| each.seq == Some(seq)).unwrap();
        self.runtime
            .block_on(
                self.person
                    .engine
                    .recall_message(&conversation, &message.client_id, Some(seq)),
            )
            .unwrap();
    }
}

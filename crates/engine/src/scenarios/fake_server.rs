//! A server in memory that speaks the protocol, and the wire to it, which can be cut, and can lose, double and
//! reorder what it pushes.

mod altering;
mod files;
mod groups;
mod logs;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tidings_protocol::{
    ClientFrame, ConversationId, ConversationSettings, ErrorKind, Extras, Hello, MediaLimits, Profile, Push,
    Registered, Registration, RegistrationPolicy, Request, SendMessage, ServerAddress, SignIn, SpaceInfo,
    UserId, Welcome, WireError, code,
};
use tokio::sync::mpsc;

pub(super) use self::files::Fate;
use self::groups::Group;
use self::logs::{Log, Place};
use crate::{Connector, EngineError, FileWire, FrameSink, FrameSource, Wire};

/// What goes wrong on the wire.
#[derive(Debug, Default, Clone)]
pub(super) struct Faults {
    /// No connection can be made.
    pub(super) down: bool,
    /// What is stored is not answered.
    pub(super) lose_answers: bool,
    /// Of a hundred pushes, so many are lost, doubled, or held back behind the next one.
    pub(super) lose: u32,
    pub(super) double: u32,
    pub(super) hold: u32,
    /// Requests to recall are refused with these, one each.
    pub(super) refuse_recalls: VecDeque<WireError>,
    /// Sends are refused with these, one each.
    pub(super) refuse_sends: VecDeque<WireError>,
    /// Tokens are not known any more.
    pub(super) forget_tokens: bool,
    /// Uploads are refused with these as they begin, one each.
    pub(super) refuse_files: VecDeque<WireError>,
    /// Parts are cut after so many bytes, one each.
    pub(super) cut_parts: VecDeque<u64>,
    /// What becomes of parts, one each; then of those above.
    pub(super) parts: VecDeque<Fate>,
    /// Downloads are cut after so many pieces of 1,000 bytes, one each.
    pub(super) cut_downloads: VecDeque<usize>,
    /// What comes down has another last byte.
    pub(super) spoil_downloads: bool,
}

#[derive(Default)]
struct User {
    version: u64,
    heads: BTreeMap<String, u64>,
    deleted: Vec<String>,
    settings: HashMap<String, ConversationSettings>,
    cleared: HashMap<String, u64>,
    blocked: Vec<UserId>,
}

struct Session {
    user: String,
    frames: mpsc::UnboundedSender<String>,
    held: Option<String>,
}

#[derive(Default)]
struct State {
    faults: Faults,
    users: HashMap<String, User>,
    logs: HashMap<Place, Log>,
    groups: HashMap<String, Group>,
    sessions: Vec<Session>,
    seed: u64,
    sends: u32,
    asked: Vec<String>,
    dialled: Vec<u16>,
    files: HashMap<String, files::Stored>,
    sent_up: u64,
    /// A request that nobody listens to any more still has an upload.
    is_held: bool,
    is_hanging: bool,
}

#[derive(Clone, Default)]
pub(super) struct FakeServer(Arc<Mutex<State>>);

pub(super) fn id(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

fn profile(name: &str) -> Profile {
    Profile {
        user_id: id(name),
        nick: format!("{name}'s name"),
        avatar_colour: None,
    }
}

impl State {
    fn draw(&mut self, of_hundred: u32) -> bool {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % 100 < u64::from(of_hundred)
    }

    /// The head of this conversation, by its name for `user`, changes.
    fn touch(&mut self, user: &str, conversation: &str) {
        let user = self.users.entry(user.to_owned()).or_default();
        user.version += 1;
        user.heads.insert(conversation.to_owned(), user.version);
    }

    fn push(&mut self, users: &[&str], push: &Push) {
        let frame = json!({ "push": push }).to_string();
        for number in 0..self.sessions.len() {
            if !users.contains(&self.sessions[number].user.as_str()) {
                continue;
            }
            let (lose, double, hold) = (self.faults.lose, self.faults.double, self.faults.hold);
            if self.draw(lose) {
                continue;
            }
            let (twice, later) = (self.draw(double), self.draw(hold));
            let session = &mut self.sessions[number];
            if later && session.held.is_none() {
                session.held = Some(frame.clone());
                continue;
            }
            let _ = session.frames.send(frame.clone());
            if twice {
                let _ = session.frames.send(frame.clone());
            }
            if let Some(held) = session.held.take() {
                let _ = session.frames.send(held);
            }
        }
    }
}

impl FakeServer {
    pub(super) fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.0.lock().faults);
    }

    pub(super) fn seed(&self, seed: u64) {
        self.0.lock().seed = seed;
    }

    /// Ends every connection, as a restart of the server does.
    pub(super) fn cut(&self) {
        self.0.lock().sessions.clear();
    }

    /// Something of a head changes.
    pub(super) fn touch(&self, user: &str, other: &str) {
        self.0.lock().touch(user, &format!("C2C{other}"));
    }

    /// The server loses everything.
    pub(super) fn put_back(&self) {
        let mut state = self.0.lock();
        state.sessions.clear();
        state.logs.clear();
        state.groups.clear();
        for user in state.users.values_mut() {
            *user = User::default();
        }
    }

    /// Makes a user known.
    pub(super) fn add(&self, name: &str) {
        self.0.lock().users.entry(name.to_owned()).or_default();
    }

    /// Somebody else's device says something.
    pub(super) fn say(&self, from: &str, to: &str, text: &str) -> u64 {
        self.say_in(from, &format!("C2C{to}"), text, None)
    }

    /// Somebody else's device says something in any conversation, with something that goes along.
    pub(super) fn say_in(&self, from: &str, conversation: &str, text: &str, extras: Option<Extras>) -> u64 {
        let payload = json!({ "text": text });
        self.say_payload(from, conversation, "TIMTextElem", &payload, extras)
    }

    /// Somebody else's device says something of any type.
    pub(super) fn say_payload(
        &self,
        from: &str,
        conversation: &str,
        message_type: &str,
        payload: &serde_json::Value,
        extras: Option<Extras>,
    ) -> u64 {
        let mut state = self.0.lock();
        let conversation: ConversationId = conversation.parse().unwrap();
        let number = state.log(from, &conversation).messages.len();
        let send = SendMessage {
            conversation,
            client_id: tidings_protocol::ClientId::new(format!("other-{number}")).unwrap(),
            random: 7,
            client_seq: 7,
            message_type: tidings_protocol::MessageType::new(message_type),
            payload: to_raw_value(payload).unwrap(),
            priority: tidings_protocol::Priority::Normal,
            extras: extras.map(Box::new),
            online_only: false,
        };
        state.send(from, send).unwrap().seq
    }

    /// Pushes anything at all to a user's devices.
    pub(super) fn push_raw(&self, user: &str, frame: &str) {
        for session in self
            .0
            .lock()
            .sessions
            .iter()
            .filter(|session| session.user == user)
        {
            let _ = session.frames.send(frame.to_owned());
        }
    }

    /// What the log between two users holds.
    pub(super) fn log(&self, one: &str, other: &str) -> Vec<String> {
        let state = self.0.lock();
        let log = state.logs.get(&Place::pair(one, other));
        log.map(|log| log.messages.iter().map(|m| payload_text(&m.payload)).collect())
            .unwrap_or_default()
    }

    pub(super) fn sends(&self) -> u32 {
        self.0.lock().sends
    }

    /// What was asked so far, by kind; and forgets it.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().asked)
    }

    /// The ports that were dialled so far; and forgets them.
    pub(super) fn dialled(&self) -> Vec<u16> {
        std::mem::take(&mut self.0.lock().dialled)
    }

    fn hear(&self, number: &mpsc::UnboundedSender<String>, me: &str, frame: &str) {
        let ClientFrame { id, request } = serde_json::from_str(frame).unwrap();
        let mut state = self.0.lock();
        let kind = serde_json::to_value(&request).unwrap();
        state
            .asked
            .extend(kind.as_object().and_then(|kind| kind.keys().next().cloned()));
        let is_send = matches!(request, Request::Send(_));
        if !state
            .sessions
            .iter()
            .any(|session| session.frames.same_channel(number))
        {
            return;
        }
        // Pushes go out inside: a message of one's own comes back as a push before its answer, unless it is held back.
        let answer = state.answer(me, request);
        if is_send && state.faults.lose_answers {
            return;
        }
        let frame = match answer {
            Ok(ok) => json!({ "re": id, "ok": ok }).to_string(),
            Err(error) => json!({ "re": id, "error": error }).to_string(),
        };
        drop(state);
        let _ = number.send(frame);
    }

    async fn session(
        self,
        mut incoming: mpsc::UnboundedReceiver<String>,
        frames: mpsc::UnboundedSender<String>,
    ) {
        let Some(hello) = incoming.recv().await else {
            return;
        };
        let hello: Hello = serde_json::from_str(&hello).unwrap();
        let me = hello.token.trim_start_matches("token-").to_owned();
        {
            let mut state = self.0.lock();
            if state.faults.forget_tokens {
                let error = WireError::new(code::TOKEN_INVALID, ErrorKind::Unauthorised, "unknown token");
                let _ = frames.send(json!({ "error": error }).to_string());
                return;
            }
            let welcome = Welcome {
                me: profile(&me),
                time: 0,
                heads: state.heads(&me, hello.since, None),
                media: MediaLimits::default(),
                recall_seconds: Some(120),
            };
            let _ = frames.send(json!({ "welcome": welcome }).to_string());
            state.sessions.push(Session {
                user: me.clone(),
                frames: frames.clone(),
                held: None,
            });
        }
        // The one strong sender is in the session: a cut drops it, and the client sees the end.
        let weak = frames.downgrade();
        drop(frames);
        while let Some(frame) = incoming.recv().await {
            let Some(frames) = weak.upgrade() else { return };
            self.hear(&frames, &me, &frame);
        }
        let mut state = self.0.lock();
        if let Some(frames) = weak.upgrade() {
            state
                .sessions
                .retain(|session| !session.frames.same_channel(&frames));
        }
    }
}

fn payload_text(payload: &RawValue) -> String {
    let value: serde_json::Value = serde_json::from_str(payload.get()).unwrap();
    value["text"].as_str().unwrap_or_default().to_owned()
}

#[async_trait]
impl Connector for FakeServer {
    async fn space_info(&self, _: &ServerAddress) -> Result<SpaceInfo, EngineError> {
        let registration = RegistrationPolicy::Open;
        Ok(SpaceInfo {
            product: "tidings".into(),
            protocol: 1,
            name: "Space".into(),
            registration,
        })
    }

    async fn register(&self, _: &ServerAddress, request: &Registration) -> Result<Registered, EngineError> {
        self.add(request.user_id.as_str());
        let token = format!("token-{}", request.user_id);
        Ok(Registered {
            user_id: request.user_id.clone(),
            token,
            space: "Space".into(),
        })
    }

    async fn sign_in(&self, _: &ServerAddress, request: &SignIn) -> Result<Registered, EngineError> {
        self.add(request.user_id.as_str());
        let token = format!("token-{}", request.user_id);
        Ok(Registered {
            user_id: request.user_id.clone(),
            token,
            space: "Space".into(),
        })
    }

    async fn open(&self, server: &ServerAddress) -> Result<Wire, EngineError> {
        self.0.lock().dialled.push(server.port);
        if self.0.lock().faults.down {
            return Err(EngineError::Network("down".into()));
        }
        let (to_server, from_client) = mpsc::unbounded_channel();
        let (to_client, from_server) = mpsc::unbounded_channel();
        tokio::spawn(self.clone().session(from_client, to_client));
        Ok(Wire {
            sink: Box::new(Sink(to_server)),
            source: Box::new(Source(from_server)),
        })
    }

    async fn files(&self, _: &ServerAddress, _: &str) -> Result<Box<dyn FileWire>, EngineError> {
        if self.0.lock().faults.down {
            return Err(EngineError::Network("down".into()));
        }
        Ok(Box::new(files::FakeFiles(self.clone())))
    }
}

struct Sink(mpsc::UnboundedSender<String>);

#[async_trait]
impl FrameSink for Sink {
    async fn send(&mut self, frame: String) -> Result<(), EngineError> {
        self.0.send(frame).map_err(|_| EngineError::Network("cut".into()))
    }
    async fn close(&mut self) {}
}

struct Source(mpsc::UnboundedReceiver<String>);

#[async_trait]
impl FrameSource for Source {
    async fn next(&mut self) -> Option<Result<String, EngineError>> {
        self.0.recv().await.map(Ok)
    }
}

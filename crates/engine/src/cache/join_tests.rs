//! Whatever the order in which pushes, answers, pages and heads come, and however often: the log is the truth, every
//! message of others is told at most once and in order, and what is unread is counted right.

use proptest::prelude::*;
use serde_json::value::RawValue;
use tidings_protocol::{
    ClientId, ConversationKind, ConversationSettings, Head, Message, MessageType, Page, Priority, Sent,
    UserId,
};

use super::{Cache, Durability, Me, Write, conversations, heads, join, list, messages, outbox, pages, runs};
use crate::EngineError;
use crate::events::{self, EventReceiver};
use crate::view::{EngineEvent, MessageStatus};

const NAME: &str = "C2Cbob";
/// Messages in the log.
const LENGTH: u64 = 24;

#[derive(Debug, Clone)]
enum Said {
    Push(u64),
    /// The answer to the send of one's own message with this seq.
    Answer(u64),
    Page {
        before: Option<u64>,
        limit: u64,
    },
    Head {
        seq: u64,
    },
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        6 => (1..=LENGTH).prop_map(Said::Push),
        3 => (1..=LENGTH).prop_map(Said::Answer),
        1 => (proptest::option::of(2..=LENGTH), 1..8_u64).prop_map(|(before, limit)| Said::Page { before, limit }),
        1 => (1..=LENGTH).prop_map(|seq| Said::Head { seq }),
    ]
}

/// Every third message is ann's, sent from this device.
fn is_own(seq: u64) -> bool {
    seq.is_multiple_of(3)
}

fn truth(seq: u64) -> Message {
    let (from, to) = if is_own(seq) {
        ("ann", "bob")
    } else {
        ("bob", "ann")
    };
    Message {
        kind: ConversationKind::C2C,
        from: UserId::new(from).unwrap(),
        to: to.into(),
        seq,
        revision: seq,
        time: i64::try_from(seq).unwrap(),
        client_id: ClientId::new(format!("m-{seq}")).unwrap(),
        random: 1,
        client_seq: 1,
        message_type: MessageType::text(),
        payload: RawValue::from_string(format!(r#"{{"text":"{seq}"}}"#)).unwrap(),
        priority: Priority::Normal,
        cut: false,
        extras: None,
        altered: None,
    }
}

fn page(before: Option<u64>, limit: u64, newest: u64) -> Page {
    let last = before.map_or(newest, |before| (before - 1).min(newest));
    let first = last.saturating_sub(limit - 1).max(1);
    Page {
        messages: (first..=last).map(truth).collect(),
        seq: newest,
        revision: newest,
        complete: first == 1,
    }
}

fn head(seq: u64, version: u64) -> Head {
    Head {
        conversation: NAME.parse().unwrap(),
        version,
        seq,
        revision: seq,
        read_seq: 0,
        peer_read_seq: 0,
        unread: (1..=seq).filter(|seq| !is_own(*seq)).count() as u64,
        last: Some(truth(seq)),
        profile: None,
        deleted: false,
        group: None,
        me: None,
        mention_seq: 0,
        everybody_seq: 0,
        cleared_seq: 0,
        settings: ConversationSettings::default(),
    }
}

struct World {
    cache: Cache,
    events: EventReceiver,
    received: Vec<u64>,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (sender, events) = events::channel();
        let me = Me::default();
        me.set("ann");
        let (cache, _) = Cache::open(dir.path(), &me, sender).unwrap();
        cache
            .write(Durability::Process, |write| {
                let open = write.open(NAME)?;
                for seq in (1..=LENGTH).filter(|seq| is_own(*seq)) {
                    let entry = outbox::Entry {
                        id: 0,
                        client_id: format!("m-{seq}"),
                        random: 1,
                        client_seq: 1,
                        message_type: "TIMTextElem".into(),
                        payload: format!(r#"{{"text":"{seq}"}}"#),
                        priority: 1,
                        time: 0,
                        failed: false,
                        code: 0,
                        is_resend: false,
                        extras: None,
                        files: outbox::Files::There,
                        album: String::new(),
                    };
                    outbox::append(open.db, open.it.id, &entry)?;
                }
                outbox::settle(open.db, open.it)?;
                Ok(())
            })
            .await
            .unwrap();
        Self {
            cache,
            events,
            received: Vec::new(),
            _dir: dir,
        }
    }

    async fn hear(&mut self, said: Said, version: u64) {
        let done: Result<(), EngineError> = self
            .cache
            .take(move |write| {
                match said {
                    Said::Push(seq) => drop(join::push(write, &truth(seq))?),
                    Said::Answer(seq) if is_own(seq) => {
                        let sent = Sent {
                            seq,
                            revision: seq,
                            time: i64::try_from(seq).unwrap(),
                        };
                        join::sent(write, NAME, &format!("m-{seq}"), sent)?;
                    }
                    Said::Answer(_) => {}
                    Said::Page { before, limit } => {
                        join::page(write, NAME, before, &page(before, limit, LENGTH), true)?
                    }
                    Said::Head { seq } => drop(heads::heads(write, vec![head(seq, version)], false)?),
                }
                Ok(())
            })
            .await;
        done.unwrap();
        while let Some(event) = self.events.try_next() {
            if let EngineEvent::MessagesReceived { messages } = event {
                self.received
                    .extend(messages.iter().filter_map(|message| message.seq));
            }
        }
    }

    /// What hangs together never has a hole, and the rest is said to be missing.
    fn check_pages(&self) {
        let held = self
            .cache
            .read(|db, me| pages::held(db, me, NAME, None, 100))
            .unwrap();
        let seqs: Vec<u64> = held
            .page
            .messages
            .iter()
            .filter_map(|message| message.seq)
            .collect();
        assert!(seqs.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{seqs:?}");
        assert!(held.missing.is_some() || seqs.first().is_none_or(|first| *first == 1));
    }
}

/// A notice of the space to ann.
fn notice(seq: u64, operation: u8) -> Message {
    Message {
        kind: ConversationKind::System,
        from: UserId::new("@TIM#SYSTEM").unwrap(),
        to: "ann".into(),
        message_type: MessageType::new(MessageType::NOTICE),
        payload: RawValue::from_string(format!(r#"{{"operationType":{operation}}}"#)).unwrap(),
        ..truth(seq)
    }
}

#[tokio::test]
async fn r_m6_a_notice_of_what_one_did_oneself_is_not_unread() {
    const SYSTEM: &str = "@TIM#SYSTEM";
    let world = World::new().await;
    // Made a group; was brought into one; left it; was made an administrator.
    for (seq, operation) in [(1, 6), (2, 7), (3, 8), (4, 9)] {
        let push = move |write: &mut Write<'_>| -> Result<(), EngineError> {
            join::push(write, &notice(seq, operation))?;
            Ok(())
        };
        world.cache.write(Durability::Process, push).await.unwrap();
    }
    let (list, held) = world
        .cache
        .read(|db, me| {
            let it = conversations::load(db, SYSTEM)?.unwrap();
            let held = messages::count_of_others_above(db, &it, me, 0)?;
            Ok((list::latest(db, me, 9)?, held))
        })
        .unwrap();
    let notices = list.iter().find(|it| it.conversation_id == SYSTEM).unwrap();
    assert_eq!((notices.unread_count, held), (2, 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn b15_b16_any_order_joins_to_the_same_log(order in prop::collection::vec(said(), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            let mut version = 0;
            for said in order {
                version += 1;
                world.hear(said, version).await;
                world.check_pages();
            }
            // Now everything is said once more, in order.
            for seq in 1..=LENGTH {
                world.hear(Said::Push(seq), version).await;
            }
            let others = (1..=LENGTH).filter(|seq| !is_own(*seq)).count() as u64;
            let list = world.cache.read(|db, me| list::latest(db, me, 9)).unwrap();
            assert_eq!(list[0].unread_count, others, "also before the next head says so");
            world.hear(Said::Head { seq: LENGTH }, version + 1).await;
            let held = world.cache.read(|db, me| pages::held(db, me, NAME, None, 100)).unwrap();
            let log: Vec<Option<u64>> = held.page.messages.iter().map(|message| message.seq).collect();
            assert_eq!(log, (1..=LENGTH).map(Some).collect::<Vec<_>>(), "nothing waits, nothing is there twice");
            assert!(held.page.messages.iter().all(|message| message.status == MessageStatus::Success));
            assert!(held.page.is_completed && held.missing.is_none());
            let list = world.cache.read(|db, me| list::latest(db, me, 9)).unwrap();
            assert_eq!(list[0].unread_count, (1..=LENGTH).filter(|seq| !is_own(*seq)).count() as u64);
            assert_eq!((list[0].unsent_count, list[0].failed_count), (0, 0));
            assert!(world.received.is_sorted_by(|a, b| a < b), "{:?}", world.received);
            assert!(world.received.iter().all(|seq| !is_own(*seq)), "{:?}", world.received);
            let run = world.cache.read(|db, _| runs::newest(db, 1)).unwrap().unwrap();
            assert_eq!((run.first, run.last), (1, LENGTH));
            let others = world.cache.read(|db, me| {
                let it = conversations::load(db, NAME)?.unwrap();
                messages::count_of_others_above(db, &it, me, 0)
            }).unwrap();
            assert_eq!(others, list[0].unread_count);
            world.cache.close().await;
        });
    }
}

//! Large groups and many of them, without sockets.

use std::sync::Arc;

use serde_json::value::RawValue;
use tempfile::TempDir;
use tidings_protocol::{
    AnswerApplication, ClientId, ConversationId, CreateGroup, GetHeads, GroupId, GroupType, MessageType,
    MuteMember, OfMembers, Priority, Role, SendMessage, SetRole, SystemChance, SystemClock, UserId, limits,
};

use super::super::{Append, NewUser, Rules, Store, StoreError, read};
use crate::bus::{Bus, Session, Taken};
use crate::config::Synchronous;
use crate::rate::Rate;

struct Space {
    _dir: TempDir,
    store: Store,
    bus: Arc<Bus>,
    /// The users' rows: those of `u0`, `u1`, …
    rows: Vec<i64>,
}

fn user(number: usize) -> UserId {
    UserId::new(format!("u{number}")).unwrap()
}

fn group(number: usize) -> GroupId {
    GroupId::new(format!("g{number}")).unwrap()
}

fn creation(number: usize, group_type: GroupType, members: Vec<UserId>) -> CreateGroup {
    CreateGroup {
        group_type,
        name: format!("g{number}"),
        group: Some(group(number)),
        introduction: String::new(),
        notification: String::new(),
        avatar_colour: None,
        join_option: None,
        members,
    }
}

impl Space {
    async fn of(people: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bus = Arc::new(Bus::default());
        let rules = Rules {
            clock: Arc::new(SystemClock::default()),
            lookups: Arc::new(Rate::new(crate::limits::LOOKUPS.into())),
            conversations_per_user: 10,
            chance: Arc::new(SystemChance),
            group_messages_per_second: 0,
        };
        let store = Store::open(dir.path(), Synchronous::Normal, Arc::clone(&bus), rules).unwrap();
        let rows = store
            .write(move |batch| {
                (0..people)
                    .map(|number| {
                        batch.add_user(&NewUser {
                            id: user(number),
                            nick: String::new(),
                            password: None,
                        })
                    })
                    .collect::<Result<Vec<_>, _>>()
            })
            .await
            .unwrap();
        Self {
            _dir: dir,
            store,
            bus,
            rows,
        }
    }

    /// A session of a user who has said hello.
    async fn here(&self, number: usize) -> Arc<Session> {
        let row = self.rows[number];
        let session = self.bus.join(row, &user(number), row, 0, 0);
        let changes = Bus::places(&session.user);
        let groups = self
            .store
            .read(move |conn| read::group_rows(conn, row))
            .await
            .unwrap();
        assert!(self.bus.enter(&session.user, &groups, changes));
        session
    }

    async fn send(&self, from: &Arc<Session>, to: usize, number: u32) {
        let message = SendMessage {
            conversation: ConversationId::Group(group(to)),
            client_id: ClientId::new(format!("m-{number}")).unwrap(),
            random: 0,
            client_seq: 0,
            message_type: MessageType::text(),
            payload: RawValue::from_string(r#"{"text":"hello"}"#.to_owned()).unwrap(),
            priority: Priority::Normal,
            extras: None,
            online_only: false,
        };
        let reply = from.reply(number).unwrap();
        self.store.append(Append {
            message,
            files: Vec::new(),
            reply,
        });
        self.store.write(|_| Ok(())).await.unwrap();
    }
}

fn taken(session: &Session) -> String {
    match session.take() {
        Taken::Bytes(bytes) => {
            session.wrote(bytes.len());
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => String::new(),
    }
}

#[tokio::test]
async fn a_group_of_2000_with_200_here() {
    let people = usize::try_from(limits::PUBLIC_MEMBERS).unwrap();
    let space = Space::of(people + 1).await;
    let owner = space.rows[0];
    space
        .store
        .write(move |batch| {
            batch.create_group((owner, &user(0)), &creation(1, GroupType::Public, Vec::new()))?;
            for from in (1..people).step_by(limits::MEMBERS_AT_ONCE) {
                let users = (from..people.min(from + limits::MEMBERS_AT_ONCE))
                    .map(user)
                    .collect();
                batch.add_members(
                    (owner, &user(0)),
                    &OfMembers {
                        group: group(1),
                        users,
                    },
                )?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let one_more = OfMembers {
        group: group(1),
        users: vec![user(people)],
    };
    let full = space
        .store
        .write(move |batch| batch.add_members((owner, &user(0)), &one_more));
    match full.await {
        Err(StoreError::Refused(error)) => assert_eq!(error.code, tidings_protocol::code::GROUP_FULL),
        other => panic!("{other:?}"),
    }
    let mut sessions = Vec::new();
    for number in 0..200 {
        sessions.push(space.here(number).await);
    }
    for session in &sessions {
        taken(session);
    }
    for number in 0..20 {
        space.send(&sessions[7], 1, number).await;
    }
    for session in &sessions {
        let bytes = taken(session);
        let pushes = bytes.matches("\"push\":{\"message\"").count();
        assert_eq!(pushes, 20);
    }
    // Nobody's row but the sender's was written; all the same, each head says it.
    let (absent, id) = (space.rows[1999], user(1999));
    let written: i64 = space
        .store
        .read(move |conn| {
            Ok(conn.query_row(
                "SELECT count(*) FROM group_members m JOIN groups g ON g.id = m.grp WHERE m.version = g.version",
                [],
                |row| row.get(0),
            )?)
        })
        .await
        .unwrap();
    assert_eq!(written, 1);
    let heads = space
        .store
        .read(move |conn| {
            read::heads(
                conn,
                (absent, &id),
                GetHeads {
                    since: 0,
                    before: None,
                },
            )
        })
        .await
        .unwrap();
    assert_eq!(heads.heads.first().unwrap().unread, 20);
    space
        .store
        .write(move |batch| batch.dismiss_group((owner, &user(0)), &group(1)))
        .await
        .unwrap();
    for session in &sessions[1..] {
        assert!(
            taken(session).contains("\"operationType\":5"),
            "the notice of its end"
        );
    }
}

#[tokio::test]
async fn a_user_in_1000_groups_hears_of_each_and_comes_back_to_what_changed() {
    let space = Space::of(3).await;
    let rows = space.rows.clone();
    space
        .store
        .write(move |batch| {
            for number in 0..limits::GROUPS_OF_ONE {
                let made = creation(number, GroupType::Private, vec![user(1)]);
                batch.create_group((rows[0], &user(0)), &made)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let other = space.rows[2];
    let none_more = creation(5000, GroupType::Private, vec![user(1)]);
    space
        .store
        .write(move |batch| batch.create_group((other, &user(2)), &none_more))
        .await
        .unwrap();
    let (sender, hears) = (space.here(0).await, space.here(1).await);
    taken(&hears);
    for number in 0..limits::GROUPS_OF_ONE {
        space.send(&sender, number, u32::try_from(number).unwrap()).await;
        if number % 50 == 0 {
            taken(&sender);
        }
    }
    let pushes = taken(&hears).matches("\"push\":{\"message\"").count();
    assert_eq!(pushes, limits::GROUPS_OF_ONE);
    let row = space.rows[1];
    let (mut before, mut seen, mut known) = (None, 0, 0);
    loop {
        let page = space
            .store
            .read(move |conn| read::heads(conn, (row, &user(1)), GetHeads { since: 0, before }))
            .await
            .unwrap();
        seen += page.heads.len();
        known = known.max(page.version);
        before = page.heads.last().map(|head| head.version);
        if !page.more {
            break;
        }
    }
    assert_eq!(
        seen,
        limits::GROUPS_OF_ONE + 1,
        "and the notices; the group above the limit did not get them"
    );
    assert_eq!(
        hears.user.version(),
        known,
        "a heartbeat is answered without the database"
    );
    space.send(&sender, 7, 100_000).await;
    let changed = space
        .store
        .read(move |conn| {
            let asked = GetHeads {
                since: known,
                before: None,
            };
            read::heads(conn, (row, &user(1)), asked)
        })
        .await
        .unwrap();
    assert_eq!(changed.heads.len(), 1);
}

#[tokio::test]
async fn a_request_that_a_member_left_behind_does_not_take_their_seat() {
    let space = Space::of(2).await;
    let rows = space.rows.clone();
    space
        .store
        .write(move |batch| {
            let made = creation(1, GroupType::Public, vec![user(1)]);
            batch.create_group((rows[0], &user(0)), &made)?;
            batch.set_role(
                (rows[0], &user(0)),
                &SetRole {
                    group: group(1),
                    user: user(1),
                    role: Role::Admin,
                },
            )?;
            batch.conn.execute(
                "INSERT INTO applications (grp, user, message, time, told) SELECT id, ?1, '', 0, '[]' FROM groups",
                [rows[0]],
            )?;
            Ok(())
        })
        .await
        .unwrap();
    let admin = space.rows[1];
    let answer = AnswerApplication {
        group: group(1),
        user: user(0),
        accept: true,
        message: String::new(),
    };
    let answered = space
        .store
        .write(move |batch| batch.answer_application((admin, &user(1)), &answer));
    match answered.await {
        Err(StoreError::Refused(error)) => assert_eq!(error.code, tidings_protocol::code::ALREADY_HANDLED),
        other => panic!("{other:?}"),
    }
    let owner = space.rows[0];
    let roles = space
        .store
        .write(move |batch| {
            let (of, _, role) = batch.group_as(&group(1), owner)?;
            Ok((of.member_count, role))
        })
        .await
        .unwrap();
    assert_eq!(roles, (2, Role::Owner));
}

#[tokio::test]
async fn of_the_groups_that_somebody_has_left_the_latest_are_remembered() {
    const MORE: usize = 5;
    let space = Space::of(2).await;
    let [owner, guest] = [space.rows[0], space.rows[1]];
    let left = usize::try_from(crate::limits::LEFT_SEATS).unwrap() + MORE;
    space
        .store
        .write(move |batch| {
            let (me, other) = (user(0), user(1));
            for number in 0..left {
                batch.create_group(
                    (owner, &me),
                    &creation(number, GroupType::Public, vec![other.clone()]),
                )?;
                if number == 0 {
                    let mute = MuteMember {
                        group: group(number),
                        user: other.clone(),
                        seconds: 3600,
                    };
                    batch.mute_member((owner, &me), &mute)?;
                }
                batch.dismiss_group((owner, &me), &group(number))?;
            }
            batch.create_group((owner, &me), &creation(left, GroupType::Public, vec![other]))
        })
        .await
        .unwrap();
    let seats = || async {
        space
            .store
            .read(move |conn| {
                let mut statement = conn.prepare(
                    "SELECT count(*), min(grp) FROM group_members WHERE user = ?1 AND role IS NULL",
                )?;
                let many = super::with_many_left(conn, 0)?;
                let mut of = |user: i64| statement.query_row([user], |row| Ok((row.get(0)?, row.get(1)?)));
                let rows: [(i64, i64); 2] = [of(owner)?, of(guest)?];
                Ok((many, rows))
            })
            .await
            .unwrap()
    };
    assert_eq!(seats().await.0, [owner, guest]);
    for user in [owner, guest] {
        space
            .store
            .write(move |batch| batch.forget_left(user))
            .await
            .unwrap();
    }
    let (_, [owners, guests]) = seats().await;
    let (kept, oldest) = (
        i64::from(crate::limits::LEFT_SEATS),
        i64::try_from(MORE).unwrap() + 1,
    );
    assert_eq!(owners, (kept, oldest), "those left first have gone");
    assert_eq!(guests, (kept + 1, 1), "who is muted stays so");
    // The seat that is in use is as it was, and one that has gone is a stranger's.
    let (first, last) = space
        .store
        .read(move |conn| {
            let first = read::group(conn, owner, &group(1)).err();
            Ok((first, read::group(conn, owner, &group(left))?))
        })
        .await
        .unwrap();
    assert!(first.is_some());
    assert_eq!(last.member_count, 2);
}

//! TIM's verbs for groups: the form of what is asked is checked here, who may ask it in the store.

use std::sync::Arc;

use serde::Serialize;
use tidings_protocol::{
    ConversationKind, CreateGroup, GroupId, GroupRequest, GroupType, Push, Receipt, UpdateGroup, WireError,
    code, limits,
};

use super::no_such_conversation;
use crate::bus::Reply;
use crate::space::Space;
use crate::store::{self, Batch, StoreError, refusal};

/// Does what is asked.
pub(super) fn request(space: &Arc<Space>, asked: GroupRequest, reply: Reply) {
    let asked = match check(space, asked, &reply) {
        Ok(asked) => asked,
        Err(error) => return reply.refuse(error),
    };
    match asked {
        GroupRequest::Create(asked) => {
            write(space, reply, move |batch, me| batch.create_group(me, &asked));
        }
        GroupRequest::Dismiss(asked) => change(space, reply, move |batch, me| {
            batch.dismiss_group(me, &asked.group)
        }),
        GroupRequest::Join(asked) => write(space, reply, move |batch, me| batch.join_group(me, &asked)),
        GroupRequest::Quit(asked) => {
            change(space, reply, move |batch, me| batch.quit_group(me, &asked.group))
        }
        GroupRequest::Answer(asked) => {
            change(space, reply, move |batch, me| {
                batch.answer_application(me, &asked)
            });
        }
        GroupRequest::ChangeOwner(asked) => {
            change(space, reply, move |batch, me| batch.change_owner(me, &asked))
        }
        GroupRequest::Update(asked) => write(space, reply, move |batch, me| batch.update_group(me, &asked)),
        GroupRequest::Add(asked) => write(space, reply, move |batch, me| batch.add_members(me, &asked)),
        GroupRequest::Remove(asked) => {
            change(space, reply, move |batch, me| batch.remove_members(me, &asked))
        }
        GroupRequest::SetRole(asked) => change(space, reply, move |batch, me| batch.set_role(me, &asked)),
        GroupRequest::Mute(asked) => change(space, reply, move |batch, me| batch.mute_member(me, &asked)),
        GroupRequest::NameCard(asked) => {
            change(space, reply, move |batch, me| batch.set_name_card(me, &asked))
        }
        GroupRequest::List {} => ask(space, reply, store::read::groups),
        GroupRequest::Profile(asked) => {
            ask(space, reply, move |conn, me| {
                store::read::group(conn, me, &asked.group)
            });
        }
        GroupRequest::Search(asked) => ask(space, reply, move |conn, _| {
            store::read::search_group(conn, &asked.group)
        }),
        GroupRequest::Members(asked) => ask(space, reply, move |conn, me| {
            store::read::members(conn, me, &asked)
        }),
        GroupRequest::MemberProfiles(asked) => ask(space, reply, move |conn, me| {
            store::read::member_profiles(conn, me, &asked.group, &asked.users)
        }),
        GroupRequest::ReadBy(asked) => ask(space, reply, move |conn, me| {
            store::read::read_by(conn, me, &asked.group, asked.seq)
        }),
    }
}

/// Runs `work` for who asks, and answers with what it makes.
fn write<T: Serialize + Send + 'static>(
    space: &Space,
    reply: Reply,
    work: impl FnOnce(&mut Batch<'_>, store::Asker<'_>) -> Result<T, StoreError> + Send + 'static,
) {
    let me = reply.session().user.clone();
    space.store.work(
        move |batch| work(batch, (me.row, &me.id)),
        move |result| reply.settle(result),
    );
}

/// As [`write`], and answers with nothing.
fn change(
    space: &Space,
    reply: Reply,
    work: impl FnOnce(&mut Batch<'_>, store::Asker<'_>) -> Result<(), StoreError> + Send + 'static,
) {
    write(space, reply, move |batch, me| {
        work(batch, me).map(|()| serde_json::json!({}))
    });
}

/// Asks the readers.
fn ask<T: Serialize + Send + 'static>(
    space: &Space,
    reply: Reply,
    question: impl FnOnce(&rusqlite::Connection, i64) -> Result<T, StoreError> + Send + 'static,
) {
    let me = reply.session().user.row;
    space
        .store
        .ask(move |conn| question(conn, me), move |result| reply.settle(result));
}

fn parameter(words: &str) -> WireError {
    refusal(code::GROUP_PARAMETER, words)
}

/// Checks the form, and bounds what tells whether there is such a group (H40) and how much one may change. The people who are named
/// are paid for where they are looked up.
fn check(space: &Space, mut asked: GroupRequest, reply: &Reply) -> Result<GroupRequest, WireError> {
    let me = reply.session().user.row;
    let looks_up = || space.lookups.take(me, space.clock.monotonic());
    let few = |count: usize| {
        if count > limits::MEMBERS_AT_ONCE {
            Err(refusal(code::TOO_MANY_PEOPLE, "too many people at once"))
        } else {
            Ok(())
        }
    };
    match &mut asked {
        GroupRequest::Create(create) => {
            check_new(create)?;
            few(create.members.len())?;
            looks_up()?;
        }
        GroupRequest::Update(update) => check_update(update)?,
        GroupRequest::Join(join) => {
            within(&join.message, limits::APPLICATION_BYTES)?;
            looks_up()?;
        }
        GroupRequest::Search(_) | GroupRequest::Profile(_) => looks_up()?,
        GroupRequest::Answer(answer) => within(&answer.message, limits::APPLICATION_BYTES)?,
        GroupRequest::Remove(remove) => {
            within(&remove.reason, limits::APPLICATION_BYTES)?;
            few(remove.users.len())?;
        }
        GroupRequest::Add(add) => {
            few(add.users.len())?;
            looks_up()?;
        }
        GroupRequest::MemberProfiles(of) => few(of.users.len())?,
        GroupRequest::NameCard(card) => {
            card.name_card = plain(&card.name_card, limits::NAME_CARD_BYTES)?;
        }
        GroupRequest::ReadBy(_) if !space.config.group_read_counts => {
            let words = "this space does not say who has read";
            return Err(refusal(code::NO_PERMISSION, words));
        }
        _ => {}
    }
    if !is_question(&asked) {
        let cost = crate::limits::ALTERING_COST;
        space.sends.charge(me, cost, space.clock.monotonic())?;
    }
    Ok(asked)
}

/// Whether a request changes nothing. All others write to the group's log, or to many people.
fn is_question(asked: &GroupRequest) -> bool {
    match asked {
        GroupRequest::List {}
        | GroupRequest::Profile(_)
        | GroupRequest::Search(_)
        | GroupRequest::Members(_)
        | GroupRequest::MemberProfiles(_)
        | GroupRequest::ReadBy(_) => true,
        GroupRequest::Create(_)
        | GroupRequest::Dismiss(_)
        | GroupRequest::Join(_)
        | GroupRequest::Quit(_)
        | GroupRequest::Answer(_)
        | GroupRequest::ChangeOwner(_)
        | GroupRequest::Update(_)
        | GroupRequest::Add(_)
        | GroupRequest::Remove(_)
        | GroupRequest::SetRole(_)
        | GroupRequest::Mute(_)
        | GroupRequest::NameCard(_) => false,
    }
}

fn check_new(create: &mut CreateGroup) -> Result<(), WireError> {
    create.name = name(&create.name)?;
    within(&create.introduction, limits::GROUP_INTRODUCTION_BYTES)?;
    within(&create.notification, limits::GROUP_NOTIFICATION_BYTES)?;
    colour(create.avatar_colour)?;
    let kind = create.group_type;
    if kind != GroupType::Public
        && create
            .join_option
            .is_some_and(|option| option != kind.usual_join_option())
    {
        return Err(parameter("only Public groups choose how people come in"));
    }
    // Those are the server's to make; and an id that begins or ends with a space is not seen as it is.
    if create.group.as_ref().is_some_and(|id| {
        let id = id.as_str();
        id.starts_with("@T") || id.starts_with(' ') || id.ends_with(' ')
    }) {
        return Err(parameter("no id for a group"));
    }
    Ok(())
}

fn check_update(update: &mut UpdateGroup) -> Result<(), WireError> {
    if let Some(new) = &update.name {
        update.name = Some(name(new)?);
    }
    for (text, most) in [
        (&update.introduction, limits::GROUP_INTRODUCTION_BYTES),
        (&update.notification, limits::GROUP_NOTIFICATION_BYTES),
    ] {
        within(text.as_deref().unwrap_or_default(), most)?;
    }
    colour(update.avatar_colour)
}

fn colour(colour: Option<u8>) -> Result<(), WireError> {
    if colour.is_some_and(|colour| colour > 11) {
        return Err(parameter("avatar colours go from 0 to 11"));
    }
    Ok(())
}

fn within(text: &str, most: usize) -> Result<(), WireError> {
    if text.len() > most {
        return Err(parameter("a text is too long"));
    }
    Ok(())
}

/// A line of text without control characters, as nicks are.
fn plain(text: &str, most: usize) -> Result<String, WireError> {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    let text = text.trim();
    within(text, most)?;
    Ok(text.to_owned())
}

fn name(text: &str) -> Result<String, WireError> {
    let name = plain(text, limits::GROUP_NAME_BYTES)?;
    if name.is_empty() {
        return Err(parameter("a group has a name"));
    }
    Ok(name)
}

/// Marks a group's messages as read; one's own devices learn of it.
pub(super) fn mark_read(space: &Arc<Space>, group: GroupId, seq: u64, reply: Reply) {
    let me = reply.session().user.clone();
    let bus = Arc::clone(&space.bus);
    let (row, id) = (me.row, group.clone());
    space.store.work(
        move |batch| batch.mark_group_read(row, &id, store::to_db(seq)),
        move |result| match result {
            Ok((marked, changed)) => {
                if changed {
                    let push = receipt(&me.id, &group, marked.read_seq);
                    bus.push(&[me.row], &push, Some(reply.session()));
                }
                reply.answer(&marked);
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}

/// Takes a group off the list, as read.
pub(super) fn delete(space: &Arc<Space>, group: GroupId, clear: bool, reply: Reply) {
    let me = reply.session().user.clone();
    let bus = Arc::clone(&space.bus);
    let (row, id) = (me.row, group.clone());
    space.store.work(
        move |batch| {
            Ok(batch
                .delete_group_head(row, &id, clear)?
                .ok_or_else(no_such_conversation)?)
        },
        move |result: Result<_, StoreError>| match result {
            Ok((marked, read_more)) => {
                if read_more {
                    let push = receipt(&me.id, &group, marked.read_seq);
                    bus.push(&[me.row], &push, Some(reply.session()));
                }
                bus.push(&[me.row], &Push::Heads {}, Some(reply.session()));
                reply.answer(&serde_json::json!({}));
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}

fn receipt(reader: &tidings_protocol::UserId, group: &GroupId, read_seq: u64) -> Push {
    Push::Receipt(Receipt {
        kind: ConversationKind::GROUP,
        from: reader.clone(),
        to: group.to_string(),
        read_seq,
    })
}

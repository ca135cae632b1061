//! Groups: their profiles and what this user is in them (in the conversation's row), and how people are called there.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tidings_protocol::{GroupId, GroupMember, GroupProfile, Membership, Message, cut_text, limits};

use super::conversations::Conversation;
use super::{Write, conversations, profiles, removals};
use crate::view::{GroupMemberView, GroupProfileView, MembershipView, OwnGroupView};

/// A column of JSON; what cannot be read is nothing.
pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<Box<T>>> {
    let text = row.get_ref(column)?.as_str_or_null()?;
    Ok(text.and_then(|text| serde_json::from_str(text).ok()))
}

/// A column of JSON.
pub(super) fn to_json<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.and_then(|value| serde_json::to_string(value).ok())
}

fn name(group: &GroupId) -> String {
    format!("GROUP{group}")
}

/// The profile to show: a colour made from the id where none was chosen.
pub(crate) fn view_of(profile: &GroupProfile) -> GroupProfileView {
    GroupProfileView {
        group_id: profile.group.to_string(),
        group_type: profile.group_type,
        name: profile.name.clone(),
        introduction: profile.introduction.clone(),
        notification: profile.notification.clone(),
        avatar_colour: profile
            .avatar_colour
            .unwrap_or_else(|| tidings_protocol::colour_of_id(profile.group.as_str())),
        owner_id: profile.owner.to_string(),
        join_option: profile.join_option,
        member_count: profile.member_count,
        max_members: profile.max_members,
        create_time: profile.created,
        mute_all: profile.mute_all,
    }
}

/// What this user is in a group, to show.
pub(crate) fn membership_view(me: &Membership) -> MembershipView {
    MembershipView {
        role: me.role,
        name_card: card(&me.name_card).to_owned(),
        mute_until: me.mute_until,
        join_time: me.joined,
    }
}

fn card(text: &str) -> &str {
    cut_text(text, limits::NAME_CARD_BYTES)
}

/// The profile of a group that is known.
pub(crate) fn get(db: &Connection, group: &GroupId) -> Result<Option<GroupProfile>> {
    let known = conversations::load(db, &name(group))?;
    Ok(known.and_then(|it| it.group).map(|profile| *profile))
}

/// The groups that this user is in.
pub(crate) fn own(db: &Connection) -> Result<Vec<OwnGroupView>> {
    let mut statement = db.prepare_cached(
        "SELECT group_profile, membership FROM conversations
         WHERE group_profile IS NOT NULL AND membership IS NOT NULL ORDER BY id LIMIT ?1",
    )?;
    let mut rows = statement.query([limits::GROUPS_OF_ONE])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let (profile, me) = (
            from_json::<GroupProfile>(row, 0)?,
            from_json::<Membership>(row, 1)?,
        );
        if let Some(profile) = profile {
            groups.push(OwnGroupView {
                profile: view_of(&profile),
                membership: me.as_deref().map(membership_view),
            });
        }
    }
    Ok(groups)
}

/// Takes in the profile of a group whose conversation is known; `false`: it is not.
pub(crate) fn put(write: &mut Write<'_>, profile: GroupProfile) -> Result<bool> {
    let name = name(&profile.group);
    if !conversations::exists(write.db, &name)? {
        return Ok(false);
    }
    write.open(&name)?.it.group = Some(Box::new(profile.within_limits()));
    Ok(true)
}

/// A tip says how many are in the group after it, which a profile that was told before cannot know.
pub(crate) fn count_members(it: &mut Conversation, tip: &Message) {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Counted {
        member_num: u32,
    }
    if let (Some(profile), Ok(counted)) = (
        it.group.as_mut(),
        serde_json::from_str::<Counted>(tip.payload.get()),
    ) {
        profile.member_count = counted.member_num;
    }
}

/// This user has just come into the group.
pub(crate) fn enter(write: &mut Write<'_>, profile: GroupProfile, me: Membership) -> Result<()> {
    let open = write.open(&name(&profile.group))?;
    open.it.group = Some(Box::new(profile.within_limits()));
    // A head that was here first knows better.
    if open.it.membership.is_none() {
        open.it.membership = Some(Box::new(me));
    }
    open.it.in_list = true;
    Ok(())
}

/// This user has left the group, or ended it: it goes from the list.
pub(crate) fn leave(write: &mut Write<'_>, group: &GroupId) -> Result<()> {
    let name = name(group);
    if conversations::exists(write.db, &name)? {
        removals::remove(write, &name, false)?;
        write.open(&name)?.it.membership = None;
    }
    Ok(())
}

fn known_card(db: &Connection, conversation: i64, user_id: &str) -> Result<Option<String>> {
    db.prepare_cached("SELECT card FROM cards WHERE conversation = ?1 AND user_id = ?2")?
        .query_row(params![conversation, user_id], |row| row.get(0))
        .optional()
}

/// How `user_id` is called in this group; empty: by the nick, or nobody knows.
pub(crate) fn card_of(db: &Connection, conversation: i64, user_id: &str) -> Result<String> {
    Ok(known_card(db, conversation, user_id)?.unwrap_or_default())
}

/// The name card or else the nick.
pub(crate) fn name_of(db: &Connection, conversation: i64, user_id: &str) -> Result<String> {
    let card = card_of(db, conversation, user_id)?;
    if card.is_empty() {
        profiles::nick(db, user_id)
    } else {
        Ok(card)
    }
}

/// Keeps how `user_id` is called; `true`: it was another name before.
pub(super) fn set_card(db: &Connection, conversation: i64, user_id: &str, text: &str) -> Result<bool> {
    let before = known_card(db, conversation, user_id)?;
    if before.as_deref() == Some(text) {
        return Ok(false);
    }
    db.prepare_cached(
        "INSERT INTO cards (conversation, user_id, card) VALUES (?1, ?2, ?3)
         ON CONFLICT (conversation, user_id) DO UPDATE SET card = excluded.card",
    )?
    .execute(params![conversation, user_id, text])?;
    Ok(before.unwrap_or_default() != text)
}

/// Takes in how somebody is called in a group; where that is new, what is shown of it is to be asked for again.
pub(crate) fn put_card(write: &mut Write<'_>, group: &GroupId, user_id: &str, text: &str) -> Result<()> {
    let name = name(group);
    if !conversations::exists(write.db, &name)? {
        return Ok(());
    }
    let own = user_id == write.me;
    let open = write.open(&name)?;
    let text = card(text);
    if own && let Some(me) = &mut open.it.membership {
        text.clone_into(&mut me.name_card);
    }
    if set_card(open.db, open.it.id, user_id, text)? {
        open.told.fill(&name);
        if open.it.last_sender == user_id {
            open.told.again(&name);
        }
    }
    Ok(())
}

/// Takes in members that the server has told of, and gives them as views, cut to their limits.
pub(crate) fn put_members(
    write: &mut Write<'_>,
    group: &GroupId,
    members: Vec<GroupMember>,
) -> Result<Vec<GroupMemberView>> {
    let mut views = Vec::with_capacity(members.len());
    for GroupMember { profile, membership } in members {
        let profile = profile.within_limits();
        let shown = profiles::view_of(&profile);
        put_card(write, group, profile.user_id.as_str(), &membership.name_card)?;
        profiles::put(write, profile)?;
        let MembershipView {
            role,
            name_card,
            mute_until,
            join_time,
        } = membership_view(&membership);
        views.push(GroupMemberView {
            user_id: shown.user_id,
            nick: shown.nick,
            avatar_colour: shown.avatar_colour,
            role,
            name_card,
            mute_until,
            join_time,
        });
    }
    Ok(views)
}

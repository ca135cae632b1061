//! The verbs of groups. Each is one question to the server; what its answer says of a group goes into the cache.

use serde::de::IgnoredAny;
use tidings_protocol::{
    Added, AnswerApplication, AskReadBy, CreateGroup, GroupId, GroupMember, GroupProfile, GroupRequest,
    Groups, JoinGroup, JoinStatus, Joined, ListMembers, Members, Membership, MuteMember, OfGroup, OfMember,
    OfMembers, ReadBy, RemoveMembers, Request, Role, SetNameCard, SetRole, UpdateGroup, UserId,
    limits as wire_limits,
};

use crate::EngineError;
use crate::cache::groups;
use crate::core::Core;
use crate::view::{
    AddedMembers, GroupChange, GroupMemberView, GroupProfileView, JoinedGroup, MemberPage, NewGroup,
    OwnGroupView, ReadByView,
};

fn group(text: &str) -> Result<GroupId, EngineError> {
    Ok(GroupId::new(text)?)
}

fn of(text: &str) -> Result<OfGroup, EngineError> {
    Ok(OfGroup { group: group(text)? })
}

fn users(ids: &[String]) -> Result<Vec<UserId>, EngineError> {
    if ids.len() > wire_limits::MEMBERS_AT_ONCE {
        return Err(EngineError::BadParameter("too many people at once"));
    }
    ids.iter().map(|id| Ok(UserId::new(id.as_str())?)).collect()
}

fn short(text: Option<&str>, most: usize) -> Result<(), EngineError> {
    if text.is_some_and(|text| text.len() > most) {
        return Err(EngineError::BadParameter("a text is too long"));
    }
    Ok(())
}

fn short_texts(
    name: Option<&str>,
    introduction: Option<&str>,
    notification: Option<&str>,
) -> Result<(), EngineError> {
    short(name, wire_limits::GROUP_NAME_BYTES)?;
    short(introduction, wire_limits::GROUP_INTRODUCTION_BYTES)?;
    short(notification, wire_limits::GROUP_NOTIFICATION_BYTES)
}

async fn ask<T: serde::de::DeserializeOwned>(core: &Core, request: GroupRequest) -> Result<T, EngineError> {
    core.ask_now(Request::Group(Box::new(request))).await
}

async fn tell(core: &Core, request: GroupRequest) -> Result<(), EngineError> {
    ask::<IgnoredAny>(core, request).await.map(drop)
}

/// A profile that answers a question about `asked`, cut to its limits.
fn answered(asked: &GroupId, profile: GroupProfile) -> Result<GroupProfile, EngineError> {
    if profile.group == *asked {
        Ok(profile.within_limits())
    } else {
        Err(EngineError::NotTidings)
    }
}

async fn keep(core: &Core, profile: GroupProfile) -> Result<GroupProfileView, EngineError> {
    let view = groups::view_of(&profile);
    core.cache
        .take(move |write| Ok(groups::put(write, profile)?))
        .await?;
    Ok(view)
}

/// This user is in the group from now on; its head comes with the next look at the heads.
async fn entered(core: &Core, profile: GroupProfile, role: Role) -> Result<GroupProfileView, EngineError> {
    let view = groups::view_of(&profile);
    let joined = core.clock.now_ms();
    core.cache
        .take(move |write| {
            let me = Membership {
                role,
                name_card: String::new(),
                mute_until: 0,
                joined,
            };
            Ok(groups::enter(write, profile, me)?)
        })
        .await?;
    core.check_heads();
    Ok(view)
}

async fn left(core: &Core, group: GroupId) -> Result<(), EngineError> {
    core.cache
        .take(move |write| Ok(groups::leave(write, &group)?))
        .await?;
    core.marks_changed.notify_one();
    core.check_heads();
    Ok(())
}

pub(crate) async fn create(core: &Core, new: NewGroup) -> Result<GroupProfileView, EngineError> {
    short_texts(
        Some(&new.name),
        new.introduction.as_deref(),
        new.notification.as_deref(),
    )?;
    let request = CreateGroup {
        group_type: new.group_type,
        name: new.name,
        group: new.group_id.as_deref().map(group).transpose()?,
        introduction: new.introduction.unwrap_or_default(),
        notification: new.notification.unwrap_or_default(),
        avatar_colour: new.avatar_colour,
        join_option: new.join_option,
        members: users(&new.member_ids)?,
    };
    let wanted = request.group.clone();
    let made: GroupProfile = ask(core, GroupRequest::Create(request)).await?;
    let made = answered(&wanted.unwrap_or_else(|| made.group.clone()), made)?;
    entered(core, made, Role::Owner).await
}

pub(crate) async fn dismiss(core: &Core, id: &str) -> Result<(), EngineError> {
    tell(core, GroupRequest::Dismiss(of(id)?)).await?;
    left(core, group(id)?).await
}

pub(crate) async fn join(core: &Core, id: &str, message: &str) -> Result<JoinedGroup, EngineError> {
    short(Some(message), wire_limits::APPLICATION_BYTES)?;
    let id = group(id)?;
    let request = GroupRequest::Join(JoinGroup {
        group: id.clone(),
        message: message.to_owned(),
    });
    let Joined { status, group } = ask(core, request).await?;
    let profile = answered(&id, group)?;
    let group = match status {
        JoinStatus::JoinedSuccess => entered(core, profile, Role::Member).await?,
        JoinStatus::AlreadyInGroup => keep(core, profile).await?,
        JoinStatus::WaitAdminApproval => groups::view_of(&profile),
    };
    Ok(JoinedGroup { status, group })
}

pub(crate) async fn quit(core: &Core, id: &str) -> Result<(), EngineError> {
    tell(core, GroupRequest::Quit(of(id)?)).await?;
    left(core, group(id)?).await
}

pub(crate) async fn answer(
    core: &Core,
    id: &str,
    user: &str,
    accept: bool,
    message: &str,
) -> Result<(), EngineError> {
    short(Some(message), wire_limits::APPLICATION_BYTES)?;
    let request = AnswerApplication {
        group: group(id)?,
        user: UserId::new(user)?,
        accept,
        message: message.to_owned(),
    };
    tell(core, GroupRequest::Answer(request)).await
}

pub(crate) async fn change_owner(core: &Core, id: &str, user: &str) -> Result<(), EngineError> {
    let request = OfMember {
        group: group(id)?,
        user: UserId::new(user)?,
    };
    tell(core, GroupRequest::ChangeOwner(request)).await?;
    core.check_heads();
    Ok(())
}

/// The groups that this user is in: from the cache once every head is in it, else from the server.
pub(crate) async fn list(core: &Core) -> Result<Vec<OwnGroupView>, EngineError> {
    core.signed_in()?;
    if core.link().is_some_and(|link| !link.knows_all_heads()) {
        match ask::<Groups>(core, GroupRequest::List {}).await {
            Ok(found) => {
                let most = wire_limits::GROUPS_OF_ONE;
                let groups = found.groups.into_iter().take(most);
                return Ok(groups
                    .map(|own| OwnGroupView {
                        profile: groups::view_of(&own.profile.within_limits()),
                        membership: Some(groups::membership_view(&own.me)),
                    })
                    .collect());
            }
            Err(error) if error.is_passing() => {}
            Err(error) => return Err(error),
        }
    }
    core.cache.read(|db, _| groups::own(db))
}

pub(crate) async fn profile(core: &Core, id: &str) -> Result<GroupProfileView, EngineError> {
    let id = group(id)?;
    let request = GroupRequest::Profile(OfGroup { group: id.clone() });
    match ask::<GroupProfile>(core, request).await {
        Ok(found) => keep(core, answered(&id, found)?).await,
        Err(error) if error.is_passing() => {
            let known = core.cache.read(|db, _| groups::get(db, &id))?;
            known.map(|profile| groups::view_of(&profile)).ok_or(error)
        }
        Err(error) => Err(error),
    }
}

pub(crate) async fn update(core: &Core, change: GroupChange) -> Result<GroupProfileView, EngineError> {
    short_texts(
        change.name.as_deref(),
        change.introduction.as_deref(),
        change.notification.as_deref(),
    )?;
    let id = group(&change.group_id)?;
    let request = UpdateGroup {
        group: id.clone(),
        name: change.name,
        introduction: change.introduction,
        notification: change.notification,
        avatar_colour: change.avatar_colour,
        join_option: change.join_option,
        mute_all: change.mute_all,
    };
    let changed = ask(core, GroupRequest::Update(request)).await?;
    keep(core, answered(&id, changed)?).await
}

pub(crate) async fn search(core: &Core, id: &str) -> Result<GroupProfileView, EngineError> {
    let id = group(id)?;
    let found = ask(core, GroupRequest::Search(OfGroup { group: id.clone() })).await?;
    Ok(groups::view_of(&answered(&id, found)?))
}

async fn keep_members(
    core: &Core,
    id: GroupId,
    mut members: Vec<GroupMember>,
    most: usize,
) -> Result<Vec<GroupMemberView>, EngineError> {
    members.truncate(most);
    core.cache
        .take(move |write| Ok(groups::put_members(write, &id, members)?))
        .await
}

pub(crate) async fn members(
    core: &Core,
    id: &str,
    after: Option<u64>,
    count: u32,
) -> Result<MemberPage, EngineError> {
    let most = wire_limits::MEMBERS_PAGE;
    let id = group(id)?;
    let request = ListMembers {
        group: id.clone(),
        after,
        count: count.clamp(1, u32::try_from(most).unwrap_or(u32::MAX)),
    };
    let page: Members = ask(core, GroupRequest::Members(request)).await?;
    Ok(MemberPage {
        members: keep_members(core, id, page.members, most).await?,
        // A page that leads nowhere new would be asked for for ever.
        next: page
            .next
            .filter(|next| after.is_none_or(|after| *next > after) && *next <= crate::limits::SEQ_MOST),
    })
}

pub(crate) async fn member_profiles(
    core: &Core,
    id: &str,
    ids: &[String],
) -> Result<Vec<GroupMemberView>, EngineError> {
    let id = group(id)?;
    let users = users(ids)?;
    let most = users.len();
    let request = OfMembers {
        group: id.clone(),
        users,
    };
    let found: Members = ask(core, GroupRequest::MemberProfiles(request)).await?;
    keep_members(core, id, found.members, most).await
}

pub(crate) async fn add(core: &Core, id: &str, ids: &[String]) -> Result<AddedMembers, EngineError> {
    let request = OfMembers {
        group: group(id)?,
        users: users(ids)?,
    };
    let Added {
        added,
        existed,
        failed,
    } = ask(core, GroupRequest::Add(request)).await?;
    let names = |ids: Vec<UserId>| ids.into_iter().map(String::from).collect();
    Ok(AddedMembers {
        added: names(added),
        existed: names(existed),
        failed: names(failed),
    })
}

pub(crate) async fn remove(core: &Core, id: &str, ids: &[String], reason: &str) -> Result<(), EngineError> {
    short(Some(reason), wire_limits::APPLICATION_BYTES)?;
    let request = RemoveMembers {
        group: group(id)?,
        users: users(ids)?,
        reason: reason.to_owned(),
    };
    tell(core, GroupRequest::Remove(request)).await
}

pub(crate) async fn set_role(core: &Core, id: &str, user: &str, role: Role) -> Result<(), EngineError> {
    let request = SetRole {
        group: group(id)?,
        user: UserId::new(user)?,
        role,
    };
    tell(core, GroupRequest::SetRole(request)).await
}

pub(crate) async fn mute(core: &Core, id: &str, user: &str, seconds: u32) -> Result<(), EngineError> {
    let request = MuteMember {
        group: group(id)?,
        user: UserId::new(user)?,
        seconds,
    };
    tell(core, GroupRequest::Mute(request)).await
}

pub(crate) async fn set_name_card(
    core: &Core,
    id: &str,
    user: Option<&str>,
    card: &str,
) -> Result<(), EngineError> {
    short(Some(card), wire_limits::NAME_CARD_BYTES)?;
    let id = group(id)?;
    let user = user.map(UserId::new).transpose()?;
    let request = SetNameCard {
        group: id.clone(),
        user: user.clone(),
        name_card: card.to_owned(),
    };
    tell(core, GroupRequest::NameCard(request)).await?;
    let card = card.to_owned();
    core.cache
        .take(move |write| {
            let user = user.map_or_else(|| write.me.to_owned(), String::from);
            Ok(groups::put_card(write, &id, &user, &card)?)
        })
        .await
}

pub(crate) async fn read_by(core: &Core, id: &str, seq: u64) -> Result<ReadByView, EngineError> {
    let request = AskReadBy {
        group: group(id)?,
        seq,
    };
    let ReadBy { read, of } = ask(core, GroupRequest::ReadBy(request)).await?;
    Ok(ReadByView {
        read: read.min(of),
        of,
    })
}

//! The verbs of people.

use tidings_protocol::{
    Blocked, FindPeople, People, Profile, ProfileUpdate, ProfilesRequest, Request, UserId, Users, cut_text,
    limits as wire_limits,
};

use crate::cache::{blocked as cached_blocked, profiles};
use crate::core::Core;
use crate::view::ProfileView;
use crate::{EngineError, limits};

pub(crate) fn mine(core: &Core) -> Result<ProfileView, EngineError> {
    let account = core.signed_in()?;
    let known = core.cache.read(|db, _| profiles::get(db, &account.user_id))?;
    Ok(known.unwrap_or_else(|| profiles::view(&account.user_id, "", None)))
}

/// Keeps the profiles that came and gives them as views, cut to their limits.
async fn keep(core: &Core, people: People, most: usize) -> Result<Vec<ProfileView>, EngineError> {
    let people: Vec<Profile> = people
        .people
        .into_iter()
        .take(most)
        .map(Profile::within_limits)
        .collect();
    let views = people.iter().map(profiles::view_of).collect();
    core.cache
        .take(move |write| {
            for profile in people {
                profiles::put(write, profile)?;
            }
            Ok(())
        })
        .await?;
    Ok(views)
}

pub(crate) async fn by_id(core: &Core, ids: &[String]) -> Result<Vec<ProfileView>, EngineError> {
    core.signed_in()?;
    let mut user_ids = profiles::user_ids(ids);
    user_ids.truncate(wire_limits::PROFILES_AT_ONCE);
    if user_ids.is_empty() {
        return Ok(Vec::new());
    }
    match core
        .ask_now(Request::Profiles(ProfilesRequest {
            user_ids: user_ids.clone(),
        }))
        .await
    {
        Ok(people) => keep(core, people, wire_limits::PROFILES_AT_ONCE).await,
        Err(error) if error.is_passing() => core.cache.read(|db, _| {
            let known = user_ids.iter().map(|id| profiles::get(db, id.as_str()));
            known.filter_map(Result::transpose).collect()
        }),
        Err(error) => Err(error),
    }
}

pub(crate) async fn update_mine(
    core: &Core,
    nick: Option<String>,
    avatar_colour: Option<u8>,
) -> Result<ProfileView, EngineError> {
    if nick
        .as_ref()
        .is_some_and(|nick| nick.len() > wire_limits::NICK_BYTES)
    {
        return Err(EngineError::BadParameter("the name is too long"));
    }
    let profile: Profile = core
        .ask_now(Request::UpdateProfile(ProfileUpdate { nick, avatar_colour }))
        .await?;
    let views = keep(
        core,
        People {
            people: vec![profile],
        },
        1,
    )
    .await?;
    views.into_iter().next().ok_or(EngineError::NotTidings)
}

pub(crate) async fn find(core: &Core, query: &str) -> Result<Vec<ProfileView>, EngineError> {
    let query = cut_text(query.trim(), limits::QUERY_BYTES).to_owned();
    match core
        .ask_now(Request::Find(FindPeople { query: query.clone() }))
        .await
    {
        Ok(people) => keep(core, people, wire_limits::PEOPLE_PAGE).await,
        Err(error) if error.is_passing() => core.cache.read(|db, _| profiles::find(db, &query)),
        Err(error) => Err(error),
    }
}

fn users(ids: &[String]) -> Result<Users, EngineError> {
    if ids.len() > wire_limits::BLOCKED {
        return Err(EngineError::BadParameter("too many people at once"));
    }
    let users = ids
        .iter()
        .map(|id| Ok(UserId::new(id.as_str())?))
        .collect::<Result<_, EngineError>>()?;
    Ok(Users { users })
}

async fn keep_blocked(core: &Core, blocked: Blocked) -> Result<Vec<String>, EngineError> {
    core.cache
        .take(move |write| Ok(cached_blocked::replace(write, blocked.users)?))
        .await
}

pub(crate) async fn block(core: &Core, ids: &[String]) -> Result<Vec<String>, EngineError> {
    let blocked = core.ask_now(Request::Block(users(ids)?)).await?;
    keep_blocked(core, blocked).await
}

pub(crate) async fn unblock(core: &Core, ids: &[String]) -> Result<Vec<String>, EngineError> {
    let blocked = core.ask_now(Request::Unblock(users(ids)?)).await?;
    keep_blocked(core, blocked).await
}

pub(crate) async fn blocked(core: &Core) -> Result<Vec<String>, EngineError> {
    match core.ask_now(Request::Blocked {}).await {
        Ok(blocked) => keep_blocked(core, blocked).await,
        Err(error) if error.is_passing() => core.cache.read(|db, _| cached_blocked::all(db)),
        Err(error) => Err(error),
    }
}

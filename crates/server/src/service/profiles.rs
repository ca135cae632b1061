//! getUserProfile, updateMyProfile, and finding people.

use std::sync::Arc;

use tidings_protocol::{FindPeople, People, ProfileUpdate, ProfilesRequest, Push, limits};

use super::bad_parameter;
use crate::bus::Reply;
use crate::space::Space;
use crate::store::{self, StoreError};

/// Profiles by id.
pub(super) fn profiles(space: &Space, asked: ProfilesRequest, reply: Reply) {
    if asked.user_ids.len() > limits::PROFILES_AT_ONCE {
        return reply.refuse(bad_parameter("too many profiles at once"));
    }
    // What is found is given back: only asking for people who are not there is bounded (H40).
    let me = reply.session().user.row;
    let cost = u32::try_from(asked.user_ids.len()).unwrap_or(u32::MAX).max(1);
    if let Err(error) = space.lookups.charge(me, cost, space.clock.monotonic()) {
        return reply.refuse(error);
    }
    let lookups = Arc::clone(&space.lookups);
    space.store.ask(
        move |conn| {
            Ok(People {
                people: store::read::profiles(conn, &asked.user_ids)?,
            })
        },
        move |result: Result<People, StoreError>| {
            let found = result.as_ref().map_or(0, |found| found.people.len());
            lookups.give_back(&me, u32::try_from(found).unwrap_or(cost).min(cost));
            reply.settle(result);
        },
    );
}

/// People by id or name. Limited, so that a space's people cannot be listed in a moment (H40).
pub(super) fn find(space: &Space, asked: FindPeople, reply: Reply) {
    if asked.query.len() > limits::NICK_BYTES {
        return reply.answer(&People { people: Vec::new() });
    }
    if let Err(error) = space
        .lookups
        .take(reply.session().user.row, space.clock.monotonic())
    {
        return reply.refuse(error);
    }
    space.store.ask(
        move |conn| {
            Ok(People {
                people: store::read::find(conn, &asked.query)?,
            })
        },
        |result| reply.settle(result),
    );
}

/// Changes one's own profile; peers and members of the user's groups who are here learn of it at once, other peers by their heads.
pub(super) fn update(space: &Arc<Space>, asked: ProfileUpdate, reply: Reply) {
    let ProfileUpdate { nick, avatar_colour } = asked;
    let nick = match nick.map(check_nick).transpose() {
        Ok(nick) => nick,
        Err(error) => return reply.refuse(error),
    };
    if avatar_colour.is_some_and(|colour| colour > 11) {
        return reply.refuse(bad_parameter("avatar colours go from 0 to 11"));
    }
    let me = reply.session().user.row;
    // It tells as many people as a change of a group does, and more.
    if let Err(error) = space
        .sends
        .charge(me, crate::limits::ALTERING_COST, space.clock.monotonic())
    {
        return reply.refuse(error);
    }
    let bus = Arc::clone(&space.bus);
    space.store.work(
        move |batch| {
            let (profile, is_changed) = batch.update_profile(me, nick.as_deref(), avatar_colour)?;
            Ok(if is_changed {
                (profile, batch.touch_peers(me)?, batch.groups_to_tell(me)?)
            } else {
                (profile, Vec::new(), Vec::new())
            })
        },
        move |result| match result {
            Ok((profile, mut audience, groups)) => {
                audience.push(me);
                audience.extend(bus.present_in(&groups));
                bus.push(&audience, &Push::Profile(profile.clone()), Some(reply.session()));
                reply.answer(&profile);
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}

/// A nick as it is kept: without control characters, which nobody can see and some terminals obey.
pub(super) fn check_nick(nick: String) -> Result<String, tidings_protocol::WireError> {
    let nick: String = nick.chars().filter(|letter| !letter.is_control()).collect();
    let nick = nick.trim();
    if nick.len() > limits::NICK_BYTES {
        return Err(bad_parameter("the name is too long"));
    }
    Ok(nick.to_owned())
}

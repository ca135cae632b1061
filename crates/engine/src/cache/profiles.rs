//! Profiles of people.

use rusqlite::{Connection, OptionalExtension, Result, params};
use tidings_protocol::{Profile, UserId, colour_of_id, limits};

use super::Write;
use crate::view::ProfileView;

/// The profile to show: a colour made from the id where none was chosen.
pub(crate) fn view(user_id: &str, nick: impl Into<String>, colour: Option<u8>) -> ProfileView {
    ProfileView {
        user_id: user_id.to_owned(),
        nick: nick.into(),
        avatar_colour: colour.unwrap_or_else(|| colour_of_id(user_id)),
    }
}

/// The view of a profile that came from the server.
pub(crate) fn view_of(profile: &Profile) -> ProfileView {
    view(
        profile.user_id.as_str(),
        profile.nick.as_str(),
        profile.avatar_colour,
    )
}

fn row(db: &Connection, user_id: &str) -> Result<Option<(String, Option<u8>)>> {
    db.prepare_cached("SELECT nick, colour FROM profiles WHERE user_id = ?1")?
        .query_row([user_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// The profile of `user_id`, when it is known.
pub(crate) fn get(db: &Connection, user_id: &str) -> Result<Option<ProfileView>> {
    Ok(row(db, user_id)?.map(|(nick, colour)| view(user_id, nick, colour)))
}

/// The name of `user_id`; empty when they have none or are not known.
pub(crate) fn nick(db: &Connection, user_id: &str) -> Result<String> {
    Ok(row(db, user_id)?.map(|(nick, _)| nick).unwrap_or_default())
}

/// Takes in a profile from the server, cut to its limits, and the copy of it on the list.
pub(crate) fn put(write: &mut Write<'_>, profile: Profile) -> Result<()> {
    let profile = profile.within_limits();
    let id = profile.user_id.as_str();
    let known = row(write.db, id)?;
    if known
        .as_ref()
        .is_some_and(|(nick, colour)| *nick == profile.nick && *colour == profile.avatar_colour)
    {
        return Ok(());
    }
    write
        .db
        .prepare_cached(
            "INSERT INTO profiles (user_id, nick, colour) VALUES (?1, ?2, ?3)
             ON CONFLICT (user_id) DO UPDATE SET nick = excluded.nick, colour = excluded.colour",
        )?
        .execute(params![id, profile.nick, profile.avatar_colour])?;
    write.told.profiles.push(view_of(&profile));
    let name = format!("C2C{id}");
    if super::conversations::exists(write.db, &name)? {
        let conversation = write.open(&name)?;
        conversation.it.peer_nick = Some(profile.nick.clone());
        conversation.it.peer_colour = profile.avatar_colour;
    }
    // Groups whose last words are theirs show the name as well.
    let mut statement = write.db.prepare_cached(
        "SELECT name FROM conversations WHERE shown = 1 AND last_sender = ?1 AND substr(name, 1, 5) = 'GROUP'",
    )?;
    let shown = statement.query_map([profile.user_id.as_str()], |row| row.get(0))?;
    write.told.again.extend(shown.collect::<Result<Vec<String>>>()?);
    Ok(())
}

/// People whose id begins with `query` or whose name holds it, among those known.
pub(crate) fn find(db: &Connection, query: &str) -> Result<Vec<ProfileView>> {
    let mut statement = db.prepare_cached(
        "SELECT user_id, nick, colour FROM profiles
         WHERE substr(user_id, 1, length(?1)) = ?1 COLLATE NOCASE OR instr(lower(nick), lower(?1)) > 0
         ORDER BY user_id LIMIT ?2",
    )?;
    let found = statement.query_map(params![query, limits::PEOPLE_PAGE], |row| {
        let (id, nick): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(view(&id, nick, row.get(2)?))
    })?;
    found.collect()
}

/// The ids among `ids` that are ids.
pub(crate) fn user_ids(ids: &[String]) -> Vec<UserId> {
    ids.iter()
        .filter_map(|id| UserId::new(id.as_str()).ok())
        .collect()
}

//! How people are called in groups: asked for once on each connection, when somebody is seen there.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tidings_protocol::{
    ConversationId, GroupId, GroupRequest, Members, OfMembers, People, ProfilesRequest, Request, UserId,
};
use tokio::sync::Notify;

use crate::cache::{groups, profiles};
use crate::core::Core;
use crate::link::Link;
use crate::{EngineError, limits};

type Seen = (GroupId, UserId);

/// Who is to be asked for, those who were seen first first.
#[derive(Default)]
pub(crate) struct Names {
    state: Mutex<(VecDeque<Seen>, HashSet<Seen>)>,
    added: Notify,
}

impl Names {
    /// These were seen in this conversation.
    pub(crate) fn want<'a>(&self, conversation: &str, people: impl IntoIterator<Item = &'a str>) {
        let Ok(ConversationId::Group(group)) = conversation.parse() else {
            return;
        };
        let mut state = self.state.lock();
        let (waiting, asked) = &mut *state;
        for person in people {
            let Ok(person) = UserId::new(person) else { continue };
            let seen = (group.clone(), person);
            if asked.len() < limits::NAMES_ASKED && asked.insert(seen.clone()) {
                waiting.push_back(seen);
            }
        }
        if !waiting.is_empty() {
            self.added.notify_one();
        }
    }

    /// The next to be asked for, all of one group.
    fn next(&self) -> Option<(GroupId, Vec<UserId>)> {
        let mut state = self.state.lock();
        let (waiting, _) = &mut *state;
        let group = waiting.front()?.0.clone();
        let mut users = Vec::new();
        waiting.retain(|(of, user)| {
            let taken = *of == group && users.len() < limits::NAMES_AT_ONCE;
            if taken {
                users.push(user.clone());
            }
            !taken
        });
        Some((group, users))
    }
}

/// Asks as long as the connection lives.
pub(crate) async fn run<T>(core: &Arc<Core>, link: &Arc<Link>) -> T {
    loop {
        while let Some((group, users)) = link.names.next() {
            // A name that is not to be had now is asked for on the next connection.
            if let Err(error) = ask(core, link, group, users).await {
                tracing::debug!(%error, "names are not known");
            }
        }
        link.names.added.notified().await;
    }
}

async fn ask(
    core: &Arc<Core>,
    link: &Arc<Link>,
    group: GroupId,
    users: Vec<UserId>,
) -> Result<(), EngineError> {
    let request = GroupRequest::MemberProfiles(OfMembers {
        group: group.clone(),
        users: users.clone(),
    });
    let found: Members = link.ask(Request::Group(Box::new(request))).await?;
    let mut members = found.members;
    members.truncate(limits::NAMES_AT_ONCE);
    // Who has left the group has a name all the same.
    let left: Vec<UserId> = users
        .into_iter()
        .filter(|user| !members.iter().any(|member| member.profile.user_id == *user))
        .collect();
    core.cache
        .take(move |write| Ok(groups::put_members(write, &group, members)?))
        .await?;
    if left.is_empty() {
        return Ok(());
    }
    let people: People = link
        .ask(Request::Profiles(ProfilesRequest { user_ids: left }))
        .await?;
    core.cache
        .take(move |write| {
            for profile in people.people.into_iter().take(limits::NAMES_AT_ONCE) {
                profiles::put(write, profile)?;
            }
            Ok(())
        })
        .await
}

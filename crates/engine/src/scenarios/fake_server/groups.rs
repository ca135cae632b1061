//! Groups, as far as the engine's tests need them: who is in, and that they hear of it.

use std::collections::BTreeMap;

use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tidings_protocol::{
    Added, ClientId, ConversationId, ConversationKind, GroupId, GroupMember, GroupProfile, GroupRequest,
    GroupTip, GroupType, Groups, Head, JoinStatus, Joined, Members, Membership, Message, MessageType,
    NameCardChange, NamedGroup, OwnGroup, Priority, Push, ReadBy, Role, SystemNotice, UserId, WireError,
    code, notice, tip,
};

use super::logs::{raw, refusal};
use super::{FakeServer, State, id, profile};

pub(super) struct Group {
    pub(super) profile: GroupProfile,
    pub(super) members: BTreeMap<String, Membership>,
    /// Who is not in it any more, and the last that they may know of.
    left: BTreeMap<String, u64>,
}

fn member(role: Role) -> Membership {
    Membership {
        role,
        name_card: String::new(),
        mute_until: 0,
        joined: 1_700_000_000_000,
    }
}

impl Group {
    pub(super) fn head(&self, me: &str, head: &mut Head) {
        head.group = Some(Box::new(self.profile.clone()));
        head.me = self.members.get(me).cloned().map(Box::new);
        if !self.profile.group_type.counts_unread() {
            head.unread = 0;
        }
        if let Some(seq) = self.left.get(me).filter(|_| head.me.is_none()) {
            head.seq = *seq;
            head.last = None;
        }
    }

    fn named(&self) -> NamedGroup {
        NamedGroup {
            group_id: self.profile.group.clone(),
            name: self.profile.name.clone(),
            group_name: self.profile.name.clone(),
        }
    }
}

fn conversation(group: &str) -> ConversationId {
    ConversationId::Group(GroupId::new(group).unwrap())
}

fn written(kind: ConversationKind, from: UserId, to: String, name: &str, payload: Box<RawValue>) -> Message {
    Message {
        kind,
        from,
        to,
        seq: 0,
        revision: 0,
        time: 0,
        client_id: ClientId::new("server").unwrap(),
        random: 0,
        client_seq: 0,
        message_type: MessageType::new(name),
        payload,
        priority: Priority::Normal,
        cut: false,
        extras: None,
        altered: None,
    }
}

impl State {
    fn group(&mut self, me: &str, group: &GroupId) -> Result<&mut Group, WireError> {
        match self.groups.get_mut(group.as_str()) {
            None => Err(refusal(code::NO_SUCH_GROUP)),
            Some(group) if !group.members.contains_key(me) => Err(refusal(code::GROUP_GONE)),
            Some(group) => Ok(group),
        }
    }

    fn tip(&mut self, me: &str, group: &str, operation_type: u8, users: &[&str]) {
        let it = &self.groups[group];
        let payload = GroupTip {
            operation_type,
            operator_id: id(me),
            user_id_list: users.iter().map(|user| id(user)).collect(),
            member_num: u32::try_from(it.members.len()).unwrap(),
            new_group_profile: tidings_protocol::ChangedProfile::default(),
            member_list: Vec::new(),
            group_profile: it.named(),
        };
        let payload = to_raw_value(&payload).unwrap();
        let message = written(
            ConversationKind::GROUP,
            id(me),
            group.into(),
            MessageType::GROUP_TIP,
            payload,
        );
        self.append(me, &conversation(group), message);
    }

    fn notice(&mut self, to: &str, me: &str, group: &str, operation_type: u8) {
        let payload = SystemNotice {
            operation_type,
            operator_id: id(me),
            group_profile: self.groups[group].named(),
            handle_message: String::new(),
            user_defined_field: String::new(),
            handled: None,
        };
        let payload = to_raw_value(&payload).unwrap();
        let message = written(
            ConversationKind::System,
            id("@TIM#SYSTEM"),
            to.into(),
            MessageType::NOTICE,
            payload,
        );
        self.append(to, &ConversationId::System, message);
    }

    fn enter(&mut self, group: &str, user: &str, role: Role) {
        let it = self.groups.get_mut(group).unwrap();
        it.members.insert(user.to_owned(), member(role));
        it.left.remove(user);
        it.profile.member_count = u32::try_from(it.members.len()).unwrap();
        self.touch(user, &format!("GROUP{group}"));
        self.push(&[user], &Push::Heads {});
    }

    fn leave(&mut self, group: &str, user: &str) {
        let seq = self.log(user, &conversation(group)).messages.len() as u64;
        let it = self.groups.get_mut(group).unwrap();
        it.members.remove(user);
        it.left.insert(user.to_owned(), seq);
        it.profile.member_count = u32::try_from(it.members.len()).unwrap();
        self.touch(user, &format!("GROUP{group}"));
        self.push(&[user], &Push::Heads {});
    }

    fn make(&mut self, owner: &str, group: &str, group_type: GroupType, members: &[UserId]) -> GroupProfile {
        let profile = GroupProfile {
            group: GroupId::new(group).unwrap(),
            group_type,
            name: format!("{group}'s name"),
            introduction: String::new(),
            notification: String::new(),
            avatar_colour: None,
            owner: id(owner),
            join_option: group_type.usual_join_option(),
            member_count: 0,
            max_members: group_type.most_members(),
            created: 1_700_000_000_000,
            mute_all: false,
        };
        let made = Group {
            profile: profile.clone(),
            members: BTreeMap::new(),
            left: BTreeMap::new(),
        };
        self.groups.insert(group.to_owned(), made);
        self.enter(group, owner, Role::Owner);
        for user in members {
            self.enter(group, user.as_str(), Role::Member);
        }
        self.groups[group].profile.clone()
    }

    fn members(&self, group: &str, wanted: impl Fn(&str) -> bool) -> Vec<GroupMember> {
        let members = self.groups[group].members.iter();
        members
            .filter(|(user, _)| wanted(user))
            .map(|(user, membership)| GroupMember {
                profile: profile(user),
                membership: membership.clone(),
            })
            .collect()
    }

    pub(super) fn answer_about_group(
        &mut self,
        me: &str,
        request: GroupRequest,
    ) -> Result<Box<RawValue>, WireError> {
        match request {
            GroupRequest::Create(new) => {
                let group = new.group.map_or_else(|| "@TGS#1".to_owned(), String::from);
                let mut made = self.make(me, &group, new.group_type, &new.members);
                made.name.clone_from(&new.name);
                self.groups.get_mut(&group).unwrap().profile.name = new.name;
                raw(&made)
            }
            GroupRequest::Join(asked) => {
                let group = asked.group.to_string();
                let it = self
                    .groups
                    .get(&group)
                    .ok_or_else(|| refusal(code::NO_SUCH_GROUP))?;
                if it.members.contains_key(me) {
                    return raw(&Joined {
                        status: JoinStatus::AlreadyInGroup,
                        group: it.profile.clone(),
                    });
                }
                if it.profile.join_option == tidings_protocol::JoinOption::NeedPermission {
                    let profile = it.profile.clone();
                    let owner = profile.owner.to_string();
                    self.notice(&owner, me, &group, notice::APPLIED);
                    return raw(&Joined {
                        status: JoinStatus::WaitAdminApproval,
                        group: profile,
                    });
                }
                self.enter(&group, me, Role::Member);
                self.tip(me, &group, tip::JOIN, &[me]);
                raw(&Joined {
                    status: JoinStatus::JoinedSuccess,
                    group: self.groups[&group].profile.clone(),
                })
            }
            GroupRequest::Answer(asked) => {
                self.group(me, &asked.group)?;
                let (group, user) = (asked.group.as_str(), asked.user.as_str());
                if asked.accept {
                    self.enter(group, user, Role::Member);
                    self.tip(me, group, tip::JOIN, &[user]);
                }
                let said = if asked.accept {
                    notice::ACCEPTED
                } else {
                    notice::REFUSED
                };
                self.notice(user, me, group, said);
                raw(&json!({}))
            }
            GroupRequest::Quit(asked) => {
                self.group(me, &asked.group)?;
                self.leave(asked.group.as_str(), me);
                self.tip(me, asked.group.as_str(), tip::QUIT, &[me]);
                raw(&json!({}))
            }
            GroupRequest::Dismiss(asked) => {
                let members: Vec<String> = self.group(me, &asked.group)?.members.keys().cloned().collect();
                for user in members {
                    self.leave(asked.group.as_str(), &user);
                    self.notice(&user, me, asked.group.as_str(), notice::DISMISSED);
                }
                raw(&json!({}))
            }
            GroupRequest::Remove(asked) => {
                self.group(me, &asked.group)?;
                for user in &asked.users {
                    self.remove(me, asked.group.as_str(), user.as_str());
                }
                raw(&json!({}))
            }
            GroupRequest::Add(asked) => {
                self.group(me, &asked.group)?;
                let mut added = Added::default();
                for user in asked.users {
                    if !self.known(&user) {
                        added.failed.push(user);
                    } else if self.groups[asked.group.as_str()]
                        .members
                        .contains_key(user.as_str())
                    {
                        added.existed.push(user);
                    } else {
                        self.enter(asked.group.as_str(), user.as_str(), Role::Member);
                        self.tip(me, asked.group.as_str(), tip::JOIN, &[user.as_str()]);
                        added.added.push(user);
                    }
                }
                raw(&added)
            }
            GroupRequest::Update(asked) => {
                let group = self.group(me, &asked.group)?;
                group.profile.name = asked.name.unwrap_or(group.profile.name.clone());
                let (profile, users) = (
                    group.profile.clone(),
                    group.members.keys().cloned().collect::<Vec<_>>(),
                );
                self.tip(me, asked.group.as_str(), tip::GROUP_PROFILE_UPDATED, &[]);
                let users: Vec<&str> = users.iter().map(String::as_str).collect();
                self.push(&users, &Push::Group(Box::new(profile.clone())));
                raw(&profile)
            }
            GroupRequest::NameCard(asked) => {
                let user = asked.user.map_or_else(|| me.to_owned(), String::from);
                let group = self.group(me, &asked.group)?;
                group.members.get_mut(&user).unwrap().name_card = asked.name_card.clone();
                let members: Vec<String> = group.members.keys().cloned().collect();
                self.touch(&user, &format!("GROUP{}", asked.group));
                self.push(&[&user], &Push::Heads {});
                let members: Vec<&str> = members.iter().map(String::as_str).collect();
                let change = NameCardChange {
                    group: asked.group,
                    user: UserId::new(user).unwrap(),
                    name_card: asked.name_card,
                };
                self.push(&members, &Push::NameCard(change));
                raw(&json!({}))
            }
            GroupRequest::Profile(asked) => raw(&self.group(me, &asked.group)?.profile.clone()),
            GroupRequest::Search(asked) => match self.groups.get(asked.group.as_str()) {
                Some(group) if group.profile.group_type.can_be_found() => raw(&group.profile),
                _ => Err(refusal(code::NO_SUCH_GROUP)),
            },
            GroupRequest::List {} => {
                let own = self.groups.values().filter_map(|group| {
                    let membership = group.members.get(me)?.clone();
                    Some(OwnGroup {
                        profile: group.profile.clone(),
                        me: membership,
                    })
                });
                raw(&Groups {
                    groups: own.collect(),
                })
            }
            GroupRequest::Members(asked) => {
                self.group(me, &asked.group)?;
                let all = self.members(asked.group.as_str(), |_| true);
                let first = usize::try_from(asked.after.unwrap_or(0)).unwrap();
                let last = (first + asked.count as usize).min(all.len());
                raw(&Members {
                    next: (last < all.len()).then_some(last as u64),
                    members: all.into_iter().take(last).skip(first).collect(),
                })
            }
            GroupRequest::MemberProfiles(asked) => {
                self.group(me, &asked.group)?;
                let wanted = |user: &str| asked.users.iter().any(|it| it.as_str() == user);
                raw(&Members {
                    members: self.members(asked.group.as_str(), wanted),
                    next: None,
                })
            }
            GroupRequest::ReadBy(asked) => {
                let of = self.group(me, &asked.group)?.members.len() - 1;
                let log = self.log(me, &ConversationId::Group(asked.group));
                let read = log.read.values().filter(|seq| **seq >= asked.seq).count();
                raw(&ReadBy {
                    read: u32::try_from(read).unwrap(),
                    of: u32::try_from(of).unwrap(),
                })
            }
            GroupRequest::ChangeOwner(_) | GroupRequest::SetRole(_) | GroupRequest::Mute(_) => {
                raw(&json!({}))
            }
        }
    }

    fn remove(&mut self, me: &str, group: &str, user: &str) {
        self.leave(group, user);
        self.tip(me, group, tip::KICKED_OUT, &[user]);
        self.notice(user, me, group, notice::KICKED_OUT);
    }
}

impl FakeServer {
    /// There is a group.
    pub(in super::super) fn make_group(
        &self,
        owner: &str,
        group: &str,
        group_type: GroupType,
        members: &[&str],
    ) {
        let members: Vec<UserId> = members.iter().map(|user| id(user)).collect();
        self.0.lock().make(owner, group, group_type, &members);
    }

    /// Somebody is removed from a group.
    pub(in super::super) fn remove_member(&self, who: &str, group: &str, user: &str) {
        self.0.lock().remove(who, group, user);
    }

    /// Somebody is brought into a group.
    pub(in super::super) fn bring_in(&self, who: &str, group: &str, user: &str) {
        let mut state = self.0.lock();
        state.enter(group, user, Role::Member);
        state.tip(who, group, tip::JOIN, &[user]);
    }
}

/** The space of the fake: who is in it, which groups, and what was said. Bridges (fake.ts) are its devices. */
import type { GroupProfileView } from './generated/GroupProfileView';
import type { GroupMemberView } from './generated/GroupMemberView';
import type { ErrorView } from './generated/ErrorView';
import type { MembershipView } from './generated/MembershipView';
import type { OutgoingMessage } from './generated/OutgoingMessage';
import type { ProfileView } from './generated/ProfileView';
import type { ReactionView } from './generated/ReactionView';

export const SYSTEM = '@TIM#SYSTEM';
export const EVERYBODY = '__kImSDK_MesssageAtALL__';

/** A message in a log. */
export interface Stored {
  from: string;
  /** A user, a group, or whose notice it is. */
  to: string;
  seq: number;
  time: number;
  outgoing: OutgoingMessage;
  revoker: string;
  isModified: boolean;
  reactions: ReactionView[];
}

export interface Log {
  messages: Stored[];
  read: Map<string, number>;
}

export interface FakeGroup {
  profile: GroupProfileView;
  members: Map<string, MembershipView>;
  /** Who asked to join, with what they wrote. */
  applications: Map<string, string>;
  log: Log;
}

/** What a world tells its devices. */
export interface Device {
  pushed(stored: Stored): void;
  changed(stored: Stored, how: 'messagesRevoked' | 'messagesModified'): void;
  wasRead(reader: string, conversationID: string): void;
  groupChanged(groupID: string): void;
}

/** What goes with most messages: nothing, and nothing became of them. */
export const PLAIN = {
  pushInfo: null,
  cloudCustomData: '',
  atUserList: [],
  revoker: '',
  isModified: false,
  reactions: [],
  nameCard: '',
  isOnlineOnly: false,
};

export function refusal(code: number, kind: ErrorView['kind'], message = 'refused'): ErrorView {
  return { code, kind, message, retryAfterMs: null };
}

/** A message as somebody would hand it over. */
export function outgoing(
  conversationID: string,
  serial: string,
  type: string,
  payload: unknown,
): OutgoingMessage {
  const number = [...serial].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 99_999_999, 7);
  return {
    conversationID,
    clientId: serial,
    random: number,
    clientSequence: number,
    type,
    payload,
    priority: 'Normal',
    pushInfo: null,
    cloudCustomData: '',
    atUserList: [],
    onlineUserOnly: false,
  };
}

function colourOf(id: string): number {
  let colour = 0;
  for (const letter of id) colour = (colour * 31 + letter.charCodeAt(0)) % 12;
  return colour;
}

const RANK = { Member: 0, Admin: 1, Owner: 2 } as const;
const USUAL_JOIN = {
  Private: 'DisableApply',
  Public: 'NeedPermission',
  ChatRoom: 'FreeAccess',
  AVChatRoom: 'FreeAccess',
} as const;
const SIZES = { Private: 200, Public: 2000, ChatRoom: 10_000, AVChatRoom: 100_000 } as const;

export class World<AnyDevice extends Device = Device> {
  readonly people = new Map<string, ProfileView>();
  readonly passwords = new Map<string, string>();
  readonly bridges = new Set<AnyDevice>();
  readonly groups = new Map<string, FakeGroup>();
  /** By user: whom they have blocked. */
  readonly blocked = new Map<string, Set<string>>();
  readonly #logs = new Map<string, Log>();
  readonly #notices = new Map<string, Log>();
  readonly space: string;
  /** The world's clock, milliseconds. */
  now: () => number = () => Date.now();
  /** How long a message may be recalled, milliseconds. */
  recallWindow = 120_000;
  #serial = 0;

  constructor(space = 'Harbour') {
    this.space = space;
  }

  addPerson(userID: string, nick: string, password = 'correct horse'): ProfileView {
    const profile = { userID, nick, avatarColour: colourOf(userID) };
    this.people.set(userID, profile);
    this.passwords.set(userID, password);
    return profile;
  }

  log(a: string, b: string): Log {
    const key = JSON.stringify([a, b].sort());
    let log = this.#logs.get(key);
    if (log === undefined) this.#logs.set(key, (log = { messages: [], read: new Map() }));
    return log;
  }

  /** The log of a conversation as `me` calls it. */
  logOf(me: string, conversationID: string): Log {
    if (conversationID.startsWith('GROUP')) return this.group(conversationID.slice(5)).log;
    if (conversationID !== SYSTEM) return this.log(me, conversationID.slice(3));
    let log = this.#notices.get(me);
    if (log === undefined) this.#notices.set(me, (log = { messages: [], read: new Map() }));
    return log;
  }

  partners(userID: string): string[] {
    return [...this.#logs.entries()]
      .filter(([, log]) => log.messages.length > 0)
      .map(([key]) => JSON.parse(key) as [string, string])
      .filter((pair) => pair.includes(userID))
      .map(([a, b]) => (a === userID ? b : a));
  }

  /** Stores a message as the server would, once, and tells everybody concerned. */
  store(from: string, to: string, sent: OutgoingMessage, time = this.now()): Stored {
    const id = sent.conversationID;
    const log = id === SYSTEM ? this.logOf(to, SYSTEM) : this.logOf(from, id);
    if (id.startsWith('C2C') && this.blocked.get(to)?.has(from)) throw refusal(20007, 'forbidden');
    if (id.startsWith('GROUP')) this.#maySpeak(from, to);
    const known = log.messages.find((each) => each.from === from && each.outgoing.clientId === sent.clientId);
    if (known !== undefined) return known;
    const seq = log.messages.length + 1;
    const stored = {
      from,
      to,
      seq,
      time,
      outgoing: sent,
      revoker: '',
      isModified: false,
      reactions: [],
    };
    log.messages.push(stored);
    if (id !== SYSTEM) log.read.set(from, seq);
    for (const bridge of this.bridges) bridge.pushed(stored);
    return stored;
  }

  /** Says a text from one to another. */
  say(from: string, to: string, text: string, time?: number): Stored {
    return this.tell(from, to, 'TIMTextElem', { text }, time);
  }

  /** Sends a message of any kind from one to another, or to a group. */
  tell(
    from: string,
    to: string,
    type: string,
    payload: unknown,
    time?: number,
    more: Partial<OutgoingMessage> = {},
  ): Stored {
    const id = this.groups.has(to) ? `GROUP${to}` : `C2C${to}`;
    const sent = { ...outgoing(id, `fake-${from}-${this.#next()}`, type, payload), ...more };
    return this.store(from, to, sent, time);
  }

  markRead(reader: string, other: string): void {
    this.read(reader, `C2C${other}`);
  }

  /** Reading, by what the reader calls the conversation. */
  read(reader: string, id: string): void {
    const log = this.logOf(reader, id);
    log.read.set(reader, log.messages.length);
    for (const bridge of this.bridges) bridge.wasRead(reader, id);
  }

  recall(by: string, conversationID: string, seq: number): Stored {
    const stored = this.#message(by, conversationID, seq);
    if (stored.from !== by) throw refusal(10007, 'forbidden');
    if (stored.revoker !== '') throw refusal(10032, 'conflict');
    if (this.now() - stored.time > this.recallWindow)
      throw refusal(conversationID.startsWith('GROUP') ? 10031 : 20016, 'forbidden');
    stored.revoker = by;
    stored.reactions = [];
    stored.outgoing = {
      ...stored.outgoing,
      payload: {},
      cloudCustomData: '',
      atUserList: [],
      pushInfo: null,
    };
    for (const bridge of this.bridges) bridge.changed(stored, 'messagesRevoked');
    return stored;
  }

  edit(by: string, conversationID: string, seq: number, payload: unknown): Stored {
    const stored = this.#message(by, conversationID, seq);
    if (stored.from !== by) throw refusal(10007, 'forbidden');
    stored.outgoing = { ...stored.outgoing, payload };
    stored.isModified = true;
    for (const bridge of this.bridges) bridge.changed(stored, 'messagesModified');
    return stored;
  }

  react(by: string, conversationID: string, seq: number, emoji: string, on: boolean): Stored {
    const stored = this.#message(by, conversationID, seq);
    const others = stored.reactions.map((each) => ({
      emoji: each.emoji,
      users: each.users.filter((user) => each.emoji !== emoji || user !== by),
    }));
    const known = others.find((each) => each.emoji === emoji);
    if (on && known) known.users.push(by);
    else if (on) others.push({ emoji, users: [by] });
    stored.reactions = others.filter((each) => each.users.length > 0);
    for (const bridge of this.bridges) bridge.changed(stored, 'messagesModified');
    return stored;
  }

  // Groups

  group(groupID: string): FakeGroup {
    const group = this.groups.get(groupID);
    if (group === undefined) throw refusal(10015, 'not_found');
    return group;
  }

  /** Makes a group; the owner is its first member. */
  addGroup(
    owner: string,
    request: Partial<GroupProfileView> & { name: string; memberIDs?: string[] },
    time = this.now(),
  ): FakeGroup {
    const type = request.type ?? 'Private';
    const groupID = request.groupID ?? `@TGS#${this.#next()}`;
    if (this.groups.has(groupID)) throw refusal(10021, 'conflict');
    const group: FakeGroup = {
      profile: {
        groupID,
        type,
        name: request.name,
        introduction: request.introduction ?? '',
        notification: request.notification ?? '',
        avatarColour: request.avatarColour ?? colourOf(groupID),
        ownerID: owner,
        joinOption: request.joinOption ?? USUAL_JOIN[type],
        memberCount: 0,
        maxMembers: SIZES[type],
        createTime: time,
        muteAll: request.muteAll ?? false,
      },
      members: new Map(),
      applications: new Map(),
      log: { messages: [], read: new Map() },
    };
    this.groups.set(groupID, group);
    this.#seat(group, owner, 'Owner', time);
    for (const each of request.memberIDs ?? [])
      if (each !== owner && this.people.has(each)) this.#seat(group, each, 'Member', time);
    this.#changed(group);
    return group;
  }

  member(group: FakeGroup, userID: string): MembershipView {
    const member = group.members.get(userID);
    if (member === undefined) throw refusal(10010, 'forbidden');
    return member;
  }

  memberView(group: FakeGroup, userID: string): GroupMemberView {
    const person = this.people.get(userID) ?? { userID, nick: '', avatarColour: 0 };
    return { ...person, ...this.member(group, userID) };
  }

  dismiss(by: string, groupID: string): void {
    const group = this.group(groupID);
    const isOwner = this.member(group, by).role === 'Owner';
    if (!isOwner || group.profile.type === 'Private') throw refusal(10007, 'forbidden');
    const members = [...group.members.keys()];
    group.members.clear();
    for (const each of members) if (each !== by) this.notify(each, 5, by, group);
    this.#changed(group);
  }

  join(
    by: string,
    groupID: string,
    message: string,
  ): 'JoinedSuccess' | 'AlreadyInGroup' | 'WaitAdminApproval' {
    const group = this.group(groupID);
    if (group.members.has(by)) return 'AlreadyInGroup';
    if (group.profile.joinOption === 'DisableApply') throw refusal(10007, 'forbidden');
    if (group.profile.joinOption === 'FreeAccess') {
      this.#enter(group, [by], by);
      return 'JoinedSuccess';
    }
    group.applications.set(by, message);
    for (const [admin, { role }] of group.members)
      if (RANK[role] > 0) this.notify(admin, 1, by, group, message);
    return 'WaitAdminApproval';
  }

  quit(by: string, groupID: string): void {
    const group = this.group(groupID);
    const { role } = this.member(group, by);
    if (role === 'Owner' && group.profile.type !== 'Private') throw refusal(10009, 'forbidden');
    this.#leave(group, [by], 2, by);
    this.notify(by, 8, by, group);
  }

  answer(by: string, groupID: string, userID: string, accept: boolean, message: string): void {
    const group = this.group(groupID);
    this.#needs(group, by, 'Admin');
    if (!group.applications.delete(userID)) throw refusal(10024, 'conflict');
    for (const admin of group.members.keys())
      for (const stored of this.logOf(admin, SYSTEM).messages) {
        const payload = stored.outgoing.payload as Record<string, unknown>;
        const { groupID: id } = payload['groupProfile'] as { groupID: string };
        if (payload['operationType'] !== 1 || payload['operatorID'] !== userID || id !== groupID) continue;
        const handled = accept ? 'accepted' : 'refused';
        stored.outgoing = { ...stored.outgoing, payload: { ...payload, handled } };
        for (const bridge of this.bridges) bridge.changed(stored, 'messagesModified');
      }
    if (accept) this.#enter(group, [userID], by);
    this.notify(userID, accept ? 2 : 3, by, group, message);
  }

  changeOwner(by: string, groupID: string, userID: string): void {
    const group = this.group(groupID);
    this.#needs(group, by, 'Owner');
    this.member(group, userID).role = 'Owner';
    this.member(group, by).role = 'Member';
    group.profile = { ...group.profile, ownerID: userID };
    this.tip(group, 6, by, [], { newGroupProfile: { ownerID: userID } });
    this.#changed(group);
  }

  update(by: string, groupID: string, change: Partial<GroupProfileView>): GroupProfileView {
    const group = this.group(groupID);
    if (group.profile.type !== 'Private') this.#needs(group, by, 'Admin');
    this.member(group, by);
    group.profile = { ...group.profile, ...change };
    const { muteAll, ...rest } = change;
    const newGroupProfile = { ...rest, ...(muteAll === undefined ? {} : { muteAllMembers: muteAll }) };
    this.tip(group, 6, by, [], { newGroupProfile });
    this.#changed(group);
    return group.profile;
  }

  add(
    by: string,
    groupID: string,
    userIDs: string[],
  ): { added: string[]; existed: string[]; failed: string[] } {
    const group = this.group(groupID);
    if (group.profile.type === 'AVChatRoom') throw refusal(10007, 'forbidden');
    if (group.profile.type !== 'Private') this.#needs(group, by, 'Admin');
    this.member(group, by);
    const existed = userIDs.filter((each) => group.members.has(each));
    const failed = userIDs.filter((each) => !this.people.has(each));
    const added = userIDs.filter((each) => !existed.includes(each) && !failed.includes(each));
    this.#enter(group, added, by);
    for (const each of added) this.notify(each, 7, by, group);
    return { added, existed, failed };
  }

  remove(by: string, groupID: string, userIDs: string[], reason: string): void {
    const group = this.group(groupID);
    for (const each of userIDs) this.#outranks(group, by, each);
    this.#leave(group, userIDs, 3, by);
    for (const each of userIDs) this.notify(each, 4, by, group, reason);
  }

  setRole(by: string, groupID: string, userID: string, role: 'Admin' | 'Member'): void {
    const group = this.group(groupID);
    this.#needs(group, by, 'Owner');
    this.member(group, userID).role = role;
    this.tip(group, role === 'Admin' ? 4 : 5, by, [userID]);
    this.notify(userID, role === 'Admin' ? 9 : 10, by, group);
    this.#changed(group);
  }

  mute(by: string, groupID: string, userID: string, seconds: number): void {
    const group = this.group(groupID);
    if (group.profile.type === 'Private') throw refusal(10007, 'forbidden');
    this.#outranks(group, by, userID);
    this.member(group, userID).muteUntil = seconds === 0 ? 0 : this.now() + 1000 * seconds;
    this.tip(group, 7, by, [userID], { memberList: [{ userID, muteTime: seconds }] });
    this.#changed(group);
  }

  setNameCard(by: string, groupID: string, userID: string, nameCard: string): void {
    const group = this.group(groupID);
    if (userID !== by) this.#outranks(group, by, userID);
    this.member(group, userID).nameCard = nameCard;
    this.#changed(group);
  }

  /** R-M5. */
  tip(group: FakeGroup, operationType: number, by: string, userIDList: string[], more: object = {}): void {
    const { groupID, name } = group.profile;
    const payload = {
      operationType,
      operatorID: by,
      userIDList,
      memberNum: group.members.size,
      groupProfile: { groupID, name, groupName: name },
      ...more,
    };
    const { log } = group;
    // A tip is nobody's news: whoever had read everything has read it.
    const upToDate = [...log.read].filter(([, seq]) => seq >= log.messages.length).map(([user]) => user);
    const stored: Stored = {
      from: by,
      to: groupID,
      seq: log.messages.length + 1,
      time: this.now(),
      outgoing: outgoing(`GROUP${groupID}`, `tip-${this.#next()}`, 'TIMGroupTipElem', payload),
      revoker: '',
      isModified: false,
      reactions: [],
    };
    log.messages.push(stored);
    for (const user of upToDate) log.read.set(user, stored.seq);
    for (const bridge of this.bridges) bridge.pushed(stored);
  }

  /** R-M4. */
  notify(
    userID: string,
    operationType: number,
    by: string,
    group: FakeGroup,
    handleMessage = '',
    time?: number,
  ): Stored {
    const { groupID, name } = group.profile;
    const payload = {
      operationType,
      operatorID: by,
      groupProfile: { groupID, name, groupName: name },
      handleMessage,
      userDefinedField: '',
    };
    const sent = outgoing(SYSTEM, `notice-${this.#next()}`, 'TIMGroupSystemNoticeElem', payload);
    return this.store(SYSTEM, userID, sent, time);
  }

  #message(by: string, conversationID: string, seq: number): Stored {
    if (conversationID.startsWith('GROUP')) this.member(this.group(conversationID.slice(5)), by);
    const stored = this.logOf(by, conversationID).messages[seq - 1];
    if (stored === undefined) throw refusal(10030, 'not_found');
    if (stored.outgoing.type.startsWith('TIMGroup')) throw refusal(10032, 'forbidden');
    return stored;
  }

  #seat(group: FakeGroup, userID: string, role: MembershipView['role'], time = this.now()): void {
    group.members.set(userID, { role, nameCard: '', muteUntil: 0, joinTime: time });
    group.profile = { ...group.profile, memberCount: group.members.size };
    group.log.read.set(userID, group.log.messages.length);
  }

  #enter(group: FakeGroup, userIDs: string[], by: string): void {
    for (const each of userIDs) this.#seat(group, each, 'Member');
    if (userIDs.length > 0) this.tip(group, 1, by, userIDs);
    this.#changed(group);
  }

  #leave(group: FakeGroup, userIDs: string[], operationType: number, by: string): void {
    for (const each of userIDs) group.members.delete(each);
    group.profile = { ...group.profile, memberCount: group.members.size };
    this.tip(group, operationType, by, userIDs);
    this.#changed(group);
  }

  #maySpeak(userID: string, groupID: string): void {
    const group = this.group(groupID);
    const { role, muteUntil } = this.member(group, userID);
    const isMuted = muteUntil > this.now() || (group.profile.muteAll && role === 'Member');
    if (isMuted) throw refusal(10017, 'forbidden');
  }

  #needs(group: FakeGroup, userID: string, role: MembershipView['role']): void {
    if (RANK[this.member(group, userID).role] < RANK[role]) throw refusal(10007, 'forbidden');
  }

  #outranks(group: FakeGroup, by: string, userID: string): void {
    if (RANK[this.member(group, by).role] <= RANK[this.member(group, userID).role])
      throw refusal(10007, 'forbidden');
  }

  #changed(group: FakeGroup): void {
    for (const bridge of this.bridges) bridge.groupChanged(group.profile.groupID);
  }

  #next(): number {
    return (this.#serial += 1);
  }
}

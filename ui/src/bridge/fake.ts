/**
 * A small world in memory: some users of one space, their conversations as logs, and a bridge for each of them. For tests, and
 * to look at the app in a browser. It keeps the promises of the real one: events in order, an outbox that waits while there is no
 * connection, refusals that mark a message.
 */
import type { Bridge, ShellEvent } from './bridge';
import type { AccountView } from './generated/AccountView';
import type { AppInfo } from './generated/AppInfo';
import type { ConnectionState } from './generated/ConnectionState';
import type { ConversationView } from './generated/ConversationView';
import type { ErrorView } from './generated/ErrorView';
import type { HostStatus } from './generated/HostStatus';
import type { MessagePage } from './generated/MessagePage';
import type { MessageView } from './generated/MessageView';
import type { OutgoingMessage } from './generated/OutgoingMessage';
import type { ProfileView } from './generated/ProfileView';
import type { FirstScreen } from './generated/FirstScreen';
import type { GroupMemberView } from './generated/GroupMemberView';
import type { GroupProfileView } from './generated/GroupProfileView';
import type { OwnGroupView } from './generated/OwnGroupView';
import type { ReadByView } from './generated/ReadByView';
import { DEFAULT_SETTINGS } from './default-settings';
import type { Settings } from './generated/Settings';
import { FAKE_BASES, FakeMedia } from './fake-media';
import type { Surroundings } from './generated/Surroundings';
import { EVERYBODY, refusal, SYSTEM, World, type Device, type Log, type Stored } from './fake-world';

export { PLAIN, refusal, SYSTEM } from './fake-world';

/** What a user set for a conversation. */
interface ConversationSettings {
  remindType: ConversationView['remindType'];
  isPinned: boolean;
  isMarkedUnread: boolean;
}

const USUAL: ConversationSettings = { remindType: 'AcceptAndNotify', isPinned: false, isMarkedUnread: false };

function textOf(payload: unknown): string {
  return typeof payload === 'object' && payload !== null && 'text' in payload ? String(payload.text) : '';
}

export class FakeWorld extends World<FakeBridge> {
  bridge(userID: string | null, options: FakeOptions = {}): FakeBridge {
    const bridge = new FakeBridge(this, userID, options);
    this.bridges.add(bridge);
    return bridge;
  }
}

export interface FakeOptions {
  isHost?: boolean;
  settings?: Partial<Settings>;
  surroundings?: Partial<Surroundings>;
  appInfo?: Partial<AppInfo>;
  /** How long each answer takes, milliseconds; 0 is a microtask. */
  delay?: number;
}

/** What counts for nobody as unread: tips, and notices of what their reader did. */
function isNoNews({ type, payload }: OutgoingMessage): boolean {
  const { operationType } = Object(payload) as { operationType?: unknown };
  return (
    type === 'TIMGroupTipElem' ||
    (type === 'TIMGroupSystemNoticeElem' && (operationType === 6 || operationType === 8))
  );
}

/** One user's device. */
export class FakeBridge extends FakeMedia implements Bridge, Device {
  readonly #world: FakeWorld;
  readonly #listeners = new Set<(event: ShellEvent) => void>();
  readonly #waiting = new Map<string, MessageView[]>();
  readonly #drafts = new Map<string, string>();
  readonly #hidden = new Set<string>();
  readonly #conversationSettings = new Map<string, ConversationSettings>();
  /** Messages that this user deleted for themselves, by conversation. */
  readonly #deleted = new Map<string, Set<number>>();
  readonly #options: FakeOptions;
  #me: string | null;
  #isHost: boolean;
  /** Out of an export, and not signed in since. */
  #isImported = false;
  /** What its server says of recalls; `null`: nothing. */
  recallSeconds: number | null = null;
  #state: ConnectionState;
  #isShared = false;
  #settings: Settings;
  /** Refuses the next call of a method with this. */
  readonly refuseNext = new Map<keyof Bridge, ErrorView>();
  /** Refuses every message that is sent with this code, as a server would. */
  refuseMessages: number | null = null;
  /** What was called, in order. */
  readonly calls: { method: keyof Bridge; request?: unknown }[] = [];

  constructor(world: FakeWorld, userID: string | null, options: FakeOptions) {
    super();
    this.#world = world;
    this.#me = userID;
    this.#options = options;
    this.#isHost = options.isHost ?? false;
    this.#state = userID === null ? 'disconnected' : 'connected';
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
  }

  emit(event: ShellEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Cuts the connection, or brings it back: then what waits goes out and what was missed comes in. */
  setConnection(state: ConnectionState, error: ErrorView | null = null): void {
    this.#state = state;
    this.emit({ event: 'connection', state, retryInMs: state === 'connected' ? null : 3000, error });
    if (state !== 'connected') return;
    for (const [id, waiting] of this.#waiting) {
      const goOut = waiting.filter((each) => each.status === 'unSend' && !this.isUploading(each.clientId));
      for (const message of goOut) this.#goOut(id, message);
    }
    this.emit({ event: 'overflow' });
  }

  pushed(stored: Stored): void {
    if (this.#state !== 'connected' || !this.#concernsMe(stored)) return;
    const id = this.#idOf(stored);
    const waiting = this.#waiting.get(id) ?? [];
    const isMine = waiting.some((each) => each.clientId === stored.outgoing.clientId);
    this.#waiting.set(
      id,
      waiting.filter((each) => each.clientId !== stored.outgoing.clientId),
    );
    this.#hidden.delete(id);
    const messages = [this.#view(stored)];
    this.emit(isMine ? { event: 'messagesChanged', messages } : { event: 'messagesReceived', messages });
    this.#conversationChanged(id);
  }

  changed(stored: Stored, how: 'messagesRevoked' | 'messagesModified'): void {
    if (this.#state !== 'connected' || !this.#concernsMe(stored)) return;
    this.emit({ event: how, messages: [this.#view(stored)] });
    this.#conversationChanged(this.#idOf(stored));
  }

  /** Something that is kept nowhere. */
  pushedOnce(from: string, message: MessageView): void {
    const [, kind = '', to = ''] = /^(C2C|GROUP)(.*)$/su.exec(message.conversationID) ?? [];
    if (this.#me === null || this.#me === from || this.#state !== 'connected') return;
    const isToMe =
      kind === 'C2C' ? to === this.#me : (this.#world.groups.get(to)?.members.has(this.#me) ?? false);
    if (!isToMe) return;
    const conversationID = kind === 'C2C' ? `C2C${from}` : message.conversationID;
    this.emit({
      event: 'messagesReceived',
      messages: [{ ...message, conversationID, flow: 'in', isRead: false }],
    });
  }

  wasRead(reader: string, conversationID: string): void {
    if (this.#me === null || this.#state !== 'connected') return;
    if (conversationID === `C2C${this.#me}` && reader !== this.#me) {
      const own = `C2C${reader}`;
      this.emit({ event: 'peerRead', conversationID: own, seq: this.#log(own).messages.length });
      this.#conversationChanged(own);
    }
    if (reader === this.#me) this.#conversationChanged(conversationID);
  }

  groupChanged(groupID: string): void {
    if (this.#me === null || this.#state !== 'connected') return;
    const { profile, members, log } = this.#world.group(groupID);
    const wasIn = log.read.has(this.#me);
    if (!wasIn) return;
    const membership = members.get(this.#me) ?? null;
    this.emit({ event: 'groupsChanged', groups: [{ profile, membership }] });
    this.#conversationChanged(`GROUP${groupID}`);
  }

  // The bridge

  async listen(listener: (event: ShellEvent) => void): Promise<() => void> {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async firstScreen(request: Parameters<Bridge['firstScreen']>[0]): Promise<FirstScreen> {
    const { conversations: limit, messages: count } = request;
    const account = await this.account();
    const conversations = account === null ? [] : await this.conversationList({ limit });
    const [newest] = conversations;
    const before = null;
    return {
      appInfo: await this.appInfo(),
      settings: await this.settings(),
      account,
      connection: await this.connection(),
      conversations,
      totalUnread: account === null ? 0 : await this.totalUnread(),
      blocked: account === null ? [] : await this.blockedUsers(),
      transfers: account === null ? [] : await this.transfers(),
      page:
        newest === undefined
          ? null
          : {
              conversationID: newest.conversationID,
              before,
              page: await this.messagePage({ conversationID: newest.conversationID, before, count }),
            },
    };
  }

  async account(): Promise<AccountView | null> {
    await this.#called('account');
    return this.#me === null ? null : this.#account();
  }

  async connection(): Promise<ConnectionState> {
    await this.#called('connection');
    return this.#state;
  }

  async startSpace(request: { nick: string }): Promise<AccountView> {
    await this.#called('startSpace', request);
    this.#isHost = true;
    this.#world.addPerson('owner', request.nick);
    return this.#signedIn('owner');
  }

  async inspectLink(request: { link: string }): ReturnType<Bridge['inspectLink']> {
    await this.#called('inspectLink', request);
    if (!request.link.startsWith('tidings://join/')) throw refusal(120016, 'bad_request');
    return { host: 'harbour.local:4433', space: this.#world.space, registration: 'invite' };
  }

  async joinWithLink(request: Parameters<Bridge['joinWithLink']>[0]): Promise<AccountView> {
    await this.#called('joinWithLink', request);
    if (request.link.endsWith('/used')) throw refusal(120003, 'forbidden');
    if (this.#world.people.has(request.userID)) throw refusal(120002, 'conflict');
    this.#world.addPerson(request.userID, request.nick, request.password);
    return this.#signedIn(request.userID);
  }

  async signIn(request: Parameters<Bridge['signIn']>[0]): Promise<AccountView> {
    await this.#called('signIn', request);
    if (request.server.includes('nowhere')) throw refusal(2800, 'network');
    const isRight =
      request.userSig !== undefined || this.#world.passwords.get(request.userID) === request.password;
    if (this.#isImported && request.userID !== this.#me) throw refusal(120030, 'conflict');
    if (!isRight || !this.#world.people.has(request.userID)) throw refusal(120001, 'unauthorised');
    this.#isImported = false;
    return this.#signedIn(request.userID);
  }

  async signOut(): Promise<void> {
    await this.#called('signOut');
    this.#me = null;
    this.#isImported = false;
    this.#waiting.clear();
    this.#drafts.clear();
    this.emit({ event: 'notReady' });
  }

  async sendMessage(request: { message: OutgoingMessage }): Promise<MessageView> {
    const message = this.withAttachment(request.message, this.#me ?? '');
    // What is kept nowhere is not what a test means to refuse.
    if (message.onlineUserOnly) this.calls.push({ method: 'sendMessage', request });
    else await this.#called('sendMessage', request);
    const view: MessageView = {
      ...message,
      clientId: message.clientId,
      seq: null,
      from: this.#myID(),
      to: message.conversationID.replace(/^(?:C2C|GROUP)/u, ''),
      flow: 'out',
      time: this.#world.now(),
      status: 'unSend',
      code: 0,
      isRead: true,
      isPeerRead: false,
      isRevoked: false,
      isResend: false,
      nick: this.#account().profile.nick,
      revoker: '',
      isModified: false,
      reactions: [],
      nameCard: '',
      isOnlineOnly: message.onlineUserOnly,
    };
    const id = message.conversationID;
    if (message.onlineUserOnly) {
      if (this.#state !== 'connected') throw refusal(2800, 'network');
      const sent: MessageView = { ...view, status: 'success' };
      for (const bridge of this.#world.bridges) bridge.pushedOnce(view.from, sent);
      return sent;
    }
    this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), view]);
    this.#conversationChanged(id);
    const goOut = (): void =>
      this.upload(view, message.attachment, () => {
        this.#goOut(id, view);
      });
    if (this.#state === 'connected') setTimeout(goOut, this.#options.delay ?? 0);
    return view;
  }

  async resendMessage(request: { conversationID: string; clientID: string }): Promise<MessageView> {
    await this.#called('resendMessage', request);
    const { conversationID, clientID } = request;
    const view = this.#waiting.get(conversationID)?.find((each) => each.clientId === clientID);
    if (view === undefined) {
      const me = this.#myID();
      const sent = this.#log(conversationID).messages.find(
        (each) => each.from === me && each.outgoing.clientId === clientID,
      );
      if (sent === undefined) throw refusal(2100, 'not_found');
      return this.#view(sent);
    }
    if (view.status !== 'fail') return { ...view };
    Object.assign(view, { status: 'unSend', code: 0, isResend: true });
    this.#conversationChanged(conversationID);
    if (this.#state === 'connected')
      setTimeout(() => this.#goOut(conversationID, view), this.#options.delay ?? 0);
    return { ...view };
  }

  async discardMessage(request: { conversationID: string; clientID: string }): Promise<void> {
    await this.#called('discardMessage', request);
    const { conversationID, clientID } = request;
    const left = (this.#waiting.get(conversationID) ?? []).filter((each) => each.clientId !== clientID);
    this.forgetUpload(clientID);
    this.#waiting.set(conversationID, left);
    this.#conversationChanged(conversationID);
  }

  async messagePage(request: Parameters<Bridge['messagePage']>[0]): ReturnType<Bridge['messagePage']> {
    await this.#called('messagePage', request);
    const { conversationID, before, count } = request;
    if (conversationID.startsWith('GROUP'))
      this.#world.member(this.#world.group(conversationID.slice(5)), this.#myID());
    const all = this.#log(conversationID).messages;
    const end = before === null ? all.length : Math.max(0, Math.min(before - 1, all.length));
    const start = Math.max(0, end - count);
    const deleted = this.#deleted.get(conversationID);
    const messages = all
      .slice(start, end)
      .filter((each) => !deleted?.has(each.seq))
      .map((each) => this.#view(each));
    if (before === null)
      messages.push(...(this.#waiting.get(conversationID) ?? []).map((each) => ({ ...each })));
    return { messages, nextBefore: start > 0 ? start + 1 : null, isCompleted: start === 0, isCutOff: false };
  }

  async markRead(request: { conversationID: string }): Promise<void> {
    await this.#called('markRead', request);
    this.#settle(request.conversationID, { isMarkedUnread: false });
    this.#world.read(this.#myID(), request.conversationID);
  }

  async conversationList(request: { limit: number }): Promise<ConversationView[]> {
    await this.#called('conversationList', request);
    const me = this.#myID();
    const ids = new Set(this.#world.partners(me).map((each) => `C2C${each}`));
    for (const [id, group] of this.#world.groups) if (group.log.read.has(me)) ids.add(`GROUP${id}`);
    if (this.#log(SYSTEM).messages.length > 0) ids.add(SYSTEM);
    for (const [id, waiting] of this.#waiting) if (waiting.length > 0) ids.add(id);
    for (const id of this.#drafts.keys()) ids.add(id);
    return [...ids]
      .filter((id) => !this.#hidden.has(id))
      .map((id) => this.#conversation(id))
      .sort((a, b) => Number(b.isPinned) - Number(a.isPinned) || b.sortTime - a.sortTime)
      .slice(0, request.limit);
  }

  async conversationProfile(request: { conversationID: string }): Promise<ConversationView> {
    await this.#called('conversationProfile', request);
    if (!this.#exists(request.conversationID)) throw refusal(2501, 'not_found');
    return this.#conversation(request.conversationID);
  }

  async deleteConversation(request: { conversationID: string; clear: boolean }): Promise<void> {
    await this.#called('deleteConversation', request);
    const { conversationID, clear } = request;
    if (!this.#exists(conversationID)) throw refusal(2500, 'not_found');
    if (clear) this.#deleteUpTo(conversationID);
    this.#hidden.add(conversationID);
    this.emit({ event: 'conversationsChanged', conversations: [], removedIDs: [conversationID] });
  }

  async setDraft(request: { conversationID: string; text: string }): Promise<void> {
    await this.#called('setDraft', request);
    if (request.text === '') this.#drafts.delete(request.conversationID);
    else this.#drafts.set(request.conversationID, request.text);
    this.#conversationChanged(request.conversationID);
  }

  async recallMessage(request: Parameters<Bridge['recallMessage']>[0]): Promise<MessageView> {
    await this.#called('recallMessage', request);
    const { conversationID, clientID, seq } = request;
    if (seq !== null) return this.#view(this.#world.recall(this.#myID(), conversationID, seq));
    const waiting = this.#waiting.get(conversationID) ?? [];
    const found = waiting.find((each) => each.clientId === clientID);
    if (found === undefined) throw refusal(10030, 'not_found');
    this.forgetUpload(clientID);
    this.#waiting.set(
      conversationID,
      waiting.filter((each) => each !== found),
    );
    this.#conversationChanged(conversationID);
    return { ...found, payload: {}, isRevoked: true, revoker: this.#myID() };
  }

  async editMessage(request: Parameters<Bridge['editMessage']>[0]): Promise<MessageView> {
    await this.#called('editMessage', request);
    const { conversationID, seq, payload } = request;
    return this.#view(this.#world.edit(this.#myID(), conversationID, seq, payload));
  }

  async reactToMessage(request: Parameters<Bridge['reactToMessage']>[0]): Promise<MessageView> {
    await this.#called('reactToMessage', request);
    const { conversationID, seq, emoji, on } = request;
    return this.#view(this.#world.react(this.#myID(), conversationID, seq, emoji, on));
  }

  async deleteMessagesForMe(request: Parameters<Bridge['deleteMessagesForMe']>[0]): Promise<void> {
    await this.#called('deleteMessagesForMe', request);
    const { conversationID, seqs } = request;
    this.#deleted.set(conversationID, new Set([...(this.#deleted.get(conversationID) ?? []), ...seqs]));
    this.#conversationChanged(conversationID);
  }

  async changeConversationSettings(
    request: Parameters<Bridge['changeConversationSettings']>[0],
  ): Promise<ConversationView> {
    await this.#called('changeConversationSettings', request);
    const { conversationID, ...change } = request;
    this.#settle(conversationID, change);
    this.#conversationChanged(conversationID);
    return this.#conversation(conversationID);
  }

  async totalUnread(): Promise<number> {
    await this.#called('totalUnread');
    return this.#totalUnread();
  }

  async blockUsers(request: { userIDs: string[] }): Promise<string[]> {
    await this.#called('blockUsers', request);
    return this.#block([...this.#blocked(), ...request.userIDs]);
  }

  async unblockUsers(request: { userIDs: string[] }): Promise<string[]> {
    await this.#called('unblockUsers', request);
    return this.#block([...this.#blocked()].filter((each) => !request.userIDs.includes(each)));
  }

  async blockedUsers(): Promise<string[]> {
    await this.#called('blockedUsers');
    return [...this.#blocked()];
  }

  // Groups

  async createGroup(request: Parameters<Bridge['createGroup']>[0]): Promise<GroupProfileView> {
    await this.#asked('createGroup', request);
    const group = this.#world.addGroup(this.#myID(), request);
    for (const each of request.memberIDs) this.#world.notify(each, 7, this.#myID(), group);
    return group.profile;
  }

  async dismissGroup(request: { groupID: string }): Promise<void> {
    await this.#asked('dismissGroup', request);
    this.#world.dismiss(this.#myID(), request.groupID);
  }

  async joinGroup(request: Parameters<Bridge['joinGroup']>[0]): ReturnType<Bridge['joinGroup']> {
    await this.#asked('joinGroup', request);
    const status = this.#world.join(this.#myID(), request.groupID, request.message);
    return { status, group: this.#world.group(request.groupID).profile };
  }

  async quitGroup(request: { groupID: string }): Promise<void> {
    await this.#asked('quitGroup', request);
    this.#world.quit(this.#myID(), request.groupID);
  }

  async answerApplication(request: Parameters<Bridge['answerApplication']>[0]): Promise<void> {
    await this.#asked('answerApplication', request);
    const { groupID, userID, accept, message } = request;
    this.#world.answer(this.#myID(), groupID, userID, accept, message);
  }

  async changeGroupOwner(request: { groupID: string; userID: string }): Promise<void> {
    await this.#asked('changeGroupOwner', request);
    this.#world.changeOwner(this.#myID(), request.groupID, request.userID);
  }

  async groupList(): Promise<OwnGroupView[]> {
    await this.#asked('groupList');
    const me = this.#myID();
    return [...this.#world.groups.values()].flatMap(({ profile, members }) => {
      const membership = members.get(me);
      return membership === undefined ? [] : [{ profile, membership }];
    });
  }

  async groupProfile(request: { groupID: string }): Promise<GroupProfileView> {
    await this.#asked('groupProfile', request);
    return this.#world.group(request.groupID).profile;
  }

  async updateGroup(request: Parameters<Bridge['updateGroup']>[0]): Promise<GroupProfileView> {
    await this.#asked('updateGroup', request);
    const { groupID, ...change } = request;
    return this.#world.update(this.#myID(), groupID, change);
  }

  async searchGroup(request: { groupID: string }): Promise<GroupProfileView> {
    await this.#asked('searchGroup', request);
    const { profile } = this.#world.group(request.groupID);
    if (profile.type === 'Private') throw refusal(10015, 'not_found');
    return profile;
  }

  async groupMembers(request: Parameters<Bridge['groupMembers']>[0]): ReturnType<Bridge['groupMembers']> {
    await this.#asked('groupMembers', request);
    const group = this.#world.group(request.groupID);
    this.#world.member(group, this.#myID());
    const start = request.after ?? 0;
    const all = [...group.members.keys()];
    const end = Math.min(start + request.count, all.length);
    const members = all.slice(start, end).map((each) => this.#world.memberView(group, each));
    return { members, next: end < all.length ? end : null };
  }

  async groupMemberProfiles(
    request: Parameters<Bridge['groupMemberProfiles']>[0],
  ): Promise<GroupMemberView[]> {
    await this.#asked('groupMemberProfiles', request);
    const group = this.#world.group(request.groupID);
    return request.userIDs
      .filter((each) => group.members.has(each))
      .map((each) => this.#world.memberView(group, each));
  }

  async addGroupMembers(
    request: Parameters<Bridge['addGroupMembers']>[0],
  ): ReturnType<Bridge['addGroupMembers']> {
    await this.#asked('addGroupMembers', request);
    return this.#world.add(this.#myID(), request.groupID, request.userIDs);
  }

  async removeGroupMembers(request: Parameters<Bridge['removeGroupMembers']>[0]): Promise<void> {
    await this.#asked('removeGroupMembers', request);
    this.#world.remove(this.#myID(), request.groupID, request.userIDs, request.reason);
  }

  async setGroupMemberRole(request: Parameters<Bridge['setGroupMemberRole']>[0]): Promise<void> {
    await this.#asked('setGroupMemberRole', request);
    this.#world.setRole(this.#myID(), request.groupID, request.userID, request.role);
  }

  async muteGroupMember(request: Parameters<Bridge['muteGroupMember']>[0]): Promise<void> {
    await this.#asked('muteGroupMember', request);
    this.#world.mute(this.#myID(), request.groupID, request.userID, request.seconds);
  }

  async setNameCard(request: Parameters<Bridge['setNameCard']>[0]): Promise<void> {
    await this.#asked('setNameCard', request);
    const { groupID, userID, nameCard } = request;
    this.#world.setNameCard(this.#myID(), groupID, userID ?? this.#myID(), nameCard);
  }

  async messageReadBy(request: { groupID: string; seq: number }): Promise<ReadByView> {
    await this.#asked('messageReadBy', request);
    const { members, log } = this.#world.group(request.groupID);
    const sender = log.messages[request.seq - 1]?.from;
    const others = [...members.keys()].filter((each) => each !== sender);
    const read = others.filter((each) => (log.read.get(each) ?? 0) >= request.seq);
    return { read: read.length, of: others.length };
  }

  async myProfile(): Promise<ProfileView> {
    await this.#called('myProfile');
    return this.#account().profile;
  }

  async userProfiles(request: { userIDs: string[] }): Promise<ProfileView[]> {
    await this.#called('userProfiles', request);
    return request.userIDs.flatMap((id) => this.#world.people.get(id) ?? []);
  }

  async updateMyProfile(request: { nick?: string; avatarColour?: number }): Promise<ProfileView> {
    await this.#called('updateMyProfile', request);
    const profile = { ...this.#account().profile, ...request };
    this.#world.people.set(this.#myID(), profile);
    for (const bridge of this.#world.bridges) bridge.emit({ event: 'profilesChanged', profiles: [profile] });
    return profile;
  }

  async findPeople(request: { query: string }): Promise<ProfileView[]> {
    await this.#called('findPeople', request);
    const query = request.query.trim().toLowerCase();
    return [...this.#world.people.values()]
      .filter(
        (each) => each.userID.toLowerCase().startsWith(query) || each.nick.toLowerCase().includes(query),
      )
      .slice(0, 20);
  }

  async appInfo(): Promise<AppInfo> {
    await this.#called('appInfo');
    const info = {
      version: '0.1.0',
      profile: 'default',
      automation: false,
      locale: 'en-GB',
      link: null,
      hasImport: false,
    };
    return { ...info, ...FAKE_BASES, ...this.#options.appInfo };
  }

  async settings(): Promise<Settings> {
    await this.#called('settings');
    return this.#settings;
  }

  async setSettings(request: { settings: Settings }): Promise<Settings> {
    await this.#called('setSettings', request);
    return (this.#settings = request.settings);
  }

  async copyText(request: { text: string }): Promise<void> {
    await this.#called('copyText', request);
  }

  async inspectWebLink(request: { url: string }): ReturnType<Bridge['inspectWebLink']> {
    await this.#called('inspectWebLink', request);
    const url = new URL(request.url);
    if (!['http:', 'https:', 'mailto:'].includes(url.protocol)) throw refusal(70402, 'bad_request');
    url.username = '';
    url.password = '';
    const host = url.protocol === 'mailto:' ? url.pathname : url.host;
    return {
      url: url.href,
      host,
      isPlain: url.protocol === 'http:',
      hasConfusableHost: host.includes('xn--'),
    };
  }

  async openWebLink(request: { url: string }): Promise<void> {
    await this.#called('openWebLink', request);
  }

  async painted(request: { what: 'shell' | 'list' | 'page' }): Promise<void> {
    await this.#called('painted', request);
  }

  async lookAt(request: { conversationID: string; isBusy: boolean }): Promise<void> {
    await this.#called('lookAt', request);
  }

  async testNotification(): Promise<boolean> {
    await this.#called('testNotification');
    return this.#options.surroundings?.notifications ?? true;
  }

  async surroundings(): Promise<Surroundings> {
    await this.#called('surroundings');
    return { tray: true, notifications: true, globalShortcut: true, ...this.#options.surroundings };
  }

  async diagnostics(): ReturnType<Bridge['diagnostics']> {
    await this.#called('diagnostics');
    const text = `Tidings: 0.1.0\nsystem: linux x86_64\nconnection: ${this.#state}\n\nlog\nINFO it began\n`;
    return { text };
  }

  async hostStatus(): Promise<HostStatus> {
    await this.#called('hostStatus');
    const people = [...this.#world.people.values()];
    return {
      isHost: this.#isHost,
      space: this.#isHost ? this.#world.space : '',
      isShared: this.#isShared,
      addresses: this.#isShared ? ['192.168.1.7:4433'] : [],
      fingerprint: null,
      people,
      onlineUserIDs: people.slice(0, 2).map((each) => each.userID),
    };
  }

  async setHostShared(request: { shared: boolean }): Promise<HostStatus> {
    await this.#called('setHostShared', request);
    this.#isShared = request.shared;
    return this.hostStatus();
  }

  async makeInvitation(): ReturnType<Bridge['makeInvitation']> {
    await this.#called('makeInvitation');
    const side = 41;
    const qr = Array.from({ length: side }, (_row, y) =>
      Array.from({ length: side }, (_column, x) => ((x * 7 + y * 13 + x * y) % 3 === 0 ? '1' : '0')).join(''),
    );
    const link = `tidings://join/192.168.1.7:4433/Q7fK2mZp9-Xa?tls=${'3f9a'.repeat(16)}`;
    return { link, qr, expiresAt: this.#world.now() + 7 * 86_400_000 };
  }

  // Inside

  async #called(method: keyof Bridge, request?: unknown): Promise<void> {
    this.calls.push(request === undefined ? { method } : { method, request });
    const { delay } = this.#options;
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    const refused = this.refuseNext.get(method);
    if (refused !== undefined) {
      this.refuseNext.delete(method);
      throw refused;
    }
  }

  protected called(method: keyof Bridge, request?: unknown): Promise<void> {
    return this.#called(method, request);
  }

  protected mediaOf(...wanted: Parameters<FakeMedia['mediaOf']>): MessagePage {
    const [conversationID, isWanted, before, count] = wanted;
    const all = this.#log(conversationID).messages.map((each) => this.#view(each));
    const found = all.filter(
      (each) => !each.isRevoked && (each.seq ?? 0) < (before ?? Infinity) && isWanted(each),
    );
    const messages = found.slice(-count).reverse();
    const isCompleted = found.length <= count;
    const nextBefore = isCompleted ? null : (messages.at(-1)?.seq ?? null);
    return { messages, nextBefore, isCompleted, isCutOff: false };
  }

  /** What only the server can answer. */
  async #asked(method: keyof Bridge, request?: unknown): Promise<void> {
    await this.#called(method, request);
    this.#myID();
    if (this.#state !== 'connected') throw refusal(2800, 'network');
  }

  #blocked(): Set<string> {
    return this.#world.blocked.get(this.#myID()) ?? new Set();
  }

  #block(userIDs: string[]): string[] {
    this.#world.blocked.set(this.#myID(), new Set(userIDs));
    const all = [...this.#blocked()];
    this.emit({ event: 'blockedChanged', userIDs: all });
    return all;
  }

  #settle(conversationID: string, change: Partial<ConversationSettings>): void {
    const before = this.#conversationSettings.get(conversationID) ?? USUAL;
    this.#conversationSettings.set(conversationID, { ...before, ...change });
  }

  #deleteUpTo(conversationID: string): void {
    const seqs = this.#log(conversationID).messages.map((each) => each.seq);
    this.#deleted.set(conversationID, new Set(seqs));
  }

  #log(conversationID: string): Log {
    return this.#world.logOf(this.#myID(), conversationID);
  }

  #exists(conversationID: string): boolean {
    if (conversationID === SYSTEM) return true;
    return conversationID.startsWith('GROUP')
      ? this.#world.groups.has(conversationID.slice(5))
      : this.#world.people.has(conversationID.slice(3));
  }

  #concernsMe({ from, to, outgoing }: Stored): boolean {
    if (this.#me === null) return false;
    if (outgoing.conversationID.startsWith('GROUP')) return this.#world.group(to).members.has(this.#me);
    return to === this.#me || from === this.#me;
  }

  #unread(conversationID: string): Stored[] {
    const me = this.#myID();
    const log = this.#log(conversationID);
    const readSeq = log.read.get(me) ?? 0;
    return log.messages.filter((each) => each.seq > readSeq && each.from !== me && !isNoNews(each.outgoing));
  }

  #totalUnread(): number {
    const me = this.#myID();
    const ids = this.#world.partners(me).map((each) => `C2C${each}`);
    for (const [id, group] of this.#world.groups) if (group.members.has(me)) ids.push(`GROUP${id}`);
    return [...ids, SYSTEM]
      .filter((id) => (this.#conversationSettings.get(id) ?? USUAL).remindType === 'AcceptAndNotify')
      .reduce((sum, id) => sum + this.#unread(id).length, 0);
  }

  #myID(): string {
    if (this.#me === null) throw refusal(2024, 'unauthorised');
    return this.#me;
  }

  #account(): AccountView {
    const profile = this.#world.people.get(this.#myID());
    if (profile === undefined) throw refusal(20003, 'not_found');
    const server = this.#isImported
      ? this.importedFrom
      : this.#isHost
        ? '127.0.0.1:4000'
        : 'harbour.local:4433';
    const { space } = this.#world;
    return {
      profile,
      space,
      server,
      isHost: this.#isHost,
      isImported: this.#isImported,
      recallSeconds: this.recallSeconds,
      serverAheadMs: 0,
    };
  }

  protected signedInByImport(userID: string): void {
    this.#me = userID;
    this.#isImported = true;
    this.emit({ event: 'ready', account: this.#account() });
    this.setConnection('disconnected', refusal(120034, 'unauthorised'));
  }

  #signedIn(userID: string): AccountView {
    this.#me = userID;
    const account = this.#account();
    this.emit({ event: 'ready', account });
    this.setConnection('connected');
    return account;
  }

  #goOut(conversationID: string, message: MessageView): void {
    if (this.#state !== 'connected' || message.status !== 'unSend') return;
    if (!this.#waiting.get(conversationID)?.includes(message)) return;
    if (this.refuseMessages !== null) {
      message.status = 'fail';
      message.code = this.refuseMessages;
      this.emit({ event: 'messagesChanged', messages: [{ ...message }] });
      this.#conversationChanged(conversationID);
      return;
    }
    const { clientId, random, clientSequence, type, payload, priority } = message;
    const { pushInfo, cloudCustomData, atUserList, isOnlineOnly: onlineUserOnly } = message;
    const extras = { pushInfo, cloudCustomData, atUserList, onlineUserOnly };
    const outgoing = { conversationID, clientId, random, clientSequence, type, payload, priority, ...extras };
    try {
      this.#world.store(message.from, message.to, outgoing);
    } catch (thrown) {
      message.status = 'fail';
      message.code = (thrown as ErrorView).code;
      this.emit({ event: 'messagesChanged', messages: [{ ...message }] });
      this.#conversationChanged(conversationID);
    }
  }

  #idOf(stored: Stored): string {
    const { conversationID } = stored.outgoing;
    if (!conversationID.startsWith('C2C')) return conversationID;
    return `C2C${stored.from === this.#me ? stored.to : stored.from}`;
  }

  #view(stored: Stored): MessageView {
    const { from, to, seq, time, revoker, isModified, reactions } = stored;
    const { onlineUserOnly, ...outgoing } = stored.outgoing;
    const isMine = from === this.#me;
    const conversationID = this.#idOf(stored);
    const log = this.#log(conversationID);
    const isC2C = conversationID.startsWith('C2C');
    return {
      ...outgoing,
      conversationID,
      isOnlineOnly: onlineUserOnly,
      revoker,
      isModified,
      reactions: reactions.map((each) => ({ ...each })),
      nameCard: this.#world.groups.get(to)?.members.get(from)?.nameCard ?? '',
      seq,
      from,
      to,
      flow: isMine ? 'out' : 'in',
      time,
      status: 'success',
      code: 0,
      isRead: isMine || seq <= (log.read.get(this.#myID()) ?? 0),
      isPeerRead: isC2C && isMine && from !== to && seq <= (log.read.get(to) ?? 0),
      isRevoked: revoker !== '',
      isResend: false,
      nick: this.#world.people.get(from)?.nick ?? '',
    };
  }

  #conversationChanged(conversationID: string): void {
    this.emit({
      event: 'conversationsChanged',
      conversations: [this.#conversation(conversationID)],
      removedIDs: [],
    });
    this.emit({ event: 'totalUnreadChanged', count: this.#totalUnread() });
  }

  #conversation(conversationID: string): ConversationView {
    const me = this.#myID();
    const log = this.#log(conversationID);
    const group = conversationID.startsWith('GROUP')
      ? this.#world.groups.get(conversationID.slice(5))
      : undefined;
    const waiting = this.#waiting.get(conversationID) ?? [];
    const deleted = this.#deleted.get(conversationID);
    const newest = log.messages.findLast((each) => !deleted?.has(each.seq));
    const last = waiting.at(-1) ?? (newest && this.#view(newest));
    const readSeq = log.read.get(me) ?? 0;
    const draft = this.#drafts.get(conversationID) ?? '';
    const unread = this.#unread(conversationID);
    const counts = group === undefined || ['Private', 'Public'].includes(group.profile.type);
    const at = unread.filter((each) => each.revoker === '').flatMap((each) => each.outgoing.atUserList);
    const [isMe, isAll] = [at.includes(me), at.includes(EVERYBODY)];
    return {
      conversationID,
      type: conversationID === SYSTEM ? SYSTEM : group ? 'GROUP' : 'C2C',
      unreadCount: counts ? unread.length : 0,
      lastMessage: last
        ? {
            lastTime: last.time,
            lastSequence: last.seq,
            fromAccount: last.from,
            messageForShow: textOf(last.payload).replaceAll('\n', ' ').slice(0, 160),
            type: last.type,
            isRevoked: last.isRevoked,
            status: last.status,
            isPeerRead: last.isPeerRead,
            revoker: last.revoker,
            payload: last.type === 'TIMTextElem' ? null : last.payload,
            nick: last.nameCard || last.nick,
          }
        : null,
      userProfile: group ? null : (this.#world.people.get(conversationID.slice(3)) ?? null),
      groupProfile: group?.profile ?? null,
      membership: group?.members.get(me) ?? null,
      mentioned: isMe ? (isAll ? 'both' : 'me') : isAll ? 'all' : 'none',
      ...(this.#conversationSettings.get(conversationID) ?? USUAL),
      readSeq,
      peerReadSeq: group ? 0 : (log.read.get(conversationID.slice(3)) ?? 0),
      seq: log.messages.length,
      draft,
      failedCount: waiting.filter((each) => each.status === 'fail').length,
      unsentCount: waiting.filter((each) => each.status === 'unSend').length,
      sortTime: Math.max(last?.time ?? group?.profile.createTime ?? 0, draft === '' ? 0 : this.#world.now()),
    };
  }
}

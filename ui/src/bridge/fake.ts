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
import type { MessageView } from './generated/MessageView';
import type { OutgoingMessage } from './generated/OutgoingMessage';
import type { ProfileView } from './generated/ProfileView';
import type { Settings } from './generated/Settings';

/** A message in a log between two users. */
interface Stored {
  from: string;
  to: string;
  seq: number;
  time: number;
  outgoing: OutgoingMessage;
}

interface Log {
  messages: Stored[];
  read: Map<string, number>;
}

export function refusal(code: number, kind: ErrorView['kind'], message = 'refused'): ErrorView {
  return { code, kind, message, retryAfterMs: null };
}

function textOf(payload: unknown): string {
  return typeof payload === 'object' && payload !== null && 'text' in payload ? String(payload.text) : '';
}

/** The space: who is in it, and what was said. */
export class FakeWorld {
  readonly people = new Map<string, ProfileView>();
  readonly passwords = new Map<string, string>();
  readonly bridges = new Set<FakeBridge>();
  readonly #logs = new Map<string, Log>();
  readonly space: string;
  /** The world's clock, milliseconds. */
  now: () => number = () => Date.now();

  constructor(space = 'Harbour') {
    this.space = space;
  }

  addPerson(userID: string, nick: string, password = 'correct horse'): ProfileView {
    let colour = 0;
    for (const letter of userID) colour = (colour * 31 + letter.charCodeAt(0)) % 12;
    const profile = { userID, nick, avatarColour: colour };
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

  partners(userID: string): string[] {
    return [...this.#logs.entries()]
      .filter(([, log]) => log.messages.length > 0)
      .map(([key]) => JSON.parse(key) as [string, string])
      .filter((pair) => pair.includes(userID))
      .map(([a, b]) => (a === userID ? b : a));
  }

  /** Stores a message as the server would, once, and tells both sides. */
  store(from: string, to: string, outgoing: OutgoingMessage, time = this.now()): Stored {
    const log = this.log(from, to);
    const known = log.messages.find(
      (each) => each.from === from && each.outgoing.clientId === outgoing.clientId,
    );
    if (known !== undefined) return known;
    const stored = { from, to, seq: log.messages.length + 1, time, outgoing };
    log.messages.push(stored);
    log.read.set(from, stored.seq);
    for (const bridge of this.bridges) bridge.pushed(stored);
    return stored;
  }

  /** Says a text from one to another. */
  say(from: string, to: string, text: string, time?: number): Stored {
    return this.tell(from, to, 'TIMTextElem', { text }, time);
  }

  /** Sends a message of any kind from one to another. */
  tell(from: string, to: string, type: string, payload: unknown, time?: number): Stored {
    const serial = this.log(from, to).messages.length + 1;
    return this.store(
      from,
      to,
      {
        conversationID: `C2C${to}`,
        clientId: `fake-${from}-${serial}`,
        random: serial,
        clientSequence: serial,
        type,
        payload,
        priority: 'Normal',
      },
      time,
    );
  }

  markRead(reader: string, other: string): void {
    const log = this.log(reader, other);
    log.read.set(reader, log.messages.length);
    for (const bridge of this.bridges) bridge.wasRead(reader, other);
  }

  bridge(userID: string | null, options: FakeOptions = {}): FakeBridge {
    const bridge = new FakeBridge(this, userID, options);
    this.bridges.add(bridge);
    return bridge;
  }
}

export interface FakeOptions {
  isHost?: boolean;
  settings?: Partial<Settings>;
  appInfo?: Partial<AppInfo>;
  /** How long each answer takes, milliseconds; 0 is a microtask. */
  delay?: number;
}

/** One user's device. */
export class FakeBridge implements Bridge {
  readonly #world: FakeWorld;
  readonly #listeners = new Set<(event: ShellEvent) => void>();
  readonly #waiting = new Map<string, MessageView[]>();
  readonly #drafts = new Map<string, string>();
  readonly #hidden = new Set<string>();
  readonly #options: FakeOptions;
  #me: string | null;
  #isHost: boolean;
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
    this.#world = world;
    this.#me = userID;
    this.#options = options;
    this.#isHost = options.isHost ?? false;
    this.#state = userID === null ? 'disconnected' : 'connected';
    this.#settings = { theme: 'system', language: 'system', textSize: 'medium', ...options.settings };
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
      const goOut = waiting.filter((each) => each.status === 'unSend');
      for (const message of goOut) this.#goOut(id, message);
    }
    this.emit({ event: 'overflow' });
  }

  pushed(stored: Stored): void {
    if (this.#state !== 'connected' || this.#me === null) return;
    if (stored.from !== this.#me && stored.to !== this.#me) return;
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

  wasRead(reader: string, other: string): void {
    if (this.#me === null || this.#state !== 'connected') return;
    if (other === this.#me && reader !== this.#me) {
      const conversationID = `C2C${reader}`;
      const seq = this.#world.log(reader, other).messages.length;
      this.emit({ event: 'peerRead', conversationID, seq });
      this.#conversationChanged(conversationID);
    }
    if (reader === this.#me) this.#conversationChanged(`C2C${other}`);
  }

  // The bridge

  async listen(listener: (event: ShellEvent) => void): Promise<() => void> {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
    if (!isRight || !this.#world.people.has(request.userID)) throw refusal(120001, 'unauthorised');
    return this.#signedIn(request.userID);
  }

  async signOut(): Promise<void> {
    await this.#called('signOut');
    this.#me = null;
    this.#waiting.clear();
    this.#drafts.clear();
    this.emit({ event: 'notReady' });
  }

  async sendMessage(request: { message: OutgoingMessage }): Promise<MessageView> {
    await this.#called('sendMessage', request);
    const { message } = request;
    const view: MessageView = {
      ...message,
      clientId: message.clientId,
      seq: null,
      from: this.#myID(),
      to: message.conversationID.slice(3),
      flow: 'out',
      time: this.#world.now(),
      status: 'unSend',
      code: 0,
      isRead: true,
      isPeerRead: false,
      isRevoked: false,
      isResend: false,
      nick: this.#account().profile.nick,
    };
    const id = message.conversationID;
    this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), view]);
    this.#conversationChanged(id);
    if (this.#state === 'connected') setTimeout(() => this.#goOut(id, view), this.#options.delay ?? 0);
    return view;
  }

  async resendMessage(request: { conversationID: string; clientID: string }): Promise<MessageView> {
    await this.#called('resendMessage', request);
    const { conversationID, clientID } = request;
    const view = this.#waiting.get(conversationID)?.find((each) => each.clientId === clientID);
    if (view === undefined) {
      const me = this.#myID();
      const sent = this.#world
        .log(me, conversationID.slice(3))
        .messages.find((each) => each.from === me && each.outgoing.clientId === clientID);
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
    this.#waiting.set(conversationID, left);
    this.#conversationChanged(conversationID);
  }

  async messagePage(request: Parameters<Bridge['messagePage']>[0]): ReturnType<Bridge['messagePage']> {
    await this.#called('messagePage', request);
    const { conversationID, before, count } = request;
    const all = this.#world.log(this.#myID(), conversationID.slice(3)).messages;
    const end = before === null ? all.length : Math.max(0, Math.min(before - 1, all.length));
    const start = Math.max(0, end - count);
    const messages = all.slice(start, end).map((each) => this.#view(each));
    if (before === null)
      messages.push(...(this.#waiting.get(conversationID) ?? []).map((each) => ({ ...each })));
    return { messages, nextBefore: start > 0 ? start + 1 : null, isCompleted: start === 0, isCutOff: false };
  }

  async markRead(request: { conversationID: string }): Promise<void> {
    await this.#called('markRead', request);
    this.#world.markRead(this.#myID(), request.conversationID.slice(3));
  }

  async conversationList(request: { limit: number }): Promise<ConversationView[]> {
    await this.#called('conversationList', request);
    const ids = new Set(this.#world.partners(this.#myID()).map((each) => `C2C${each}`));
    for (const [id, waiting] of this.#waiting) if (waiting.length > 0) ids.add(id);
    for (const id of this.#drafts.keys()) ids.add(id);
    return [...ids]
      .filter((id) => !this.#hidden.has(id))
      .map((id) => this.#conversation(id))
      .sort((a, b) => b.sortTime - a.sortTime)
      .slice(0, request.limit);
  }

  async conversationProfile(request: { conversationID: string }): Promise<ConversationView> {
    await this.#called('conversationProfile', request);
    if (!this.#world.people.has(request.conversationID.slice(3))) throw refusal(2501, 'not_found');
    return this.#conversation(request.conversationID);
  }

  async deleteConversation(request: { conversationID: string }): Promise<void> {
    await this.#called('deleteConversation', request);
    const { conversationID } = request;
    if (!this.#world.people.has(conversationID.slice(3))) throw refusal(2500, 'not_found');
    this.#hidden.add(conversationID);
    this.emit({ event: 'conversationsChanged', conversations: [], removedIDs: [conversationID] });
  }

  async setDraft(request: { conversationID: string; text: string }): Promise<void> {
    await this.#called('setDraft', request);
    if (request.text === '') this.#drafts.delete(request.conversationID);
    else this.#drafts.set(request.conversationID, request.text);
    this.#conversationChanged(request.conversationID);
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
    const info = { version: '0.1.0', profile: 'default', automation: false, locale: 'en-GB', link: null };
    return { ...info, ...this.#options.appInfo };
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

  async hostStatus(): Promise<HostStatus> {
    await this.#called('hostStatus');
    const people = [...this.#world.people.values()];
    return {
      isHost: this.#isHost,
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

  #myID(): string {
    if (this.#me === null) throw refusal(2024, 'unauthorised');
    return this.#me;
  }

  #account(): AccountView {
    const profile = this.#world.people.get(this.#myID());
    if (profile === undefined) throw refusal(20003, 'not_found');
    const server = this.#isHost ? '127.0.0.1:4000' : 'harbour.local:4433';
    return { profile, space: this.#world.space, server, isHost: this.#isHost };
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
    const outgoing = { conversationID, clientId, random, clientSequence, type, payload, priority };
    this.#world.store(message.from, message.to, outgoing);
  }

  #idOf(stored: Stored): string {
    return `C2C${stored.from === this.#me ? stored.to : stored.from}`;
  }

  #view(stored: Stored): MessageView {
    const { from, to, seq, time, outgoing } = stored;
    const isMine = from === this.#me;
    const log = this.#world.log(from, to);
    return {
      ...outgoing,
      conversationID: this.#idOf(stored),
      seq,
      from,
      to,
      flow: isMine ? 'out' : 'in',
      time,
      status: 'success',
      code: 0,
      isRead: isMine || seq <= (log.read.get(this.#myID()) ?? 0),
      isPeerRead: isMine && from !== to && seq <= (log.read.get(to) ?? 0),
      isRevoked: false,
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
  }

  #conversation(conversationID: string): ConversationView {
    const me = this.#myID();
    const other = conversationID.slice(3);
    const log = this.#world.log(me, other);
    const waiting = this.#waiting.get(conversationID) ?? [];
    const newest = log.messages.at(-1);
    const last = waiting.at(-1) ?? (newest && this.#view(newest));
    const readSeq = log.read.get(me) ?? 0;
    const draft = this.#drafts.get(conversationID) ?? '';
    return {
      conversationID,
      type: 'C2C',
      unreadCount: log.messages.filter((each) => each.seq > readSeq && each.from !== me).length,
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
            nick: last.nick,
            payload: last.type === 'TIMTextElem' ? null : last.payload,
            revoker: '',
          }
        : null,
      userProfile: this.#world.people.get(other) ?? null,
      readSeq,
      peerReadSeq: log.read.get(other) ?? 0,
      seq: log.messages.length,
      draft,
      failedCount: waiting.filter((each) => each.status === 'fail').length,
      unsentCount: waiting.filter((each) => each.status === 'unSend').length,
      sortTime: Math.max(last?.time ?? 0, draft === '' ? 0 : this.#world.now()),
    };
  }
}

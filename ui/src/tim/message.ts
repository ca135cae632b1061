/**
 * Messages. For each message there is one instance as long as anybody holds it: what becomes of it is written into that
 * instance, so a page that drew it keeps what it has (R-C6, R-C9).
 */
import type { AttachmentUse } from '../bridge/generated/AttachmentUse';
import type { MessageView } from '../bridge/generated/MessageView';
import type { OutgoingMessage } from '../bridge/generated/OutgoingMessage';
import type { PushInfoView } from '../bridge/generated/PushInfoView';
import type { ReactionView } from '../bridge/generated/ReactionView';
import { wellFormed } from '../bridge/well-formed';
import { Addresses, withoutAddresses } from './addresses';
import { priorityOf, type Priority } from './validate';

export type MessageStatus = 'unSend' | 'success' | 'fail';

/** No address is known. */
const NOWHERE = new Addresses();

export class Message {
  /** R-C8. */
  ID = '';
  readonly conversationID: string;
  readonly conversationType: string;
  readonly conversationSubType = '';
  /** Seconds since 1970. */
  time: number;
  /** TIM's MsgSeq: the client's in C2C, the server's in a group. */
  sequence: number;
  readonly clientSequence: number;
  readonly random: number;
  readonly priority: Priority;
  nick: string;
  avatar = '';
  payload: unknown;
  type: string;
  readonly from: string;
  readonly to: string;
  readonly flow: 'in' | 'out';
  status: MessageStatus;
  isRead: boolean;
  isPeerRead: boolean;
  isRevoked: boolean;
  isResend: boolean;
  readonly isPlaceMessage = 0;
  readonly isSystemMessage: boolean;
  /** This user does not want to see it any more. */
  isDeleted = false;
  isModified = false;
  readonly protocol = 'JSON';
  nameCard = '';
  atUserList: string[] = [];
  cloudCustomData = '';
  /** Who recalled it; empty while nobody has. */
  revoker = '';

  /** What the sender's device calls it; with conversation and sender, its name for ever (Tidings). */
  readonly clientID: string;
  /** Its place in the conversation's log; `null` while it waits or has failed (Tidings). */
  seq: number | null;
  /** Why it failed; 0 otherwise (Tidings). */
  code: number;
  /** Those that came first first (Tidings). */
  reactions: readonly ReactionView[] = [];
  /** R-S5: what `sendMessage` was told; a resend tells it again (Tidings). */
  pushInfo: PushInfoView | null = null;
  /** R-S4: kept nowhere (Tidings). */
  isOnlineOnly = false;
  /** The draft attachment that the engine makes its payload of (Tidings). */
  attachment: AttachmentUse | null = null;
  /** Rises whenever something new is said about it: what shows it knows by this whether it has changed (Tidings). */
  changes = 0;
  readonly #addresses: Addresses;

  constructor(view: MessageView, addresses = NOWHERE) {
    this.#addresses = addresses;
    this.conversationID = view.conversationID;
    this.conversationType = view.conversationID.startsWith('C2C')
      ? 'C2C'
      : view.conversationID.startsWith('GROUP')
        ? 'GROUP'
        : '@TIM#SYSTEM';
    this.isSystemMessage = this.conversationType === '@TIM#SYSTEM';
    this.clientID = view.clientId;
    this.clientSequence = view.clientSequence;
    this.random = view.random;
    this.priority = priorityOf(view.priority);
    this.type = view.type;
    this.from = view.from;
    this.to = view.to;
    this.flow = view.flow;
    this.payload = addresses.fill(view.type, view.payload);
    this.nick = view.nick;
    this.time = Math.ceil(view.time / 1000);
    this.sequence = 0;
    this.seq = null;
    this.status = view.status;
    this.code = view.code;
    this.isRead = view.isRead;
    this.isPeerRead = view.isPeerRead;
    this.isRevoked = view.isRevoked;
    this.isResend = view.isResend;
    this.take(view);
  }

  /**
   * Takes what the engine says about this message now. News may cross on the way: a message that is in the log never goes
   * back to waiting, and one that was read, recalled or sent again stays so.
   */
  take(view: MessageView): void {
    if (this.seq !== null && view.seq === null) return;
    this.changes += 1;
    this.seq = view.seq;
    this.status = view.status;
    this.code = view.code;
    this.time = view.seq === null ? Math.ceil(view.time / 1000) : Math.floor(view.time / 1000);
    this.nick = view.nick;
    this.isResend ||= view.isResend;
    this.isRead ||= view.isRead;
    this.isPeerRead ||= view.isPeerRead;
    this.isRevoked ||= view.isRevoked;
    if (this.isRevoked) this.recall(view.revoker);
    else this.#takeContent(view);
    this.sequence = this.conversationType === 'GROUP' ? (view.seq ?? 0) : view.clientSequence;
    const sequence = this.sequence || this.clientSequence;
    this.ID = `${this.conversationID}-${sequence}-${this.random}-${this.flow === 'out' ? 1 : 0}`;
  }

  #takeContent(view: MessageView): void {
    // What looked like a picture and cannot be decoded goes as a file.
    this.type = view.type;
    if (view.payload !== null) this.payload = this.#addresses.fill(this.type, view.payload);
    this.cloudCustomData = view.cloudCustomData;
    this.atUserList = [...view.atUserList];
    this.isModified = view.isModified;
    this.reactions = view.reactions;
    this.pushInfo = view.pushInfo;
    this.isOnlineOnly = view.isOnlineOnly;
    this.nameCard = view.nameCard;
  }

  /** Recalled: nothing of what it said stays, whatever comes late. */
  recall(revoker: string): void {
    this.changes += 1;
    this.isRevoked = true;
    this.payload = {};
    this.cloudCustomData = '';
    this.atUserList = [];
    this.reactions = [];
    this.pushInfo = null;
    if (revoker !== '') this.revoker = revoker;
  }

  /** What goes to the engine. */
  toOutgoing(): OutgoingMessage {
    return {
      conversationID: this.conversationID,
      clientId: this.clientID,
      random: this.random,
      clientSequence: this.clientSequence,
      type: this.type,
      payload: withoutAddresses(this.type, this.payload),
      priority: this.priority,
      pushInfo: this.pushInfo,
      cloudCustomData: wellFormed(this.cloudCustomData),
      atUserList: this.atUserList.map(wellFormed),
      onlineUserOnly: this.isOnlineOnly,
      ...(this.attachment === null ? {} : { attachment: this.attachment }),
    };
  }
}

/** The instances that somebody holds, by what names a message for ever. */
export class MessageRegistry {
  readonly addresses = new Addresses();
  #instances = new Map<string, WeakRef<Message>>();
  #gone = new FinalizationRegistry<string>((key) => {
    if (this.#instances.get(key)?.deref() === undefined) this.#instances.delete(key);
  });

  /** The instance for this view, brought up to date. */
  take(view: MessageView): Message {
    const key = keyOf(view.conversationID, view.from, view.clientId);
    const known = this.#instances.get(key)?.deref();
    if (known !== undefined) {
      known.take(view);
      return known;
    }
    const message = new Message(view, this.addresses);
    this.#instances.set(key, new WeakRef(message));
    this.#gone.register(message, key);
    return message;
  }

  /** Those that are held and fit. */
  held(fits: (message: Message) => boolean): Message[] {
    const found = [];
    for (const reference of this.#instances.values()) {
      const message = reference.deref();
      if (message !== undefined && fits(message)) found.push(message);
    }
    return found;
  }

  clear(): void {
    this.#instances.clear();
  }
}

function keyOf(conversationID: string, from: string, clientID: string): string {
  return JSON.stringify([conversationID, from, clientID]);
}

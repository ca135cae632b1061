/** Conversations in TIM's words (R-H9), and the list of them that the SDK keeps. */
import type { ConversationView } from '../bridge/generated/ConversationView';
import { profileFrom, type Profile } from './profile';
import type { MessageStatus } from './message';

export interface LastMessage {
  /** Seconds since 1970. */
  lastTime: number;
  lastSequence: number;
  fromAccount: string;
  messageForShow: string;
  payload: unknown;
  type: string;
  isRevoked: boolean;
  /** Tidings. */
  status: MessageStatus;
  /** Tidings. */
  isPeerRead: boolean;
}

/** A conversation at one moment: a change makes a new object. */
export interface Conversation {
  conversationID: string;
  type: string;
  subType: string;
  unreadCount: number;
  /** `null` in an empty conversation. */
  lastMessage: LastMessage | null;
  userProfile: Profile | undefined;
  groupProfile: undefined;
  isPinned: boolean;
  remark: string;
  groupAtInfoList: never[];
  messageRemindType: string;

  /** How far this user has read (Tidings). */
  readSeq: number;
  /** How far the other has read (Tidings). */
  peerReadSeq: number;
  /** The newest message's place (Tidings). */
  seq: number;
  /** What waits in the composer (Tidings). */
  draft: string;
  /** Own messages that failed (Tidings). */
  failedCount: number;
  /** Own messages that wait (Tidings). */
  unsentCount: number;
  /** What the list is sorted by, milliseconds since 1970 (Tidings). */
  sortTime: number;
}

export function conversationFrom(view: ConversationView): Conversation {
  const last = view.lastMessage;
  return {
    conversationID: view.conversationID,
    type: view.type,
    subType: '',
    unreadCount: view.unreadCount,
    lastMessage: last && {
      lastTime: Math.floor(last.lastTime / 1000),
      lastSequence: last.lastSequence ?? 0,
      fromAccount: last.fromAccount,
      messageForShow: last.messageForShow,
      payload: last.type === 'TIMTextElem' ? { text: last.messageForShow } : last.payload,
      type: last.type,
      isRevoked: last.isRevoked,
      status: last.status,
      isPeerRead: last.isPeerRead,
    },
    userProfile: view.userProfile ? profileFrom(view.userProfile) : undefined,
    groupProfile: undefined,
    isPinned: false,
    remark: '',
    groupAtInfoList: [],
    messageRemindType: 'AcceptAndNotify',
    readSeq: view.readSeq,
    peerReadSeq: view.peerReadSeq,
    seq: view.seq,
    draft: view.draft,
    failedCount: view.failedCount,
    unsentCount: view.unsentCount,
    sortTime: view.sortTime,
  };
}

/** The list, newest first; between equal times by id, so that it never flickers. */
export class ConversationBook {
  #byID = new Map<string, Conversation>();
  #sorted: Conversation[] | undefined;

  /** R-H6: the result overwrites the previous list. */
  replace(views: readonly ConversationView[]): void {
    this.#byID = new Map(views.map((view) => [view.conversationID, conversationFrom(view)]));
    this.#sorted = undefined;
  }

  change(views: readonly ConversationView[], removedIDs: readonly string[]): void {
    for (const view of views) this.#byID.set(view.conversationID, conversationFrom(view));
    for (const id of removedIDs) this.#byID.delete(id);
    this.#sorted = undefined;
  }

  /** Puts a changed profile into its conversations; says whether there were any. */
  takeProfiles(profiles: readonly Profile[]): boolean {
    const byUser = new Map(profiles.map((profile) => [profile.userID, profile]));
    let changed = false;
    for (const [id, conversation] of this.#byID) {
      const profile = conversation.userProfile && byUser.get(conversation.userProfile.userID);
      if (profile === undefined) continue;
      this.#byID.set(id, { ...conversation, userProfile: profile });
      changed = true;
    }
    if (changed) this.#sorted = undefined;
    return changed;
  }

  get(id: string): Conversation | undefined {
    return this.#byID.get(id);
  }

  list(): Conversation[] {
    this.#sorted ??= [...this.#byID.values()].sort(
      (a, b) => b.sortTime - a.sortTime || (a.conversationID < b.conversationID ? -1 : 1),
    );
    return this.#sorted;
  }

  clear(): void {
    this.#byID.clear();
    this.#sorted = undefined;
  }
}

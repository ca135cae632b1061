/** Who may be mentioned in a group: its members, page by page, and whoever else is looked for by name. */
import type { Candidate } from '../groups/MentionList.svelte';
import { nameOf } from '../look/names';
import {
  EVENT,
  MEMBERS_PAGE,
  TIDINGS_EVENT,
  TYPES,
  type Group,
  type GroupMember,
  type TimClient,
} from '../tim';
import { words } from '../words/words.svelte';

/** Members that are asked for in pages at most; of larger groups others are looked for by what was typed. */
const MOST = 2000;
/** How long what was asked for is taken for true, milliseconds. */
const FRESH = 60_000;

export class Candidates {
  readonly #tim: TimClient;
  readonly #me: string;
  #groupID = '';
  #members = new Map<string, Candidate>();
  /** Where the next page begins; -1: there is none. */
  #next = 0;
  #at = -Infinity;
  #asking: Promise<void> | null = null;
  #paging: Promise<void> = Promise.resolve();
  readonly #stale = (): void => void (this.#at = -Infinity);
  readonly #filled = ({ data }: { data: { conversationID: string } }): void => {
    if (data.conversationID === `GROUP${this.#groupID}`) this.#stale();
  };

  constructor(tim: TimClient, me: string) {
    this.#tim = tim;
    this.#me = me;
    // Who is called otherwise in the group has its history drawn anew; the others say what they are about.
    tim.on(TIDINGS_EVENT.HISTORY_FILLED, this.#filled);
    tim.on(TIDINGS_EVENT.OVERFLOW, this.#stale);
    tim.on(EVENT.GROUP_LIST_UPDATED, this.#stale);
    tim.on(EVENT.PROFILE_UPDATED, this.#stale);
  }

  end(): void {
    this.#tim.off(TIDINGS_EVENT.HISTORY_FILLED, this.#filled);
    this.#tim.off(TIDINGS_EVENT.OVERFLOW, this.#stale);
    this.#tim.off(EVENT.GROUP_LIST_UPDATED, this.#stale);
    this.#tim.off(EVENT.PROFILE_UPDATED, this.#stale);
  }

  /** Tells those who may be mentioned, again with each page, for as long as `isWanted`. */
  async offer(group: Group, tell: (found: Candidate[]) => void, isWanted: () => boolean): Promise<void> {
    const everybody = {
      userID: TYPES.MSG_AT_ALL,
      name: words.composer.everybody,
      colour: group.avatarColour,
    };
    const show = (): void => tell([...this.#members.values(), everybody]);
    if (this.#groupID !== group.groupID || performance.now() - this.#at > FRESH) this.#forget(group.groupID);
    show();
    this.#paging = this.#pages(show, isWanted);
    await this.#paging;
  }

  async #pages(show: () => void, isWanted: () => boolean): Promise<void> {
    try {
      while (isWanted() && this.#next >= 0 && this.#members.size < MOST) {
        this.#asking ??= this.#ask().finally(() => (this.#asking = null));
        await this.#asking;
        show();
      }
    } catch {
      // Those who are known are offered; the next "@" asks again.
    }
  }

  /** Looks for others by the beginning of their name, where the group has more members than were asked for; whether any were found. */
  async search(query: string): Promise<boolean> {
    // Whether the group has more members is known when the pages are here.
    await this.#paging;
    if (this.#next < 0 || this.#members.size < MOST || query.trim() === '') return false;
    const groupID = this.#groupID;
    try {
      const people = await this.#tim.tidings.findPeople(query.trim());
      const userIDList = people.map(({ userID }) => userID).filter((each) => !this.#members.has(each));
      if (userIDList.length === 0) return false;
      const answer = await this.#tim.getGroupMemberProfile({ groupID, userIDList });
      return groupID === this.#groupID && this.#take(answer?.data.memberList ?? []);
    } catch {
      return false;
    }
  }

  async #ask(): Promise<void> {
    const groupID = this.#groupID;
    const members = this.#members;
    const answer = await this.#tim.getGroupMemberList({ groupID, offset: this.#next, count: MEMBERS_PAGE });
    // What was asked for before the names changed may have the old ones.
    if (members !== this.#members) return;
    this.#take(answer?.data.memberList ?? []);
    this.#next = answer?.data.offset || -1;
  }

  #take(members: readonly GroupMember[]): boolean {
    const before = this.#members.size;
    for (const { userID, nick, nameCard, avatarColour } of members)
      if (userID !== this.#me)
        this.#members.set(userID, {
          userID,
          name: nameOf({ userID, nick: nameCard || nick }),
          colour: avatarColour,
        });
    return this.#members.size > before;
  }

  #forget(groupID: string): void {
    this.#groupID = groupID;
    this.#members = new Map();
    this.#next = 0;
    this.#at = performance.now();
  }
}

/**
 * Members by offset, as TIM asks for them, over a bridge that gives page after page: for each group it is remembered which page begins
 * at which offset, and what lies between is walked over.
 */
import type { MemberPage } from '../bridge/generated/MemberPage';
import type { GroupMemberView } from '../bridge/generated/GroupMemberView';
import { MEMBERS_PAGE } from './constants';

/** Groups of which places are remembered. */
const GROUPS = 20;

type Ask = (after: number | null, count: number) => Promise<MemberPage>;

export class MemberPlaces {
  /** By group, from an offset to what to ask for. */
  readonly #known = new Map<string, Map<number, number>>();

  /** The members from `offset` on; `next` is where the page after begins, 0 after the last. */
  async page(
    groupID: string,
    offset: number,
    count: number,
    ask: Ask,
  ): Promise<{ members: GroupMemberView[]; next: number }> {
    const known = this.#of(groupID, offset === 0);
    let at = Math.max(0, ...[...known.keys()].filter((each) => each <= offset));
    let after = known.get(at) ?? null;
    while (at < offset) {
      const passed = await ask(after, Math.min(offset - at, MEMBERS_PAGE));
      at += passed.members.length;
      if (passed.next === null || passed.members.length === 0) return { members: [], next: 0 };
      after = passed.next;
      known.set(at, after);
    }
    const { members, next } = await ask(after, count);
    const end = at + members.length;
    if (next !== null) known.set(end, next);
    return { members, next: next === null || members.length === 0 ? 0 : end };
  }

  /** Whoever begins anew gets what is there now. */
  #of(groupID: string, isAnew: boolean): Map<number, number> {
    let known = this.#known.get(groupID);
    if (known === undefined || isAnew) {
      known = new Map();
      this.#known.delete(groupID);
      this.#known.set(groupID, known);
      for (const oldest of this.#known.keys()) {
        if (this.#known.size <= GROUPS) break;
        this.#known.delete(oldest);
      }
    }
    return known;
  }
}

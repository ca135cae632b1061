/** What people are called, for where only their ids are at hand: tips, notices, reactions. Who is not known yet is asked for, together. */
import { nameOf } from '../look/names';
import { EVENT, type Profile, type TimClient } from '../tim';
import { SvelteMap } from 'svelte/reactivity';

/** How long ids gather before they are asked for, milliseconds. */
const REST = 30;
/** Profiles asked for at once, and names that are kept. */
const AT_ONCE = 50;
const KEPT = 5000;

export class People {
  readonly #tim: TimClient;
  readonly #names = new SvelteMap<string, string>();
  /** Asked for already, or about to be. */
  // Nothing is drawn from it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #asked = new Set<string>();
  #wanted: string[] = [];
  #isWaiting = false;

  constructor(tim: TimClient) {
    this.#tim = tim;
    tim.on(EVENT.PROFILE_UPDATED, ({ data }) => this.take(data as Profile[]));
  }

  /** The name of this user; the id until it is known. */
  nameOf(userID: string): string {
    const known = this.#names.get(userID);
    if (known !== undefined) return known;
    this.#want(userID);
    return nameOf({ userID, nick: '' });
  }

  /** Names that came with something else. */
  take(people: readonly { userID: string; nick: string }[]): void {
    for (const each of people) {
      const name = nameOf(each);
      if (this.#names.get(each.userID) !== name) this.#names.set(each.userID, name);
      this.#asked.add(each.userID);
    }
  }

  forget(): void {
    this.#names.clear();
    this.#asked.clear();
    this.#wanted = [];
  }

  #want(userID: string): void {
    if (userID === '' || userID.startsWith('@TIM#') || this.#asked.has(userID)) return;
    if (this.#asked.size >= KEPT) this.#asked.clear();
    this.#asked.add(userID);
    this.#wanted.push(userID);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      void this.#ask();
    }, REST);
  }

  async #ask(): Promise<void> {
    const userIDList = this.#wanted.splice(0, AT_ONCE);
    if (userIDList.length === 0) return;
    try {
      this.take((await this.#tim.getUserProfile({ userIDList }))?.data ?? []);
    } catch {
      // Whoever draws the name next asks again.
      for (const each of userIDList) this.#asked.delete(each);
      return;
    }
    await this.#ask();
  }
}

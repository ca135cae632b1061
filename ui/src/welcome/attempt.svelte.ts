/** One attempt to get in: what it is busy with, what went wrong, and how it is given up. */
import { problemOf, type Field } from '../session/problems';
import type { Session } from '../session/session.svelte';

export class Attempt {
  busy = $state('');
  problems = $state.raw<Partial<Record<Field, string>>>({});
  #run = 0;

  /** Shows these problems; says whether there are none. */
  check(problems: Partial<Record<Field, string | undefined>>): boolean {
    const found = Object.entries(problems).filter(([, text]) => text !== undefined);
    this.problems = Object.fromEntries(found) as Partial<Record<Field, string>>;
    return found.length === 0;
  }

  /** Does `work` and shows what goes wrong. `fallback` is the field for problems of a field that the form does not have. */
  async run<Result>(
    busy: string,
    has: readonly Field[],
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    const run = (this.#run += 1);
    this.busy = busy;
    this.problems = {};
    try {
      return await work();
    } catch (thrown) {
      if (run !== this.#run) return undefined;
      const { field, text } = problemOf(thrown);
      this.problems = { [has.includes(field) ? field : 'form']: text };
      return undefined;
    } finally {
      if (run === this.#run) this.busy = '';
    }
  }

  /** Stops waiting. Should it still come to a sign-in, that is undone. */
  cancel(session: Session): void {
    this.#run += 1;
    this.busy = '';
    session.giveUpSigningIn();
  }
}

/** Who hosts a space is told, quietly and once, when somebody joins it. */
import { nameOf } from '../look/names';
import type { TimClient } from '../tim';

/** The space is looked at this often, milliseconds; asking stays on this computer. */
const AGAIN = 15_000;

/** Looks until the answer is called; who was there at the first look is no news. */
export function watchArrivals(tim: TimClient, tell: (names: string[]) => void): () => void {
  let known: ReadonlySet<string> | null = null;
  let isEnded = false;
  async function look(): Promise<void> {
    try {
      const { people } = await tim.tidings.hostStatus();
      // Its owner is in every space: where nobody is, it could not be looked at.
      if (isEnded || people.length === 0) return;
      const before = known;
      known = new Set(people.map(({ userID }) => userID));
      const come = before === null ? [] : people.filter(({ userID }) => !before.has(userID));
      if (come.length > 0) tell(come.map(nameOf));
    } catch {
      // The next look may tell.
    }
  }
  void look();
  const timer = setInterval(() => void look(), AGAIN);
  return () => {
    isEnded = true;
    clearInterval(timer);
  };
}

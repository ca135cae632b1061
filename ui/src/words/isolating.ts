/** Names in sentences: each keeps its order, whichever way it is written and whatever stands around it. */

/** Letters written from right to left. */
const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** What is said with somebody's name in it keeps its order, whichever way that name is written. */
function isolated(said: unknown): unknown {
  if (typeof said === 'string') return FROM_THE_RIGHT.test(said) ? `\u2068${said}\u2069` : said;
  return Array.isArray(said) ? said.map(isolated) : said;
}

type Say = (...about: unknown[]) => string;
const kept = new WeakMap<object, object>();

/** The words of one place; those that are made of names isolate them. */
export function isolating<Section extends object>(section: Section): Section {
  let made = kept.get(section) as Section | undefined;
  if (made === undefined) {
    const each = Object.entries(section).map(([key, word]): [string, unknown] => [
      key,
      typeof word === 'function' ? (...about: unknown[]) => (word as Say)(...about.map(isolated)) : word,
    ]);
    kept.set(section, (made = Object.fromEntries(each) as Section));
  }
  return made;
}

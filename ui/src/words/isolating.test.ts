import { expect, it } from 'vitest';
import { isolating } from './isolating';

const say = isolating({
  left: (who: string) => `${who} left`,
  list: (names: string[], more: number) => `${names.join(', ')} and ${more}`,
  none: 'Nobody',
});

it('a name that is written from the right is isolated in a sentence, one from the left needs nothing', () => {
  expect(say.left('Ann')).toBe('Ann left');
  expect(say.left('فريد')).toBe('\u2068فريد\u2069 left');
  expect(say.list(['Ann', 'דוד'], 2)).toBe('Ann, \u2068דוד\u2069 and 2');
  expect(say.none).toBe('Nobody');
});

it('the words of one place are made once', () => {
  const section = { left: (who: string) => who };
  expect(isolating(section)).toBe(isolating(section));
});

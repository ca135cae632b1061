import { expect, it } from 'vitest';
import { makeSequence, newClientID, newRandom } from './ids';

it('a client id is a UUID of version 7 that begins with the time', () => {
  const id = newClientID(0x0123_4567_89ab);
  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
  expect(newClientID()).not.toBe(newClientID());
});

it('r_c7 a random is a whole number below 10^8', () => {
  expect(Number.isInteger(newRandom())).toBe(true);
});

it('sequences count, and stay within 32 bits', () => {
  const next = makeSequence(0xffff_fffd);
  expect([next(), next()]).toEqual([0xffff_fffe, 1]);
});

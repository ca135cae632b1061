import { expect, it } from 'vitest';
import { clockOf, minuteOf } from './minutes';

it('a minute of the day is spelled as the field has it, and read back', () => {
  for (const [minute, clock] of [
    [0, '00:00'],
    [7 * 60 + 5, '07:05'],
    [23 * 60 + 59, '23:59'],
  ] as const) {
    expect(clockOf(minute)).toBe(clock);
    expect(minuteOf(clock)).toBe(minute);
  }
  expect(minuteOf('07:05:30')).toBe(425);
  for (const none of ['', '24:00', '12:60', 'x']) expect(minuteOf(none)).toBeNull();
});

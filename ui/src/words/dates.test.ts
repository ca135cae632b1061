import { expect, it } from 'vitest';
import { dayInWords, dayOf, listTime, timeOfDay } from './dates';

const noon = new Date(2026, 10, 20, 12, 0).getTime();
const say = { today: 'Today', yesterday: 'Yesterday' };
const seconds = (...date: [number, number, number, number]) => new Date(...date).getTime() / 1000;

it('a day is called today, yesterday, or by its date', () => {
  const called = (time: number) => dayInWords(dayOf(time), noon, 'en-GB', say);
  expect(called(seconds(2026, 10, 20, 0))).toBe('Today');
  expect(called(seconds(2026, 10, 19, 23))).toBe('Yesterday');
  expect(called(seconds(2026, 10, 18, 9))).toContain('18 November');
  expect(called(seconds(2024, 0, 2, 9))).toBe('2 January 2024');
});

it('the list says the hour, then the weekday, then the date', () => {
  const listed = (time: number) => listTime(time, noon, 'en-GB', say.yesterday);
  expect(listed(seconds(2026, 10, 20, 9))).toBe(timeOfDay(seconds(2026, 10, 20, 9), 'en-GB'));
  expect(listed(seconds(2026, 10, 19, 9))).toBe('Yesterday');
  expect(listed(seconds(2026, 10, 16, 9))).toBe('Mon');
  expect(listed(seconds(2026, 2, 3, 9))).toBe('3 Mar');
  expect(listed(seconds(2020, 2, 3, 9))).toContain('2020');
});

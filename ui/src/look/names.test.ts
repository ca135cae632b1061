import { expect, it } from 'vitest';
import { colourOf, initialsOf, MARK, mixesAlphabets, nameOf, shownName } from './names';

it('h6 what would turn the neighbours around shows as a mark', () => {
  expect(shownName('Bob \u202egnp.exe')).toBe(`Bob ${MARK}gnp.exe`);
  expect(shownName('a\u0000b\u2066c')).toBe(`a${MARK}b${MARK}c`);
});

it('h8 what cannot be seen shows, but the joiner of emoji stays', () => {
  expect(shownName('ad\u200bmin')).toBe(`ad${MARK}min`);
  expect(shownName('ad\u200dmin')).toBe(`ad${MARK}min`);
  expect(shownName('👩‍🚀 Eva')).toBe('👩‍🚀 Eva');
  expect(shownName('👩🏽‍🚀')).toBe('👩🏽‍🚀');
});

it('h8 alphabets that look alike are noticed within a word', () => {
  expect(mixesAlphabets('аdmin')).toBe(true);
  expect(mixesAlphabets('Анна Smith')).toBe(false);
  expect(mixesAlphabets('陈 Mei')).toBe(false);
});

it('h55 a name of 5,000 characters is bounded', () => {
  expect([...shownName('名'.repeat(5000))]).toHaveLength(64);
  expect([...shownName(`A${'\u0301'.repeat(5000)}`)].length).toBeLessThan(10);
});

it('without a nick the id is shown', () => {
  expect(nameOf({ userID: 'bob', nick: '' })).toBe('bob');
  expect(nameOf({ userID: 'bob', nick: '   ' })).toBe('bob');
  expect(nameOf({ userID: 'bob', nick: 'Bob' })).toBe('Bob');
});

it('initials fit every script', () => {
  expect(initialsOf('Bob Okafor')).toBe('BO');
  expect(initialsOf('bob')).toBe('B');
  expect(initialsOf('陈美玲')).toBe('美玲');
  expect(initialsOf('Iris van den Bosch')).toBe('IB');
  expect(initialsOf('👩‍🚀')).not.toBe('');
  expect(initialsOf('')).toBe('?');
});

it('an avatar has the colour that the engine makes of the same id', () => {
  expect(['ann', 'bob', '@TGS#1', '名'].map(colourOf)).toEqual([8, 8, 7, 11]);
});

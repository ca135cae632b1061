import { expect, it } from 'vitest';
import { contentOf } from './content';

const of = (type: string, payload: unknown) => contentOf({ type, payload });
const unsupported = { kind: 'unsupported' };

it('each kind of message is what it is', () => {
  expect(of('TIMTextElem', { text: 'Hello' })).toEqual({ kind: 'text', text: 'Hello', alone: 0 });
  expect(of('TIMTextElem', { text: '[Heart]🌊' })).toMatchObject({ alone: 2 });
  expect(of('TIMFaceElem', { index: 1, data: 'tidings/hug' })).toMatchObject({ sticker: { name: 'hug' } });
  expect(of('TIMFaceElem', { index: 1, data: 'tt00' })).toEqual({ kind: 'sticker', sticker: null });
  expect(of('TIMCustomElem', { data: 'dice', description: '4' })).toEqual({ kind: 'die', pips: 4 });
});

it('a custom message that nobody knows shows its description, and without one is not supported', () => {
  expect(of('TIMCustomElem', { data: 'poll', description: 'Tea?' })).toMatchObject({ text: 'Tea?' });
  expect(of('TIMCustomElem', { data: 'dice', description: 'eleven' })).toMatchObject({ text: 'eleven' });
  for (const description of ['', ' \n', 4, null, undefined])
    expect(of('TIMCustomElem', { data: 'poll', description })).toEqual(unsupported);
});

it('h36 payloads and types of any shape are not supported, and harm nothing', () => {
  for (const payload of [null, undefined, 'x', 1, [], { text: 1 }, { text: null }, { text: ['x'] }])
    expect(of('TIMTextElem', payload)).toEqual(unsupported);
  for (const payload of [null, 'x', [], { data: 1 }, { data: {} }])
    expect(of('TIMFaceElem', payload)).toEqual({ kind: 'sticker', sticker: null });
  for (const type of ['TIMLocationElem', 'Whatever', '', 'constructor'])
    expect(of(type, { text: 'x', description: 'x' })).toEqual(unsupported);
});

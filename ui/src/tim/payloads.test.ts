import { beforeEach, expect, it, vi } from 'vitest';
import { FakeWorld, type FakeBridge } from '../bridge/fake';
import { EVENT, TYPES, timOn, type Message, type TimClient } from '.';

let world: FakeWorld;
let bridge: FakeBridge;
let tim: TimClient;
const failed = 'Params validate failed.';

beforeEach(async () => {
  world = new FakeWorld();
  world.addPerson('ann', 'Ann');
  world.addPerson('bob', 'Bob');
  bridge = world.bridge('ann');
  tim = timOn(bridge).create({ SDKAppID: 7 });
  await tim.ready();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

const to = { to: 'bob', conversationType: TYPES.CONV_C2C };
const custom = (payload: unknown) => tim.createCustomMessage({ ...to, payload: payload as never });
const face = (payload: unknown) => tim.createFaceMessage({ ...to, payload: payload as never });

async function arrived(message: Message | undefined): Promise<Message[]> {
  const other = timOn(world.bridge('bob')).create({ SDKAppID: 7 });
  await other.ready();
  const heard: Message[] = [];
  other.on(EVENT.MESSAGE_RECEIVED, ({ data }) => heard.push(...data));
  if (message === undefined) throw new Error('not ready');
  await tim.sendMessage(message);
  return heard;
}

it('r_u1 the die of the guide goes and comes as it was made', async () => {
  const payload = { data: 'dice', description: '4', extension: '' };
  const message = custom(payload);
  expect(message).toMatchObject({ type: 'TIMCustomElem', payload, status: 'unSend', priority: 'Normal' });
  expect(await arrived(message)).toMatchObject([{ type: 'TIMCustomElem', payload, from: 'ann' }]);
});

it('r_u2 a part of a custom message that is no string is refused, one that is left out is empty', () => {
  for (const part of ['data', 'description', 'extension'])
    for (const wrong of [1, {}, [], true]) expect(() => custom({ [part]: wrong })).toThrow(failed);
  for (const wrong of [null, undefined, 'x', 1, []]) expect(() => custom(wrong)).toThrow(failed);
  expect(custom({ data: 'x' })?.payload).toEqual({ data: 'x', description: '', extension: '' });
});

it('r_u2 a custom message of empty parts can be made, and sending it is refused with 2403', async () => {
  const message = custom({ data: '', description: '', extension: '' });
  if (message === undefined) throw new Error('not ready');
  await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 2403, data: { message } });
  expect(message.status).toBe('fail');
  expect(bridge.calls.some(({ method }) => method === 'sendMessage')).toBe(false);
});

it('r_u3 a custom message takes a priority', () => {
  const payload = { data: 'x', description: '', extension: '' };
  const message = tim.createCustomMessage({ ...to, priority: TYPES.MSG_PRIORITY_HIGH, payload });
  expect(message?.priority).toBe('High');
});

it('r_e1 a face goes and comes as it was made', async () => {
  const payload = { index: 1, data: 'tt00' };
  const message = face(payload);
  expect(message).toMatchObject({ type: 'TIMFaceElem', payload });
  expect(await arrived(message)).toMatchObject([{ type: 'TIMFaceElem', payload }]);
});

it('r_e1 a face of wrong types is refused', () => {
  for (const wrong of [
    {},
    { index: 1 },
    { data: 'tt00' },
    { index: '1', data: 'tt00' },
    { index: NaN, data: 'tt00' },
    { index: 1, data: 2 },
    null,
    undefined,
    'x',
  ])
    expect(() => face(wrong)).toThrow(failed);
});

it('r_l4 both check where they go before anything else', () => {
  const payload = { index: 1, data: 'tt00' };
  expect(() => tim.createFaceMessage({ ...to, to: '', payload })).toThrow(failed);
  expect(() => tim.createFaceMessage({ ...to, conversationType: 'X', payload })).toThrow(failed);
  expect(() => tim.createCustomMessage(undefined as never)).toThrow(failed);
});

it('r_l3 before it is ready both answer undefined and say 2999', () => {
  const early = timOn(world.bridge(null)).create({ SDKAppID: 7 });
  const errors: unknown[] = [];
  early.on(EVENT.ERROR, ({ data }) => errors.push(data));
  expect(early.createFaceMessage({ ...to, payload: { index: 1, data: 'x' } })).toBeUndefined();
  const payload = { data: 'x', description: '', extension: '' };
  expect(early.createCustomMessage({ ...to, payload })).toBeUndefined();
  expect(errors).toEqual(Array(2).fill(expect.objectContaining({ code: 2999 })));
});

it('h36 a lone surrogate in either becomes U+FFFD before it crosses', () => {
  expect(face({ index: 1, data: 'a\ud800' })?.payload).toEqual({ index: 1, data: 'a\ufffd' });
  expect(custom({ data: '\udc00' })?.payload).toMatchObject({ data: '\ufffd' });
});

it('the parsers are TIM’s too', () => {
  const TIM = timOn(bridge);
  expect(TIM.parseText({ text: '[Rain]' })).toHaveLength(1);
  expect(TIM.parseGroupTipContent({ operationType: 1, userIDList: ['ann'] })).toBe('ann joined the group');
  expect(TIM.parseGroupSystemNotice({ operationType: 255 })).toBe('Custom system group notification');
});

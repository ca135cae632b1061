import { expect, it } from 'vitest';
import { KeptRows } from './kept-rows';
import { rowsOf, type MessageRow, type Row } from './rows';
import { FakeWorld } from '../bridge/fake';
import { timOn, type Message } from '../tim';

async function said(...texts: string[]): Promise<Message[]> {
  const world = new FakeWorld();
  for (const id of ['ann', 'bob']) world.addPerson(id, id);
  for (const text of texts) world.say('bob', 'ann', text);
  const tim = timOn(world.bridge('ann')).create({ SDKAppID: 1 });
  await tim.ready();
  return (await tim.tidings.messagePage('C2Cbob', null, 30)).messages;
}
const options = { me: 'ann', readUpTo: null };
const rowOf = (rows: Row[], text: string): MessageRow | undefined =>
  rows.find((each): each is MessageRow => each.kind === 'message' && each.text === text);

it('rows that show the same stay the same objects when others come and go', async () => {
  const messages = await said('one', 'two', 'three', 'four');
  const kept = new KeptRows();
  const before = kept.of(rowsOf(messages.slice(1), options));
  const after = kept.of(rowsOf(messages.slice(0, 3), options));
  expect(rowOf(after, 'one')).toBeDefined();
  // It was the first of its block, and has one above it now.
  expect(rowOf(after, 'two')).not.toBe(rowOf(before, 'two'));
  const later = kept.of(rowsOf(messages.slice(0, 2), options));
  expect(rowOf(later, 'one')).toBe(rowOf(after, 'one'));
});

it('a row whose message changed in whatever it shows is a new object', async () => {
  const messages = await said('one', 'two');
  const kept = new KeptRows();
  const drawn = (): Row | undefined =>
    kept.of(rowsOf(messages, options)).find(({ kind }) => kind === 'message');
  const [message] = messages;
  if (message === undefined) throw new Error('nothing was said');
  let last = drawn();
  expect(drawn()).toBe(last);
  const changes: (() => void)[] = [
    () => (message.status = 'fail'),
    () => (message.code = 6),
    () => (message.nick = 'Bob the Builder'),
    () => (message.changes += 1),
    () => message.recall('bob'),
  ];
  for (const change of changes) {
    change();
    const next = drawn();
    expect(next, String(change)).not.toBe(last);
    last = next;
  }
});

import { expect, it, vi } from 'vitest';
import { FakeWorld, type FakeBridge } from '../bridge/fake';
import { timOn, type Conversation, type TimClient } from '../tim';
import { ChatPage } from './chat-page.svelte';
import type { Session } from '../session/session.svelte';

const patient = { timeout: 20_000 };

async function open(
  said: number,
  read = said,
): Promise<{ page: ChatPage; world: FakeWorld; bridge: FakeBridge }> {
  const world = new FakeWorld();
  world.addPerson('ann', 'Ann');
  world.addPerson('bob', 'Bob');
  for (let index = 1; index <= said; index += 1) world.say('bob', 'ann', `m${index}`);
  world.log('ann', 'bob').read.set('ann', read);
  const bridge = world.bridge('ann');
  const tim: TimClient = timOn(bridge).create({ SDKAppID: 1 });
  await tim.ready();
  const answer = await tim.getConversationProfile('C2Cbob');
  const conversation = answer?.data.conversation as Conversation;
  // The chat needs of the session only the client and who is signed in.
  const session = { tim, account: tim.tidings.account() } as unknown as Session;
  const page = new ChatPage(session, conversation);
  await page.open(conversation);
  return { page, world, bridge };
}

const texts = (page: ChatPage) => page.rows.flatMap((row) => (row.kind === 'message' ? [row.text] : []));
const kinds = (page: ChatPage) => page.rows.map((row) => row.kind);

it('a chat opens with its newest messages', async () => {
  const { page } = await open(100);
  expect(texts(page).at(-1)).toBe('m100');
  expect(texts(page)).toHaveLength(30);
  expect(page.isAtNewest).toBe(true);
});

it('a chat with much unread opens where reading stopped', async () => {
  const { page } = await open(500, 200);
  expect(page.isAtNewest).toBe(false);
  expect(texts(page)).toContain('m200');
  const line = kinds(page).indexOf('new');
  expect(page.rows[line + 1]).toMatchObject({ text: 'm201' });
});

it('paging up and down leaves out nothing and stays bounded', async () => {
  const { page } = await open(200);
  for (let round = 0; round < 20; round += 1) await page.older();
  expect(texts(page)[0]).toBe('m1');
  expect(page.isCompleted).toBe(true);
  for (let round = 0; round < 20; round += 1) {
    await page.newer();
    expect(texts(page).length).toBeLessThanOrEqual(60);
    const places = texts(page).map((text) => Number(text?.slice(1)));
    expect(places).toEqual(places.map((_place, index) => (places[0] ?? 0) + index));
  }
  expect(texts(page).at(-1)).toBe('m200');
  expect(page.isAtNewest).toBe(true);
});

it('what comes while nobody looks gets the line, and looking again without news takes it away', async () => {
  const { page, world } = await open(3);
  page.leaveLine(false);
  page.leaveLine(true);
  world.say('bob', 'ann', 'seen');
  await vi.waitFor(() => expect(texts(page).at(-1)).toBe('seen'), patient);
  expect(kinds(page)).not.toContain('new');
  page.leaveLine(false);
  world.say('bob', 'ann', 'unseen');
  await vi.waitFor(() => expect(kinds(page).slice(-2)).toEqual(['new', 'message']), patient);
});

it('b15 a message that comes twice is shown once', async () => {
  const { page, bridge } = await open(3);
  const again = await bridge.messagePage({ conversationID: 'C2Cbob', before: null, count: 3 });
  bridge.emit({ event: 'messagesReceived', messages: again.messages });
  await page.refresh();
  expect(texts(page)).toEqual(['m1', 'm2', 'm3']);
});

it('history that could not be had is asked for again with the connection', async () => {
  const { page, bridge } = await open(100);
  const whole = bridge.messagePage.bind(bridge);
  bridge.messagePage = async () => ({ messages: [], nextBefore: null, isCompleted: false, isCutOff: true });
  await page.older();
  expect(page.isCutOff).toBe(true);
  bridge.messagePage = whole;
  bridge.emit({ event: 'connection', state: 'connected', retryInMs: null, error: null });
  await vi.waitFor(() => expect(page.isCutOff).toBe(false), patient);
  await page.older();
  expect(texts(page).length).toBe(45);
});

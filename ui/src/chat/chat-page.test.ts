import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeWorld, refusal, type FakeBridge } from '../bridge/fake';
import { timOn, type Conversation, type TimClient } from '../tim';
import { ChatPage } from './chat-page.svelte';
import type { Session } from '../session/session.svelte';

const patient = { timeout: 20_000 };

beforeEach(() => void vi.stubGlobal('requestAnimationFrame', (done: () => void) => setTimeout(done)));
afterEach(() => void vi.useRealTimers());

async function open(
  said: number,
  read = said,
  meanwhile: (bridge: FakeBridge) => void = () => undefined,
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
  const opening = page.open(conversation);
  meanwhile(bridge);
  await opening;
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

it('a message from long ago is shown with what is around it, and one that is not there is told apart', async () => {
  const { page } = await open(500);
  expect(await page.around(100)).toBe('shown');
  expect(texts(page)).toHaveLength(30);
  expect([texts(page)[0], texts(page).at(-1)]).toEqual(['m86', 'm115']);
  expect(page.isAtNewest).toBe(false);
  expect(await page.around(501)).toBe('gone');
  expect(texts(page)).toContain('m100');
  expect(await page.around(495)).toBe('shown');
  expect(page.isAtNewest).toBe(true);
  expect(texts(page).at(-1)).toBe('m500');
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

it('an older page that does not come is asked for again without a word from anybody', async () => {
  const { page, bridge } = await open(100);
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  bridge.refuseNext.set('messagePage', refusal(2801, 'network'));
  await page.older();
  expect(page.isCutOff).toBe(true);
  const asked = bridge.calls.length;
  await page.older();
  expect(bridge.calls).toHaveLength(asked);
  const rows = page.rows;
  await vi.advanceTimersByTimeAsync(30_000);
  // New rows make the chat look whether more is needed.
  expect(page.rows).not.toBe(rows);
  await page.older();
  expect(page.isCutOff).toBe(false);
  expect(texts(page)).toHaveLength(45);
});

it('a page that was asked for before other messages were shown is not added to them', async () => {
  const { page, world, bridge } = await open(200);
  for (let round = 0; round < 3; round += 1) await page.older();
  const whole = bridge.messagePage.bind(bridge);
  let answer: () => void = () => undefined;
  bridge.messagePage = async (request) => {
    if (request.before !== null) await new Promise<void>((resolve) => (answer = resolve));
    return whole(request);
  };
  const older = page.older();
  world.say('bob', 'ann', 'm201');
  await page.latest();
  const rows = texts(page);
  answer();
  await older;
  expect(texts(page)).toEqual(rows);
  expect(texts(page).at(-1)).toBe('m201');
});

it('what is not on the page is not held, so that it is not marked as read', async () => {
  const { page, world } = await open(100);
  expect(page.holds(100)).toBe(true);
  expect(page.holds(101)).toBe(false);
  world.say('bob', 'ann', 'm101');
  await vi.waitFor(() => expect(page.holds(101)).toBe(true), patient);
  for (let round = 0; round < 5; round += 1) await page.older();
  expect(page.holds(101)).toBe(false);
});

it('asking anew keeps what somebody reads who is scrolled up among the newest messages', async () => {
  const { page, world, bridge } = await open(100);
  page.isReaderAtEnd = () => false;
  bridge.setConnection('disconnected');
  for (let index = 101; index <= 110; index += 1) world.say('bob', 'ann', `m${index}`);
  bridge.setConnection('connected');
  await vi.waitFor(() => expect(texts(page).at(-1)).toBe('m110'), patient);
  expect(texts(page)).toContain('m71');
  expect(page.isAtNewest).toBe(true);
  const before = texts(page);
  bridge.setConnection('disconnected');
  for (let index = 111; index <= 300; index += 1) world.say('bob', 'ann', `m${index}`);
  bridge.setConnection('connected');
  await vi.waitFor(() => expect(page.isAtNewest).toBe(false), patient);
  expect(texts(page)).toEqual(before);
});

it('history that is filled in while the first page is on its way does not take its place', async () => {
  const { page, bridge } = await open(500, 200, (opening) =>
    opening.emit({ event: 'historyFilled', conversationID: 'C2Cbob' }),
  );
  await vi.waitFor(() => expect(bridge.calls.at(-1)?.method).toBe('messagePage'), patient);
  expect(texts(page)).toContain('m200');
  expect(page.isAtNewest).toBe(false);
});

it('the way down goes on to messages that came meanwhile, and leaves out none', async () => {
  const { page, world } = await open(100);
  for (let round = 0; round < 8; round += 1) await page.older();
  for (let index = 101; index <= 260; index += 1) world.say('bob', 'ann', `m${index}`);
  for (let round = 0; round < 30 && !page.isAtNewest; round += 1) {
    await page.newer();
    const places = texts(page).map((text) => Number(text?.slice(1)));
    expect(places).toEqual(places.map((_place, index) => (places[0] ?? 0) + index));
  }
  expect(texts(page).at(-1)).toBe('m260');
});

it('pictures come onto the page one by one, upwards and downwards, and what comes meanwhile is not left out', async () => {
  const { page, world } = await open(0);
  for (let index = 1; index <= 100; index += 1) world.tell('bob', 'ann', 'TIMImageElem', {});
  const seqs = (): number[] =>
    page.rows.flatMap((row) => (row.kind === 'message' ? row.messages.map(({ seq }) => seq ?? 0) : []));
  await vi.waitFor(() => expect(seqs().at(-1)).toBe(100), patient);
  const first = seqs()[0] ?? 0;
  const steps: (number | undefined)[] = [];
  vi.stubGlobal('requestAnimationFrame', (done: () => void) => {
    steps.push(seqs()[0]);
    setTimeout(done);
  });
  await page.older();
  expect(steps).toEqual(Array.from({ length: 14 }, (_, drawn) => first - drawn - 1));
  expect(seqs()[0]).toBe(first - 15);

  for (let round = 0; round < 5; round += 1) await page.older();
  expect(page.isAtNewest).toBe(false);
  const joined = (): void => expect(seqs()).toEqual(seqs().map((_seq, index) => (seqs()[0] ?? 0) + index));
  joined();
  for (let round = 0; round < 30 && !page.isAtNewest; round += 1) {
    const newer = page.newer();
    world.tell('bob', 'ann', 'TIMImageElem', {});
    await newer;
    joined();
  }
  const newest = world.log('ann', 'bob').messages.length;
  await vi.waitFor(() => expect(seqs().at(-1)).toBe(newest), patient);
  joined();
});

it('the line stands before what came while nobody looked, though nobody said so before', async () => {
  const { page, world } = await open(3);
  page.isSomebodyHere = () => false;
  world.say('bob', 'ann', 'unseen');
  await vi.waitFor(() => expect(kinds(page).slice(-2)).toEqual(['new', 'message']), patient);
});

it('what comes while somebody is scrolled up gets the line before the first of it', async () => {
  const { page, world } = await open(3);
  page.leaveLine(true);
  page.isReaderAtEnd = () => false;
  for (let index = 4; index <= 33; index += 1) world.say('bob', 'ann', `m${index}`);
  await vi.waitFor(() => expect(texts(page).at(-1)).toBe('m33'), patient);
  page.leaveLine(true);
  const line = kinds(page).indexOf('new');
  expect(page.rows[line + 1]).toMatchObject({ text: 'm4' });
  // Who has been at the end has seen them: the next that come have a line of their own.
  page.isReaderAtEnd = () => true;
  page.leaveLine(true);
  page.isReaderAtEnd = () => false;
  world.say('bob', 'ann', 'm34');
  await vi.waitFor(() => expect(kinds(page).slice(-2)).toEqual(['new', 'message']), patient);
});

it('the line also waits where what came is not on the page, and a page around it shows it', async () => {
  const { page, world } = await open(200);
  page.leaveLine(true);
  page.isReaderAtEnd = () => false;
  for (let round = 0; round < 6; round += 1) await page.older();
  expect(page.isAtNewest).toBe(false);
  for (let index = 201; index <= 260; index += 1) world.say('bob', 'ann', `m${index}`);
  await vi.waitFor(() => expect(page.readUpTo).toBe(200), patient);
  page.leaveLine(true);
  expect(kinds(page)).not.toContain('new');
  page.lastSeq = () => 260;
  expect(await page.around(201)).toBe('shown');
  const line = kinds(page).indexOf('new');
  expect(page.rows[line + 1]).toMatchObject({ text: 'm201' });
});

it('what came without a connection to somebody who is scrolled up gets the line, too', async () => {
  const { page, world, bridge } = await open(40);
  page.leaveLine(true);
  page.isReaderAtEnd = () => false;
  bridge.setConnection('disconnected');
  for (let index = 41; index <= 45; index += 1) world.say('bob', 'ann', `m${index}`);
  bridge.setConnection('connected');
  await vi.waitFor(() => expect(texts(page).at(-1)).toBe('m45'), patient);
  const line = kinds(page).indexOf('new');
  expect(page.rows[line + 1]).toMatchObject({ text: 'm41' });
});

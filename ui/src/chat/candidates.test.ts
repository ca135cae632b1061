import { expect, it } from 'vitest';
import { Candidates } from './candidates';
import { FakeWorld, type FakeBridge } from '../bridge/fake';
import { timOn, type Group, type TimClient } from '../tim';

async function open(): Promise<{
  world: FakeWorld;
  bridge: FakeBridge;
  candidates: Candidates;
  names: () => Promise<string[]>;
}> {
  const world = new FakeWorld();
  for (const name of ['Ann', 'Bob', 'Cleo']) world.addPerson(name.toLowerCase(), name);
  world.addGroup('ann', { groupID: 'g', name: 'Crew', memberIDs: ['bob', 'cleo'] });
  const bridge = world.bridge('bob');
  const tim: TimClient = timOn(bridge).create({ SDKAppID: 1 });
  await tim.ready();
  const answer = await tim.getGroupProfile({ groupID: 'g' });
  const group = answer?.data.group as Group;
  const candidates = new Candidates(tim, 'bob');
  const names = async (): Promise<string[]> => {
    let names: string[] = [];
    await candidates.offer(
      group,
      (found) => (names = found.map(({ name }) => name)),
      () => true,
    );
    return names;
  };
  return { world, bridge, candidates, names };
}

it('who is called otherwise is offered by the new name', async () => {
  const { world, bridge, names } = await open();
  expect(await names()).toEqual(['Ann', 'Cleo', 'Everybody']);
  const asked = bridge.calls.length;
  await names();
  expect(bridge.calls).toHaveLength(asked);
  world.setNameCard('ann', 'g', 'ann', 'Captain');
  await expect.poll(names).toEqual(['Captain', 'Cleo', 'Everybody']);
});

it('a name card whose change only has the history drawn anew is followed, too', async () => {
  const { world, bridge, names } = await open();
  await names();
  const card = world.group('g').members.get('ann');
  if (card) card.nameCard = 'Captain';
  bridge.emit({ event: 'historyFilled', conversationID: 'GROUPother' });
  expect(await names()).toContain('Ann');
  bridge.emit({ event: 'historyFilled', conversationID: 'GROUPg' });
  expect(await names()).toContain('Captain');
});

it('a page that was asked for before a name changed does not bring the old one', async () => {
  const { world, bridge, names } = await open();
  const whole = bridge.groupMembers.bind(bridge);
  let answer: () => void = () => undefined;
  bridge.groupMembers = async (request) => {
    const page = await whole(request);
    await new Promise<void>((resolve) => (answer = resolve));
    return page;
  };
  const before = names();
  await expect.poll(() => bridge.calls.some(({ method }) => method === 'groupMembers')).toBe(true);
  const card = world.group('g').members.get('ann');
  if (card) card.nameCard = 'Captain';
  bridge.groupMembers = whole;
  bridge.emit({ event: 'historyFilled', conversationID: 'GROUPg' });
  const after = names();
  answer();
  expect(await after).toContain('Captain');
  await before;
  expect(await names()).toContain('Captain');
});

it('a nick that changes is followed, until the chat is left', async () => {
  const { bridge, candidates, names } = await open();
  const asked = (): number => bridge.calls.filter(({ method }) => method === 'groupMembers').length;
  const renamed = { userID: 'cleo', nick: 'Cleopatra', avatarColour: 1 };
  await names();
  bridge.emit({ event: 'profilesChanged', profiles: [renamed] });
  await names();
  expect(asked()).toBe(2);
  candidates.end();
  bridge.emit({ event: 'profilesChanged', profiles: [renamed] });
  await names();
  expect(asked()).toBe(2);
});

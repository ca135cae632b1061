import { afterEach, expect, it, vi } from 'vitest';
import { FakeWorld } from '../bridge/fake';
import { timOn } from '../tim';
import { watchArrivals } from './arrivals';

afterEach(() => void vi.useRealTimers());

it('who joins a space is told to its host once, and who was there is no news', async () => {
  vi.useFakeTimers();
  const world = new FakeWorld('Harbour');
  for (const [id, name] of Object.entries({ ann: 'Ann', bob: 'Bob' })) world.addPerson(id, name);
  const tim = timOn(world.bridge('ann')).create({ SDKAppID: 1 });
  const told: string[][] = [];
  const end = watchArrivals(tim, (names) => told.push(names));
  await vi.advanceTimersByTimeAsync(40_000);
  expect(told).toEqual([]);
  world.addPerson('cleo', 'Cleo');
  world.addPerson('dora', '');
  await vi.advanceTimersByTimeAsync(40_000);
  expect(told).toEqual([['Cleo', 'dora']]);
  end();
  world.addPerson('elif', 'Elif');
  await vi.advanceTimersByTimeAsync(40_000);
  expect(told).toHaveLength(1);
});

it('a look that saw nobody is none, and whoever comes back is told of again', async () => {
  vi.useFakeTimers();
  let here: { userID: string; nick: string }[] = [];
  const tim = { tidings: { hostStatus: () => Promise.resolve({ people: here }) } };
  const told: string[][] = [];
  const end = watchArrivals(tim as unknown as Parameters<typeof watchArrivals>[0], (names) =>
    told.push(names),
  );
  const look = () => vi.advanceTimersByTimeAsync(20_000);
  const [ann, bob] = [
    { userID: 'ann', nick: 'Ann' },
    { userID: 'bob', nick: 'Bob' },
  ];
  await look();
  for (here of [[ann, bob], [], [ann, bob], [ann]]) await look();
  expect(told).toEqual([]);
  here = [ann, bob];
  await look();
  expect(told).toEqual([['Bob']]);
  end();
});

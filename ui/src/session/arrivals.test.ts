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

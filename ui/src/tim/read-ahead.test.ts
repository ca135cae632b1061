import { describe, expect, it, vi } from 'vitest';
import { FakeWorld } from '../bridge/fake';
import { timOn } from '.';

describe('a page that was read ahead', () => {
  async function readAhead() {
    const world = new FakeWorld();
    world.addPerson('ann', 'Ann');
    world.addPerson('bob', 'Bob');
    const bridge = world.bridge('ann');
    const { tidings } = timOn(bridge).create({ SDKAppID: 7 });
    await tidings.started;
    const asked = vi.spyOn(bridge, 'messagePage');
    await tidings.readAhead('C2Cbob', null, 30);
    return { bridge, tidings, asked };
  }

  it('answers the same question once, without asking again', async () => {
    const { tidings, asked } = await readAhead();
    await tidings.messagePage('C2Cbob', null, 30);
    expect(asked).toHaveBeenCalledTimes(1);
    await tidings.messagePage('C2Cbob', null, 30);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('answers no other question', async () => {
    const { tidings, asked } = await readAhead();
    await tidings.messagePage('C2Cbob', 7, 30);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('is not used when something was told since: it may lack it', async () => {
    const { bridge, tidings, asked } = await readAhead();
    bridge.emit({ event: 'overflow' });
    await tidings.messagePage('C2Cbob', null, 30);
    expect(asked).toHaveBeenCalledTimes(2);
  });
});

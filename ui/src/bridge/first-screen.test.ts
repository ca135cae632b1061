import { describe, expect, it, vi } from 'vitest';
import { timOn } from '../tim';
import type { Bridge } from './bridge';
import { FakeWorld, refusal } from './fake';
import { withFirstScreen } from './first-screen';

/** What a start asks, and the newest chat's page after it. */
async function started(spoil: (bridge: ReturnType<FakeWorld['bridge']>) => void = () => undefined) {
  const world = new FakeWorld();
  world.addPerson('ann', 'Ann');
  world.addPerson('bob', 'Bob');
  world.say('bob', 'ann', 'Hello', 1000);
  const bridge = world.bridge('ann');
  const screen = await bridge.firstScreen({ conversations: 100, messages: 30, around: 15 });
  const firstScreen = vi.spyOn(bridge, 'firstScreen').mockResolvedValue(screen);
  spoil(bridge);
  const names = ['account', 'appInfo', 'settings', 'connection', 'conversationList', 'totalUnread'] as const;
  const calls = [...names, 'messagePage' as const].map((name) => vi.spyOn(bridge, name));
  const asked: Bridge = withFirstScreen(bridge);
  const tim = timOn(asked).create({ SDKAppID: 1 });
  await tim.tidings.started;
  await Promise.all([tim.tidings.appInfo(), tim.tidings.settings(), tim.tidings.connection()]);
  const list = await vi.waitFor(() => {
    expect(tim.tidings.conversations()).toHaveLength(1);
    return tim.tidings.conversations();
  });
  const page = await tim.tidings.messagePage('C2Cbob', null, 30);
  return {
    bridge,
    tim,
    firstScreen,
    list,
    page,
    count: () => calls.flatMap((each) => each.mock.calls).length,
  };
}

describe('the first screen', () => {
  it('is one question: what is asked at a start is answered from it', async () => {
    const { firstScreen, list, page, count } = await started();
    expect(firstScreen).toHaveBeenCalledTimes(1);
    expect(list[0]?.conversationID).toBe('C2Cbob');
    expect(page.messages).toHaveLength(1);
    expect(count()).toBe(0);
  });

  it('answers each question once: what is asked later is news', async () => {
    const { tim, count } = await started();
    await tim.tidings.messagePage('C2Cbob', null, 30);
    expect(count()).toBe(1);
  });

  it('is old as soon as something is told', async () => {
    const { bridge, tim, count } = await started();
    bridge.emit({ event: 'overflow' });
    await vi.waitFor(() => expect(count()).toBeGreaterThan(0));
    expect(tim.tidings.conversations()).toHaveLength(1);
  });

  it('that is refused is asked for piece by piece', async () => {
    const { list, count } = await started((bridge) =>
      vi.spyOn(bridge, 'firstScreen').mockRejectedValue(refusal(70500, 'internal')),
    );
    expect(list).toHaveLength(1);
    expect(count()).toBeGreaterThan(5);
  });
});

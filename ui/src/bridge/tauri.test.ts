import { beforeEach, expect, it, vi } from 'vitest';
import { commandName, tauriBridge, toErrorView } from './tauri';

const invoke = vi.hoisted(() => vi.fn());
vi.mock('@tauri-apps/api/core', () => ({
  invoke,
  Channel: class {
    onmessage: unknown;
    constructor(onmessage: unknown) {
      this.onmessage = onmessage;
    }
  },
}));

beforeEach(() => invoke.mockReset().mockResolvedValue(null));

it('a method is the command of the same name in snake_case', () => {
  expect(commandName('sendMessage')).toBe('send_message');
  expect(commandName('account')).toBe('account');
  expect(commandName('inspectWebLink')).toBe('inspect_web_link');
});

it('the parameters cross as one request', async () => {
  await tauriBridge().signIn({ server: 's', userID: 'ann', password: 'p' });
  expect(invoke).toHaveBeenCalledWith('sign_in', { request: { server: 's', userID: 'ann', password: 'p' } });
  await tauriBridge().account();
  expect(invoke).toHaveBeenLastCalledWith('account', {});
});

it('h36 every text that crosses is well-formed', async () => {
  await tauriBridge().setDraft({ conversationID: 'C2Cbob', text: 'a\udc00' });
  expect(invoke).toHaveBeenCalledWith('set_draft', {
    request: { conversationID: 'C2Cbob', text: 'a\ufffd' },
  });
});

it('bytes cross as they are, what belongs to them as headers', async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  await tauriBridge().attachChunk({ id: 'a1', offset: 1_048_576, bytes });
  expect(invoke).toHaveBeenCalledWith('attach_chunk', bytes, { headers: { id: 'a1', offset: '1048576' } });
});

it('one channel serves all who listen', async () => {
  const bridge = tauriBridge();
  const [first, second] = [vi.fn(), vi.fn()];
  await bridge.listen(first);
  const stop = await bridge.listen(second);
  expect(invoke).toHaveBeenCalledTimes(1);
  const [, { channel }] = invoke.mock.calls[0] as [string, { channel: { onmessage(event: unknown): void } }];
  channel.onmessage({ event: 'notReady' });
  stop();
  channel.onmessage({ event: 'overflow' });
  expect(first).toHaveBeenCalledTimes(2);
  expect(second).toHaveBeenCalledTimes(1);
});

it('whatever is thrown has a code', async () => {
  expect(toErrorView('no such command')).toMatchObject({ code: 70500, kind: 'internal' });
  invoke.mockRejectedValueOnce({ code: 120001, kind: 'unauthorised', message: 'm', retryAfterMs: null });
  await expect(tauriBridge().account()).rejects.toMatchObject({ code: 120001 });
});

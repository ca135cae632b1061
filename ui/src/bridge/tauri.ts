/**
 * The bridge to the real engine: each method is one `invoke`, and one Channel brings the events.
 */
import { Channel, invoke } from '@tauri-apps/api/core';
import type { Bridge, ShellEvent } from './bridge';
import type { ErrorView } from './generated/ErrorView';
import { wellFormedDeep } from './well-formed';

/** `sendMessage` -> `send_message`. */
export function commandName(method: string): string {
  return method.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What Rust throws is an {@link ErrorView}; anything else (a command that panicked, a bad parameter) becomes one. */
export function toErrorView(thrown: unknown): ErrorView {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'number') {
    return thrown as ErrorView;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 70500, kind: 'internal', message, retryAfterMs: null };
}

/** Bytes cross as they are and never as an array of numbers; what else there is goes as headers. */
function invokeRaw(method: string, bytes: Uint8Array, rest: object): Promise<unknown> {
  const headers = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  return invoke(commandName(method), bytes, { headers });
}

async function call(method: string, request?: object): Promise<unknown> {
  try {
    if (request !== undefined && 'bytes' in request && request.bytes instanceof Uint8Array) {
      const { bytes, ...rest } = request;
      return await invokeRaw(method, bytes, rest);
    }
    return await invoke(
      commandName(method),
      request === undefined ? {} : { request: wellFormedDeep(request) },
    );
  } catch (thrown) {
    throw toErrorView(thrown);
  }
}

/** One channel for the page, however many listen. */
function makeListen(): Bridge['listen'] {
  const listeners = new Set<(event: ShellEvent) => void>();
  let opened: Promise<unknown> | undefined;
  return async (listener) => {
    listeners.add(listener);
    if (opened === undefined) {
      const channel = new Channel<ShellEvent>((event) => {
        for (const each of [...listeners]) each(event);
      });
      opened = invoke('listen', { channel });
    }
    try {
      await opened;
    } catch (thrown) {
      // The next one tries again.
      opened = undefined;
      listeners.delete(listener);
      throw toErrorView(thrown);
    }
    return () => listeners.delete(listener);
  };
}

/** The bridge of the app's own page. */
export function tauriBridge(): Bridge {
  const listen = makeListen();
  return new Proxy({} as Bridge, {
    get(_target, method) {
      if (method === 'listen') return listen;
      // A promise asks everything it resolves to for `then`.
      if (typeof method !== 'string' || method === 'then') return undefined;
      return (request?: object) => call(method, request);
    },
  });
}

/**
 * The first screen in one round: what the app asks first is asked for together, as soon as the page begins, and each of those questions
 * is answered from that. Whatever is told meanwhile makes the answer old: then, as after a refusal, each is asked by itself.
 */
import type { Bridge, ShellEvent } from './bridge';
import type { FirstScreen } from './generated/FirstScreen';

/** As the SDK asks for the list, and the chat for its first page. */
const REQUEST = { conversations: 100, messages: 30, around: 15 };

/** Events that change nothing of the answer, but for the state of the connection, which they tell. */
const HARMLESS: ReadonlySet<ShellEvent['event']> = new Set(['connection', 'transferProgress']);

type Asked = (screen: FirstScreen, request: Record<string, unknown>) => unknown;

/** `undefined`: it is another question. */
const ANSWERS: Partial<Record<keyof Bridge, Asked>> = {
  appInfo: ({ appInfo }) => appInfo,
  settings: ({ settings }) => settings,
  account: ({ account }) => account,
  connection: ({ connection }) => connection,
  totalUnread: ({ totalUnread }) => totalUnread,
  blockedUsers: ({ blocked }) => blocked,
  transfers: ({ transfers }) => transfers,
  conversationList: ({ conversations }, { limit }) =>
    limit === REQUEST.conversations ? conversations : undefined,
  messagePage: ({ page }, { conversationID, before, count }) =>
    page?.conversationID === conversationID && page?.before === before && count === REQUEST.messages
      ? page?.page
      : undefined,
};

/** How often each is asked at a start: once, but for this one, which two parts of the app ask. */
const TWICE: keyof Bridge = 'appInfo';

export function withFirstScreen(bridge: Bridge): Bridge {
  let first: Promise<FirstScreen | null> | null = bridge.firstScreen(REQUEST).catch(() => null);
  const left = new Map<string, number>(
    Object.keys(ANSWERS).map((name) => [name, name === TWICE ? 2 : 1] as const),
  );

  const listen: Bridge['listen'] = (listener) =>
    bridge.listen((event) => {
      if (!HARMLESS.has(event.event)) first = null;
      listener(event);
    });

  async function ask(name: keyof Bridge, request: object | undefined): Promise<unknown> {
    const often = left.get(name) ?? 0;
    left.set(name, often - 1);
    const screen = often > 0 ? await first : null;
    // Something may have been told while this waited.
    const answer =
      screen === null || first === null
        ? undefined
        : ANSWERS[name]?.(screen, (request ?? {}) as Record<string, unknown>);
    if (answer !== undefined) return answer;
    return (bridge[name] as (request?: object) => Promise<unknown>).call(bridge, request);
  }

  return new Proxy(bridge, {
    get(target, name) {
      if (name === 'listen') return listen;
      if (typeof name === 'string' && name in ANSWERS)
        return (request?: object) => ask(name as keyof Bridge, request);
      const method = Reflect.get(target, name) as unknown;
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}

// @vitest-environment happy-dom
import './look/test-setup';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import App from './App.svelte';
import { FakeWorld, refusal, type FakeBridge, type FakeOptions } from './bridge/fake';
import { Session } from './session/session.svelte';
import { timOn } from './tim';
import { zhCN } from './words/zh-CN';

let world: FakeWorld;
let bridge: FakeBridge;
let session: Session;
const user = userEvent.setup();

function open(userID: string | null, options: FakeOptions = {}): void {
  bridge = world.bridge(userID, options);
  session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  void session.start();
}

const button = (name: string) => screen.findByRole('button', { name });
const box = (name: string) => screen.findByRole('textbox', { name });
const field = (name: string) => screen.findByLabelText(name, { selector: 'input' });
const press = async (name: string) => user.click(await button(name));
const write = async (name: string, text: string) => user.type(await field(name), text);
const entries = () => screen.findAllByRole('article');

beforeEach(() => {
  world = new FakeWorld('Harbour');
  world.addPerson('ann', 'Ann');
  world.addPerson('bob', 'Bob');
});

it('what was said today was said yesterday after midnight, though nothing else changes', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: new Date(2026, 4, 6, 23, 58) });
  world.say('bob', 'ann', 'Good night');
  open('ann');
  await user.click(await screen.findByRole('button', { name: /^Bob/u }));
  const log = within(await screen.findByRole('log', { name: 'Messages' }));
  expect(await log.findByText('Today')).toBeTruthy();
  await vi.advanceTimersByTimeAsync(180_000);
  expect(await log.findByText('Yesterday')).toBeTruthy();
  expect(log.queryByText('Today')).toBeNull();
  vi.useRealTimers();
});

describe('getting in', () => {
  it('starting a space leads to an empty list that says what to do', async () => {
    open(null);
    await press('Start a space on this computer');
    await press('Continue');
    expect(await screen.findByText('Please write your name.')).toBeTruthy();
    await write('Your name', 'Olga');
    await press('Continue');
    expect(await button('Invite somebody')).toBeTruthy();
    expect(bridge.calls).toContainEqual({ method: 'startSpace', request: { nick: 'Olga' } });
  });

  it('joining shows the name of the space before anything is asked', async () => {
    open(null);
    await press('Join with a link');
    await write('Invitation link', 'tidings://join/harbour.local:4433/code');
    await press('Continue');
    expect(await screen.findByRole('heading', { name: 'Join Harbour' })).toBeTruthy();
    await write('Your name', 'Élise Duval');
    expect(((await field('User ID')) as HTMLInputElement).value).toBe('elise-duval');
    await write('Password', 'short');
    await press('Continue');
    expect(await screen.findByText('Too short: at least 8 characters.')).toBeTruthy();
    await write('Password', ' and more');
    await press('Continue');
    expect(await screen.findByRole('list', { name: 'Conversations' })).toBeTruthy();
    expect(session.account?.profile).toMatchObject({ userID: 'elise-duval', nick: 'Élise Duval' });
  });

  it('a taken user id is said beside its field, and what was typed is kept', async () => {
    open(null);
    await press('Join with a link');
    await write('Invitation link', 'tidings://join/harbour.local:4433/code');
    await press('Continue');
    await write('Your name', 'Bob');
    await write('Password', 'correct horse');
    await press('Continue');
    const problem = await screen.findByText('Somebody has this user ID already. Try another.');
    const input = (await field('User ID')) as HTMLInputElement;
    expect(input.getAttribute('aria-describedby')).toBe(problem.id);
    expect(input.value).toBe('bob');
  });

  it('a link that is none is said', async () => {
    open(null);
    await press('Join with a link');
    await write('Invitation link', 'https://example.org');
    await press('Continue');
    expect(await screen.findByText(/This is not an invitation link/u)).toBeTruthy();
  });

  it.each([
    [120001, 'unauthorised', 'User ID and password do not belong together.'],
    [2800, 'network', 'The server cannot be reached. Check the address and your connection.'],
    [120009, 'bad_request', 'What answered there is not a Tidings server. Check the address.'],
    [120010, 'forbidden', /Nobody vouches for this server/u],
    [70050, 'rate_limited', /Too many tries/u],
  ] as const)('code %i is worded when signing in', async (code, kind, text) => {
    open(null);
    await press('Sign in to a server');
    await write('Server address', 'chat.example.org');
    await write('User ID', 'ann');
    await write('Password', 'x');
    bridge.refuseNext.set('signIn', refusal(code, kind));
    await press('Continue');
    expect(await screen.findByText(text)).toBeTruthy();
    expect(session.stage).toBe('welcome');
  });

  it('a sign-in that was given up is undone when it succeeds after all', async () => {
    open(null);
    await press('Sign in to a server');
    await write('Server address', 'chat.example.org');
    await write('User ID', 'ann');
    await write('Password', 'correct horse');
    let answer: () => void = () => undefined;
    const signIn = bridge.signIn.bind(bridge);
    bridge.signIn = async (request) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return signIn(request);
    };
    await press('Continue');
    await press('Cancel');
    answer();
    await waitFor(() => expect(bridge.calls.at(-1)?.method).toBe('signOut'));
    expect(session.stage).toBe('welcome');
  });

  it('a sign-in that was given up is undone before the next one begins, and undoes nothing of it', async () => {
    open(null);
    await press('Sign in to a server');
    await write('Server address', 'chat.example.org');
    await write('User ID', 'ann');
    await write('Password', 'correct horse');
    let answer: () => void = () => undefined;
    const signIn = bridge.signIn.bind(bridge);
    bridge.signIn = async (request) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return signIn(request);
    };
    await press('Continue');
    await press('Cancel');
    bridge.signIn = signIn;
    await user.clear(await field('User ID'));
    await write('User ID', 'bob');
    await press('Continue');
    answer();
    expect(await screen.findByRole('list', { name: 'Conversations' })).toBeTruthy();
    await waitFor(() => expect(session.account?.profile.userID).toBe('bob'));
    const done = bridge.calls.flatMap(({ method }) => (/^sign/u.test(method) ? [method] : []));
    expect(done).toEqual(['signIn', 'signOut', 'signIn']);
  });

  it('a start that failed is said in the person’s language, and can be tried again', async () => {
    vi.spyOn(window.navigator, 'language', 'get').mockReturnValue('zh-CN');
    bridge = world.bridge('ann');
    bridge.refuseNext.set('account', refusal(120013, 'unavailable', 'disk I/O error'));
    session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
    render(App, { session });
    void session.start();
    expect((await screen.findByRole('alert')).textContent).toBe(zhCN.problems.disk);
    await press(zhCN.common.tryAgain);
    expect(await screen.findByRole('list', { name: 'Conversations' })).toBeTruthy();
  });

  it('a link that came with the start leads to joining', async () => {
    open(null, { appInfo: { link: 'tidings://join/x:1/y' } });
    expect(((await field('Invitation link')) as HTMLInputElement).value).toBe('tidings://join/x:1/y');
  });
});

describe('talking', () => {
  async function openBob(): Promise<void> {
    await user.click(await screen.findByRole('button', { name: /^Bob/u }));
    await box('Message');
  }

  it('items are named by the other’s name and what is unread', async () => {
    world.say('bob', 'ann', 'One');
    world.say('bob', 'ann', 'Two');
    open('ann');
    expect(await screen.findByRole('listitem', { name: 'Bob, 2 unread' })).toBeTruthy();
    await openBob();
    expect(await screen.findByRole('listitem', { name: 'Bob' })).toBeTruthy();
    expect(world.log('ann', 'bob').read.get('ann')).toBe(2);
  });

  it('Enter sends, the entry is named by sender and time, and the box is empty', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    await openBob();
    await user.type(await box('Message'), 'Hello{Enter}');
    await waitFor(() => expect(world.log('ann', 'bob').messages).toHaveLength(2));
    const log = await screen.findByRole('log', { name: 'Messages' });
    await waitFor(() => expect(within(log).getByRole('img', { name: 'Sent' })).toBeTruthy());
    const own = (await entries()).at(-1);
    expect(own?.getAttribute('aria-label')).toMatch(/^Ann, \d/u);
    expect(own?.textContent).toContain('Hello');
    expect(((await box('Message')) as HTMLTextAreaElement).value).toBe('');
    world.markRead('bob', 'ann');
    expect(await within(log).findByRole('img', { name: 'Read' })).toBeTruthy();
  });

  it('Shift+Enter breaks the line', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    await openBob();
    await user.type(await box('Message'), 'a{Shift>}{Enter}{/Shift}b');
    expect(((await box('Message')) as HTMLTextAreaElement).value).toBe('a\nb');
  });

  it('a refused message says so, and goes out with one click', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    await openBob();
    bridge.refuseMessages = 80001;
    await user.type(await box('Message'), 'Hello{Enter}');
    const retry = await button('Retry');
    bridge.refuseMessages = null;
    await user.click(retry);
    expect(await screen.findByRole('img', { name: 'Sent' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Retry' })).toBeNull();
  });

  it('a message that the engine does not take can be sent again and thrown away', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    await openBob();
    bridge.refuseNext.set('sendMessage', refusal(120018, 'conflict'));
    await user.type(await box('Message'), 'One{Enter}');
    await press('Retry');
    await waitFor(() => expect(world.log('ann', 'bob').messages).toHaveLength(2));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Retry' })).toBeNull());
    bridge.refuseNext.set('sendMessage', refusal(120018, 'conflict'));
    await user.type(await box('Message'), 'Two{Enter}');
    await press('Discard');
    await waitFor(() => expect(screen.queryByText('Two')).toBeNull());
    await waitFor(() =>
      expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Message' })),
    );
  });

  it('without a connection there is a line that says so, and messages wait', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    await openBob();
    expect(screen.queryByRole('status', { name: 'Connection' })).toBeNull();
    bridge.setConnection('disconnected');
    expect(await screen.findByRole('status', { name: 'Connection' })).toBeTruthy();
    await user.type(await box('Message'), 'Later{Enter}');
    expect(await screen.findByRole('img', { name: 'Sending' })).toBeTruthy();
    bridge.setConnection('connected');
    expect(await screen.findByRole('img', { name: 'Sent' })).toBeTruthy();
    expect(screen.queryByRole('status', { name: 'Connection' })).toBeNull();
  });

  it('the line “New messages” stands where reading stopped', async () => {
    world.say('bob', 'ann', 'Old');
    world.markRead('ann', 'bob');
    world.say('bob', 'ann', 'New');
    open('ann');
    await openBob();
    const line = await screen.findByRole('separator', { name: 'New messages' });
    expect(line.nextElementSibling?.textContent).toContain('New');
  });

  it('what is written is kept as a draft when another conversation is opened', async () => {
    world.addPerson('cleo', 'Cleo');
    world.say('bob', 'ann', 'Hi');
    world.say('cleo', 'ann', 'Ho');
    open('ann');
    await openBob();
    await user.type(await box('Message'), 'half a th');
    await user.click(await screen.findByRole('button', { name: /^Cleo/u }));
    await waitFor(() =>
      expect(bridge.calls).toContainEqual({
        method: 'setDraft',
        request: { conversationID: 'C2Cbob', text: 'half a th' },
      }),
    );
    expect(await screen.findByText('Draft:')).toBeTruthy();
    await openBob();
    expect(((await box('Message')) as HTMLTextAreaElement).value).toBe('half a th');
  });

  it('r_t4 a message over 12 KB is refused in words, and nothing is lost', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    await openBob();
    const message = (await box('Message')) as HTMLTextAreaElement;
    await user.click(message);
    await user.paste('x'.repeat(12_300));
    expect(await screen.findByText(/12 bytes too long/u)).toBeTruthy();
    expect(((await button('Send')) as HTMLButtonElement).disabled).toBe(true);
    await user.type(message, '{Enter}');
    expect(message.value).toHaveLength(12_300);
  });

  it('h1 h2 markup, scripts and hostile links stay text', async () => {
    const text = '<img src=x onerror=alert(1)> <script>alert(1)</script> javascript:alert(1)';
    world.addPerson('bob', '<b>Bob</b>');
    world.say('bob', 'ann', text);
    open('ann');
    await user.click(await screen.findByRole('button', { name: /Bob/u }));
    const [entry] = await entries();
    expect(entry?.textContent).toContain(text);
    expect(entry?.querySelector('img, script, a, b')).toBeNull();
    expect(within(entry as HTMLElement).queryByRole('link')).toBeNull();
    expect(document.querySelector('.says b')).toBeNull();
  });

  it('h9 a link opens only after a look at where it goes', async () => {
    world.say('bob', 'ann', 'https://bank@аpple.com/x');
    open('ann');
    await openBob();
    await user.click(await screen.findByRole('link'));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText(/^xn--/u)).toBeTruthy();
    expect(bridge.calls.some((call) => call.method === 'openWebLink')).toBe(false);
    await user.click(await within(dialog).findByRole('button', { name: 'Open in browser' }));
    expect(bridge.calls.at(-1)).toMatchObject({ method: 'openWebLink' });
  });

  it('a new conversation is found by name', async () => {
    open('ann', { isHost: false });
    await press('New conversation');
    await user.type(await screen.findByRole('combobox', { name: 'User ID or name' }), 'bo');
    await user.click(await screen.findByRole('option', { name: 'Bob' }));
    expect(await screen.findByText('Write the first message to Bob.')).toBeTruthy();
    await user.type(await box('Message'), 'First{Enter}');
    expect(await screen.findByRole('listitem', { name: 'Bob' })).toBeTruthy();
  });

  it('Enter waits for the answer to what was typed, and does not take somebody listed before', async () => {
    open('ann');
    await press('New conversation');
    await screen.findByRole('option', { name: 'Ann' });
    await user.type(await screen.findByRole('combobox', { name: 'User ID or name' }), 'bob{Enter}');
    expect(await screen.findByText('Write the first message to Bob.')).toBeTruthy();
  });

  it('the app starts with the newest conversation open', async () => {
    world.addPerson('cleo', 'Cléo');
    world.say('bob', 'ann', 'Older', 1000);
    world.say('cleo', 'ann', 'Newer', 2000);
    open('ann');
    expect(await screen.findByRole('article', { name: /^Cléo/u })).toBeTruthy();
  });

  it('Ctrl+K jumps to a conversation by keyboard alone', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    await screen.findByRole('listitem', { name: /^Bob/u });
    await user.keyboard('{Control>}k{/Control}');
    await screen.findByRole('combobox', { name: 'Go to' });
    await user.keyboard('bob');
    await screen.findByRole('option', { name: 'Bob' });
    await user.keyboard('{Enter}');
    expect(await box('Message')).toBeTruthy();
  });

  it('the filter finds by name and id, and the arrows walk the list', async () => {
    world.addPerson('cleo', 'Cléo');
    world.say('bob', 'ann', 'Hi', 1000);
    world.say('cleo', 'ann', 'Ho', 2000);
    open('ann');
    await screen.findByRole('listitem', { name: /^Bob/u });
    await user.type(await screen.findByLabelText('Find a conversation'), 'cleo');
    expect(screen.queryByRole('listitem', { name: /^Bob/u })).toBeNull();
    expect(screen.getByRole('listitem', { name: /^Cléo/u })).toBeTruthy();
    await user.keyboard('{Escape}{ArrowDown}');
    await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^Cléo/u));
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^Bob/u));
  });

  it('the filter finds conversations that were not fetched yet', async () => {
    for (let index = 0; index < 120; index += 1) {
      world.addPerson(`p${index}`, `Person ${index}`);
      world.say(`p${index}`, 'ann', 'Hi', 1000 * index);
    }
    world.addPerson('zoe', 'Zoë');
    world.say('zoe', 'ann', 'Long ago', 1);
    open('ann');
    await screen.findByRole('listitem', { name: /^Person 119/u });
    await user.type(await screen.findByLabelText('Find a conversation'), 'zoe');
    expect(await screen.findByRole('listitem', { name: /^Zoë/u })).toBeTruthy();
  });

  it('Enter that ends a composition chooses nobody', async () => {
    world.addPerson('cleo', 'Cléo');
    world.say('bob', 'ann', 'Hi', 1000);
    world.say('cleo', 'ann', 'Ho', 2000);
    open('ann');
    const filter = await screen.findByLabelText('Find a conversation');
    await user.type(filter, 'bob');
    await fireEvent.compositionEnd(filter);
    await fireEvent.keyDown(filter, { key: 'Enter', keyCode: 229 });
    expect(session.openID).toBe('C2Ccleo');
    await fireEvent.keyDown(filter, { key: 'Enter', keyCode: 13 });
    expect(session.openID).toBe('C2Cbob');
    await press('New conversation');
    const people = await screen.findByRole('combobox', { name: 'User ID or name' });
    await screen.findByRole('option', { name: 'Ann' });
    await fireEvent.compositionEnd(people);
    await fireEvent.keyDown(people, { key: 'Enter', keyCode: 229 });
    expect(screen.queryByRole('combobox', { name: 'User ID or name' })).toBeTruthy();
  });

  it('a part of the app that cannot be loaded is not silent', async () => {
    open('ann');
    await screen.findByRole('list', { name: 'Conversations' });
    window.dispatchEvent(new Event('vite:preloadError'));
    expect((await screen.findByRole('alert')).textContent).toContain('could not be loaded');
  });

  it('the focus stays in the list when its conversation moves, is deleted, or was left by Back', async () => {
    for (const [index, id] of ['cleo', 'dora', 'emil'].entries()) {
      world.addPerson(id, id);
      world.say(id, 'ann', 'Hi', 1000 * (index + 1));
    }
    open('ann');
    const focused = () => document.activeElement?.getAttribute('aria-label');
    (await screen.findByRole('button', { name: /^cleo/u })).focus();
    world.say('cleo', 'ann', 'Again');
    await screen.findByRole('button', { name: 'cleo, 2 unread' });
    await waitFor(() => expect(focused()).toBe('cleo, 2 unread'));
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(focused()).toMatch(/^emil/u));
    await user.keyboard('{Delete}');
    await press('Delete');
    await waitFor(() => expect(focused()).toMatch(/^dora/u));
    session.isNarrow = true;
    await user.keyboard('{Enter}');
    await box('Message');
    await press('Back');
    await waitFor(() => expect(focused()).toMatch(/^dora/u));
  });

  it('a conversation is deleted from its menu, after a question', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    const item = await screen.findByRole('button', { name: /^Bob/u });
    await user.pointer({ keys: '[MouseRight]', target: item });
    await user.click(await screen.findByRole('menuitem', { name: 'Delete conversation' }));
    await press('Delete');
    await waitFor(() => expect(screen.queryByRole('listitem', { name: /^Bob/u })).toBeNull());
  });

  it('being kicked out is said, and leads back in', async () => {
    open('ann');
    await screen.findByRole('list', { name: 'Conversations' });
    bridge.emit({ event: 'kickedOut', type: 'multipleDevice' });
    expect(await screen.findByText('Another of your devices took this one’s place.')).toBeTruthy();
    await press('Sign in again');
    expect(await button('Sign in to a server')).toBeTruthy();
  });

  it('a link that is none of ours is said to lead nowhere, also before one is signed in', async () => {
    open('ann');
    await screen.findByRole('list', { name: 'Conversations' });
    bridge.emit({ event: 'linkRefused' });
    expect(await screen.findByText(/no link that leads anywhere/u)).toBeTruthy();
    cleanup();
    open(null);
    await screen.findByRole('button', { name: 'Join with a link' });
    bridge.emit({ event: 'linkRefused' });
    expect(await screen.findByText(/no link that leads anywhere/u)).toBeTruthy();
  });

  it('a cache that was set aside is said, with what was kept', async () => {
    open('ann');
    await screen.findByRole('list', { name: 'Conversations' });
    bridge.emit({ event: 'cacheSetAside', report: { reason: 'damaged', drafts: 1, unsent: 2 } });
    expect(await screen.findByText(/1 draft, 2 unsent messages/u)).toBeTruthy();
  });

  it('shell, list and page are each said to be painted, once', async () => {
    world.say('bob', 'ann', 'Hi');
    open('ann');
    await openBob();
    const painted = () => bridge.calls.flatMap((call) => (call.method === 'painted' ? [call.request] : []));
    await waitFor(() => expect(painted()).toHaveLength(3));
    expect(painted()).toEqual(
      expect.arrayContaining([{ what: 'shell' }, { what: 'list' }, { what: 'page' }]),
    );
  });
});

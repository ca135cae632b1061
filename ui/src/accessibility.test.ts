// @vitest-environment happy-dom
import './look/test-setup';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, it } from 'vitest';
import App from './App.svelte';
import { FakeWorld, type FakeBridge } from './bridge/fake';
import { Session } from './session/session.svelte';
import { timOn } from './tim';

let world: FakeWorld;
let bridge: FakeBridge;
let session: Session;
const user = userEvent.setup();

function open(userID: string | null, isHost = true): void {
  bridge = world.bridge(userID, { isHost });
  session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  void session.start();
}

/** What axe finds wrong; colours and heights need a real page, and have their own test. */
async function faults(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false }, 'page-has-heading-one': { enabled: false } },
  });
  return violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)}`));
}

beforeEach(() => {
  world = new FakeWorld('Harbour');
  world.addPerson('ann', 'Ann');
  world.addPerson('bob', 'Bob');
  world.say('ann', 'bob', 'Hello');
  world.say('bob', 'ann', 'See https://example.org');
});

it('axe finds nothing wrong with the welcome and its forms', async () => {
  open(null);
  await screen.findByRole('heading');
  expect(await faults()).toEqual([]);
  await user.click(await screen.findByRole('button', { name: 'Sign in to a server' }));
  await user.click(await screen.findByRole('button', { name: 'Continue' }));
  expect(await faults()).toEqual([]);
});

it('axe finds nothing wrong with the list and a chat', async () => {
  open('ann');
  await user.click(await screen.findByRole('button', { name: /^Bob/u }));
  await screen.findAllByRole('article');
  bridge.setConnection('disconnected');
  await screen.findByRole('status', { name: 'Connection' });
  expect(await faults()).toEqual([]);
});

it('axe finds nothing wrong with the dialogs', async () => {
  open('ann');
  await user.click(await screen.findByRole('button', { name: 'New conversation' }));
  await screen.findByRole('option', { name: 'Bob' });
  expect(await faults()).toEqual([]);
  await user.click(await screen.findByRole('button', { name: 'Close' }));
  await user.click(await screen.findByRole('button', { name: 'Settings' }));
  for (const { textContent } of await screen.findAllByRole('tab')) {
    await user.click(await screen.findByRole('tab', { name: textContent.trim() }));
    expect(await faults(), textContent).toEqual([]);
  }
});

it('axe finds nothing wrong with joining, a start that failed, and being signed out elsewhere', async () => {
  open(null, false);
  await user.click(await screen.findByRole('button', { name: 'Join with a link' }));
  await user.type(await screen.findByRole('textbox'), 'tidings://join/harbour.local:4433/abc');
  await user.click(await screen.findByRole('button', { name: 'Continue' }));
  await screen.findByRole('textbox', { name: 'User ID' });
  expect(await faults()).toEqual([]);
  session.stage = 'failed';
  await screen.findByRole('button', { name: 'Try again' });
  expect(await faults()).toEqual([]);
  session.stage = 'kicked';
  await screen.findByRole('button', { name: 'Sign in again' });
  expect(await faults()).toEqual([]);
});

it('axe finds nothing wrong with a list of nobody and nothing open', async () => {
  world = new FakeWorld('Harbour');
  world.addPerson('ann', 'Ann');
  open('ann');
  await screen.findByRole('heading', { name: 'Nobody here yet' });
  expect(await faults()).toEqual([]);
});

it('axe finds nothing wrong with menus, questions and what opens from a message', async () => {
  open('ann');
  const row = await screen.findByRole('button', { name: /^Bob/u });
  await user.click(row);
  await fireEvent.contextMenu(row);
  await screen.findByRole('menu');
  expect(await faults()).toEqual([]);
  await user.click(await screen.findByRole('menuitem', { name: 'Delete conversation' }));
  await screen.findByRole('dialog');
  expect(await faults()).toEqual([]);
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));

  const openMenu = async (): Promise<void> => {
    const articles = await screen.findAllByRole('article');
    await fireEvent.contextMenu(articles.at(-1) as HTMLElement);
    await screen.findByRole('menu');
  };
  await openMenu();
  expect(await faults()).toEqual([]);
  for (const [item, closer] of [
    ['Details', 'Close'],
    ['Forward', 'Close'],
    ['Select', 'Cancel'],
  ] as const) {
    await user.keyboard('{Escape}');
    await openMenu();
    await user.click(await screen.findByRole('menuitem', { name: item }));
    const close = await screen.findByRole('button', { name: closer });
    expect(await faults(), item).toEqual([]);
    await user.click(close);
  }
  await user.click(await screen.findByRole('link'));
  await screen.findByRole('dialog');
  expect(await faults()).toEqual([]);
});

it('axe finds nothing wrong with the keys, emoji and the details of a person', async () => {
  open('ann');
  await user.click(await screen.findByRole('button', { name: /^Bob/u }));
  await user.click(await screen.findByRole('button', { name: 'Emoji and stickers' }));
  await screen.findByRole('tab', { name: 'Stickers' });
  expect(await faults()).toEqual([]);
  await user.keyboard('{Escape}');
  await user.click(await screen.findByRole('button', { name: 'Details' }));
  await screen.findByRole('region', { name: 'Details' });
  expect(await faults()).toEqual([]);
  await user.keyboard('{Control>}/{/Control}');
  const sheet = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
  expect(within(sheet).getAllByText('Ctrl').length).toBeGreaterThan(3);
  expect(await faults()).toEqual([]);
});

it('a question mark opens the keys, and in a field it is a question mark', async () => {
  open('ann');
  await user.click(await screen.findByRole('button', { name: /^Bob/u }));
  const field = await screen.findByRole('textbox', { name: 'Message' });
  await user.type(field, 'Why?');
  expect((field as HTMLTextAreaElement).value).toBe('Why?');
  expect(screen.queryByRole('dialog')).toBeNull();
  (await screen.findByRole('log')).focus();
  await user.keyboard('?');
  await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
});

it('what comes in the open chat is said once and in order; old pages and other chats are not', async () => {
  world.addPerson('carla', 'Carla');
  open('ann');
  await user.click(await screen.findByRole('button', { name: /^Bob/u }));
  await screen.findAllByRole('article');
  expect((await screen.findByRole('log')).getAttribute('aria-live')).toBe('off');
  const said = (): (string | null)[] =>
    [...document.querySelectorAll('[aria-live="polite"].unseen p')].map((each) => each.textContent);
  expect(said()).toEqual([]);
  world.say('carla', 'ann', 'Elsewhere');
  for (const text of ['One', 'Two', 'Three']) world.say('bob', 'ann', text);
  world.say('ann', 'bob', 'My own');
  await waitFor(() => expect(said()).toEqual(['Bob: One', 'Bob: Two', 'Bob: Three']));
});

// @vitest-environment happy-dom
import './look/test-setup';
import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, it } from 'vitest';
import App from './App.svelte';
import { FakeWorld, type FakeBridge } from './bridge/fake';
import { Session } from './session/session.svelte';
import { timOn } from './tim';

let world: FakeWorld;
let bridge: FakeBridge;
const user = userEvent.setup();

function open(userID: string | null): void {
  bridge = world.bridge(userID, { isHost: true });
  const session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
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
  for (const name of ['Appearance', 'Your space', 'Account']) {
    await user.click(await screen.findByRole('tab', { name }));
    expect(await faults()).toEqual([]);
  }
});

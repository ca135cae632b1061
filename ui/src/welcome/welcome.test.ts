// @vitest-environment happy-dom
import '../look/test-setup';
import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeWorld, refusal, type FakeBridge } from '../bridge/fake';
import { Session } from '../session/session.svelte';
import { timOn } from '../tim';

const user = userEvent.setup();

function open(world: FakeWorld, userID: string | null, isHost: boolean): [FakeBridge, Session] {
  const bridge = world.bridge(userID, { isHost });
  const session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  void session.start();
  return [bridge, session];
}

it('whoever signed out of their own space goes back to it with one click', async () => {
  const world = new FakeWorld('Ann’s space');
  world.addPerson('owner', 'Ann');
  const [bridge, session] = open(world, null, true);
  bridge.refuseNext.set('startSpace', refusal(120012, 'unavailable'));
  const back = await screen.findByRole('button', { name: 'Back to Ann’s space' });
  expect(screen.queryByRole('button', { name: 'Start a space on this computer' })).toBeNull();
  await user.click(back);
  expect(await screen.findByText(/busy or restarting/u)).toBeTruthy();
  await user.click(back);
  await waitFor(() => expect(session.stage).toBe('app'));
});

it('who has no space is offered to start one', async () => {
  open(new FakeWorld('Harbour'), null, false);
  expect(await screen.findByRole('button', { name: 'Start a space on this computer' })).toBeTruthy();
});

it('an empty list shows who has come, to write to', async () => {
  const world = new FakeWorld('Harbour');
  world.addPerson('ann', 'Ann');
  const [, session] = open(world, 'ann', true);
  await screen.findByRole('heading', { name: 'Nobody here yet' });
  world.addPerson('bob', 'Bob');
  await user.click(await screen.findByRole('button', { name: 'Bob' }));
  expect(session.openID).toBe('C2Cbob');
});

it('a link that is pasted is looked at by itself; one that is none is said without asking anybody', async () => {
  const [bridge] = open(new FakeWorld('Harbour'), null, false);
  await user.click(await screen.findByRole('button', { name: 'Join with a link' }));
  const asked = () => bridge.calls.filter(({ method }) => method === 'inspectLink');
  const link = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Invitation link' });
  link.focus();
  await user.paste('tidings://join/harbour.local');
  expect(await screen.findByText(/This is not an invitation link/u)).toBeTruthy();
  expect(asked()).toEqual([]);
  await user.clear(link);
  await user.paste('tidings://join/harbour.local:4433/code');
  expect(await screen.findByRole('heading', { name: 'Join Harbour' })).toBeTruthy();
  expect(asked()).toHaveLength(1);
});

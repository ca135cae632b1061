// @vitest-environment happy-dom
import '../look/test-setup';
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeWorld } from '../bridge/fake';
import { timOn } from '../tim';
import { Session } from './session.svelte';

it('what is told in passing lies in the dialog that lies over the page, and comes back out of it', async () => {
  const world = new FakeWorld('Harbour');
  world.addPerson('ann', 'Ann');
  const session = new Session(timOn(world.bridge('ann')).create({ SDKAppID: 1 }));
  const user = userEvent.setup();
  render(App, { session });
  await session.start();
  await user.click(await screen.findByRole('button', { name: 'Settings' }));
  const settings = await screen.findByRole('dialog', { name: 'Settings' });
  session.news = 'Cleo joined';
  const said = await within(settings).findByText('Cleo joined');
  expect(said.closest('[role="status"]')).toBeTruthy();

  await user.click(await screen.findByRole('tab', { name: 'Account' }));
  await user.click(await screen.findByRole('button', { name: 'Sign out' }));
  const question = await screen.findByRole('dialog', { name: 'Sign out of Tidings?' });
  await within(question).findByText('Cleo joined');
  await user.click(within(question).getByRole('button', { name: 'Cancel' }));
  await within(settings).findByText('Cleo joined');
  session.news = '';
  session.trouble = 'The disk is full.';
  expect((await within(settings).findByText('The disk is full.')).closest('[role="alert"]')).toBeTruthy();
  await user.keyboard('{Escape}');
  settings.dispatchEvent(new Event('cancel', { cancelable: true }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByText('The disk is full.')).toBeTruthy();
});

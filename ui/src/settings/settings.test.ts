// @vitest-environment happy-dom
import '../look/test-setup';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeWorld, refusal, type FakeBridge } from '../bridge/fake';
import { Session } from '../session/session.svelte';
import { timOn } from '../tim';

let bridge: FakeBridge;
let session: Session;
const user = userEvent.setup();

async function open(isHost: boolean, surroundings = {}): Promise<void> {
  const world = new FakeWorld('Harbour');
  world.addPerson('ann', 'Ann');
  world.addPerson('bob', 'Bob');
  world.say('bob', 'ann', 'Hi');
  bridge = world.bridge('ann', { isHost, surroundings });
  session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  await session.start();
  await user.click(await screen.findByRole('button', { name: 'Settings' }));
  await screen.findByRole('dialog', { name: 'Settings' });
}

const tab = async (name: string) => user.click(await screen.findByRole('tab', { name }));

beforeEach(async () => {
  document.documentElement.removeAttribute('data-theme');
});

it('the profile’s name is changed', async () => {
  await open(false);
  const name = await screen.findByLabelText('Your name', { selector: 'input' });
  await user.clear(name);
  await user.type(name, 'Anna');
  await user.click(await screen.findByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Saved')).toBeTruthy();
  expect(session.account?.profile.nick).toBe('Anna');
});

it('theme and language change at once', async () => {
  await open(false);
  await tab('Appearance');
  await user.click(await screen.findByRole('radio', { name: 'Dark' }));
  expect(document.documentElement.dataset['theme']).toBe('dark');
  await user.click(await screen.findByRole('radio', { name: '简体中文' }));
  expect(await screen.findByRole('dialog', { name: '设置' })).toBeTruthy();
  expect(document.documentElement.lang).toBe('zh-CN');
  await user.click(await screen.findByRole('radio', { name: 'English' }));
  expect(await screen.findByRole('tab', { name: 'Appearance' })).toBeTruthy();
});

it('the switch shows what is so after sharing failed', async () => {
  await open(true);
  await tab('Your space');
  const share = (await screen.findByRole('switch')) as HTMLInputElement;
  bridge.refuseNext.set('setHostShared', refusal(120012, 'unavailable'));
  await user.click(share);
  expect(await screen.findByText(/busy or restarting/u)).toBeTruthy();
  await waitFor(() => expect(share.checked).toBe(false));
  await user.click(share);
  await waitFor(() => expect(share.disabled).toBe(false));
  expect(share.checked).toBe(true);
});

it('a guest has no space to share', async () => {
  await open(false);
  expect(screen.queryByRole('tab', { name: 'Your space' })).toBeNull();
});

it('a host shares, invites, copies the link, and sees who is here', async () => {
  await open(true);
  await tab('Your space');
  const share = await screen.findByRole('switch', { name: 'Share on the local network' });
  const invite = await screen.findByRole('button', { name: 'Make an invitation link' });
  expect((invite as HTMLButtonElement).disabled).toBe(true);
  await user.click(share);
  await waitFor(() => expect((invite as HTMLButtonElement).disabled).toBe(false));
  await user.click(invite);
  expect(await screen.findByRole('img', { name: 'QR code of the invitation link' })).toBeTruthy();
  await user.click(await screen.findByRole('button', { name: 'Copy link' }));
  await waitFor(() =>
    expect(bridge.calls).toContainEqual({
      method: 'copyText',
      request: { text: expect.stringMatching(/^tidings:\/\/join\//u) as string },
    }),
  );
  const here = await screen.findByRole('list', { name: 'Who is here' });
  expect(within(here).getAllByRole('listitem')).toHaveLength(2);
});

it('signing out asks first', async () => {
  await open(false);
  await tab('Account');
  await user.click(await screen.findByRole('button', { name: 'Sign out' }));
  const question = await screen.findByRole('dialog', { name: 'Sign out of Tidings?' });
  await user.click(within(question).getByRole('button', { name: 'Sign out' }));
  expect(await screen.findByRole('button', { name: 'Start a space on this computer' })).toBeTruthy();
});

it('notifications are chosen, tried, and kept quiet at night', async () => {
  await open(false);
  await tab('Notifications');
  await user.click(await screen.findByRole('radio', { name: 'Name only' }));
  await waitFor(() => expect(session.settings.notificationContent).toBe('nameOnly'));
  await user.click(await screen.findByRole('button', { name: 'Show a test notification' }));
  expect(await screen.findByText('Shown.')).toBeTruthy();
  const from = await screen.findByLabelText('From', { selector: 'input' });
  expect((from as HTMLInputElement).disabled).toBe(true);
  await user.click(await screen.findByRole('switch', { name: 'Do not disturb at night' }));
  await waitFor(() => expect((from as HTMLInputElement).disabled).toBe(false));
  await fireEvent.change(from, { target: { value: '21:30' } });
  await waitFor(() => expect(session.settings.quietFrom).toBe(21 * 60 + 30));
  expect(session.settings.quietHours).toBe(true);
});

it('what this desktop does not have is said', async () => {
  await open(false, { tray: false, notifications: false, globalShortcut: false });
  await tab('Notifications');
  expect(await screen.findByText('This desktop has no tray. Closing the window quits Tidings.')).toBeTruthy();
  expect(screen.getByText('Tidings starts with its window: this desktop has no tray.')).toBeTruthy();
  expect(await screen.findByText(/Nothing on this desktop shows/u)).toBeTruthy();
  expect(await screen.findByText(/does not let programs/u)).toBeTruthy();
});

it('everything gets larger and smaller by keys', async () => {
  await open(false);
  await user.keyboard('{Control>}+{/Control}');
  await waitFor(() => expect(session.settings.zoom).toBe(110));
  await user.keyboard('{Control>}--{/Control}');
  await waitFor(() => expect(session.settings.zoom).toBe(90));
  await user.keyboard('{Control>}0{/Control}');
  await waitFor(() => expect(session.settings.zoom).toBe(100));
});

it('what Tidings is, and which licence it has', async () => {
  await open(false);
  await tab('About');
  expect(await screen.findByText(/^Tidings \d/)).toBeTruthy();
  expect(await screen.findByText(/Apache License 2\.0 or the MIT License/)).toBeTruthy();
  expect(await screen.findByRole('heading', { name: 'Made with' })).toBeTruthy();
});

it('the diagnostics are shown and copied as they are shown', async () => {
  await open(false);
  await tab('Diagnostics');
  const report = await screen.findByRole('region', { name: 'Diagnostics' });
  await waitFor(() => expect(report.textContent).toContain('connection: connected'));
  await user.click(await screen.findByRole('button', { name: 'Copy' }));
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
  expect(bridge.calls).toContainEqual({ method: 'copyText', request: { text: report.textContent } });
});

it('contrast, spacing and motion change at once', async () => {
  await open(false);
  await tab('Appearance');
  const { dataset } = document.documentElement;
  expect([dataset['contrast'], dataset['density'], dataset['motion']]).toEqual(['usual', 'roomy', 'usual']);
  for (const name of ['High', 'Compact', 'Reduced'])
    await user.click(await screen.findByRole('radio', { name }));
  expect([dataset['contrast'], dataset['density'], dataset['motion']]).toEqual([
    'high',
    'compact',
    'reduced',
  ]);
  expect(session.settings.density).toBe('compact');
});

// @vitest-environment happy-dom
import '../look/test-setup';
import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeWorld, refusal, type FakeBridge } from '../bridge/fake';
import { Session } from '../session/session.svelte';
import { timOn } from '../tim';

let world: FakeWorld;
let bridge: FakeBridge;
let session: Session;
const user = userEvent.setup();

async function open(userID: string | null, hasImport = false): Promise<void> {
  bridge = world.bridge(userID, { appInfo: { hasImport } });
  session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  await session.start();
}

async function openStorage(): Promise<void> {
  await open('ann');
  await user.click(await screen.findByRole('button', { name: 'Settings' }));
  await user.click(await screen.findByRole('tab', { name: 'Storage' }));
}

const button = (name: string) => screen.findByRole('button', { name });
const asked = (method: string) => bridge.calls.filter((call) => call.method === method);

async function faults(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false }, 'page-has-heading-one': { enabled: false } },
  });
  return violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)}`));
}

beforeEach(() => {
  world = new FakeWorld('Harbour');
  world.addPerson('ann', 'Ann', 'ann’s password');
  world.addPerson('bob', 'Bob', 'bob’s password');
  world.say('bob', 'ann', 'Hi');
});

it('an export says how far it is, where it is, what is missing, and shows its folder', async () => {
  await openStorage();
  bridge.isMovingSlow = true;
  bridge.exported = { ...bridge.exported, missingMessages: 1, missingFiles: 3 };
  await user.click(await button('Export…'));
  const bar = await screen.findByRole('progressbar', { name: 'Exporting' });
  expect(bar.getAttribute('aria-valuenow')).toBe('33');
  expect(bar.getAttribute('aria-valuetext')).toBe('400 messages · 12 files · 11.8 MB');
  expect(await faults()).toEqual([]);
  // It goes on when the settings are closed, and is there when they are opened again.
  await user.click(await button('Close'));
  await user.click(await button('Settings'));
  await user.click(await screen.findByRole('tab', { name: 'Storage' }));
  await screen.findByRole('progressbar', { name: 'Exporting' });
  bridge.endMoving();
  expect(await screen.findByText('“Tidings export, ann, 2026-11-23” is in Documents.')).toBeTruthy();
  expect(await screen.findByText('1 message could not be had and is missing.')).toBeTruthy();
  expect(await screen.findByText('3 files could not be had and are missing.')).toBeTruthy();
  expect(await faults()).toEqual([]);
  await user.click(await button('Show in folder'));
  expect(asked('showExport').length).toBe(1);
  expect(asked('exportData')[0]?.request).toEqual({ fetch: true, toDownloads: false });
});

it('an export is stopped, and without fetching it asks for nothing', async () => {
  await openStorage();
  bridge.isMovingSlow = true;
  await user.click(await screen.findByRole('switch', { name: 'Fetch what is not on this computer' }));
  await user.click(await button('Export…'));
  await user.click(await button('Cancel'));
  await button('Export…');
  expect(asked('exportData')[0]?.request).toEqual({ fetch: false, toDownloads: false });
  expect(screen.queryByRole('button', { name: 'Show in folder' })).toBeNull();
});

it('what goes wrong is said, and a desktop without dialogs exports to the downloads', async () => {
  await openStorage();
  bridge.refuseNext.set('exportData', refusal(120026, 'internal'));
  await user.click(await button('Export…'));
  expect(await screen.findByText(/The disk is full\. Nothing was left there/u)).toBeTruthy();
  bridge.isBare = true;
  await user.click(await button('Export…'));
  await user.click(await button('Export to Downloads'));
  await button('Show in folder');
  expect(asked('exportData').at(-1)?.request).toEqual({ fetch: true, toDownloads: true });
});

it('an export is opened on the welcome screen, read, and gone on with by its user alone', async () => {
  await open(null);
  bridge.isMovingSlow = true;
  bridge.imported = { ...bridge.imported, brokenLines: 2 };
  await user.click(await button('Open an export'));
  await screen.findByRole('progressbar', { name: 'Opening the export' });
  expect(await faults()).toEqual([]);
  bridge.endMoving();
  await button('Sign in');
  expect(
    await screen.findByText('1,203 messages are here now. 2 lines and 0 files could not be read.'),
  ).toBeTruthy();
  expect(await screen.findByRole('button', { name: /^Bob/u })).toBeTruthy();
  expect(screen.getByRole('status', { name: 'Connection' }).textContent).toContain('Opened from an export');
  expect(await faults()).toEqual([]);

  await user.click(await button('Sign in'));
  const userID = await screen.findByLabelText('User ID', { selector: 'input' });
  expect((userID as HTMLInputElement).value).toBe('ann');
  expect(await faults()).toEqual([]);
  await user.click(await button('Back'));
  await user.click(await button('Sign in'));
  const again = await screen.findByLabelText('User ID', { selector: 'input' });
  await user.clear(again);
  await user.type(again, 'bob');
  const password = await screen.findByLabelText('Password', { selector: 'input' });
  await user.type(password, 'bob’s password');
  await user.click(await button('Continue'));
  expect(await screen.findByText(/of another account or space/u)).toBeTruthy();
  await user.clear(again);
  await user.type(again, 'ann');
  await user.clear(password);
  await user.type(password, 'ann’s password');
  await user.click(await button('Continue'));
  await waitFor(() => expect(session.stage).toBe('app'));
  expect(session.account?.isImported).toBe(false);
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Sign in' })).toBeNull());
});

it.each([
  ['http://192.168.1.5:4433', ''],
  ['[fe80::1]:4433', ''],
  ['localhost', ''],
  ['harbour.example', 'harbour.example'],
])(
  'of an export, the address %s is put in as "%s": what is a number may be elsewhere today',
  async (was, now) => {
    await open(null);
    await user.click(await button('Open an export'));
    await button('Sign in');
    if (session.account !== null) session.account = { ...session.account, server: was };
    await user.click(await button('Sign in'));
    const server = await screen.findByLabelText('Server address', { selector: 'input' });
    expect((server as HTMLInputElement).value).toBe(now);
    expect(screen.queryByText(new RegExp(`^It was .*another computer`, 'u')) !== null).toBe(now === '');
    expect(await faults()).toEqual([]);
  },
);

it('a sign-in that is given up leaves what was imported', async () => {
  await open(null);
  await user.click(await button('Open an export'));
  await button('Sign in');
  const signedIn = session.signingIn(() => session.tim.login({ userID: 'ann', password: 'ann’s password' }));
  session.giveUpSigningIn();
  await signedIn.catch(() => undefined);
  expect(asked('signOut')).toEqual([]);
});

it('a folder that holds no export leaves the welcome screen as it is', async () => {
  await open(null);
  bridge.refuseNext.set('importData', refusal(120028, 'bad_request'));
  await user.click(await button('Open an export'));
  expect(await screen.findByText(/no whole export of Tidings/u)).toBeTruthy();
  expect(session.stage).toBe('welcome');
  expect(await faults()).toEqual([]);
});

it('an export of a space that a computer hosted is to be read, and says so wherever one would sign in or write', async () => {
  await open(null);
  bridge.importedFrom = '';
  await user.click(await button('Open an export'));
  const line = await screen.findByRole('status', { name: 'Connection' });
  expect(line.textContent).toContain('to read only');
  expect(screen.queryByRole('button', { name: 'Sign in' })).toBeNull();
  await user.click(await screen.findByRole('button', { name: /^Bob/u }));
  expect(
    await screen.findByText('This is an export, to read only. Nothing can be sent from here.'),
  ).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Send' })?.checkVisibility() ?? false).toBe(false);

  await user.click(await button('What can be done'));
  await screen.findByText('Opened from an export of');
  expect(screen.queryByText('Signed in as')).toBeNull();
  expect(screen.getByText('Harbour', { selector: 'dd bdi' }).parentElement?.textContent).toMatch(
    /· on the computer that the export was made on$/u,
  );
  expect(await faults()).toEqual([]);
  await user.click(await button('Sign in'));
  expect(await screen.findByText(/was given a password there/u)).toBeTruthy();
  await user.click(await button('Back'));
  await user.click(await button('What can be done'));
  await user.click(await button('Remove from this computer'));
  expect(await screen.findByText(/The folder of the export stays/u)).toBeTruthy();
});

it('an imported account of a server is not said to be signed in, and can be', async () => {
  await open(null);
  await user.click(await button('Open an export'));
  await button('Sign in');
  await user.click(await button('Settings'));
  await user.click(await screen.findByRole('tab', { name: 'Account' }));
  await screen.findByText('Opened from an export of');
  expect(screen.queryByText('Signed in as')).toBeNull();
  expect(screen.getAllByRole('button', { name: 'Sign in' }).length).toBe(2);
});

it('a desktop without dialogs is told what it lacks, before an export is opened', async () => {
  await open(null);
  bridge.isBare = true;
  await user.click(await button('Open an export'));
  expect(await screen.findByText(/Install zenity, or xdg-desktop-portal/u)).toBeTruthy();
  bridge.isBare = false;
  await user.click(await button('Open an export'));
  await waitFor(() => expect(session.stage).toBe('app'));
});

it('whoever starts the app with an export has it opened, where nobody is signed in', async () => {
  await open(null, true);
  await waitFor(() => expect(session.stage).toBe('app'));
  expect(asked('importData').length).toBe(1);
});

it('an export that cannot be opened because the profile is in use is told of', async () => {
  await open('ann');
  bridge.emit({ event: 'importRefused' });
  expect(await screen.findByText(/This profile is in use, so the export was not opened/u)).toBeTruthy();
  expect(asked('importData')).toEqual([]);
});

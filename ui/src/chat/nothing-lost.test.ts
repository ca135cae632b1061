// @vitest-environment happy-dom
import '../look/test-setup';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeWorld, refusal, type FakeBridge } from '../bridge/fake';
import type { OutgoingMessage } from '../bridge/generated/OutgoingMessage';
import { Session } from '../session/session.svelte';
import { timOn } from '../tim';

let world: FakeWorld;
let bridge: FakeBridge;
let session: Session;
const user = userEvent.setup();

async function open(conversationID = 'C2Cbob'): Promise<void> {
  bridge = world.bridge('ann');
  session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  void session.start();
  await waitFor(() => expect(session.isListLoaded).toBe(true));
  await goTo(conversationID);
}

async function goTo(conversationID: string): Promise<void> {
  await session.open(conversationID);
  await screen.findByRole('log');
}

const box = async () => (await screen.findByRole('textbox', { name: 'Message' })) as HTMLTextAreaElement;
const written = (text: string) => waitFor(async () => expect((await box()).value).toBe(text));
async function choose(text: string, name: string): Promise<void> {
  const found = await waitFor(async () => {
    const all = await screen.findAllByRole('article');
    const one = all.find((each) => each.textContent?.includes(text));
    expect(one).toBeDefined();
    return one as HTMLElement;
  });
  await fireEvent.contextMenu(found);
  await user.click(await screen.findByRole('menuitem', { name }));
}
async function rewrite(text: string): Promise<void> {
  await user.clear(await box());
  await user.type(await box(), text);
}

beforeEach(() => {
  world = new FakeWorld('Harbour');
  for (const name of ['Ann', 'Bob', 'Cleo']) world.addPerson(name.toLowerCase(), name);
  world.say('cleo', 'ann', 'Ho');
  world.say('ann', 'bob', 'helo');
});

it('a recalled text that is to be edited again comes below what is being written', async () => {
  await open();
  await choose('helo', 'Recall');
  await user.type(await box(), 'A draft');
  await user.click(await screen.findByRole('button', { name: 'Edit again?' }));
  await written('A draft\nhelo');
});

it('an edit is there again after another conversation was looked at, and so is the draft', async () => {
  await open();
  await user.type(await box(), 'A draft');
  await choose('helo', 'Edit');
  await written('helo');
  await rewrite('hello, all');
  await goTo('C2Ccleo');
  await written('');
  expect(session.isBusy).toBe(true);
  await goTo('C2Cbob');
  await written('hello, all');
  await user.click(await screen.findByRole('button', { name: 'Save' }));
  // The list says it too, a moment later.
  await within(screen.getByRole('log')).findByText('hello, all');
  await written('A draft');
  await waitFor(() => expect(session.isBusy).toBe(false));
});

it('an edit is there again after messages were selected', async () => {
  await open();
  await choose('helo', 'Edit');
  await written('helo');
  await rewrite('hello, all');
  await choose('helo', 'Select');
  await waitFor(() => expect(screen.queryByRole('textbox', { name: 'Message' })).toBeNull());
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  await written('hello, all');
});

it('an edit that was given up begins anew with what the message says', async () => {
  await open();
  await choose('helo', 'Edit');
  await written('helo');
  await rewrite('nonsense');
  await user.type(await box(), '{Escape}');
  await written('');
  await choose('helo', 'Edit');
  await written('helo');
});

it('an edit that is answered late does not end the next one', async () => {
  world.say('ann', 'bob', 'wrold');
  await open();
  const { editMessage } = bridge;
  let answer = (): void => undefined;
  bridge.editMessage = async (request) => {
    await new Promise<void>((resolve) => (answer = resolve));
    return editMessage.call(bridge, request);
  };
  await choose('helo', 'Edit');
  await written('helo');
  await rewrite('hello');
  await user.click(await screen.findByRole('button', { name: 'Save' }));
  await choose('wrold', 'Edit');
  await written('wrold');
  await rewrite('world, and mo');
  answer();
  await within(screen.getByRole('log')).findByText('hello');
  expect((await box()).value).toBe('world, and mo');
  expect(screen.queryByRole('button', { name: 'Save' })).not.toBeNull();
});

it('who was chosen is still mentioned when a draft is come back to', async () => {
  world.addGroup('ann', { groupID: 'g', name: 'Crew', memberIDs: ['bob'] });
  await open('GROUPg');
  await user.type(await box(), '@Bo');
  await user.click(await screen.findByRole('option', { name: /Bob/u }));
  await goTo('C2Ccleo');
  await goTo('GROUPg');
  await written('@Bob ');
  await user.type(await box(), 'look{Enter}');
  // That one types is sent, too.
  const lists = () =>
    bridge.calls.flatMap(({ method, request }) =>
      method === 'sendMessage' ? [(request as { message: OutgoingMessage }).message.atUserList] : [],
    );
  await waitFor(() => expect(lists()).toContainEqual(['bob']));
});

it('a mention in an edit is no draft', async () => {
  world.addGroup('ann', { groupID: 'g', name: 'Crew', memberIDs: ['bob'] });
  world.say('ann', 'g', 'helo all');
  await open('GROUPg');
  await user.type(await box(), 'A draft');
  await choose('helo all', 'Edit');
  await written('helo all');
  await rewrite('@Bo');
  await user.click(await screen.findByRole('option', { name: /Bob/u }));
  await written('@Bob ');
  expect(session.drafts.get('GROUPg')).toBe('A draft');
});

it('what the engine would not take keeps the page', async () => {
  await open();
  bridge.sendMessage = () => Promise.reject(refusal(2800, 'network'));
  expect(session.isBusy).toBe(false);
  await user.type(await box(), 'Lost?{Enter}');
  await waitFor(() => expect(session.isBusy).toBe(true));
});

it('what is typed into a dialog keeps the page while the dialog is open', async () => {
  await open();
  await choose('helo', 'Edit');
  await user.type(await box(), '{Escape}');
  await user.keyboard('{Control>}n{/Control}');
  const dialog = await screen.findByRole('dialog');
  expect(session.isBusy).toBe(false);
  await user.click(await screen.findByRole('button', { name: /New group/u }));
  await user.type(await screen.findByLabelText(/name/iu, { selector: 'dialog input' }), 'Cr');
  await waitFor(() => expect(session.isBusy).toBe(true));
  expect(dialog).toBeTruthy();
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(session.isBusy).toBe(false));
});

// @vitest-environment happy-dom
import '../look/test-setup';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeWorld, type FakeBridge } from '../bridge/fake';
import { isRecallable } from './message-menu';
import type { MessageRow } from './rows';
import { Session } from '../session/session.svelte';
import { timOn } from '../tim';

let world: FakeWorld;
let bridge: FakeBridge;
let session: Session;
const user = userEvent.setup();

async function open(conversationID = 'C2Cbob', recallSeconds: number | null = null): Promise<void> {
  bridge = world.bridge('ann');
  bridge.recallSeconds = recallSeconds;
  session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  void session.start();
  await waitFor(() => expect(session.isListLoaded).toBe(true));
  await session.open(conversationID);
  await screen.findByRole('log');
}

const articles = () => screen.findAllByRole('article');
const box = async () => (await screen.findByRole('textbox', { name: 'Message' })) as HTMLTextAreaElement;
const saying = async (text: string): Promise<HTMLElement> => {
  const all = await articles();
  const found = all.find((each) => each.textContent?.includes(text));
  if (found === undefined) throw new Error(`nobody says ${text}`);
  return found;
};
async function choose(text: string, name: string): Promise<void> {
  await fireEvent.contextMenu(await waitFor(() => saying(text)));
  await user.click(await screen.findByRole('menuitem', { name }));
}
async function faults(): Promise<string[]> {
  const rules = { 'color-contrast': { enabled: false }, 'page-has-heading-one': { enabled: false } };
  const { violations } = await axe.run(document.body, { rules });
  return violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)}`));
}

beforeEach(() => {
  world = new FakeWorld('Harbour');
  for (const name of ['Ann', 'Bob', 'Cleo']) world.addPerson(name.toLowerCase(), name);
});

describe('recall', () => {
  it('r_k1 one’s own recalled text comes back to the composer', async () => {
    world.say('ann', 'bob', 'Too hasty');
    await open();
    await choose('Too hasty', 'Recall');
    await screen.findByText(/You recalled a message/u);
    expect(screen.queryByText('Too hasty')).toBeNull();
    await user.click(await screen.findByRole('button', { name: 'Edit again?' }));
    await waitFor(async () => expect((await box()).value).toBe('Too hasty'));
  });

  it('r_k3 a recall by somebody else is said with their name, here and in the list', async () => {
    const { seq } = world.say('bob', 'ann', 'Oops');
    await open();
    await saying('Oops');
    world.recall('bob', 'C2Cann', seq);
    await screen.findByText(/Bob recalled a message/u);
    expect(screen.queryByText('Oops')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Edit again?' })).toBeNull();
    const row = await screen.findByRole('listitem', { name: /^Bob/u });
    expect(row.textContent).toContain('A message was recalled');
  });

  it('r_k2 a recall is offered for as long as the server says', async () => {
    world.say('ann', 'bob', 'Just now');
    const passed = world.say('ann', 'bob', 'Long ago');
    passed.time -= 300_000;
    await open(undefined, 120);
    await fireEvent.contextMenu(await waitFor(() => saying('Just now')));
    await screen.findByRole('menuitem', { name: 'Recall' });
    await user.keyboard('{Escape}');
    await fireEvent.contextMenu(await saying('Long ago'));
    await screen.findByRole('menuitem', { name: 'Delete for me' });
    expect(screen.queryByRole('menuitem', { name: 'Recall' })).toBeNull();
  });

  it.each([
    [null, 0, true],
    [0, 0, true],
    [120, 0, true],
    [60, 0, false],
    [120, 60_000, false],
    [60, -60_000, true],
  ])('r_k2 where the server says %s s and is %s ms ahead, %s', (recallSeconds, serverAheadMs, is) => {
    const row = { messages: [{ seq: 7, time: 1000 }] } as unknown as MessageRow;
    expect(isRecallable(row, { recallSeconds, serverAheadMs }, 1_090_000)).toBe(is);
  });

  it('r_k2 one that comes too late is said, and the message stays', async () => {
    world.say('ann', 'bob', 'Old');
    world.recallWindow = -1;
    await open();
    await choose('Old', 'Recall');
    expect(await screen.findByText('It is too late to recall this message.')).toBeTruthy();
    await saying('Old');
  });
});

describe('replies', () => {
  it('a reply says what it answers, and only names its place', async () => {
    world.say('bob', 'ann', 'When?');
    await open();
    await choose('When?', 'Reply');
    expect(await screen.findByText('Reply to Bob')).toBeTruthy();
    await user.type(await box(), 'At nine{Enter}');
    const quote = within(await saying('At nine')).getByRole('button', { name: 'In reply to Bob' });
    expect(quote.textContent).toContain('When?');
    const { outgoing } = world.log('ann', 'bob').messages[1] ?? {};
    expect(JSON.parse(outgoing?.cloudCustomData ?? '')).toEqual({ reply: { seq: 1, from: 'bob', text: '' } });
    expect(screen.queryByText('Reply to Bob')).toBeNull();
  });

  it('who answers themselves is told so, and a quote of theirs is of “You”', async () => {
    const { seq } = world.say('ann', 'bob', 'My own');
    world.tell('bob', 'ann', 'TIMTextElem', { text: 'I saw' }, undefined, {
      cloudCustomData: JSON.stringify({ reply: { seq, from: 'ann' } }),
    });
    await open();
    const quote = within(await waitFor(() => saying('I saw'))).getByRole('button', {
      name: 'In reply to you',
    });
    expect(quote.textContent).toMatch(/^\s*You/u);
    await choose('My own', 'Reply');
    expect(await screen.findByText('Reply to yourself')).toBeTruthy();
  });

  it('a recalled quote shows no text, whatever the reply says', async () => {
    const { seq } = world.say('bob', 'ann', 'Secret');
    const cloudCustomData = JSON.stringify({ reply: { seq, from: 'bob', text: 'Secret' } });
    world.tell('ann', 'bob', 'TIMTextElem', { text: 'Really?' }, undefined, { cloudCustomData });
    await open();
    expect((await saying('Really?')).textContent).toContain('Secret');
    world.recall('bob', 'C2Cann', seq);
    await waitFor(() => expect(screen.queryByText('Secret')).toBeNull());
    expect((await saying('Really?')).textContent).toContain('A message that was recalled');
  });

  it.each([
    '{',
    '[]',
    '{"reply":1}',
    '{"reply":{"seq":-1,"from":"x"}}',
    '{"reply":{"seq":1,"from":{}}}',
    'null',
  ])('what makes no sense as a reply is none: %s', async (cloudCustomData) => {
    world.tell('bob', 'ann', 'TIMTextElem', { text: 'Plain' }, undefined, { cloudCustomData });
    await open();
    await waitFor(() => saying('Plain'));
    expect(within(await saying('Plain')).queryByRole('button', { name: /In reply/u })).toBeNull();
  });

  it('a click on a quote goes to what it answers and lights it', async () => {
    const { seq } = world.say('bob', 'ann', 'The first');
    world.tell('bob', 'ann', 'TIMTextElem', { text: 'Back to that' }, undefined, {
      cloudCustomData: JSON.stringify({ reply: { seq, from: 'bob' } }),
    });
    await open();
    const answer = await waitFor(() => saying('Back to that'));
    await user.click(within(answer).getByRole('button', { name: 'In reply to Bob' }));
    await waitFor(() => {
      const found = document.querySelector<HTMLElement>('article[data-found]');
      expect(found?.textContent).toContain('The first');
      expect(document.activeElement).toBe(found);
    });
  });

  it('a quote of what is not there any more says so, and nothing moves', async () => {
    world.say('bob', 'ann', 'Only this');
    world.tell('bob', 'ann', 'TIMTextElem', { text: 'Back to that' }, undefined, {
      cloudCustomData: JSON.stringify({ reply: { seq: 40, from: 'bob' } }),
    });
    await open();
    const answer = await waitFor(() => saying('Back to that'));
    await user.click(within(answer).getByRole('button', { name: 'In reply to Bob' }));
    expect(await screen.findByText('That message is not there any more')).toBeTruthy();
    await saying('Only this');
  });

  it('a quoted message that is far away is fetched', async () => {
    world.say('bob', 'ann', 'The very first');
    for (let index = 0; index < 60; index += 1) world.say('bob', 'ann', `Later ${index}`);
    const cloudCustomData = JSON.stringify({ reply: { seq: 1, from: 'bob', text: '' } });
    world.tell('ann', 'bob', 'TIMTextElem', { text: 'I agree' }, undefined, { cloudCustomData });
    await open();
    await waitFor(async () => expect((await saying('I agree')).textContent).toContain('The very first'));
  });

  it('Escape stops replying, and a recall of what is answered does too', async () => {
    const { seq } = world.say('bob', 'ann', 'When?');
    await open();
    await choose('When?', 'Reply');
    await user.type(await box(), 'x{Escape}');
    await waitFor(() => expect(screen.queryByText('Reply to Bob')).toBeNull());
    await choose('When?', 'Reply');
    await screen.findByText('Reply to Bob');
    world.recall('bob', 'C2Cann', seq);
    await waitFor(() => expect(screen.queryByText('Reply to Bob')).toBeNull());
  });
});

describe('edits and reactions', () => {
  it('an edit begins with the text, changes it, and gives back what was being written', async () => {
    world.say('ann', 'bob', 'helo');
    await open();
    await user.type(await box(), 'A draft');
    await choose('helo', 'Edit');
    await waitFor(async () => expect((await box()).value).toBe('helo'));
    await user.clear(await box());
    await user.type(await box(), 'hello');
    await user.click(await screen.findByRole('button', { name: 'Save' }));
    await screen.findByText('hello');
    await screen.findByText('edited');
    await waitFor(async () => expect((await box()).value).toBe('A draft'));
  });

  it('a reaction is one click in the menu, and its chip takes it back', async () => {
    world.say('bob', 'ann', 'Land!');
    await open();
    await waitFor(() => saying('Land!'));
    await fireEvent.contextMenu(await saying('Land!'));
    await user.click(await screen.findByRole('menuitemcheckbox', { name: 'React with 👍' }));
    const chip = await screen.findByRole('button', { name: '👍 1 person, you too' });
    expect(chip.getAttribute('aria-pressed')).toBe('true');
    world.react('bob', 'C2Cann', 1, '👍', true);
    await user.click(await screen.findByRole('button', { name: '👍 2 people, you too' }));
    expect(await screen.findByRole('button', { name: '👍 1 person' })).toBeTruthy();
  });

  it('the menu is walked by keys: a row of reactions above, the verbs below', async () => {
    world.say('bob', 'ann', 'Land!');
    await open();
    await waitFor(() => saying('Land!'));
    await fireEvent.contextMenu(await saying('Land!'));
    const focused = () =>
      document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent;
    await waitFor(() => expect(focused()).toBe('More emoji'));
    await user.keyboard('{ArrowUp}');
    expect(focused()).toBe('React with 👍');
    await user.keyboard('{ArrowRight}');
    expect(focused()).toBe('React with ❤️');
    await user.keyboard('{ArrowDown}');
    expect(focused()).toBe('More emoji');
    expect(await faults()).toEqual([]);
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('menu')).toBeNull();
  });
});

describe('several messages', () => {
  it('are chosen, copied, and deleted for me alone', async () => {
    world.say('bob', 'ann', 'One');
    world.say('bob', 'ann', 'Two');
    world.say('bob', 'ann', 'Three');
    await open();
    await choose('One', 'Select');
    expect(screen.queryByRole('textbox', { name: 'Message' })).toBeNull();
    const [, second] = await screen.findAllByRole('checkbox');
    await user.click(second as HTMLElement);
    expect(await screen.findByText('2 selected')).toBeTruthy();
    expect(await faults()).toEqual([]);
    await user.click(await screen.findByRole('button', { name: 'Copy' }));
    expect(bridge.calls.at(-1)).toEqual({ method: 'copyText', request: { text: 'One\nTwo' } });
    await choose('Three', 'Select');
    await user.click(await screen.findByRole('button', { name: 'Delete for me' }));
    await user.click(await screen.findByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(screen.queryByText('Three', { selector: '.text' })).toBeNull());
    expect(world.log('ann', 'bob').messages).toHaveLength(3);
    expect(await box()).toBeTruthy();
  });

  it('are forwarded to several', async () => {
    world.say('bob', 'ann', 'News');
    world.say('cleo', 'ann', 'Hi', 1000);
    await open();
    await choose('News', 'Forward');
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(await dialog.findByRole('option', { name: 'Cleo' }));
    await user.click(await dialog.findByRole('option', { name: 'Ann' }));
    expect(await faults()).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Forward' }));
    await waitFor(() => expect(world.log('ann', 'cleo').messages).toHaveLength(2));
    await waitFor(() => expect(world.log('ann', 'ann').messages).toHaveLength(1));
  });
});

describe('typing', () => {
  it('is told to others, seldom, and kept nowhere', async () => {
    world.say('bob', 'ann', 'Hi');
    const bob = timOn(world.bridge('bob')).create({ SDKAppID: 2 });
    await bob.ready();
    const heard: unknown[] = [];
    bob.on('onMessageReceived', ({ data }) => heard.push(...(data as unknown[])));
    await open();
    await user.type(await box(), 'Hello');
    expect(heard).toEqual([
      expect.objectContaining({
        isOnlineOnly: true,
        payload: expect.objectContaining({ data: 'tidings/typing' }) as object,
      }),
    ]);
    expect(world.log('ann', 'bob').messages).toHaveLength(1);
  });

  it('of others is said, is no message, and ends with what they send', async () => {
    world.say('bob', 'ann', 'Hi');
    const bob = timOn(world.bridge('bob')).create({ SDKAppID: 2 });
    await bob.ready();
    await open();
    await waitFor(() => saying('Hi'));
    const payload = { data: 'tidings/typing', description: '', extension: '' };
    const message = bob.createCustomMessage({ to: 'ann', conversationType: 'C2C', payload });
    if (message === undefined) throw new Error('not ready');
    await bob.sendMessage(message, { onlineUserOnly: true });
    expect(await screen.findByText('Bob is typing…')).toBeTruthy();
    expect(await articles()).toHaveLength(1);
    world.say('bob', 'ann', 'There');
    await waitFor(() => expect(screen.queryByText('Bob is typing…')).toBeNull());
  });
});

describe('in a group', () => {
  beforeEach(() => {
    world.addGroup('bob', { groupID: 'g', name: 'Sailors', type: 'Public', memberIDs: ['ann', 'cleo'] });
  });

  it('names stand above runs, and tips are said in words', async () => {
    const group = world.group('g');
    world.setNameCard('bob', 'g', 'cleo', 'Captain');
    world.tell('cleo', 'g', 'TIMTextElem', { text: 'Ahoy' });
    world.tell('cleo', 'g', 'TIMTextElem', { text: 'Again' });
    world.tip(group, 3, 'bob', ['dora']);
    await open('GROUPg');
    await waitFor(() => saying('Ahoy'));
    expect((await articles()).map((each) => each.getAttribute('aria-label')?.split(',')[0])).toEqual([
      'Captain',
      'Captain',
    ]);
    expect(document.querySelectorAll('.sender')).toHaveLength(1);
    expect(await screen.findByText('Bob removed dora', { selector: '.tip *' })).toBeTruthy();
  });

  it('who is called otherwise is so at once: above their words and among the members', async () => {
    world.tell('cleo', 'g', 'TIMTextElem', { text: 'Ahoy' });
    await open('GROUPg');
    await waitFor(() => saying('Ahoy'));
    await user.click(await screen.findByRole('button', { name: 'Details' }));
    await screen.findByRole('button', { name: /^Cleo/u });
    const cleo = world.bridge('cleo');
    await cleo.updateMyProfile({ nick: 'Cleopatra' });
    await waitFor(async () =>
      expect((await saying('Ahoy')).getAttribute('aria-label')).toMatch(/^Cleopatra,/u),
    );
    await screen.findByRole('button', { name: /^Cleopatra/u });
    world.setNameCard('bob', 'g', 'cleo', 'Captain');
    bridge.emit({ event: 'historyFilled', conversationID: 'GROUPg' });
    await waitFor(async () =>
      expect((await saying('Ahoy')).getAttribute('aria-label')).toMatch(/^Captain,/u),
    );
    await screen.findByRole('button', { name: /^Captain/u });
  });

  it('@ reaches the members of a large group beyond the first page', async () => {
    const memberIDs = ['ann', ...Array.from({ length: 250 }, (_nothing, n) => `sailor${n}`)];
    for (const [n, each] of memberIDs.slice(1).entries()) world.addPerson(each, `Sailor ${n}`);
    world.addGroup('bob', { groupID: 'h', name: 'Many sailors', type: 'Public', memberIDs });
    world.tell('bob', 'h', 'TIMTextElem', { text: 'Hi' });
    await open('GROUPh');
    await user.type(await box(), '@sailor 24');
    await waitFor(async () =>
      expect((await screen.findAllByRole('option')).map((each) => each.textContent?.trim())).toHaveLength(11),
    );
    const options = await screen.findAllByRole('option');
    expect(options.at(-1)?.textContent).toContain('Sailor 249');
  });

  it('@ opens the list of members by keyboard, and who was chosen is mentioned', async () => {
    world.tell('bob', 'g', 'TIMTextElem', { text: 'Hi' });
    await open('GROUPg');
    await user.type(await box(), '@cl');
    const options = await screen.findAllByRole('option');
    expect(options.map((each) => each.textContent?.trim())).toEqual([expect.stringContaining('Cleo')]);
    expect((await box()).getAttribute('aria-activedescendant')).toBe(options[0]?.id);
    await user.keyboard('{Enter}');
    await waitFor(async () => expect((await box()).value).toBe('@Cleo '));
    await user.type(await box(), 'look{Enter}');
    await waitFor(() => expect(world.group('g').log.messages).toHaveLength(2));
    expect(world.group('g').log.messages[1]?.outgoing).toMatchObject({
      payload: { text: '@Cleo look' },
      atUserList: ['cleo'],
    });
  });

  it('who is mentioned sees it in the list', async () => {
    world.say('cleo', 'ann', 'Hi');
    await open('C2Ccleo');
    world.tell('bob', 'g', 'TIMTextElem', { text: '@Ann' }, undefined, { atUserList: ['ann'] });
    const row = await screen.findByRole('listitem', { name: /^Sailors/u });
    expect(row.textContent).toContain('[You were mentioned]');
  });

  it('details say how many have read a message', async () => {
    world.tell('ann', 'g', 'TIMTextElem', { text: 'Read this' });
    world.read('bob', 'GROUPg');
    await open('GROUPg');
    await choose('Read this', 'Details');
    expect(await screen.findByText('1 of 2 read')).toBeTruthy();
    expect(await faults()).toEqual([]);
  });

  it('who is not in it any more reads that, and can say nothing', async () => {
    world.tell('bob', 'g', 'TIMTextElem', { text: 'Hi' });
    await open('GROUPg');
    await waitFor(() => saying('Hi'));
    world.remove('bob', 'g', ['ann'], '');
    expect(await screen.findByText('You are not in this group any more.')).toBeTruthy();
    expect(screen.queryByRole('textbox', { name: 'Message' })).toBeNull();
  });
});

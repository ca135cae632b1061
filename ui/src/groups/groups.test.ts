// @vitest-environment happy-dom
import '../look/test-setup';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeWorld, SYSTEM, type FakeBridge } from '../bridge/fake';
import { Session } from '../session/session.svelte';
import { timOn } from '../tim';
import { groupFrom } from '../tim/group';
import { spoken } from '../words/words.svelte';
import { noticeOf, noticeText, tipText } from './said';
import { silenceOf } from './silence.svelte';

let world: FakeWorld;
let bridge: FakeBridge;
let session: Session;
const user = userEvent.setup();

async function open(conversationID = ''): Promise<void> {
  bridge = world.bridge('ann');
  session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  void session.start();
  await waitFor(() => expect(session.isListLoaded).toBe(true));
  if (conversationID !== '') await session.open(conversationID);
}
async function openDetails(): Promise<void> {
  await open('GROUPg');
  await press('Details');
  await screen.findByRole('list', { name: 'Members' });
}

const press = async (name: string) => user.click(await screen.findByRole('button', { name }));
const group = () => world.group('g');
async function choose(member: RegExp, item: string): Promise<void> {
  await user.click(await screen.findByRole('button', { name: member }));
  await user.click(await screen.findByRole('menuitem', { name: item }));
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

describe('making and joining', () => {
  it('a new group is named, gets its kind and its members, and opens', async () => {
    await open();
    await press('New conversation');
    await press('New group');
    await press('Continue');
    expect(await screen.findByText('Please write a name.')).toBeTruthy();
    await user.type(await screen.findByRole('textbox', { name: 'Name of the group' }), 'Crew');
    await user.click(await screen.findByRole('radio', { name: /^Open to requests/u }));
    await user.type(await screen.findByRole('textbox', { name: 'Group ID' }), 'crew');
    expect(await faults()).toEqual([]);
    await press('Continue');
    await user.click(await screen.findByRole('option', { name: 'Bob' }));
    expect(await faults()).toEqual([]);
    await press('Create group');
    await waitFor(() => expect(session.openID).toBe('GROUPcrew'));
    expect([...world.group('crew').members.keys()]).toEqual(['ann', 'bob']);
    expect(await screen.findByText('2 members')).toBeTruthy();
  });

  it('a new name has its limit in bytes, and says so at once', async () => {
    await open();
    await press('New conversation');
    await press('New group');
    const field = await screen.findByRole('textbox', { name: 'Name of the group' });
    expect(document.activeElement).toBe(field);
    await user.type(field, '一二三四五六七八九十十');
    expect(await screen.findByText('This name is too long.')).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Continue' }).disabled).toBe(true);
    await user.type(field, '{Backspace}');
    await press('Continue');
    await press('Create group');
    await waitFor(() => expect(session.openID).toMatch(/^GROUP/u));
  });

  it('what is too long is said and never cut: an id, a word to those who let one in', async () => {
    world.addGroup('bob', { groupID: 'g', name: 'Sailors', type: 'Public' });
    await open();
    await press('New conversation');
    await press('Join a group');
    const id = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Group ID' });
    await user.click(id);
    await user.paste('x'.repeat(50));
    expect(id.value).toHaveLength(50);
    expect(await screen.findByText(/2 bytes too long/u)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Find' }).disabled).toBe(true);
    await user.clear(id);
    await user.type(id, 'g');
    await press('Find');
    const word = await screen.findByRole<HTMLInputElement>('textbox', { name: /A word/u });
    await user.click(word);
    await user.paste('一'.repeat(101));
    expect(await screen.findByText(/3 bytes too long/u)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Ask to join' }).disabled).toBe(true);
  });

  it('where one goes to a conversation there are names, and no ids of groups', async () => {
    world.addGroup('ann', { groupID: '@TGS#1A2B3C', name: 'Sailors', type: 'Public', memberIDs: ['bob'] });
    world.say('bob', 'ann', 'Hi');
    world.notify('ann', 6, 'ann', world.group('@TGS#1A2B3C'));
    await open();
    await user.keyboard('{Control>}k{/Control}');
    const dialog = await screen.findByRole('dialog');
    await within(dialog).findByRole('option', { name: 'Sailors' });
    expect(dialog.textContent).toContain('2 members');
    expect(dialog.textContent).not.toMatch(/@T|C2C|GROUP/u);
  });

  it('a group is found by its id, and asked to let one in', async () => {
    world.addGroup('bob', { groupID: 'g', name: 'Sailors', type: 'Public', introduction: 'We sail.' });
    await open();
    await press('New conversation');
    await press('Join a group');
    await user.type(await screen.findByRole('textbox', { name: 'Group ID' }), 'nothing');
    await press('Find');
    expect(await screen.findByText(/There is no group with this ID/u)).toBeTruthy();
    await user.clear(await screen.findByRole('textbox', { name: 'Group ID' }));
    await user.type(await screen.findByRole('textbox', { name: 'Group ID' }), 'g');
    await press('Find');
    expect(await screen.findByText('We sail.')).toBeTruthy();
    await user.type(await screen.findByRole('textbox', { name: /A word/u }), 'please');
    expect(await faults()).toEqual([]);
    await press('Ask to join');
    expect(await screen.findByText(/You asked to join Sailors/u)).toBeTruthy();
    expect(group().applications.get('ann')).toBe('please');
  });
});

describe('details', () => {
  beforeEach(() => {
    world.addGroup('ann', { groupID: 'g', name: 'Sailors', type: 'Public', memberIDs: ['bob', 'cleo'] });
  });

  it('members are ruled from their menus', async () => {
    await openDetails();
    await choose(/^Bob, Member/u, 'Make administrator');
    await screen.findByRole('button', { name: /^Bob, Administrator/u });
    await choose(/^Cleo/u, 'Mute for an hour');
    await screen.findByRole('img', { name: 'May not speak just now' });
    expect(await faults()).toEqual([]);
    await choose(/^Cleo/u, 'Remove from the group');
    await press('Remove from the group');
    await waitFor(() => expect(group().members.has('cleo')).toBe(false));
    await waitFor(() => expect(screen.queryByRole('button', { name: /^Cleo/u })).toBeNull());
  });

  it('the name changes, within its bytes', async () => {
    await openDetails();
    await press('Change: Name of the group');
    const field = await screen.findByRole('textbox', { name: 'Name of the group' });
    await user.clear(field);
    await user.type(field, '一二三四五六七八九十十');
    expect(await screen.findByText('This name is too long.')).toBeTruthy();
    await user.clear(field);
    await user.type(field, 'Rowers');
    await press('Save');
    await waitFor(() => expect(group().profile.name).toBe('Rowers'));
    expect(await screen.findByRole('listitem', { name: /^Rowers/u })).toBeTruthy();
  });

  it('the owner hands over before leaving, after questions', async () => {
    await openDetails();
    expect(screen.queryByRole('button', { name: 'Leave group' })).toBeNull();
    await choose(/^Bob/u, 'Hand the group over');
    expect(await screen.findByText(/Only they can undo it/u)).toBeTruthy();
    await press('Hand over');
    await press('Leave group');
    expect(await screen.findByText(/Nothing new reaches you/u)).toBeTruthy();
    const dialog = within(await screen.findByRole('dialog', { name: 'Leave Sailors?' }));
    await user.click(await dialog.findByRole('button', { name: 'Leave group' }));
    await waitFor(() => expect(group().members.has('ann')).toBe(false));
    expect(await screen.findByText('You are not in this group any more.')).toBeTruthy();
  });

  it('a member is offered only what a member may', async () => {
    world.addGroup('bob', { groupID: 'h', name: 'Theirs', type: 'Public', memberIDs: ['ann', 'cleo'] });
    await open('GROUPh');
    await press('Details');
    await user.click(await screen.findByRole('button', { name: /^Cleo/u }));
    const items = await screen.findAllByRole('menuitem');
    expect(items.map((each) => each.textContent)).toEqual(['Write a message']);
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('button', { name: /^Change/u })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Invite' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Dismiss group' })).toBeNull();
    expect(await screen.findByRole('button', { name: 'Leave group' })).toBeTruthy();
  });

  it('in a private group nobody is muted, and only an open one says who may join', async () => {
    const memberIDs = ['bob', 'cleo'];
    world.addGroup('ann', { groupID: 'p', name: 'Family', type: 'Private', memberIDs });
    world.addGroup('ann', { groupID: 'r', name: 'Room', type: 'ChatRoom', memberIDs });
    await open('GROUPp');
    await press('Details');
    await user.click(await screen.findByRole('button', { name: /^Bob/u }));
    const items = await screen.findAllByRole('menuitem');
    expect(items.map((each) => each.textContent)).toEqual([
      'Write a message',
      'Name in this group',
      'Hand the group over',
      'Remove from the group',
    ]);
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('switch', { name: 'Only administrators may speak' })).toBeNull();
    for (const [groupID, isThere] of [
      ['r', false],
      ['g', true],
    ] as const) {
      await session.open(`GROUP${groupID}`);
      expect(await screen.findByRole('switch', { name: 'Only administrators may speak' })).toBeTruthy();
      expect(screen.queryByText('Who may join') !== null).toBe(isThere);
    }
  });

  it('what the server refuses is said', async () => {
    await openDetails();
    bridge.refuseNext.set('muteGroupMember', {
      code: 10007,
      kind: 'forbidden',
      message: '',
      retryAfterMs: null,
    });
    await choose(/^Cleo/u, 'Mute for an hour');
    expect((await screen.findByRole('alert')).textContent).toContain('You may not do this in this group.');
  });

  it('somebody is blocked after a question, and unblocked', async () => {
    world.say('bob', 'ann', 'Hi');
    await open('C2Cbob');
    await press('Details');
    await press('Block');
    const dialog = within(await screen.findByRole('dialog', { name: 'Block Bob?' }));
    await user.click(await dialog.findByRole('button', { name: 'Block' }));
    await press('Unblock');
    expect(await screen.findByRole('button', { name: 'Block' })).toBeTruthy();
    expect(await faults()).toEqual([]);
  });
});

describe('speaking', () => {
  const box = () => screen.queryByRole('textbox', { name: 'Message' });
  beforeEach(() => {
    world.addGroup('bob', { groupID: 'g', name: 'Sailors', type: 'Public', memberIDs: ['ann', 'cleo'] });
  });

  it('who is muted is told until when in place of the composer, which comes back with what was written', async () => {
    await open('GROUPg');
    await user.type(await screen.findByRole('textbox', { name: 'Message' }), 'ahoy');
    world.mute('bob', 'g', 'ann', 3600);
    expect(await screen.findByText(/^You are muted until .*\d/u)).toBeTruthy();
    expect(screen.getByLabelText('Message').closest('.box')?.classList).toContain('away');
    await fireEvent.submit(screen.getByLabelText('Message'));
    await fireEvent.keyDown(screen.getByLabelText('Message'), { key: 'Enter' });
    expect(group().log.messages.some(({ from }) => from === 'ann')).toBe(false);
    expect(await faults()).toEqual([]);
    world.mute('bob', 'g', 'ann', 0);
    await waitFor(() => expect(screen.queryByText(/^You are muted/u)).toBeNull());
    expect(box()).toHaveProperty('value', 'ahoy');
    await user.click(await screen.findByRole('button', { name: 'Send' }));
    await waitFor(() => expect(group().log.messages.at(-1)?.from).toBe('ann'));
  });

  it('a mute that ends by itself gives the composer back', async () => {
    await open('GROUPg');
    world.mute('bob', 'g', 'ann', 1);
    await screen.findByText(/^You are muted/u);
    await waitFor(() => expect(screen.queryByText(/^You are muted/u)).toBeNull(), { timeout: 20_000 });
  });

  it('where only administrators may speak, members are told so and administrators are not', async () => {
    world.update('bob', 'g', { muteAll: true });
    await open('GROUPg');
    expect(await screen.findByText('Only administrators may speak here.')).toBeTruthy();
    world.setRole('bob', 'g', 'ann', 'Admin');
    await waitFor(() => expect(screen.queryByText('Only administrators may speak here.')).toBeNull());
    world.setRole('bob', 'g', 'ann', 'Member');
    await screen.findByText('Only administrators may speak here.');
    world.update('bob', 'g', { muteAll: false });
    await waitFor(() => expect(screen.queryByText('Only administrators may speak here.')).toBeNull());
  });

  it('a mute is over at its moment, and says nothing to whom it is not about', () => {
    const { profile } = group();
    const silence = (membership: object, muteAll = false, now = 0) => {
      const me = { role: 'Member' as const, nameCard: '', joinTime: 0, muteUntil: 0, ...membership };
      return silenceOf(groupFrom({ ...profile, muteAll }, me), now);
    };
    expect(silence({ muteUntil: 5000 }, false, 4999)).toEqual({ until: 5 });
    expect(silence({ muteUntil: 5000 }, false, 5000)).toBeNull();
    expect(silence({ muteUntil: 5000, role: 'Admin' }, true)).toBeNull();
    expect(silence({ muteUntil: 5000 }, true)).toBe('all');
    expect(silenceOf(undefined, 0)).toBeNull();
  });
});

describe('notices', () => {
  it('a request to join is accepted from the list, which says so then', async () => {
    world.addGroup('ann', { groupID: 'g', name: 'Sailors', type: 'Public' });
    world.join('bob', 'g', 'please');
    world.join('cleo', 'g', '');
    await open(SYSTEM);
    expect(await screen.findByRole('listitem', { name: 'Bob asks to join Sailors' })).toBeTruthy();
    expect(await screen.findByText('please')).toBeTruthy();
    expect(await faults()).toEqual([]);
    await press('Accept Bob');
    expect(await screen.findByText('Accepted')).toBeTruthy();
    await press('Decline Cleo');
    expect(await screen.findByText('Declined')).toBeTruthy();
    expect([...group().members.keys()]).toEqual(['ann', 'bob']);
    expect(screen.queryByRole('button', { name: /^Accept/u })).toBeNull();
  });

  it('one that somebody else answered is said, and shows the answer', async () => {
    world.addGroup('cleo', { groupID: 'g', name: 'Sailors', type: 'Public', memberIDs: ['ann'] });
    world.setRole('cleo', 'g', 'ann', 'Admin');
    world.join('bob', 'g', '');
    await open(SYSTEM);
    await screen.findByRole('button', { name: 'Accept Bob' });
    bridge.setConnection('disconnected');
    world.answer('cleo', 'g', 'bob', false, '');
    await press('Accept Bob');
    expect((await screen.findByRole('alert')).textContent).toMatch(/cannot be reached/u);
    bridge.setConnection('connected');
    expect(await screen.findByText('Declined')).toBeTruthy();
  });
});

describe('the list', () => {
  it('a conversation is pinned, muted and marked from its menu', async () => {
    world.say('bob', 'ann', 'Hi', 1000);
    world.say('cleo', 'ann', 'Hi', 2000);
    await open('C2Ccleo');
    const menu = async (item: string): Promise<void> => {
      await fireEvent.contextMenu(await screen.findByRole('button', { name: /^Bob/u }));
      await user.click(await screen.findByRole('menuitem', { name: item }));
    };
    await menu('Pin');
    await waitFor(() => expect(session.conversations[0]?.conversationID).toBe('C2Cbob'));
    await menu('Mute');
    await screen.findByRole('img', { name: 'Muted' });
    await menu('Mark as read');
    await waitFor(() => expect(session.conversations[0]?.unreadCount).toBe(0));
    await menu('Mark as unread');
    expect(await screen.findByRole('img', { name: 'Marked as unread' })).toBeTruthy();
    expect(await faults()).toEqual([]);
  });

  it('the total of unread messages is in the title', async () => {
    world.say('cleo', 'ann', 'Hi', 2000);
    await open('C2Ccleo');
    world.say('bob', 'ann', 'One');
    world.say('bob', 'ann', 'Two');
    await waitFor(() => expect(document.title).toBe('(2) Tidings'));
  });

  it('deleting can clear the history too', async () => {
    world.say('bob', 'ann', 'Hi');
    await open('C2Cbob');
    await fireEvent.contextMenu(await screen.findByRole('button', { name: /^Bob/u }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete conversation' }));
    await user.click(await screen.findByRole('checkbox', { name: /Also clear/u }));
    await press('Delete');
    await waitFor(() =>
      expect(bridge.calls).toContainEqual({
        method: 'deleteConversation',
        request: { conversationID: 'C2Cbob', clear: true },
      }),
    );
  });
});

describe('who reads a tip is “You” in it', () => {
  const names: Record<string, string> = { ann: 'Ann', bob: 'Bob', dora: 'Dora' };
  const tip = (fields: object): string => tipText(fields, (id) => names[id] ?? id, 'ann');
  const table: [object, string, string][] = [
    [{ operationType: 1, operatorID: 'ann', userIDList: ['bob'] }, 'You added Bob', '您添加了 Bob'],
    [{ operationType: 1, operatorID: 'bob', userIDList: ['ann'] }, 'Bob added you', 'Bob 添加了您'],
    [
      { operationType: 1, operatorID: 'bob', userIDList: ['dora', 'ann'] },
      'Bob added you, Dora',
      'Bob 添加了 您、Dora',
    ],
    [{ operationType: 1, operatorID: 'ann', userIDList: ['ann'] }, 'You joined', '您加入了群'],
    [{ operationType: 1, operatorID: 'bob', userIDList: ['bob'] }, 'Bob joined', 'Bob 加入了群'],
    [{ operationType: 3, operatorID: 'ann', userIDList: ['bob'] }, 'You removed Bob', '您移出了 Bob'],
    [
      { operationType: 4, operatorID: 'bob', userIDList: ['ann'] },
      'Bob made you an administrator',
      'Bob 将您设为管理员',
    ],
    [
      { operationType: 5, operatorID: 'ann', userIDList: ['bob'] },
      'You made Bob a member again',
      '您取消了 Bob 的管理员身份',
    ],
    [
      { operationType: 6, operatorID: 'ann', newGroupProfile: { name: 'Crew' } },
      'You renamed the group to “Crew”',
      '您将群名改为“Crew”',
    ],
    [
      { operationType: 6, operatorID: 'bob', newGroupProfile: { ownerID: 'ann' } },
      'The group belongs to you now',
      '您现在是群主',
    ],
    [
      { operationType: 6, operatorID: 'ann', newGroupProfile: { muteAllMembers: true } },
      'You let only administrators speak',
      '您设置为仅管理员可发言',
    ],
    [
      { operationType: 7, operatorID: 'bob', memberList: [{ userID: 'ann', muteTime: 60 }] },
      'Bob muted you',
      'Bob 将您禁言',
    ],
    [
      { operationType: 7, operatorID: 'ann', memberList: [{ userID: 'bob', muteTime: 0 }] },
      'You let Bob speak again',
      '您恢复了 Bob 的发言',
    ],
  ];
  afterEach(() => spoken.speak('en', 'en'));

  it.each(table)('%j', async (payload, english, chinese) => {
    expect(tip(payload)).toBe(english);
    await spoken.speak('zh-CN', 'zh-CN');
    expect(tip(payload)).toBe(chinese);
  });

  it('what one does oneself makes no unread count, in the group or among the notices', async () => {
    await open();
    await session.tim.createGroup({
      type: 'Public',
      name: 'Crew',
      groupID: 'crew',
      memberList: [{ userID: 'bob' }],
    });
    await session.tim.updateGroupProfile({ groupID: 'crew', name: 'Sailors' });
    await session.tim.addGroupMember({ groupID: 'crew', userIDList: ['cleo'] });
    world.notify('ann', 6, 'ann', world.group('crew'));
    await waitFor(() =>
      expect(session.conversations.map((each) => each.conversationID)).toContain('@TIM#SYSTEM'),
    );
    expect(session.conversations.map((each) => each.unreadCount)).toEqual([0, 0]);
    expect(session.totalUnread).toBe(0);
    expect(await screen.findByText('You added Cleo')).toBeTruthy();
  });
});

describe('payloads that make no sense', () => {
  const nameOf = (id: string): string => id;

  it.each([null, 1, 'x', [], {}, { operationType: 99 }, { operationType: 1, userIDList: [1, {}] }])(
    'are said in general: %j',
    (payload) => {
      expect(tipText(payload, nameOf, 'me')).not.toBe('');
      expect(noticeText(noticeOf(payload), nameOf)).not.toBe('');
    },
  );

  it('a tip names a few of many', () => {
    const userIDList = Array.from({ length: 300 }, (_nothing, index) => `u${index}`);
    const asked = new Set<string>();
    const askFor = (id: string): string => {
      asked.add(id);
      return id;
    };
    const text = tipText({ operationType: 1, operatorID: 'ann', userIDList }, askFor, 'me');
    expect(text).toBe('ann added u0, u1, u2, u3, u4 and 295 others');
    expect([...asked]).toEqual(['ann', 'u0', 'u1', 'u2', 'u3', 'u4']);
  });
});

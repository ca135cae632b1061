import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorld, type FakeBridge } from '../bridge/fake';
import { EVENT, TYPES, timOn, type Message, type TimClient } from '.';

let world: FakeWorld;
let bridge: FakeBridge;
let tim: TimClient;
const invalid = 'Params validate failed.';

function heard(name: string): unknown[] {
  const all: unknown[] = [];
  tim.on(name, ({ data }) => all.push(data));
  return all;
}

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  world = new FakeWorld();
  for (const name of ['Ann', 'Bob', 'Cleo']) world.addPerson(name.toLowerCase(), name);
  bridge = world.bridge('ann');
  tim = timOn(bridge).create({ SDKAppID: 7 });
  await tim.ready();
});

describe('a group of one’s own', () => {
  it('createGroup answers the group, and the lists have it', async () => {
    const lists = heard(EVENT.GROUP_LIST_UPDATED);
    const answer = await tim.createGroup({
      type: TYPES.GRP_PUBLIC,
      name: 'Sailors',
      groupID: 'sailors',
      memberList: [{ userID: 'bob' }],
    });
    expect(answer?.data.group).toMatchObject({
      groupID: 'sailors',
      type: 'Public',
      ownerID: 'ann',
      joinOption: 'NeedPermission',
      memberCount: 2,
      selfInfo: { role: 'Owner' },
    });
    expect(lists.at(-1)).toEqual([expect.objectContaining({ groupID: 'sailors' })]);
    expect((await tim.getGroupList())?.data.groupList).toHaveLength(1);
    expect((await tim.getConversationProfile('GROUPsailors'))?.data.conversation).toMatchObject({
      type: 'GROUP',
      subType: 'Public',
      groupProfile: { name: 'Sailors' },
    });
  });

  it('r_l4 parameters are checked at once', () => {
    expect(() => tim.createGroup({ name: '' })).toThrow(invalid);
    expect(() => tim.createGroup({ name: 'x', type: 'Nonsense' })).toThrow(invalid);
    expect(() => tim.createGroup({ name: 'x', joinOption: 'Nonsense' })).toThrow(invalid);
    expect(() => tim.createGroup({ name: 'x', memberList: [{}] as never })).toThrow(invalid);
    const many = Array.from({ length: 301 }, (_nothing, index) => ({ userID: `u${index}` }));
    expect(() => tim.createGroup({ name: 'x', memberList: many })).toThrow(invalid);
    expect(() => tim.dismissGroup('')).toThrow(invalid);
    expect(() => tim.quitGroup(1 as never)).toThrow(invalid);
    expect(() => tim.joinGroup({} as never)).toThrow(invalid);
    expect(() => tim.searchGroupByID('')).toThrow(invalid);
    expect(() => tim.getGroupMemberList({ groupID: 'g', count: 0 })).toThrow(invalid);
    expect(() => tim.getGroupMemberList({ groupID: 'g', offset: -1 })).toThrow(invalid);
    expect(() => tim.addGroupMember({ groupID: 'g', userIDList: [] })).toThrow(invalid);
    expect(() => tim.setGroupMemberRole({ groupID: 'g', userID: 'b', role: 'Owner' })).toThrow(invalid);
    expect(() => tim.setGroupMemberMuteTime({ groupID: 'g', userID: 'b', muteTime: 1.5 })).toThrow(invalid);
    expect(() => tim.setGroupMemberNameCard({ groupID: 'g' } as never)).toThrow(invalid);
    expect(() => tim.setMessageRemindType({ groupID: 'g', messageRemindType: 'x' })).toThrow(invalid);
    expect(() => tim.handleGroupApplication({ handleAction: 'Agree', message: {} as never })).toThrow(
      invalid,
    );
  });

  it('members are added, made administrators, muted, called otherwise, and removed', async () => {
    world.addGroup('ann', { groupID: 'g', name: 'G', type: 'Public', memberIDs: ['bob'] });
    const added = await tim.addGroupMember({ groupID: 'g', userIDList: ['bob', 'cleo', 'nobody'] });
    expect(added?.data).toMatchObject({
      successUserIDList: ['cleo'],
      existedUserIDList: ['bob'],
      failureUserIDList: ['nobody'],
    });
    const role = await tim.setGroupMemberRole({ groupID: 'g', userID: 'bob', role: 'Admin' });
    expect(role?.data.member.role).toBe('Admin');
    const muted = await tim.setGroupMemberMuteTime({ groupID: 'g', userID: 'cleo', muteTime: 600 });
    expect(muted?.data.member.muteUntil).toBeGreaterThan(Date.now() / 1000);
    const card = await tim.setGroupMemberNameCard({ groupID: 'g', nameCard: 'Captain' });
    expect(card?.data.member).toMatchObject({ userID: 'ann', nameCard: 'Captain' });
    const profiles = await tim.getGroupMemberProfile({ groupID: 'g', userIDList: ['bob', 'nobody'] });
    expect(profiles?.data.memberList.map((each) => each.userID)).toEqual(['bob']);
    const removed = await tim.deleteGroupMember({ groupID: 'g', userIDList: ['cleo'] });
    expect(removed?.data).toMatchObject({ userIDList: ['cleo'], group: { memberCount: 2 } });
  });

  it('is handed over, left, and ended by its owner alone', async () => {
    world.addGroup('ann', { groupID: 'g', name: 'G', type: 'Public', memberIDs: ['bob'] });
    await expect(tim.quitGroup('g')).rejects.toMatchObject({ code: 10009 });
    const handed = await tim.changeGroupOwner({ groupID: 'g', newOwnerID: 'bob' });
    expect(handed?.data.group.ownerID).toBe('bob');
    await expect(tim.dismissGroup('g')).rejects.toMatchObject({ code: 10007 });
    const lists = heard(EVENT.GROUP_LIST_UPDATED);
    expect((await tim.quitGroup('g'))?.data.groupID).toBe('g');
    expect(lists.at(-1)).toEqual([]);
  });

  it('its profile changes by what is given', async () => {
    world.addGroup('ann', { groupID: 'g', name: 'G', type: 'Public' });
    const answer = await tim.updateGroupProfile({ groupID: 'g', name: 'H', muteAllMembers: true });
    expect(answer?.data.group).toMatchObject({ name: 'H', muteAllMembers: true, introduction: '' });
    expect((await tim.getGroupProfile({ groupID: 'g' }))?.data.group.name).toBe('H');
  });

  it('is muted by its remind type', async () => {
    world.addGroup('ann', { groupID: 'g', name: 'G' });
    await tim.setMessageRemindType({ groupID: 'g', messageRemindType: TYPES.MSG_REMIND_DISCARD });
    const answer = await tim.getConversationProfile('GROUPg');
    expect(answer?.data.conversation.messageRemindType).toBe('Discard');
  });
});

describe('groups of others', () => {
  it('a private group is not found, a public one is, and can be asked to join', async () => {
    world.addGroup('bob', { groupID: 'secret', name: 'S' });
    world.addGroup('bob', { groupID: 'open', name: 'O', type: 'Public' });
    await expect(tim.searchGroupByID('secret')).rejects.toMatchObject({ code: 10015 });
    expect((await tim.searchGroupByID('open'))?.data.group).toMatchObject({ selfInfo: undefined });
    const asked = await tim.joinGroup({ groupID: 'open', applyMessage: 'please' });
    expect(asked?.data.status).toBe(TYPES.JOIN_STATUS_WAIT_APPROVAL);
    world.answer('bob', 'open', 'ann', true, '');
    expect((await tim.joinGroup({ groupID: 'open' }))?.data.status).toBe('AlreadyInGroup');
  });

  it('r_l3 joining and quitting before ready reject instead of saying 2999', async () => {
    const other = timOn(world.bridge(null)).create({ SDKAppID: 1 });
    await expect(other.joinGroup({ groupID: 'x' })).rejects.toMatchObject({ code: 2024 });
    await expect(other.quitGroup('x')).rejects.toMatchObject({ code: 2024 });
  });

  it('a request to join is answered from its notice, once', async () => {
    world.addGroup('ann', { groupID: 'g', name: 'G', type: 'Public' });
    const received = heard(EVENT.MESSAGE_RECEIVED) as Message[][];
    world.join('bob', 'g', 'please');
    const message = received.flat().find((each) => each.type === TYPES.MSG_GRP_SYS_NOTICE);
    if (message === undefined) throw new Error('no notice');
    await tim.handleGroupApplication({ handleAction: 'Agree', handleMessage: 'welcome', message });
    expect(world.group('g').members.has('bob')).toBe(true);
    expect(message.payload).toMatchObject({ handled: 'accepted' });
    const again = tim.handleGroupApplication({ handleAction: 'Reject', message });
    await expect(again).rejects.toMatchObject({ code: 10024 });
  });

  it('what was left has no membership any more', async () => {
    world.addGroup('bob', { groupID: 'g', name: 'G', memberIDs: ['ann'] });
    world.remove('bob', 'g', ['ann'], '');
    const { conversation } = (await tim.getConversationProfile('GROUPg'))?.data ?? {};
    expect(conversation?.groupProfile?.selfInfo).toBeUndefined();
    await expect(tim.getMessageList({ conversationID: 'GROUPg' })).rejects.toMatchObject({ code: 10010 });
  });
});

describe('many members', () => {
  beforeEach(() => {
    const memberIDs = Array.from({ length: 249 }, (_nothing, index) => {
      world.addPerson(`p${index}`, '');
      return `p${index}`;
    });
    world.addGroup('ann', { groupID: 'g', name: 'G', type: 'Public', memberIDs });
  });
  const page = async (offset: number, count: number) =>
    (await tim.getGroupMemberList({ groupID: 'g', offset, count }))?.data;

  it('come page by page, at most 100 at once', async () => {
    const [one, two, three] = [await page(0, 500), await page(100, 100), await page(200, 100)];
    expect([one, two, three].map((each) => each?.memberList.length)).toEqual([100, 100, 50]);
    expect([one, two, three].map((each) => each?.offset)).toEqual([100, 200, 0]);
    expect(bridge.calls.filter((each) => each.method === 'groupMembers')).toHaveLength(3);
    expect((await tim.getGroupMemberList({ groupID: 'g' }))?.data.memberList).toHaveLength(15);
  });

  it('come from any offset, also one that nobody has walked to', async () => {
    expect((await page(230, 15))?.memberList[0]?.userID).toBe('p229');
    expect((await page(250, 15))?.memberList).toEqual([]);
  });
});

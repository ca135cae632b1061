import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorld, SYSTEM, type FakeBridge } from '../bridge/fake';
import { EVENT, TIDINGS_EVENT, TYPES, timOn, type Message, type TimClient } from '.';

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

function text(value: string, to = 'bob', conversationType: string = TYPES.CONV_C2C): Message {
  const message = tim.createTextMessage({ to, conversationType, payload: { text: value } });
  if (message === undefined) throw new Error('not ready');
  return message;
}

async function sent(value: string, to = 'bob', conversationType: string = TYPES.CONV_C2C): Promise<Message> {
  const message = text(value, to, conversationType);
  await tim.sendMessage(message);
  return message;
}

describe('send options', () => {
  it('r_s5 the six fields of offlinePushInfo go with the message', async () => {
    const info = {
      disablePush: true,
      title: 't',
      description: 'd',
      extension: 'e',
      ignoreIOSBadge: true,
      androidOPPOChannelID: 'c',
    };
    await tim.sendMessage(text('x'), { offlinePushInfo: info });
    expect(world.log('ann', 'bob').messages[0]?.outgoing.pushInfo).toEqual(info);
    await tim.sendMessage(text('y'), { offlinePushInfo: {} });
    expect(world.log('ann', 'bob').messages[1]?.outgoing.pushInfo).toEqual({
      disablePush: false,
      title: '',
      description: '',
      extension: '',
      ignoreIOSBadge: false,
      androidOPPOChannelID: '',
    });
  });

  it('r_s4 an online-only message has no place in the log and is still a success', async () => {
    const message = text('now');
    const answer = await tim.sendMessage(message, { onlineUserOnly: true });
    expect(answer?.data.message).toMatchObject({ status: 'success', seq: null });
    expect(world.log('ann', 'bob').messages).toEqual([]);
  });

  it('r_s4 an online-only message that cannot go now fails and waits nowhere', async () => {
    bridge.setConnection('disconnected');
    const message = text('now');
    await expect(tim.sendMessage(message, { onlineUserOnly: true })).rejects.toMatchObject({ code: 2800 });
    expect(message.status).toBe('fail');
  });

  it('r_l4 options of the wrong kind are thrown at once', () => {
    expect(() => tim.sendMessage(text('x'), 1 as never)).toThrow(invalid);
    expect(() => tim.sendMessage(text('x'), { onlineUserOnly: 'yes' as never })).toThrow(invalid);
    expect(() => tim.sendMessage(text('x'), { offlinePushInfo: { title: 1 as never } })).toThrow(invalid);
  });

  it('x2 onlineUserOnly inside offlinePushInfo is warned of and means nothing', async () => {
    const warn = vi.spyOn(console, 'warn');
    await tim.sendMessage(text('x'), { offlinePushInfo: { onlineUserOnly: true } as never });
    expect(world.log('ann', 'bob').messages).toHaveLength(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('onlineUserOnly'));
  });

  it('r_s9 a resend keeps the options', async () => {
    bridge.refuseNext.set('sendMessage', { code: 80001, kind: 'forbidden', message: '', retryAfterMs: null });
    const message = text('x');
    await expect(tim.sendMessage(message, { offlinePushInfo: { title: 't' } })).rejects.toThrow();
    await tim.resendMessage(message);
    expect(world.log('ann', 'bob').messages[0]?.outgoing.pushInfo?.title).toBe('t');
  });
});

describe('recall', () => {
  it('r_k1 a recalled message says so, and nothing else any more', async () => {
    const message = await sent('secret');
    const revoked = heard(EVENT.MESSAGE_REVOKED);
    const answer = await tim.revokeMessage(message);
    expect(answer?.data.message).toBe(message);
    expect(message).toMatchObject({ isRevoked: true, revoker: 'ann', payload: {}, cloudCustomData: '' });
    expect(revoked).toEqual([[message]]);
    expect(tim.tidings.recalled.textOf(message)).toBe('secret');
  });

  it('r_k3 history keeps its place', async () => {
    const message = await sent('one');
    await sent('two');
    await tim.revokeMessage(message);
    const page = await tim.getMessageList({ conversationID: 'C2Cbob' });
    expect(page?.data.messageList.map((each) => each.isRevoked)).toEqual([true, false]);
  });

  it('r_k4 MESSAGE_REVOKED has the messages of others too', () => {
    const stored = world.say('bob', 'ann', 'oops');
    const revoked = heard(EVENT.MESSAGE_REVOKED);
    world.recall('bob', 'C2Cann', stored.seq);
    expect(revoked).toEqual([[expect.objectContaining({ isRevoked: true, revoker: 'bob', payload: {} })]]);
  });

  it('what comes late brings no recalled text back', () => {
    const received = heard(EVENT.MESSAGE_RECEIVED) as Message[][];
    const views: unknown[] = [];
    void bridge.listen((event) => views.push(event));
    const stored = world.say('bob', 'ann', 'oops');
    const late = views.find((each) => (each as { event: string }).event === 'messagesReceived');
    world.recall('bob', 'C2Cann', stored.seq);
    bridge.emit(late as never);
    expect(received[0]?.[0]).toMatchObject({ isRevoked: true, payload: {} });
  });

  it('r_k2 too late is 20016 for people and 10031 for groups', async () => {
    world.addGroup('ann', { groupID: 'g', name: 'G', memberIDs: ['bob'] });
    const [one, two] = [await sent('x'), await sent('y', 'g', TYPES.CONV_GROUP)];
    world.recallWindow = -1;
    await expect(tim.revokeMessage(one)).rejects.toMatchObject({ code: 20016 });
    await expect(tim.revokeMessage(two)).rejects.toMatchObject({ code: 10031 });
    expect(one.isRevoked).toBe(false);
  });

  it('r_k6 a message of the system, or recalled already, is thrown at once', async () => {
    const message = await sent('x');
    await tim.revokeMessage(message);
    expect(() => tim.revokeMessage(message)).toThrow(invalid);
    const received = heard(EVENT.MESSAGE_RECEIVED) as Message[][];
    world.notify('ann', 7, 'bob', world.addGroup('bob', { groupID: 'g', name: 'G' }));
    expect(() => tim.revokeMessage(received[0]?.[0] as Message)).toThrow(invalid);
    expect(() => tim.revokeMessage({} as never)).toThrow(invalid);
  });

  it('a message that waits is taken back out of the outbox', async () => {
    bridge.setConnection('disconnected');
    const message = text('later');
    const failed = tim.sendMessage(message)?.catch((error: unknown) => error);
    await vi.waitFor(() => expect(bridge.calls.at(-1)?.method).toBe('sendMessage'));
    await tim.revokeMessage(message);
    expect(message.isRevoked).toBe(true);
    bridge.setConnection('connected');
    expect(await failed).toMatchObject({ code: 2100 });
    expect(world.log('ann', 'bob').messages).toEqual([]);
  });
});

describe('what becomes of messages', () => {
  it('an edit changes the text and says so', async () => {
    const message = await sent('helo');
    const modified = heard(EVENT.MESSAGE_MODIFIED);
    await tim.tidings.editMessage(message, 'hello');
    expect(message).toMatchObject({ payload: { text: 'hello' }, isModified: true });
    expect(modified).toEqual([[message]]);
  });

  it('reactions come and go', async () => {
    const message = await sent('hi');
    world.react('bob', 'C2Cann', 1, '👍', true);
    await tim.tidings.react(message, '👍', true);
    expect(message.reactions).toEqual([{ emoji: '👍', users: ['bob', 'ann'] }]);
    const updates = heard(EVENT.MESSAGE_REACTIONS_UPDATED);
    await tim.tidings.react(message, '👍', false);
    expect(message.reactions).toEqual([{ emoji: '👍', users: ['bob'] }]);
    expect(updates).toHaveLength(1);
  });

  it('deleted for me, a message stays with everybody else', async () => {
    const message = await sent('x');
    await tim.deleteMessage([message]);
    expect(message.isDeleted).toBe(true);
    expect((await tim.getMessageList({ conversationID: 'C2Cbob' }))?.data.messageList).toEqual([]);
    expect(world.log('ann', 'bob').messages).toHaveLength(1);
    expect(() => tim.deleteMessage([])).toThrow(invalid);
    expect(() => tim.deleteMessage([{}] as never)).toThrow(invalid);
  });

  it('a message is forwarded with its type and content', async () => {
    const original = await sent('news');
    const copy = tim.createForwardMessage({ to: 'cleo', conversationType: 'C2C', payload: original });
    expect(copy).toMatchObject({
      type: 'TIMTextElem',
      payload: { text: 'news' },
      to: 'cleo',
      status: 'unSend',
    });
    await tim.revokeMessage(original);
    const forward = () =>
      tim.createForwardMessage({ to: 'cleo', conversationType: 'C2C', payload: original });
    expect(forward).toThrow(invalid);
  });

  it('cloudCustomData goes along, and only as a string', async () => {
    const options = {
      to: 'bob',
      conversationType: 'C2C',
      payload: { text: 'x' },
      cloudCustomData: '{"a":1}',
    };
    const message = tim.createTextMessage(options);
    await tim.sendMessage(message as Message);
    expect(world.log('ann', 'bob').messages[0]?.outgoing.cloudCustomData).toBe('{"a":1}');
    expect(() => tim.createTextMessage({ ...options, cloudCustomData: 1 as never })).toThrow(invalid);
  });
});

describe('mentions', () => {
  beforeEach(() => void world.addGroup('bob', { groupID: 'g', name: 'G', memberIDs: ['ann', 'cleo'] }));

  it('createTextAtMessage is for groups, and its list has user ids', async () => {
    const options = {
      to: 'g',
      conversationType: TYPES.CONV_GROUP,
      payload: { text: '@Cleo look', atUserList: ['cleo', TYPES.MSG_AT_ALL, 'cleo'] },
    };
    const message = tim.createTextAtMessage(options);
    expect(message?.atUserList).toEqual(['cleo', TYPES.MSG_AT_ALL]);
    await tim.sendMessage(message as Message);
    expect(world.group('g').log.messages[0]?.outgoing.atUserList).toEqual(['cleo', TYPES.MSG_AT_ALL]);
    expect(() => tim.createTextAtMessage({ ...options, conversationType: 'C2C' })).toThrow(invalid);
    const wrong = { ...options, payload: { text: 'x', atUserList: [1 as never] } };
    expect(() => tim.createTextAtMessage(wrong)).toThrow(invalid);
  });

  it.each([
    [['ann'], TYPES.CONV_AT_ME],
    [[TYPES.MSG_AT_ALL], TYPES.CONV_AT_ALL],
    [['ann', TYPES.MSG_AT_ALL], TYPES.CONV_AT_ALL_AT_ME],
  ])('groupAtInfoList of %j is %i', async (atUserList, type) => {
    world.tell('bob', 'g', 'TIMTextElem', { text: '@' }, undefined, { atUserList });
    const answer = await tim.getConversationProfile('GROUPg');
    expect(answer?.data.conversation.groupAtInfoList).toEqual([{ messageSequence: 0, atTypeArray: [type] }]);
  });
});

describe('conversations', () => {
  it('a pinned conversation stands first, whatever comes', async () => {
    world.say('bob', 'ann', 'old', 1000);
    world.say('cleo', 'ann', 'new', 2000);
    await tim.pinConversation({ conversationID: 'C2Cbob', isPinned: true });
    const list = (await tim.getConversationList())?.data.conversationList;
    expect(list?.map((each) => [each.conversationID, each.isPinned])).toEqual([
      ['C2Cbob', true],
      ['C2Ccleo', false],
    ]);
    expect(() => tim.pinConversation({ conversationID: 'C2Cbob', isPinned: 1 as never })).toThrow(invalid);
  });

  it('marked as unread until it is read', async () => {
    world.say('bob', 'ann', 'x');
    await tim.setMessageRead({ conversationID: 'C2Cbob' });
    await tim.tidings.changeConversation({ conversationID: 'C2Cbob', isMarkedUnread: true });
    expect(tim.tidings.conversations()[0]).toMatchObject({ unreadCount: 0, isMarkedUnread: true });
    await tim.setMessageRead({ conversationID: 'C2Cbob' });
    expect(tim.tidings.conversations()[0]?.isMarkedUnread).toBe(false);
  });

  it('the total of unread messages is told, without what is muted', async () => {
    const totals = heard(EVENT.TOTAL_UNREAD_MESSAGE_COUNT_UPDATED);
    world.say('bob', 'ann', 'x');
    world.say('cleo', 'ann', 'x');
    await tim.setMessageRemindType({
      userIDList: ['bob'],
      messageRemindType: TYPES.MSG_REMIND_ACPT_NOT_NOTE,
    });
    expect(totals).toEqual([1, 2, 1]);
    expect(tim.getTotalUnreadMessageCount()).toBe(1);
  });

  it('r_h8 deleting keeps the messages, and clearing does not', async () => {
    world.say('bob', 'ann', 'x');
    await tim.deleteConversation('C2Cbob');
    expect((await tim.getMessageList({ conversationID: 'C2Cbob' }))?.data.messageList).toHaveLength(1);
    await tim.tidings.deleteWithHistory('C2Cbob');
    expect((await tim.getMessageList({ conversationID: 'C2Cbob' }))?.data.messageList).toEqual([]);
  });

  it('r_m6 the system conversation is always complete, and its notices are told twice', async () => {
    const notices = heard(EVENT.GROUP_SYSTEM_NOTICE_RECEIVED);
    const group = world.addGroup('bob', { groupID: 'g', name: 'G' });
    for (let index = 0; index < 20; index += 1) world.notify('ann', 7, 'bob', group);
    expect(notices[0]).toMatchObject({ type: 7, message: { type: TYPES.MSG_GRP_SYS_NOTICE } });
    const page = await tim.getMessageList({ conversationID: SYSTEM });
    expect(page?.data).toMatchObject({ isCompleted: true, nextReqMessageID: '' });
    expect(page?.data.messageList).toHaveLength(20);
    await tim.setMessageRead({ conversationID: SYSTEM });
    expect((await tim.getConversationProfile(SYSTEM))?.data.conversation.unreadCount).toBe(0);
  });
});

describe('the blacklist', () => {
  it('has who was added, is told, and refuses their messages with 20007', async () => {
    const lists = heard(EVENT.BLACKLIST_UPDATED);
    expect((await tim.addToBlacklist({ userIDList: ['bob'] }))?.data).toEqual(['bob']);
    expect((await tim.getBlacklist())?.data).toEqual(['bob']);
    expect(() => world.say('bob', 'ann', 'x')).toThrow();
    expect((await tim.removeFromBlacklist({ userIDList: ['bob'] }))?.data).toEqual([]);
    expect(lists).toEqual([['bob'], []]);
    expect(() => tim.addToBlacklist({ userIDList: [] })).toThrow(invalid);
    expect(() => tim.addToBlacklist({ userIDList: 'bob' as never })).toThrow(invalid);
  });
});

it('an own listener that throws keeps no other from hearing', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const message = await sent('x');
  tim.on(EVENT.MESSAGE_REVOKED, () => {
    throw new Error('mine');
  });
  const revoked = heard(EVENT.MESSAGE_REVOKED);
  const changed = heard(TIDINGS_EVENT.MESSAGES_CHANGED);
  await tim.revokeMessage(message);
  expect(revoked).toHaveLength(1);
  expect(changed.length).toBeGreaterThan(0);
});

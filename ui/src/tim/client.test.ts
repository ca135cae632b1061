import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorld, refusal, type FakeBridge } from '../bridge/fake';
import { EVENT, IMError, TIDINGS_EVENT, TYPES, timOn, type Message, type TimClient } from '.';

let world: FakeWorld;
let bridge: FakeBridge;
let tim: TimClient;

function setUp(userID: string | null): void {
  world = new FakeWorld();
  world.addPerson('ann', 'Ann');
  world.addPerson('bob', 'Bob');
  bridge = world.bridge(userID);
  tim = timOn(bridge).create({ SDKAppID: 7 });
}

function heard(name: string): unknown[] {
  const all: unknown[] = [];
  tim.on(name, ({ data }) => all.push(data));
  return all;
}

const text = (value: string) => ({ to: 'bob', conversationType: TYPES.CONV_C2C, payload: { text: value } });

function create(value = 'Hello world!'): Message {
  const message = tim.createTextMessage(text(value));
  if (message === undefined) throw new Error('not ready');
  return message;
}

describe('before it is ready', () => {
  beforeEach(() => setUp(null));

  it('r_l1 gives the same instance for the same SDKAppID', () => {
    const TIM = timOn(bridge);
    expect(TIM.create({ SDKAppID: 1 })).toBe(TIM.create({ SDKAppID: 1 }));
    expect(TIM.create({ SDKAppID: 1 })).not.toBe(TIM.create({ SDKAppID: 2 }));
    expect(() => TIM.create({} as never)).toThrow(expect.objectContaining({ code: 2000 }) as Error);
  });

  it('r_l3 answers undefined and says 2999', () => {
    const errors = heard(EVENT.ERROR);
    expect(tim.createTextMessage(text('x'))).toBeUndefined();
    expect(tim.getConversationList()).toBeUndefined();
    expect(tim.getMessageList({ conversationID: 'C2Cbob' })).toBeUndefined();
    expect(tim.logout()).toBeUndefined();
    expect(errors).toEqual(Array(4).fill(expect.objectContaining({ code: 2999 })));
  });

  it('r_l3 lets login, on, off, ready, setLogLevel and registerPlugin through', async () => {
    const errors = heard(EVENT.ERROR);
    tim.setLogLevel(1);
    tim.registerPlugin({});
    const ready = tim.ready();
    await tim.login({ userID: 'ann', password: 'correct horse', server: 'x' });
    await ready;
    expect(errors).toEqual([]);
  });

  it('r_l6 a login without its parts is 2002 and 2003', async () => {
    await expect(tim.login({ userID: '' })).rejects.toMatchObject({ code: 2002 });
    await expect(tim.login({ userID: 'ann' })).rejects.toMatchObject({ code: 2003 });
  });

  it('r_l6 a second login says so, and another user has to wait for the log out', async () => {
    const first = await tim.login({ userID: 'ann', userSig: 'sig' });
    expect(first).toMatchObject({ code: 0, data: { actionStatus: 'OK' } });
    expect(first.data.repeatLogin).toBeUndefined();
    const second = await tim.login({ userID: 'ann', userSig: 'sig' });
    expect(second.data.repeatLogin).toBe(true);
    await expect(tim.login({ userID: 'bob', userSig: 'sig' })).rejects.toMatchObject({ code: 2025 });
  });

  it('r_l5 a refusal is an IMError with its code', async () => {
    const login = tim.login({ userID: 'ann', password: 'wrong', server: 'x' });
    await expect(login).rejects.toBeInstanceOf(IMError);
    await expect(login).rejects.toMatchObject({ code: 120001, kind: 'unauthorised' });
  });

  it('a start that failed can be tried again', async () => {
    const own = world.bridge('ann');
    own.refuseNext.set('account', refusal(120013, 'unavailable'));
    const first = timOn(own).create({ SDKAppID: 9 });
    await expect(first.tidings.started).rejects.toMatchObject({ code: 120013 });
    await first.tidings.started;
    expect(first.tidings.account()?.profile.userID).toBe('ann');
  });

  it('r_l2 SDK_READY comes once, then the list', async () => {
    const ready = heard(EVENT.SDK_READY);
    const lists = heard(EVENT.CONVERSATION_LIST_UPDATED);
    await tim.login({ userID: 'ann', userSig: 'sig' });
    await vi.waitFor(() => expect(lists.length).toBeGreaterThan(0), { timeout: 20_000 });
    expect(ready).toHaveLength(1);
  });
});

describe('signed in', () => {
  beforeEach(async () => {
    setUp('ann');
    await tim.ready();
  });

  it('r_l4 parameters that make no sense are thrown at once', () => {
    const failed = 'Params validate failed.';
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    expect(() => tim.createTextMessage(text(''))).toThrow(failed);
    expect(() => tim.createTextMessage({ ...text('x'), conversationType: 'X' })).toThrow(failed);
    expect(() => tim.createTextMessage({ ...text('x'), to: '' })).toThrow(failed);
    expect(() => tim.createTextMessage({ ...text('x'), payload: undefined as never })).toThrow(failed);
    expect(() => tim.createTextMessage({ ...text('x'), payload: { text: 1 as never } })).toThrow(failed);
    expect(() => tim.getUserProfile({ userIDList: [] })).toThrow(failed);
    expect(() => tim.setMessageRead({ conversationID: 'bob' })).toThrow(failed);
    expect(() => tim.getConversationProfile('bob')).toThrow(failed);
  });

  it('r_c6 r_c7 r_t2 a message is there at once with all its fields', () => {
    const message = create();
    expect(message).toMatchObject({
      conversationID: 'C2Cbob',
      conversationType: 'C2C',
      conversationSubType: '',
      priority: 'Normal',
      nick: 'Ann',
      avatar: '',
      payload: { text: 'Hello world!' },
      type: 'TIMTextElem',
      from: 'ann',
      to: 'bob',
      flow: 'out',
      status: 'unSend',
      isRevoked: false,
      isPlaceMessage: 0,
      isSystemMessage: false,
      isResend: false,
      protocol: 'JSON',
    });
    expect(Number.isInteger(message.time)).toBe(true);
    expect(message.random).toBeLessThan(100_000_000);
  });

  it('r_c3 the priority is Normal unless it is one of four', () => {
    const priority = (value: unknown) =>
      tim.createTextMessage({ ...text('x'), priority: value as string })?.priority;
    expect(priority(TYPES.MSG_PRIORITY_HIGH)).toBe('High');
    expect(priority(4)).toBe('Lowest');
    expect(priority('urgent')).toBe('Normal');
    expect(priority(9)).toBe('Normal');
  });

  it('r_c8 the ID follows its grammar and stays the same in C2C', async () => {
    const message = create();
    const id = message.ID;
    expect(id).toBe(`C2Cbob-${message.clientSequence}-${message.random}-1`);
    await tim.sendMessage(message);
    expect(message.ID).toBe(id);
  });

  it('r_c9 r_s1 the same instance goes from unSend to success', async () => {
    const message = create();
    const sent = tim.sendMessage(message);
    expect(message.status).toBe('unSend');
    const answer = await sent;
    expect(answer).toMatchObject({ code: 0 });
    expect(answer?.data.message).toBe(message);
    expect(message).toMatchObject({ status: 'success', seq: 1 });
  });

  it('r_s8 r_s9 a refused message fails with its code, and goes out again under the same ID', async () => {
    bridge.refuseMessages = 80001;
    const message = create();
    await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 80001, data: { message } });
    expect(message.status).toBe('fail');
    const id = message.ID;
    bridge.refuseMessages = null;
    const answer = await tim.resendMessage(message);
    expect(answer?.data.message).toBe(message);
    expect(message).toMatchObject({ status: 'success', ID: id, isResend: true });
  });

  it('r_s8 what the engine does not take fails at once', async () => {
    bridge.refuseNext.set('sendMessage', refusal(80002, 'too_large'));
    const message = create();
    await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 80002 });
    expect(message.status).toBe('fail');
  });

  it('messages come to the engine in the order in which they were sent, also behind one that is refused', async () => {
    const order: unknown[] = [];
    const whole = bridge.sendMessage.bind(bridge);
    const answers: (() => void)[] = [];
    bridge.sendMessage = async (request) => {
      order.push((request.message.payload as { text: string }).text);
      await new Promise<void>((resolve) => answers.push(resolve));
      return whole(request);
    };
    bridge.refuseNext.set('sendMessage', refusal(120018, 'conflict'));
    const sent = ['one', 'two', 'three'].map((each) => tim.sendMessage(create(each)));
    const first = expect(sent[0]).rejects.toMatchObject({ code: 120018 });
    for (let index = 0; index < 3; index += 1) {
      await vi.waitFor(() => expect(answers).toHaveLength(index + 1), { timeout: 20_000 });
      expect(order).toHaveLength(index + 1);
      answers[index]?.();
    }
    await first;
    await Promise.all(sent.slice(1));
    expect(order).toEqual(['one', 'two', 'three']);
    expect(world.log('ann', 'bob').messages.map((each) => each.outgoing.payload)).toEqual([
      { text: 'two' },
      { text: 'three' },
    ]);
  });

  it('what the engine does not take is on the page, and goes out by another try', async () => {
    bridge.refuseNext.set('sendMessage', refusal(120018, 'conflict'));
    const message = create();
    await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 120018 });
    expect((await tim.tidings.messagePage('C2Cbob', null, 15)).messages).toEqual([message]);
    const again = tim.resendMessage(message);
    expect(message).toMatchObject({ status: 'unSend', code: 0 });
    await again;
    expect(message).toMatchObject({ status: 'success', seq: 1 });
    expect((await tim.tidings.messagePage('C2Cbob', null, 15)).messages).toEqual([message]);
  });

  it('what the engine does not take can be thrown away', async () => {
    bridge.refuseNext.set('sendMessage', refusal(80002, 'too_large'));
    const message = create();
    await expect(tim.sendMessage(message)).rejects.toMatchObject({ code: 80002 });
    bridge.refuseNext.set('discardMessage', refusal(70402, 'not_found'));
    await tim.tidings.discardMessage(message);
    expect((await tim.tidings.messagePage('C2Cbob', null, 15)).messages).toEqual([]);
  });

  it('who waits for a message that is thrown away hears that it was not sent', async () => {
    bridge.setConnection('disconnected');
    const message = create();
    const sent = tim.sendMessage(message);
    const refused = expect(sent).rejects.toMatchObject({ code: 2100 });
    await vi.waitFor(() => expect(bridge.calls.at(-1)?.method).toBe('sendMessage'), { timeout: 20_000 });
    await tim.tidings.discardMessage(message);
    await refused;
  });

  it('r_h1 a page is no longer than asked for, however much waits, and the pages leave out nothing', async () => {
    for (let index = 1; index <= 7; index += 1) world.say('bob', 'ann', `m${index}`);
    bridge.setConnection('disconnected');
    for (let index = 1; index <= 33; index += 1)
      void tim.sendMessage(create(`w${index}`))?.catch(() => undefined);
    const handed = () => bridge.calls.filter((call) => call.method === 'sendMessage').length;
    await vi.waitFor(() => expect(handed()).toBe(33), { timeout: 20_000 });
    const pages: string[][] = [];
    let next = '';
    do {
      const answer = await tim.getMessageList({ conversationID: 'C2Cbob', nextReqMessageID: next });
      if (answer === undefined) throw new Error('not ready');
      pages.unshift(answer.data.messageList.map((each) => (each.payload as { text: string }).text));
      next = answer.data.nextReqMessageID;
      expect(answer.data.isCompleted).toBe(next === '');
    } while (next !== '');
    expect(pages.map((page) => page.length)).toEqual([10, 15, 15]);
    const said = (letter: string, count: number) =>
      Array.from({ length: count }, (_nothing, index) => `${letter}${index + 1}`);
    expect(pages.flat()).toEqual([...said('m', 7), ...said('w', 33)]);
  });

  it('who waits for a message hears of it after lost events, however much was said since', async () => {
    bridge.setConnection('disconnected');
    const message = create();
    const sent = tim.sendMessage(message);
    await vi.waitFor(() => expect(bridge.calls.at(-1)?.method).toBe('sendMessage'), { timeout: 20_000 });
    const emit = bridge.emit.bind(bridge);
    bridge.emit = () => undefined;
    bridge.setConnection('connected');
    await vi.waitFor(() => expect(world.log('ann', 'bob').messages).toHaveLength(1), { timeout: 20_000 });
    for (let index = 1; index <= 80; index += 1) world.say('bob', 'ann', `m${index}`);
    bridge.emit = emit;
    bridge.emit({ event: 'overflow' });
    await sent;
    expect(message).toMatchObject({ status: 'success', seq: 1 });
  });

  it('what changes while the list is being asked for is in the list', async () => {
    world.say('bob', 'ann', 'Old');
    const whole = bridge.conversationList.bind(bridge);
    bridge.conversationList = async (request) => {
      const answer = await whole(request);
      world.say('bob', 'ann', 'New');
      return answer;
    };
    const list = (await tim.getConversationList())?.data.conversationList;
    expect(list?.[0]?.lastMessage?.messageForShow).toBe('New');
    bridge.conversationList = async (request) => {
      const answer = await whole(request);
      await bridge.deleteConversation({ conversationID: 'C2Cbob', clear: false });
      return answer;
    };
    expect((await tim.getConversationList())?.data.conversationList).toEqual([]);
  });

  it('the whole list can be had, also after a try in vain', async () => {
    for (let index = 0; index < 350; index += 1) {
      world.addPerson(`p${index}`, `P ${index}`);
      world.say(`p${index}`, 'ann', 'Hi');
    }
    const other = timOn(world.bridge('ann')).create({ SDKAppID: 1 });
    await other.ready();
    await vi.waitFor(() => expect(other.tidings.conversations()).toHaveLength(100), { timeout: 20_000 });
    const [, second] = [...world.bridges];
    second?.refuseNext.set('conversationList', refusal(70500, 'internal'));
    await expect(other.tidings.allConversations()).rejects.toMatchObject({ code: 70500 });
    await other.tidings.allConversations();
    expect(other.tidings.conversations()).toHaveLength(350);
  });

  it('r_s10 without a connection the promise waits, and the message goes out later', async () => {
    bridge.setConnection('disconnected');
    const message = create();
    const sent = tim.sendMessage(message);
    await vi.waitFor(() => expect(bridge.calls.some((call) => call.method === 'sendMessage')).toBe(true), {
      timeout: 20_000,
    });
    expect(message.status).toBe('unSend');
    bridge.setConnection('connected');
    await sent;
    expect(message.status).toBe('success');
  });

  it('r_s2 an own message is no news where it was sent, and is on the other devices', async () => {
    const here = heard(EVENT.MESSAGE_RECEIVED);
    const elsewhere: Message[] = [];
    const other = timOn(world.bridge('ann')).create({ SDKAppID: 1 });
    other.on(EVENT.MESSAGE_RECEIVED, ({ data }) => elsewhere.push(...data));
    await other.ready();
    await tim.sendMessage(create('once'));
    expect(here).toEqual([]);
    expect(elsewhere.map((each) => each.payload)).toEqual([{ text: 'once' }]);
  });

  it('2105 what is no message cannot be sent', async () => {
    await expect(tim.sendMessage({} as Message)).rejects.toMatchObject({ code: 2105 });
  });

  it('h36 a lone surrogate becomes U+FFFD before it crosses', () => {
    expect(create('a\ud800b').payload).toEqual({ text: 'a\ufffdb' });
  });

  it('r_m1 what others send comes as an array of messages', () => {
    const received = heard(EVENT.MESSAGE_RECEIVED) as Message[][];
    world.say('bob', 'ann', 'Hi');
    expect(received).toHaveLength(1);
    expect(received[0]?.[0]).toMatchObject({ from: 'bob', flow: 'in', conversationID: 'C2Cbob' });
  });

  it('a listener that throws stops no other', () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    tim.on(EVENT.MESSAGE_RECEIVED, () => {
      throw new Error('mine');
    });
    const received = heard(EVENT.MESSAGE_RECEIVED);
    world.say('bob', 'ann', 'Hi');
    expect(received).toHaveLength(1);
    expect(said).toHaveBeenCalled();
  });

  it('r_h1 r_h3 37 messages come as 15, 15 and 7, oldest first in each page', async () => {
    for (let index = 1; index <= 37; index += 1) world.say('bob', 'ann', `m${index}`);
    const pages: string[][] = [];
    const completed: boolean[] = [];
    let nextReqMessageID = '';
    for (let round = 0; round < 3; round += 1) {
      const answer = await tim.getMessageList({ conversationID: 'C2Cbob', nextReqMessageID, count: 15 });
      if (answer === undefined) throw new Error('not ready');
      pages.push(answer.data.messageList.map((each) => (each.payload as { text: string }).text));
      completed.push(answer.data.isCompleted);
      nextReqMessageID = answer.data.nextReqMessageID;
    }
    expect(pages.map((page) => [page[0], page.at(-1)])).toEqual([
      ['m23', 'm37'],
      ['m8', 'm22'],
      ['m1', 'm7'],
    ]);
    expect(completed).toEqual([false, false, true]);
    expect(nextReqMessageID).toBe('');
  });

  it('r_h1 a count above 15 or absent is 15, and one that is no positive number is refused', async () => {
    for (let index = 1; index <= 20; index += 1) world.say('bob', 'ann', `m${index}`);
    const size = async (count?: number) =>
      (await tim.getMessageList({ conversationID: 'C2Cbob', ...(count === undefined ? {} : { count }) }))
        ?.data.messageList.length;
    expect(await size(50)).toBe(15);
    expect(await size()).toBe(15);
    expect(await size(3)).toBe(3);
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const count of [0, -1, 1.5, NaN, '0x1', null])
      expect(() => tim.getMessageList({ conversationID: 'C2Cbob', count: count as number })).toThrow(
        'Params validate failed.',
      );
  });

  it('r_h3 a page may also begin at a message, by its ID', async () => {
    for (let index = 1; index <= 20; index += 1) world.say('bob', 'ann', `m${index}`);
    const first = await tim.getMessageList({ conversationID: 'C2Cbob', count: 5 });
    const oldest = first?.data.messageList[0];
    const second = await tim.getMessageList({
      conversationID: 'C2Cbob',
      nextReqMessageID: oldest?.ID ?? '',
      count: 2,
    });
    expect(second?.data.messageList.map((each) => each.seq)).toEqual([14, 15]);
    expect(oldest?.seq).toBe(16);
  });

  it('r_h2 a conversationID of another form is refused', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const conversationID of ['bob', '', 'C2C', 'GROUP', '@TIM#OTHER', undefined])
      expect(() => tim.getMessageList({ conversationID: conversationID as string })).toThrow();
  });

  it('pages and events speak of the same instance', async () => {
    world.say('bob', 'ann', 'Hi');
    const once = (await tim.getMessageList({ conversationID: 'C2Cbob' }))?.data.messageList[0];
    const twice = (await tim.getMessageList({ conversationID: 'C2Cbob' }))?.data.messageList[0];
    expect(once).toBe(twice);
  });

  it('r_h5 reading tells the other, and reading nothing asks nobody', async () => {
    const message = create();
    await tim.sendMessage(message);
    const changed = heard(TIDINGS_EVENT.MESSAGES_CHANGED);
    world.markRead('bob', 'ann');
    expect(message.isPeerRead).toBe(true);
    expect(changed).toContainEqual([message]);
    await tim.setMessageRead({ conversationID: 'C2Cbob' });
    expect(bridge.calls.some((call) => call.method === 'markRead')).toBe(false);
    world.say('bob', 'ann', 'Hi');
    await tim.setMessageRead({ conversationID: 'C2Cbob' });
    expect(bridge.calls.some((call) => call.method === 'markRead')).toBe(true);
  });

  it('r_h6 r_h9 the list has what a list shows', async () => {
    world.say('bob', 'ann', 'Hi');
    const list = (await tim.getConversationList())?.data.conversationList;
    expect(list).toMatchObject([
      {
        conversationID: 'C2Cbob',
        type: 'C2C',
        subType: '',
        unreadCount: 1,
        userProfile: { userID: 'bob', nick: 'Bob', avatar: '' },
        lastMessage: { fromAccount: 'bob', messageForShow: 'Hi', type: 'TIMTextElem', isRevoked: false },
      },
    ]);
  });

  it('r_h7 nobody of that id is 2501', async () => {
    await expect(tim.getConversationProfile('C2Cnobody')).rejects.toMatchObject({ code: 2501 });
    expect((await tim.getConversationProfile('C2Cbob'))?.data.conversation.lastMessage).toBeNull();
  });

  it('r_h8 r_h10 r_h11 a deleted conversation leaves the list and comes back with the next message', async () => {
    world.say('bob', 'ann', 'Hi');
    const lists = heard(EVENT.CONVERSATION_LIST_UPDATED) as unknown[][];
    const answer = await tim.deleteConversation('C2Cbob');
    expect(answer?.data.conversationID).toBe('C2Cbob');
    expect(lists.at(-1)).toEqual([]);
    world.say('bob', 'ann', 'Again');
    expect(lists.at(-1)).toHaveLength(1);
    const page = await tim.getMessageList({ conversationID: 'C2Cbob' });
    expect(page?.data.messageList).toHaveLength(2);
    await expect(tim.deleteConversation('C2Cnobody')).rejects.toMatchObject({ code: 2500 });
    await expect(tim.deleteConversation('nonsense')).rejects.toMatchObject({ code: 2502 });
  });

  it('profiles are told, and the list has the new name', async () => {
    world.say('bob', 'ann', 'Hi');
    const profiles = heard(EVENT.PROFILE_UPDATED);
    const other = timOn(world.bridge('bob')).create({ SDKAppID: 1 });
    await other.ready();
    await other.updateMyProfile({ nick: 'Robert' });
    expect(profiles).toEqual([[expect.objectContaining({ userID: 'bob', nick: 'Robert' })]]);
    expect(tim.tidings.conversations()[0]?.userProfile?.nick).toBe('Robert');
    expect((await tim.getUserProfile({ userIDList: ['bob'] }))?.data).toMatchObject([{ nick: 'Robert' }]);
  });

  it('r_l7 logging out says SDK_NOT_READY and forgets', async () => {
    const notReady = heard(EVENT.SDK_NOT_READY);
    bridge.setConnection('disconnected');
    const sent = tim.sendMessage(create());
    const refused = expect(sent).rejects.toMatchObject({ code: 2024 });
    await tim.logout();
    await refused;
    expect(notReady).toHaveLength(1);
    expect(tim.tidings.conversations()).toEqual([]);
    expect(tim.getMyProfile()).toBeUndefined();
  });

  it('r_l7 what never got an answer holds up nothing after the next sign-in', async () => {
    vi.spyOn(bridge, 'sendMessage').mockReturnValueOnce(new Promise(() => undefined));
    void tim.sendMessage(create('one'));
    await tim.logout();
    await tim.login({ userID: 'ann', password: 'correct horse', server: 'x' });
    await tim.ready();
    await tim.sendMessage(create('two'));
    expect(world.log('ann', 'bob').messages.map(({ outgoing }) => outgoing.payload)).toEqual([
      { text: 'two' },
    ]);
  });

  it('r_l7 destroying says so, and the next create is another instance', async () => {
    const TIM = timOn(bridge);
    const first = TIM.create({ SDKAppID: 3 });
    const destroyed = vi.fn();
    first.on(EVENT.SDK_DESTROY, destroyed);
    await first.destroy();
    expect(destroyed).toHaveBeenCalledOnce();
    expect(TIM.create({ SDKAppID: 3 })).not.toBe(first);
  });

  it('r_l8 being kicked out is told, and then nothing is ready', () => {
    const kicked = heard(EVENT.KICKED_OUT);
    const notReady = heard(EVENT.SDK_NOT_READY);
    bridge.emit({ event: 'kickedOut', type: 'multipleAccount' });
    expect(kicked).toEqual([{ type: TYPES.KICKED_OUT_MULT_ACCOUNT }]);
    expect(notReady).toHaveLength(1);
  });

  it('r_l9 the state of the network is told', () => {
    const states = heard(EVENT.NET_STATE_CHANGE);
    bridge.setConnection('disconnected');
    bridge.setConnection('connecting');
    bridge.setConnection('connected');
    expect(states).toEqual(['disconnected', 'connecting', 'connected'].map((state) => ({ state })));
  });
});
